// SPDX-License-Identifier: Apache-2.0
#include "archive_fixture.hpp"
#include "frame.hpp"

namespace mailkeep::archive {
namespace {

class VerifyTest : public ArchiveTest {
  protected:
    void SetUp() override {
        commit(1, 2);
        commit(3, 3);
    }

    [[nodiscard]] Verdict verdict(Depth depth = Depth::full) {
        return open(Access::read_only).verify(depth);
    }

    [[nodiscard]] fs::path first() const { return journals(data()).at(0); }

    [[nodiscard]] fs::path second() const { return journals(data()).at(1); }
};

TEST_F(VerifyTest, finds_nothing_wrong_with_a_whole_archive) {
    for (const auto depth : {Depth::quick, Depth::full}) {
        const auto whole = verdict(depth);
        EXPECT_EQ(to_text(whole.damaged), "");
        EXPECT_EQ(to_text(whole.notes), "");
        EXPECT_EQ(whole.messages, 3U);
        EXPECT_EQ(whole.last_batch, 3U);
        EXPECT_EQ(whole.bytes, open(Access::read_only).size_on_disk());
    }
}

TEST_F(VerifyTest, finds_and_names_a_flipped_bit_in_any_octet) {
    for (const auto& path : journals(data())) {
        const auto whole = octets_of(path);
        const auto name = "journal/" + path.filename().string();
        for (std::size_t i = 0; i < whole.size(); ++i) {
            auto flipped = whole;
            flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i * 3 % 8)));
            put_octets(path, flipped);
            const auto found = verdict().damaged;
            ASSERT_FALSE(found.empty()) << name << " octet " << i;
            EXPECT_NE(to_text(found).find(name), std::string::npos) << i;
        }
        put_octets(path, whole);
    }
    EXPECT_EQ(to_text(verdict().damaged), "");
}

