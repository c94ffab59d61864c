// SPDX-License-Identifier: Apache-2.0
// A damaged file header costs nothing, in an encrypted archive neither: it stands again in the
// file.
#include "mailkeep/archive/repair.hpp"
#include "mailkeep/archive/replica.hpp"
#include "mailkeep/archive/salvage.hpp"

#include "archive_fixture.hpp"
#include "file_header.hpp"
#include "seal_fixture.hpp"

#include <set>

namespace mailkeep::archive {
namespace {

constexpr std::size_t disk_sector = 512;

std::string random_mail(std::size_t size) {
    std::mt19937 random(1);
    std::string octets = "Subject: random\r\n\r\n";
    while (octets.size() < size) {
        octets += static_cast<char>(random());
    }
    return octets;
}

std::string with_bit_flipped(std::string octets, std::size_t bit) {
    octets[bit / 8] = static_cast<char>(octets[bit / 8] ^ (1 << (bit % 8)));
    return octets;
}

/// Three batches in one journal, two in the next; the first begins with a message of some sectors.
class FileHeaderTest : public testing::TestWithParam<bool> {
  protected:
    FileHeaderTest() {
        set_log_level(LogLevel::error);
        Archive::create(data(), key);
        {
            auto archive = open();
            Batch large;
            large.add_event(seen(large.add_message(random_mail(4 * disk_sector)), 9));
            static_cast<void>(archive.commit(large, noon));
            static_cast<void>(archive.commit(batch_of(2), noon));
            static_cast<void>(archive.commit(batch_of(3), noon));
        }
        auto archive = open();
        static_cast<void>(archive.commit(batch_of(4), noon));
        static_cast<void>(archive.commit(batch_of(5), noon));
        told_ = told_by(archive);
    }

    [[nodiscard]] fs::path data() const { return folder_ / "data"; }

    [[nodiscard]] fs::path elsewhere() const { return folder_ / "elsewhere"; }

    Archive open(Access access = Access::read_write) { return {data(), access, disk_, key}; }

    [[nodiscard]] Verdict verdict() { return open(Access::read_only).verify(Depth::full); }

    std::set<std::string> salvaged(const fs::path& path, std::size_t unread) {
        std::set<std::string> mails;
        const auto done = salvage(path, key, [&](const ContentId&, std::string_view octets) {
            mails.insert(std::string(octets));
        });
        EXPECT_EQ(done.unread.size(), unread) << to_text(done.unread);
        return mails;
    }

    static std::string name_of(const fs::path& path) {
        return "journal/" + path.filename().string();
    }

