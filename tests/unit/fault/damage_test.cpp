// SPDX-License-Identifier: Apache-2.0
// Files that are not what they were: flipped, cut, holed, doubled, mixed up, gone, or no files at
// all. Whatever it is, verify names it, nothing wrong is ever given out, and what stands in other
// frames is given out as ever.
#include "mailkeep/archive/keys.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include "story.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <functional>

namespace mailkeep::fault {
namespace {

namespace fs = std::filesystem;

using archive::Access;
using archive::Archive;

/// Three messages of few octets in two files, so that every bit of them can be tried.
class Damage : public testing::Test {
  protected:
    void SetUp() override {
        set_log_level(LogLevel::error);
        make_archive(data);
        commit({1, 2});
        commit({3});
        files = files_of(data);
        const Archive whole(data, Access::read_only);
        whole.for_each_batch(0, [&](const CommittedBatch& batch) {
            stored.insert(stored.end(), batch.messages.begin(), batch.messages.end());
        });
        ASSERT_EQ(stored.size(), 3U);
        ASSERT_GE(files.size(), 2U);
    }

    static std::string text(int number) {
        return "Subject: " + std::to_string(number) + "\r\n\r\nSmall.\r\n";
    }

    void commit(std::initializer_list<int> numbers) const {
        Archive archive(data, Access::read_write);
        for (const int number : numbers) {
            archive::Batch batch;
            const auto content_id = batch.add_message(text(number));
            Seen seen{.account = AccountId{1},
                      .mailbox = "INBOX",
                      .uid = 1,
                      .unique_id = {},
                      .content_id = content_id,
                      .internal_date = {},
                      .flags = {}};
            batch.add_event({.at = time_of_batch(number), .run = RunId{1}, .what = seen});
            static_cast<void>(archive.commit(batch, time_of_batch(number)));
        }
    }

    void put(const std::string& name, std::string_view octets) const {
        std::fstream file(data / name, std::ios::binary | std::ios::in | std::ios::out);
        file.write(octets.data(), static_cast<std::streamsize>(octets.size()));
        file.close();
        fs::resize_file(data / name, octets.size());
    }

    struct Outcome {
        std::string named;  ///< what verify names as damaged
        std::string wrong;  ///< given out, and not what it should be
        std::size_t lost = 0;
    };

    /// An archive that cannot be opened says so, and gives nothing out.
    [[nodiscard]] Outcome outcome() const {
        Outcome found;
        try {
            const Archive damaged(data, Access::read_only);
            found.named = damage_in(damaged);
            for (std::size_t i = 0; i < stored.size(); ++i) {
                add(damaged, i, found);
            }
            damaged.for_each_batch(0, [&](const CommittedBatch& batch) {
                if (batch.number > stored.size() || batch.messages.size() != 1 ||
                    batch.messages[0].content_id != stored[batch.number - 1].content_id) {
                    found.wrong += "batch " + std::to_string(batch.number);
                }
            });
        } catch (const Error& error) {
            found.named += error.what();
        }
        return found;
    }

    void add(const Archive& damaged, std::size_t index, Outcome& found) const {
        try {
            if (damaged.get(stored[index]) != text(static_cast<int>(index) + 1)) {
                found.wrong += stored[index].content_id.hex();
            }
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Errc::corrupt);
            ++found.lost;
        }
    }

    /// The octets put there, whatever they are, are found damaged in the file.
    void expect_named(const std::string& name, std::string_view octets, const std::string& what) {
        put(name, octets);
        const auto found = outcome();
        EXPECT_NE(found.named.find(name), std::string::npos) << what << ": " << found.named;
        EXPECT_EQ(found.wrong, "") << what;
        put(name, files.at(name));
    }

