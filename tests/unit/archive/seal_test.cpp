// SPDX-License-Identifier: Apache-2.0
// Sealing: the same archive afterwards, whatever happens on the way.
#include "identity.hpp"
#include "seal_fixture.hpp"

#include <thread>

namespace mailkeep::archive {
namespace {

TEST_F(SealTest, leaves_the_same_archive_without_journals) {
    commit_lists(1, 4);
    commit_lists(5, 9);
    const auto before = told_by(open(Access::read_only));
    {
        auto archive = open();
        const auto made = seal_all(archive);
        EXPECT_EQ(made.messages, 27U);
        ASSERT_EQ(made.packs.size(), 1U);
        EXPECT_EQ(made.packs[0].first_batch, 1U);
        EXPECT_EQ(made.packs[0].last_batch, 9U);
        EXPECT_TRUE(made.damaged.empty());
        EXPECT_EQ(archive.packs().size(), 1U);
        EXPECT_EQ(archive.last_batch(), 9U);
        EXPECT_EQ(told_by(archive), before);
    }
    EXPECT_TRUE(journals(data()).empty());
    const auto archive = open(Access::read_only);
    EXPECT_EQ(archive.last_batch(), 9U);
    EXPECT_EQ(told_by(archive), before);
    EXPECT_EQ(batches_of(archive, 7).size(), 2U);
    const auto verdict = archive.verify(Depth::full);
    EXPECT_EQ(to_text(verdict.damaged), "");
    EXPECT_EQ(verdict.last_batch, 9U);
    EXPECT_EQ(verdict.messages, 27U);
    EXPECT_EQ(archive.size_on_disk(),
              fs::file_size(data() / "ARCHIVE") + fs::file_size(data() / archive.packs()[0].name));
}

TEST_F(SealTest, names_a_pack_by_its_octets) {
    commit_lists(1, 2);
    auto archive = open();
    seal_all(archive);
    const auto name = archive.packs().at(0).name;
    EXPECT_EQ(fs::path(name).stem().string(), sha256(octets_of(data() / name)).hex());
}

TEST_F(SealTest, is_gone_on_from_with_the_next_number_and_a_new_epoch) {
    commit_lists(1, 2);
    {
        auto archive = open();
        seal_all(archive);
        EXPECT_EQ(archive.commit(lists(3), noon).number, 3U);
    }
    {
        auto archive = open();
        seal_all(archive);
    }
    EXPECT_TRUE(journals(data()).empty());
    commit_lists(4, 4);
    ASSERT_EQ(journals(data()).size(), 1U);
    EXPECT_EQ(journals(data())[0].filename(), "0000000003-000001.mkj");
    const auto archive = open(Access::read_only);
    EXPECT_EQ(told_by(archive).size(), 4U);
    EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
}

TEST_F(SealTest, takes_closed_journals_only) {
    commit_lists(1, 2);
    auto archive = open();
    static_cast<void>(archive.commit(lists(3), noon));
    EXPECT_EQ(archive.backlog().since, noon);
    const auto closed = archive.backlog().closed_bytes;
    const auto made = archive.seal({.dead = {}, .now = noon}, {});
    EXPECT_EQ(made.journals.size(), 1U);
    EXPECT_EQ(made.bytes_before, closed);
    archive.retire(made);
    EXPECT_EQ(archive.backlog().closed_bytes, 0U);
    EXPECT_EQ(archive.backlog().since, noon);
    EXPECT_TRUE(archive.seal({.dead = {}, .now = noon}, {}).is_empty());
    static_cast<void>(archive.commit(lists(4), noon));
    EXPECT_EQ(journals(data()).size(), 1U);
    EXPECT_EQ(told_by(archive).size(), 4U);
    seal_all(archive);
    EXPECT_FALSE(archive.backlog().since);
    EXPECT_EQ(told_by(archive).size(), 4U);
}

TEST_F(SealTest, does_nothing_without_journals) {
    auto archive = open();
    EXPECT_TRUE(seal_all(archive).packs.empty());
    EXPECT_TRUE(files_in(data() / "packs").empty());
    EXPECT_FALSE(archive.backlog().since);
}

TEST_F(SealTest, takes_away_a_journal_of_no_use_where_nothing_was_ever_sealed) {
    commit_lists(1, 1);
    fs::resize_file(journals(data()).at(0), file_header_size);
    commit_lists(1, 1);
    auto archive = open();
    EXPECT_EQ(journals(data()).size(), 2U);
    archive.retire(archive.superfluous());
    EXPECT_EQ(journals(data()).size(), 1U);
    EXPECT_EQ(archive.last_batch(), 1U);
}

TEST_F(SealTest, keeps_batches_without_messages_and_messages_without_octets) {
    {
        auto archive = open();
        Batch events;
        events.add_event({.at = noon, .run = {}, .what = UserRemoved{"ann"}});
        static_cast<void>(archive.commit(events, noon));
        Batch empty;
        empty.add_event(seen(empty.add_message(""), 1));
        static_cast<void>(archive.commit(empty, noon));
    }
    const auto before = told_by(open(Access::read_only));
    auto archive = open();
    seal_all(archive);
    EXPECT_EQ(told_by(archive), before);
    EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
}

TEST_F(SealTest, finds_messages_whose_place_is_no_more) {
    commit_lists(1, 3);
    const auto reader = open(Access::read_only);
    const auto before = batches_of(reader);
    const auto large = mail_with_attachment(1, 7, std::size_t{5} << 20);
    auto archive = open();
    Batch batch;
    static_cast<void>(batch.add_message(large));
    const auto placed = archive.commit(batch, noon).messages.at(0);
    seal_all(archive);
    for (const auto& each : before) {
        for (const auto& message : each.messages) {
            EXPECT_EQ(sha256(reader.get(message)), message.content_id);
            EXPECT_EQ(sha256(archive.get(message)), message.content_id);
        }
    }
    std::string pieces;
    reader.read(placed, [&](std::string_view piece) { pieces += piece; });
    EXPECT_EQ(pieces, large);
    auto unknown = placed;
    unknown.content_id = sha256("nobody knows");
    EXPECT_EQ(error_of([&] { static_cast<void>(reader.get(unknown)); })->code(), Errc::corrupt);
}

TEST_F(SealTest, stores_an_attachment_once_however_it_is_wrapped) {
    const std::size_t size = 200'000;
    {
        auto archive = open();
        Batch batch;
        static_cast<void>(batch.add_message(mail_with_attachment(1, 5, size)));
        static_cast<void>(batch.add_message(mail_with_attachment(2, 5, size, 60)));
        static_cast<void>(archive.commit(batch, noon));
        seal_all(archive);
        EXPECT_LT(archive.packs().at(0).size, size + 3000);
        Batch later;
        static_cast<void>(later.add_message(mail_with_attachment(3, 5, size, 72)));
        static_cast<void>(archive.commit(later, noon));
        seal_all(archive);
        ASSERT_EQ(archive.packs().size(), 2U);
        EXPECT_LT(archive.packs()[1].size, 3000U);
    }
    const auto archive = open(Access::read_only);
    EXPECT_EQ(told_by(archive)[1].mails[0], mail_with_attachment(3, 5, size, 72));
    EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
}

TEST_F(SealTest, stops_at_a_damaged_journal) {
    commit_lists(1, 2);
    commit_lists(3, 4);
    commit_lists(5, 6);
    const auto second = journals(data()).at(1);
    auto octets = octets_of(second);
    octets[octets.size() / 3] ^= 1;
    put_octets(second, octets);
    auto archive = open();
    const auto made = archive.seal({.dead = {}, .now = noon}, {});
    EXPECT_EQ(made.journals, (std::vector<std::string>{"journal/0000000001-000001.mkj"}));
    ASSERT_EQ(made.damaged.size(), 1U);
    EXPECT_NE(made.damaged[0].object.find("0000000002-000001"), std::string::npos);
    archive.retire(made);
    const auto again = archive.seal({.dead = {}, .now = noon}, {});
    EXPECT_TRUE(again.packs.empty());
    EXPECT_EQ(again.damaged.size(), 1U);
    EXPECT_EQ(journals(data()).size(), 2U);
}

TEST_F(SealTest, goes_on_beside_commits) {
    commit_lists(1, 10);
    auto archive = open();
    std::jthread writer([&] {
        for (int number = 11; number <= 40; ++number) {
            static_cast<void>(archive.commit(lists(number), noon));
            if (number % 7 == 0) {
                archive.close_journal();
            }
        }
    });
    for (int round = 0; round < 6; ++round) {
        archive.retire(archive.seal({.dead = {}, .now = noon}, {}));
        static_cast<void>(told_by(archive));
    }
    writer.join();
    seal_all(archive);
    const auto told = told_by(archive);
    ASSERT_EQ(told.size(), 40U);
    for (int number = 1; number <= 40; ++number) {
        EXPECT_EQ(told[static_cast<std::size_t>(number - 1)].events, lists(number).events());
    }
    EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
}

TEST_F(SealTest, can_be_stopped_and_leaves_nothing) {
    commit_lists(1, 4);
    auto archive = open();
    std::stop_source stop;
    stop.request_stop();
    const auto error = error_of(
        [&] { static_cast<void>(archive.seal({.dead = {}, .now = noon}, stop.get_token())); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::cancelled);
    EXPECT_TRUE(files_in(data() / "packs").empty());
    EXPECT_TRUE(archive.packs().empty());
    seal_all(archive);
    EXPECT_EQ(told_by(archive).size(), 4U);
}

TEST_F(SealTest, lets_dead_messages_go_and_keeps_what_was_seen) {
    commit_lists(1, 2);
    auto archive = open();
    const auto before = told_by(archive);
    const auto dead = sha256(before[1].mails[1]);
    archive.retire(archive.seal({.dead = {dead}, .now = noon}, {}));
    auto expected = before;
    expected[1].mails.erase(expected[1].mails.begin() + 1);
    EXPECT_EQ(told_by(archive), expected);
    EXPECT_EQ(archive.packs().at(0).messages, 5U);
    EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
}

TEST_F(SealTest, makes_older_archives_known_to_hold_packs) {
    {
        auto archive = open();
        const auto text = octets_of(data() / "ARCHIVE");
        auto identity = identity_from_text(text);
        identity.may_hold_packs = false;
        put_octets(data() / "ARCHIVE", to_text(identity));
    }
    commit_lists(1, 1);
    EXPECT_EQ(octets_of(data() / "ARCHIVE").find("packs"), std::string::npos);
    auto archive = open();
    seal_all(archive);
    EXPECT_NE(octets_of(data() / "ARCHIVE").find("features-to-read: packs"), std::string::npos);
    EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
}

TEST_F(SealTest, tells_of_every_message_in_a_pack_by_batch) {
    commit_lists(1, 3);
    auto archive = open();
    seal_all(archive);
    std::vector<ContentId> packed;
    archive.for_each_packed(archive.packs().at(0).name, [&](const StoredMessage& message) {
        packed.push_back(message.content_id);
        EXPECT_EQ(sha256(archive.get(message)), message.content_id);
    });
    std::vector<ContentId> committed;
    for (const auto& batch : batches_of(archive)) {
        for (const auto& message : batch.messages) {
            committed.push_back(message.content_id);
        }
    }
    EXPECT_EQ(packed, committed);
}

}  // namespace
}  // namespace mailkeep::archive