    const DataKey key = GetParam() ? make_data_key() : DataKey();
    std::vector<Told> told_;
    test::TempDir folder_;
    HastyDisk disk_;
};

INSTANTIATE_TEST_SUITE_P(Archives, FileHeaderTest, testing::Bool(), [](const auto& info) {
    return std::string(info.param ? "encrypted" : "open");
});

TEST_P(FileHeaderTest, any_flipped_bit_is_named_and_costs_nothing) {
    for (const auto& path : journals(data())) {
        const auto whole = octets_of(path);
        for (std::size_t bit = 0; bit < file_header_size * 8; ++bit) {
            put_octets(path, with_bit_flipped(whole, bit));
            ASSERT_EQ(told_by(open(Access::read_only)), told_) << bit;
            const auto found = verdict();
            ASSERT_EQ(to_text(found.damaged), name_of(path) + ": has a damaged file header\n");
            ASSERT_EQ(to_text(found.notes), "") << bit;
            ASSERT_EQ(found.messages, 5U) << bit;
            ASSERT_EQ(found.last_batch, 5U) << bit;
        }
        put_octets(path, whole);
    }
}

TEST_P(FileHeaderTest, any_flipped_bit_is_mended_from_the_file_itself) {
    for (const auto& path : journals(data())) {
        const auto whole = octets_of(path);
        for (std::size_t bit = 0; bit < file_header_size * 8; bit += 7) {
            put_octets(path, with_bit_flipped(whole, bit));
            const auto done = repair_files(data(), {}, key, disk_);
            ASSERT_EQ(to_text(done.lost), "") << bit;
            ASSERT_EQ(done.mended.size(), 1U) << bit;
            ASSERT_EQ(done.mended[0].object, name_of(path));
            ASSERT_EQ(octets_of(path), whole) << bit;
        }
    }
    EXPECT_EQ(to_text(verdict().damaged), "");
}

TEST_P(FileHeaderTest, messages_are_salvaged_without_it) {
    const auto path = journals(data()).front();
    put_octets(path, with_bit_flipped(octets_of(path), 30 * 8));
    EXPECT_EQ(salvaged(path, 1), (std::set{random_mail(4 * disk_sector), mail(2), mail(3)}));
    EXPECT_EQ(needs_key(path), GetParam());
}

TEST_P(FileHeaderTest, a_torn_sector_costs_the_frame_in_it_only) {
    const auto stored = batches_of(open(Access::read_only));
    const auto path = journals(data()).front();
    const auto whole = octets_of(path);
    put_octets(path, std::string(disk_sector, '\0') + whole.substr(disk_sector));
    const auto check = [&](bool names_header) {
        const auto found = to_text(verdict().damaged);
        const auto damage = name_of(path) + ": has a damaged file header";
        EXPECT_EQ(found.find(damage) != std::string::npos, names_header) << found;
        EXPECT_NE(found.find(name_of(path) + " frame at 64: "), std::string::npos) << found;
        EXPECT_EQ(verdict().last_batch, 5U);
        const auto archive = open(Access::read_only);
        EXPECT_THROW(static_cast<void>(archive.get(stored.at(0).messages.at(0))), Error);
        for (int number = 2; number <= 5; ++number) {
            const auto& message = stored.at(static_cast<std::size_t>(number) - 1).messages.at(0);
            EXPECT_EQ(archive.get(message), mail(number));
        }
    };
    check(true);
    EXPECT_EQ(repair_files(data(), {}, key, disk_).lost.size(), 1U);
    EXPECT_EQ(octets_of(path).substr(0, file_header_size), whole.substr(0, file_header_size));
    check(false);
    EXPECT_EQ(salvaged(path, 2), (std::set{mail(2), mail(3)}));
}

TEST_P(FileHeaderTest, a_torn_sector_is_mended_where_the_message_was_stored_again) {
    {
        auto archive = open();
        Batch again;
        again.add_message(random_mail(4 * disk_sector));
        static_cast<void>(archive.commit(again, noon));
    }
    const auto path = journals(data()).front();
    const auto whole = octets_of(path);
    put_octets(path, std::string(disk_sector, '\0') + whole.substr(disk_sector));
    EXPECT_EQ(to_text(repair_files(data(), {}, key, disk_).lost), "");
    EXPECT_EQ(octets_of(path), whole);
}

TEST_P(FileHeaderTest, a_frame_of_it_that_is_damaged_costs_itself) {
    const auto path = journals(data()).front();
    const auto whole = octets_of(path);
    const auto copy = whole.find(whole.substr(0, file_header_size), file_header_size);
    ASSERT_NE(copy, std::string::npos);
    for (std::size_t bit = copy * 8; bit < (copy + file_header_size) * 8; ++bit) {
        put_octets(path, with_bit_flipped(whole, bit));
        const auto frame = std::to_string(copy - frame_header_size);
        ASSERT_EQ(to_text(verdict().damaged),
                  name_of(path) + " frame at " + frame + ": is damaged\n");
        ASSERT_EQ(told_by(open(Access::read_only)), told_) << bit;
    }
    put_octets(path, with_bit_flipped(octets_of(path), 100));  // the other two are there
    EXPECT_EQ(told_by(open(Access::read_only)), told_);
}

TEST_P(FileHeaderTest, that_of_another_file_is_not_believed) {
    Archive::create(elsewhere(), key);
    {
        Archive other(elsewhere(), Access::read_write, disk_, key);
        static_cast<void>(other.commit(batch_of(1), noon));
    }
    const auto path = journals(data()).front();
    auto whole = octets_of(path);
    const auto other = octets_of(journals(elsewhere()).front());
    const auto copy = other.find(other.substr(0, file_header_size), file_header_size);
    const auto foreign = other.substr(copy - frame_header_size, frame_overhead + file_header_size);
    whole[5] ^= 1;
    for (const auto& octets : {whole + foreign, whole + foreign + foreign}) {
        put_octets(path, octets);
        EXPECT_EQ(told_by(open(Access::read_only)), told_);
    }
}

TEST_P(FileHeaderTest, mail_is_kept_on_while_it_is_damaged) {
    const auto path = journals(data()).back();
    put_octets(path, with_bit_flipped(octets_of(path), 60 * 8));
    {
        auto archive = open();
        EXPECT_EQ(archive.commit(batch_of(6), noon).number, 6U);
    }
    EXPECT_EQ(mails_in(open(Access::read_only)).size(), 6U);
    EXPECT_EQ(to_text(verdict().damaged), name_of(path) + ": has a damaged file header\n");
    auto archive = open();
    EXPECT_TRUE(seal_all(archive).damaged.empty());
    EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
    EXPECT_EQ(mails_in(archive).size(), 6U);
}

TEST_P(FileHeaderTest, that_of_a_pack_is_mended_from_its_end) {
    {
        auto archive = open();
        static_cast<void>(seal_all(archive));
    }
    const auto packs = files_in(data() / "packs");
    ASSERT_EQ(packs.size(), 1U);
    const auto whole = octets_of(packs[0]);
    for (std::size_t at = 0; at < file_header_size; at += 3) {
        put_octets(packs[0], with_bit_flipped(whole, at * 8 + at % 8));
        EXPECT_EQ(told_by(open(Access::read_only)), told_);
        EXPECT_EQ(needs_key(packs[0]), GetParam());
        ASSERT_EQ(to_text(repair_files(data(), {}, key, disk_).lost), "") << at;
        ASSERT_EQ(octets_of(packs[0]), whole) << at;
    }
}

TEST_P(FileHeaderTest, a_whole_one_in_a_replica_is_not_written_over) {
    const auto replica = folder_ / "replica";
    static_cast<void>(replicate(open(), replica, {}, {}, disk_));
    const auto path = journals(data()).front();
    const auto whole = octets_of(path);
    put_octets(path, with_bit_flipped(whole, 77));
    for (const auto depth : {Depth::quick, Depth::full}) {
        const auto done = replicate(open(), replica, {.depth = depth}, {}, disk_);
        ASSERT_EQ(done.problems.size(), 1U);
        EXPECT_EQ(done.problems[0].object, name_of(path));
        EXPECT_EQ(octets_of(journals(replica).front()), whole);
    }
}

}  // namespace
}  // namespace mailkeep::archive