    test::TempDir folder;
    fs::path data = folder / "data";
    std::map<std::string, std::string> files;
    std::vector<StoredMessage> stored;  // by batch, one each
};

TEST_F(Damage, of_any_single_bit_is_named_and_costs_one_frame) {
    for (const auto& [name, whole] : files) {
        for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
            auto flipped = whole;
            flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
            put(name, flipped);
            const auto found = outcome();
            ASSERT_NE(found.named.find(name), std::string::npos) << bit << ": " << found.named;
            ASSERT_EQ(found.wrong, "") << name << " bit " << bit;
            ASSERT_LE(found.lost, 1U) << name << " bit " << bit;
        }
        put(name, whole);
    }
    EXPECT_EQ(outcome().named, "");
}

TEST_F(Damage, of_any_single_bit_of_the_identity_is_refused) {
    std::ifstream file(data / "ARCHIVE", std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        auto flipped = whole;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
        put("ARCHIVE", flipped);
        ASSERT_THROW(Archive(data, Access::read_only), Error) << bit;
    }
}

TEST_F(Damage, by_a_cut_at_any_octet_gives_nothing_wrong_out) {
    for (const auto& [name, whole] : files) {
        for (std::size_t size = 0; size < whole.size(); ++size) {
            put(name, std::string_view(whole).substr(0, size));
            const auto found = outcome();
            ASSERT_EQ(found.wrong, "") << name << " cut to " << size;
            // A lost end looks like one that was never written, but only in the very last file.
            if (name != files.rbegin()->first) {
                ASSERT_NE(found.named, "") << name << " cut to " << size;
            }
        }
        put(name, whole);
    }
}

TEST_F(Damage, by_holes_doubled_blocks_and_strangers_is_named) {
    for (const auto& [name, whole] : files) {
        auto holed = whole;
        // Not all of it: a last file that is nothing but zeros looks like one just begun.
        std::fill_n(holed.begin() + 70, std::min<std::size_t>(4096, holed.size() / 2), '\0');
        expect_named(name, holed, "a hole");
        expect_named(name, whole.substr(0, whole.size() / 2) + whole.substr(whole.size() / 4),
                     "a doubled block");
        for (const auto& [other, octets] : files) {
            if (other != name) {
                expect_named(name, octets, "another file's octets");
            }
        }
    }
}

TEST_F(Damage, by_two_files_that_swapped_frames_is_named) {
    const auto& [first, first_octets] = *files.begin();
    const auto& [second, second_octets] = *files.rbegin();
    constexpr std::size_t header = 64;
    const auto size = std::min(first_octets.size(), second_octets.size());
    put(second, second_octets.substr(0, header) + first_octets.substr(header));
    expect_named(first, first_octets.substr(0, header) + second_octets.substr(header, size),
                 "swapped frames");
    put(second, second_octets);
}

TEST_F(Damage, by_files_that_are_gone_or_misnamed_or_unreadable_is_named) {
    const auto& name = files.begin()->first;
    const auto path = data / name;
    const auto away = folder / "away";
    const std::function<void()> troubles[] = {
        [] {},
        [&] { fs::copy(away, path.parent_path() / "0000000009-000001.mkj"); },
        [&] { fs::create_symlink(away, path); },
        [&] { ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0); },
        [&] { fs::create_directory(path); },
    };
    for (const auto& trouble : troubles) {
        fs::rename(path, away);
        trouble();
        const auto found = outcome();
        EXPECT_NE(found.named, "");
        EXPECT_EQ(found.wrong, "");
        fs::remove_all(path);
        fs::remove(path.parent_path() / "0000000009-000001.mkj");
        fs::rename(away, path);
    }
    EXPECT_EQ(outcome().named, "");
}

TEST_F(Damage, by_permissions_is_no_loss) {
    if (::geteuid() == 0) {
        GTEST_SKIP() << "root may read everything";
    }
    const auto& name = files.begin()->first;
    fs::permissions(data / name, fs::perms::none);
    const auto found = outcome();
    EXPECT_NE(found.named.find(name), std::string::npos);
    EXPECT_EQ(found.wrong, "");
    fs::permissions(data / name, fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(outcome().named, "");
}

}  // namespace
}  // namespace mailkeep::fault
