// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/archive/archive.hpp"

#include "archive_fixture.hpp"
#include "octets.hpp"

#include <sys/stat.h>

namespace mailkeep::archive {
namespace {

/// Octets that do not get shorter when compressed.
std::string noise(std::size_t size, unsigned seed) {
    std::mt19937_64 random(seed);
    std::string octets;
    while (octets.size() < std::min(size, std::size_t{4} << 20)) {
        put_number(octets, random(), 8);
    }
    while (octets.size() < size) {
        octets += octets;  // further apart than a compressor looks back
    }
    octets.resize(size);
    return octets;
}

TEST(Batch, holds_equal_octets_once) {
    Batch batch;
    EXPECT_TRUE(batch.empty());
    const auto first = batch.add_message("same");
    EXPECT_EQ(batch.add_message("same"), first);
    static_cast<void>(batch.add_message("other"));
    EXPECT_EQ(first, sha256("same"));
    EXPECT_EQ(batch.messages().size(), 2U);
    EXPECT_EQ(batch.octets(), 9U);
    EXPECT_EQ(batch.message(first).raw, "same");
    EXPECT_FALSE(batch.empty());
}

TEST_F(ArchiveTest, is_made_once) {
    const auto error = error_of([&] { Archive::create(data()); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::conflict);
}

TEST_F(ArchiveTest, is_for_the_owner_only) {
    commit(1, 1);

    struct stat status {};

    for (const auto& entry : fs::recursive_directory_iterator(data())) {
        ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0077U, 0U) << entry.path();
    }
    ASSERT_EQ(::stat(data().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0077U, 0U);
}

TEST_F(ArchiveTest, is_not_found_where_none_is) {
    const auto error = error_of([&] { Archive(data() / "elsewhere", Access::read_only); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::not_found);
}

TEST_F(ArchiveTest, begins_empty_and_opening_makes_no_file) {
    {
        const auto archive = open();
        EXPECT_EQ(archive.last_batch(), 0U);
        EXPECT_TRUE(batches_of(archive).empty());
        EXPECT_TRUE(archive.verify(Depth::full).damaged.empty());
        EXPECT_EQ(archive.size_on_disk(), fs::file_size(data() / "ARCHIVE"));
    }
    EXPECT_TRUE(journals(data()).empty());
}

TEST_F(ArchiveTest, gives_back_what_was_committed) {
    auto archive = open();
    Batch batch;
    const std::string odd("\0\r\n.\r\nbare\nlf \xFF", 16);
    const auto content_id = batch.add_message(odd);
    batch.add_event(seen(content_id, 4));
    batch.add_event({.at = noon, .run = {}, .what = UserRemoved{"ann"}});
    const auto committed = archive.commit(batch, noon);
    EXPECT_EQ(committed.number, 1U);
    EXPECT_EQ(committed.at, noon);
    EXPECT_EQ(committed.events, batch.events());
    ASSERT_EQ(committed.messages.size(), 1U);
    EXPECT_EQ(committed.messages[0].content_id, content_id);
    EXPECT_EQ(committed.messages[0].size, odd.size());
    EXPECT_EQ(committed.messages[0].location.file, "journal/0000000001-000001.mkj");
    EXPECT_EQ(archive.get(committed.messages[0]), odd);

    const auto batches = batches_of(archive);
    ASSERT_EQ(batches.size(), 1U);
    EXPECT_EQ(batches[0].number, 1U);
    EXPECT_EQ(batches[0].at, noon);
    EXPECT_EQ(batches[0].messages, committed.messages);
    EXPECT_EQ(batches[0].events, batch.events());
}

TEST_F(ArchiveTest, numbers_batches_on_through_reopening) {
    commit(1, 2);
    commit(3, 3);
    const auto archive = open(Access::read_only);
    EXPECT_EQ(archive.last_batch(), 3U);
    EXPECT_EQ(mails_in(archive), mails_up_to(3));
    ASSERT_EQ(journals(data()).size(), 2U);
    EXPECT_EQ(archive.size_on_disk(), fs::file_size(data() / "ARCHIVE") +
                                          fs::file_size(journals(data())[0]) +
                                          fs::file_size(journals(data())[1]));
    EXPECT_EQ(journals(data())[1].filename(), "0000000002-000001.mkj");
}

TEST_F(ArchiveTest, tells_only_what_comes_after) {
    commit(1, 2);
    commit(3, 4);
    const auto archive = open(Access::read_only);
    for (std::uint64_t after = 0; after <= 4; ++after) {
        const auto batches = batches_of(archive, after);
        ASSERT_EQ(batches.size(), 4 - after);
        EXPECT_TRUE(batches.empty() || batches[0].number == after + 1);
    }
    EXPECT_TRUE(batches_of(archive, 9).empty());
}

TEST_F(ArchiveTest, keeps_events_without_messages_and_messages_without_octets) {
    auto archive = open();
    Batch batch;
    static_cast<void>(batch.add_message(""));
    static_cast<void>(batch.add_message("x"));
    const auto committed = archive.commit(batch, noon);
    EXPECT_EQ(archive.get(committed.messages.at(0)), "");
    EXPECT_EQ(archive.get(committed.messages.at(1)), "x");
    Batch only_empty;
    static_cast<void>(only_empty.add_message(""));
    EXPECT_EQ(archive.get(archive.commit(only_empty, noon).messages.at(0)), "");
    Batch events;
    events.add_event({.at = noon, .run = {}, .what = UserRemoved{"ann"}});
    EXPECT_TRUE(archive.commit(events, noon).messages.empty());
    EXPECT_TRUE(archive.verify(Depth::full).damaged.empty());
}

TEST_F(ArchiveTest, spreads_a_large_message_over_frames) {
    auto archive = open();
    Batch batch;
    const std::vector<std::string> mails{"before", noise((std::size_t{20} << 20) + 12'345, 1),
                                         "after", std::string((std::size_t{9} << 20), 'z'), "end"};
    for (const auto& raw : mails) {
        static_cast<void>(batch.add_message(raw));
    }
    const auto committed = archive.commit(batch, noon);
    for (std::size_t i = 0; i < mails.size(); ++i) {
        EXPECT_TRUE(archive.get(committed.messages.at(i)) == mails[i]) << i;
    }
    const auto verdict = archive.verify(Depth::full);
    EXPECT_EQ(to_text(verdict.damaged), "");
    EXPECT_EQ(verdict.messages, mails.size());
}

TEST_F(ArchiveTest, packs_small_messages_into_shared_blocks) {
    auto archive = open();
    Batch batch;
    for (unsigned i = 0; i < 30; ++i) {
        static_cast<void>(batch.add_message(noise(100'000, i)));
    }
    const auto committed = archive.commit(batch, noon);
    std::map<std::uint64_t, int> messages_in;
    for (const auto& message : committed.messages) {
        ++messages_in[message.location.frame];
        EXPECT_EQ(sha256(archive.get(message)), message.content_id);
    }
    EXPECT_EQ(messages_in.size(), 3U);
}

TEST_F(ArchiveTest, keeps_the_order_of_messages_of_any_size) {
    constexpr std::size_t block = std::size_t{1} << 20;
    const std::vector<std::string> mails{"",
                                         noise(block + 1, 1),
                                         noise(700'000, 2),
                                         noise(500'000, 3),
                                         std::string(900'000, 'a'),
                                         noise(3 * block, 4),
                                         "x",
                                         noise(block, 5),
                                         "y",
                                         noise(2 * block, 6),
                                         "end"};
    auto archive = open();
    Batch batch;
    for (const auto& raw : mails) {
        static_cast<void>(batch.add_message(raw));
    }
    const auto committed = archive.commit(batch, noon);
    ASSERT_EQ(committed.messages.size(), mails.size());
    for (std::size_t i = 0; i < mails.size(); ++i) {
        EXPECT_TRUE(archive.get(committed.messages[i]) == mails[i]) << i;
    }
    EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
}

TEST_F(ArchiveTest, splits_long_lists_of_events) {
    auto archive = open();
    Batch batch;
    for (Uid uid = 1; uid <= 9'000; ++uid) {
        batch.add_event(seen(sha256("x"), uid));
    }
    static_cast<void>(archive.commit(batch, noon));
    EXPECT_EQ(batches_of(archive).at(0).events, batch.events());
}

TEST_F(ArchiveTest, refuses_an_event_that_no_frame_can_hold_and_goes_on) {
    auto archive = open();
    Batch batch;
    batch.add_event({.at = noon, .run = {}, .what = UserRemoved{std::string(9'000'000, 'x')}});
    const auto error = error_of([&] { static_cast<void>(archive.commit(batch, noon)); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::invalid);
    static_cast<void>(archive.commit(batch_of(1), noon));
    EXPECT_EQ(mails_in(archive), mails_up_to(1));
}

TEST_F(ArchiveTest, begins_a_new_file_when_one_is_large_or_a_day_old) {
    auto archive = open();
    static_cast<void>(archive.commit(batch_of(1), noon));
    static_cast<void>(archive.commit(batch_of(2), noon + std::chrono::hours{23}));
    EXPECT_EQ(journals(data()).size(), 1U);
    Batch large;
    static_cast<void>(large.add_message(noise(std::size_t{64} << 20, 1)));
    static_cast<void>(archive.commit(large, noon + std::chrono::hours{24}));
    EXPECT_EQ(journals(data()).size(), 2U);
    static_cast<void>(archive.commit(batch_of(4), noon + std::chrono::hours{24}));
    EXPECT_EQ(journals(data()).size(), 3U);
    EXPECT_EQ(archive.last_batch(), 4U);
    EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
}

/// A spool in a folder of its own that holds the octets.
class Spooled {
  public:
    explicit Spooled(std::string_view octets) : spool_(folder_.path()) {
        spool_.append(octets);
        spool_.close();
    }

    [[nodiscard]] const Spool& spool() const { return spool_; }

  private:
    test::TempDir folder_;
    Spool spool_;
};

TEST_F(ArchiveTest, stores_octets_of_a_spool_like_any_others) {
    auto archive = open();
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{5}, std::size_t{1} << 20, (std::size_t{9} << 20) + 1}) {
        const auto octets = noise(size, static_cast<int>(size));
        const Spooled spooled(octets);
        Batch batch;
        static_cast<void>(batch.add_message("before"));
        batch.add_message(spooled.spool());
        batch.add_message(spooled.spool());
        static_cast<void>(batch.add_message("behind"));
        EXPECT_EQ(batch.octets(), 12 + size);
        const auto committed = archive.commit(batch, noon);
        ASSERT_EQ(committed.messages.size(), 3U);
        EXPECT_EQ(committed.messages[1].content_id, sha256(octets));
        EXPECT_EQ(committed.messages[1].size, size);
        EXPECT_TRUE(archive.get(committed.messages[1]) == octets);
        EXPECT_EQ(archive.get(committed.messages[2]), "behind");
    }
    EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
}

TEST_F(ArchiveTest, stores_nothing_of_a_spool_that_does_not_read_back) {
    auto archive = open();
    static_cast<void>(archive.commit(batch_of(1), noon));
    const auto file = data() / "part";
    Spool spool(file, std::string(32, 'k'), "");
    spool.append(noise(std::size_t{3} << 20, 1));
    spool.close();
    std::fstream(file, std::ios::binary | std::ios::in | std::ios::out).seekp(1'500'000).put('x');
    Batch batch;
    batch.add_message(spool);
    const auto error = error_of([&] { static_cast<void>(archive.commit(batch, noon)); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::storage);
    EXPECT_EQ(archive.last_batch(), 1U);
    static_cast<void>(archive.commit(batch_of(2), noon));
    EXPECT_EQ(mails_in(archive), mails_up_to(2));
}

TEST_F(ArchiveTest, has_one_writer_and_many_readers) {
    auto writer = open();
    const auto error = error_of([&] { open(); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::in_use);
    static_cast<void>(writer.commit(batch_of(1), noon));
    EXPECT_EQ(mails_in(open(Access::read_only)), mails_up_to(1));
    static_cast<void>(writer.commit(batch_of(2), noon));
    EXPECT_EQ(mails_in(open(Access::read_only)), mails_up_to(2));
}

TEST_F(ArchiveTest, serves_no_message_from_a_place_that_is_not_its_own) {
    auto archive = open();
    auto message = archive.commit(batch_of(1), noon).messages.at(0);
    const auto other = archive.commit(batch_of(2), noon).messages.at(0);
    auto swapped = message;
    swapped.location = other.location;
    auto outside = message;
    outside.location.file = "journal/../ARCHIVE";
    auto missing = message;
    missing.location.file = "journal/0000000009-000001.mkj";
    auto endless = message;
    endless.size = std::uint64_t{1} << 62;
    for (const auto& wrong : {swapped, outside, missing, endless}) {
        const auto error = error_of([&] { static_cast<void>(archive.get(wrong)); });
        ASSERT_TRUE(error);
        EXPECT_EQ(error->code(), Errc::corrupt);
        EXPECT_NE(std::string(error->what()).find(wrong.location.file), std::string::npos);
    }
}

TEST_F(ArchiveTest, writes_no_file_without_a_commit) {
    commit(1, 1);
    std::map<fs::path, std::string> before;
    for (const auto& path : journals(data())) {
        before[path] = octets_of(path);
    }
    open();
    const auto archive = open();
    EXPECT_EQ(archive.last_batch(), 1U);
    std::map<fs::path, std::string> after;
    for (const auto& path : journals(data())) {
        after[path] = octets_of(path);
    }
    EXPECT_EQ(after, before);
}

TEST_F(ArchiveTest, refuses_to_count_batches_without_its_journal_folder) {
    fs::remove_all(data() / "journal");
    const auto archive = open(Access::read_only);
    EXPECT_THROW(static_cast<void>(archive.last_batch()), Error);
    EXPECT_EQ(archive.verify(Depth::quick).damaged.at(0).object, "journal");
}

}  // namespace
}  // namespace mailkeep::archive