TEST_F(VerifyTest, finds_flipped_bits_of_archive_while_open) {
    const auto archive = open(Access::read_only);
    auto octets = octets_of(data() / "ARCHIVE");
    octets[20] = static_cast<char>(octets[20] ^ 1);
    put_octets(data() / "ARCHIVE", octets);
    EXPECT_EQ(archive.verify(Depth::quick).damaged.at(0).object, "ARCHIVE");
    const auto error = error_of([&] { open(Access::read_only); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::corrupt);
}

TEST_F(VerifyTest, names_frame_and_message_and_everything_else_stays_readable) {
    const auto before = batches_of(open(Access::read_only));
    const auto& hit = before.at(0).messages.at(0);
    auto octets = octets_of(first());
    octets[hit.location.frame + frame_header_size + 5] ^= 1;
    put_octets(first(), octets);
    const auto archive = open(Access::read_only);
    const auto text = to_text(archive.verify(Depth::full).damaged);
    EXPECT_NE(text.find(hit.location.file + " frame at " + std::to_string(hit.location.frame)),
              std::string::npos);
    EXPECT_NE(text.find("message " + hit.content_id.hex()), std::string::npos);
    for (const auto depth : {Depth::quick, Depth::full}) {
        const auto damaged = archive.verify(depth).damaged;
        ASSERT_EQ(damaged.size(), 2U);
        EXPECT_EQ(damaged[0].message, hit.content_id);
        EXPECT_EQ(damaged[1].message, std::nullopt);
    }
    EXPECT_THROW(static_cast<void>(archive.get(hit)), Error);
    EXPECT_EQ(archive.get(before.at(1).messages.at(0)), mail(2));
    EXPECT_EQ(archive.get(before.at(2).messages.at(0)), mail(3));
}

/// Journals of the first version do not repeat it.
TEST_F(VerifyTest, serves_messages_of_a_file_whose_only_header_is_damaged) {
    test::TempDir elsewhere;
    const auto old = elsewhere / "data";
    fs::copy(std::string(MAILKEEP_SOURCE) + "/tests/data/archive/v1", old,
             fs::copy_options::recursive);
    const auto before = batches_of(Archive(old, Access::read_only));
    const auto path = journals(old).back();
    auto octets = octets_of(path);
    octets[20] ^= 1;
    put_octets(path, octets);
    const Archive archive(old, Access::read_only);
    for (const auto& batch : before) {
        for (const auto& message : batch.messages) {
            EXPECT_EQ(sha256(archive.get(message)), message.content_id);
        }
    }
    EXPECT_EQ(to_text(archive.verify(Depth::full).damaged),
              "journal/" + path.filename().string() + ": has a damaged file header\n");
    EXPECT_THROW(static_cast<void>(archive.last_batch()), Error);
    EXPECT_THROW(static_cast<void>(Archive(old, Access::read_write).commit(batch_of(1), noon)),
                 Error);
}

TEST_F(VerifyTest, misses_a_file_that_is_gone) {
    const auto name = first();
    fs::remove(name);
    EXPECT_NE(to_text(verdict().damaged).find("follows batch 2, but the one found before it is 0"),
              std::string::npos);
    EXPECT_THROW(batches_of(open(Access::read_only)), Error);
    EXPECT_EQ(batches_of(open(Access::read_only), 2).size(), 1U);
}

TEST_F(VerifyTest, misses_the_end_of_a_file_that_is_not_the_last) {
    const auto whole = octets_of(first());
    put_octets(first(), whole.substr(0, whole.size() - 1));
    EXPECT_NE(to_text(verdict().damaged).find("batches 2 to 2 are lost"), std::string::npos);
    EXPECT_EQ(verdict().last_batch, 3U);
    EXPECT_THROW(batches_of(open(Access::read_only)), Error);
    EXPECT_EQ(batches_of(open(Access::read_only), 2).size(), 1U);
}

TEST_F(VerifyTest, finds_files_that_changed_places) {
    fs::copy_file(second(), first(), fs::copy_options::overwrite_existing);
    EXPECT_NE(to_text(verdict().damaged).find("0000000001-000001.mkj: has been renamed"),
              std::string::npos);
}

TEST_F(VerifyTest, finds_a_batch_that_stands_twice) {
    const auto whole = octets_of(second());
    put_octets(second(), whole + whole.substr(file_header_size));
    EXPECT_NE(to_text(verdict().damaged).find("is number 3, but the one found before it is 3"),
              std::string::npos);
}

TEST_F(VerifyTest, finds_a_batch_moved_from_another_file) {
    const auto whole = octets_of(second());
    const auto other = octets_of(first());
    put_octets(second(), whole.substr(0, file_header_size) + other.substr(file_header_size));
    EXPECT_NE(to_text(verdict().damaged).find("does not fit its COMMIT frame"), std::string::npos);
    EXPECT_EQ(open(Access::read_only).last_batch(), 2U);
}

TEST_F(VerifyTest, finds_a_hole_of_zeros_and_garbage_at_the_end) {
    auto whole = octets_of(first());
    std::fill(whole.begin() + 100, whole.begin() + 200, '\0');
    put_octets(first(), whole);
    EXPECT_FALSE(verdict().damaged.empty());
    put_octets(second(), octets_of(second()) + "garbage");
    EXPECT_EQ(verdict().notes.size(), 1U);
}

TEST_F(VerifyTest, finds_a_file_of_another_archive) {
    const test::TempDir elsewhere;
    Archive::create(elsewhere / "data");
    {
        Archive other(elsewhere / "data", Access::read_write);
        static_cast<void>(other.commit(batch_of(1), noon));
    }
    fs::copy_file(elsewhere / "data/journal/0000000001-000001.mkj", first(),
                  fs::copy_options::overwrite_existing);
    EXPECT_NE(to_text(verdict().damaged).find("belongs to another archive"), std::string::npos);
}

TEST_F(VerifyTest, goes_on_where_a_file_cannot_be_read) {
    const auto path = first();
    fs::remove(path);
    fs::create_directory(path);
    const auto found = verdict();
    EXPECT_NE(to_text(found.damaged).find("cannot be read"), std::string::npos);
    EXPECT_EQ(found.messages, 1U);
}

TEST_F(VerifyTest, looks_at_the_journals_alone) {
    auto archive = open();
    EXPECT_EQ(to_text(archive.verify_journals([](auto) {}).damaged), "");
    static_cast<void>(archive.commit(batch_of(4), noon));
    std::size_t asked = 0;
    const auto whole = archive.verify_journals([&](std::size_t octets) { asked += octets; });
    EXPECT_EQ(to_text(whole.damaged), "");
    EXPECT_EQ(whole.messages, 4U);
    EXPECT_GE(asked, whole.bytes);
    auto octets = octets_of(first());
    octets[file_header_size + frame_header_size + 5] ^= 1;
    put_octets(first(), octets);
    const auto damaged = archive.verify_journals([](auto) {}).damaged;
    ASSERT_EQ(damaged.size(), 2U);
    EXPECT_EQ(damaged[0].message, sha256(mail(1)));
}

TEST_F(VerifyTest, notes_files_that_are_not_of_the_archive) {
    put_octets(data() / "journal/notes.txt", "x");
    EXPECT_EQ(to_text(verdict().damaged), "");
    EXPECT_EQ(verdict().notes.at(0).object, "journal/notes.txt");
}

}  // namespace
}  // namespace mailkeep::archive
