// SPDX-License-Identifier: Apache-2.0
// Files that are not what they were: flipped, cut, holed, doubled, mixed up, gone, or no files at
// all. Whatever it is, verify names it, nothing wrong is ever given out, and what stands in other
// frames is given out as ever. Here journals and ARCHIVE; packs in pack_damage_test.cpp.
#include "damage.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <functional>

namespace mailkeep::fault {
namespace {

namespace fs = std::filesystem;

using archive::Access;
using archive::Archive;

TEST_F(Damage, of_any_single_bit_is_named_and_costs_one_frame) {
    for (const auto& [name, whole] : files) {
        for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
            put(name, flipped(whole, bit));
            const auto found = outcome();
            ASSERT_NE(found.named.find(name), std::string::npos) << bit << ": " << found.named;
            ASSERT_EQ(found.wrong, "") << name << " bit " << bit;
            ASSERT_LE(found.lost.size(), 1U) << name << " bit " << bit;
        }
        put(name, whole);
    }
    EXPECT_EQ(outcome().named, "");
}

TEST_F(Damage, of_any_single_bit_of_the_identity_is_refused) {
    const auto whole = octets_of("ARCHIVE");
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        put("ARCHIVE", flipped(whole, bit));
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
