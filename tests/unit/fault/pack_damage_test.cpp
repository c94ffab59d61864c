// SPDX-License-Identifier: Apache-2.0
// Packs that are not what they were, as damage_test.cpp has it for journals, with a replica that
// mends them; and files of keys and log in whose place stands something else.
#include "mailkeep/archive/keys.hpp"
#include "mailkeep/archive/log.hpp"
#include "mailkeep/archive/repair.hpp"
#include "mailkeep/archive/replica.hpp"

#include "damage.hpp"
#include "frame.hpp"
#include "pack_scene.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

namespace mailkeep::fault {
namespace {

namespace fs = std::filesystem;

using archive::Access;
using archive::Archive;

/// Messages 1 and 2 in one pack, message 3 in another.
class PackDamage : public Damage {
  protected:
    using Damage::Damage;

    void SetUp() override {
        Damage::SetUp();
        ASSERT_EQ(files.size(), 2U);
        for (const auto& [name, octets] : files) {
            ASSERT_TRUE(name.starts_with("packs/"));
        }
        const Archive whole(data, Access::read_only, key);
        first = whole.packs().at(0).name;
        second = whole.packs().at(1).name;
    }

    void settle() override {
        Archive archive(data, Access::read_write, key);
        archive.retire(archive.seal({.dead = {}, .now = time_of_batch(3)}, {}));
    }

    /// Damage that is one frame's costs no message of the other pack, and names those it costs.
    void expect_one_frame(const std::string& name, const std::string& octets, std::size_t bit) {
        put(name, octets);
        const auto found = outcome();
        ASSERT_NE(found.named.find(name), std::string::npos) << name << " bit " << bit;
        ASSERT_EQ(found.wrong, "") << name << " bit " << bit;
        const std::set<std::size_t> block =
            name == first ? std::set<std::size_t>{0, 1} : std::set<std::size_t>{2};
        ASSERT_TRUE(std::includes(block.begin(), block.end(), found.lost.begin(), found.lost.end()))
            << name << " bit " << bit;
        for (const auto index : found.lost) {
            ASSERT_NE(found.named.find("message " + stored[index].content_id.hex()),
                      std::string::npos)
                << name << " bit " << bit << ": " << found.named;
        }
    }

    void expect_every_bit_named(std::size_t step) {
        for (const auto& [name, whole] : files) {
            for (std::size_t bit = 0; bit < whole.size() * 8; bit += step) {
                expect_one_frame(name, flipped(whole, bit), bit);
                ASSERT_FALSE(HasFatalFailure());
            }
            put(name, whole);
        }
        EXPECT_EQ(outcome().named, "");
    }

    std::string first;
    std::string second;
};

class EncryptedPackDamage : public PackDamage {
  protected:
    EncryptedPackDamage() : PackDamage(story_key()) {}
};

/// One bit of every octet, each time another; PackReaderTest has all of them.
TEST_F(PackDamage, of_a_bit_in_any_octet_is_named_and_costs_one_frame) {
    expect_every_bit_named(9);
}

/// In every third octet.
TEST_F(EncryptedPackDamage, of_a_bit_in_many_octets_is_named_and_costs_one_frame) {
    expect_every_bit_named(25);
}

TEST_F(PackDamage, by_a_cut_at_any_octet_is_named_and_gives_nothing_wrong_out) {
    for (const auto& [name, whole] : files) {
        for (std::size_t size = 0; size < whole.size(); ++size) {
            put(name, std::string_view(whole).substr(0, size));
            const auto found = outcome();
            ASSERT_NE(found.named, "") << name << " cut to " << size;
            ASSERT_EQ(found.wrong, "") << name << " cut to " << size;
            ASSERT_LE(found.lost.size(), name == first ? 2U : 1U) << name << " cut to " << size;
        }
        put(name, whole);
    }
    EXPECT_EQ(outcome().named, "");
}

TEST_F(PackDamage, by_holes_doubled_blocks_and_strangers_is_named) {
    for (const auto& [name, whole] : files) {
        for (std::size_t at = 0; at + 64 < whole.size(); at += 64) {
            auto holed = whole;
            std::fill_n(holed.begin() + static_cast<std::ptrdiff_t>(at), 64, '\0');
            expect_named(name, holed, "a hole");
        }
        expect_named(name, std::string(whole.size(), '\0'), "nothing but zeros");
        expect_named(name, whole.substr(0, whole.size() / 2) + whole.substr(whole.size() / 4),
                     "a doubled block");
        expect_named(name, whole + whole, "a doubled file");
    }
    // The packs that are not there any more can be named by what is missing only.
    for (const auto& [name, other] : {std::pair(first, second), std::pair(second, first)}) {
        put(name, files.at(other));
        EXPECT_NE(outcome().named, "") << name;
        EXPECT_TRUE(outcome().lost.size() < 3) << name;
        put(name, files.at(name));
    }
}

/// Where the frames of a file stand, the last offset its end.
std::vector<std::size_t> frames_in(const std::string& octets) {
    std::vector<std::size_t> places;
    for (auto at = archive::file_header_size; at < octets.size();) {
        places.push_back(at);
        const auto header = archive::decode_frame_header(std::string_view(octets).substr(at, 32));
        at += header ? static_cast<std::size_t>(header->total()) : octets.size();
    }
    places.push_back(octets.size());
    return places;
}

TEST_F(PackDamage, by_frames_of_two_packs_that_changed_places_is_named) {
    const auto& one = files.at(first);
    const auto& other = files.at(second);
    const auto ours = frames_in(one);
    const auto theirs = frames_in(other);
    ASSERT_EQ(ours.size(), theirs.size());
    for (std::size_t i = 0; i + 1 < ours.size(); ++i) {
        const auto our_frame = one.substr(ours[i], ours[i + 1] - ours[i]);
        const auto their_frame = other.substr(theirs[i], theirs[i + 1] - theirs[i]);
        put(second, other.substr(0, theirs[i]) + our_frame + other.substr(theirs[i + 1]));
        expect_named(first, one.substr(0, ours[i]) + their_frame + one.substr(ours[i + 1]),
                     "frame " + std::to_string(i));
        put(second, other);
    }
    EXPECT_EQ(outcome().named, "");
}

TEST_F(PackDamage, by_packs_that_are_gone_or_no_files_is_named) {
    for (const auto& name : {first, second}) {
        const auto path = data / name;
        const auto away = folder / "away";
        const std::function<void()> troubles[] = {
            [] {},
            [&] { fs::create_symlink(away, path); },
            [&] { ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0); },
            [&] { fs::create_directory(path); },
        };
        std::size_t number = 0;
        for (const auto& trouble : troubles) {
            fs::rename(path, away);
            trouble();
            const auto found = outcome();
            // The last pack gone without a trace is like a pack that never was, but for the log
            // and the catalog.
            const bool leaves_no_trace = number == 0 && name == second;
            EXPECT_EQ(found.named.empty(), leaves_no_trace) << name << " " << number;
            EXPECT_EQ(found.wrong, "") << name << " " << number;
            fs::remove_all(path);
            fs::rename(away, path);
            ++number;
        }
    }
    EXPECT_EQ(outcome().named, "");
}

TEST_F(PackDamage, by_a_pack_on_the_wrong_shelf_is_named_and_mended) {
    for (const auto& [name, whole] : files) {
        for (const auto* const shelf : {"packs", "packs/zz", "packs/no shelf"}) {
            const auto stray = (fs::path(shelf) / fs::path(name).filename()).string();
            fs::create_directories(data / shelf);
            fs::rename(data / name, data / stray);
            const auto found = outcome();
            EXPECT_NE(found.named.find(stray), std::string::npos) << stray << ": " << found.named;
            EXPECT_EQ(found.wrong, "") << stray;
            EXPECT_TRUE(archive::repair_files(data, {}, key).lost.empty()) << stray;
            EXPECT_EQ(octets_of(name), whole) << stray;
            EXPECT_FALSE(fs::exists(data / stray));
            EXPECT_EQ(outcome().named, "") << stray;
            EXPECT_TRUE(outcome().lost.empty()) << stray;
        }
    }
}

/// There the whole one mends it; a damaged one on the wrong shelf mends nothing.
TEST_F(PackDamage, by_a_pack_on_two_shelves_is_mended_by_the_whole_one) {
    const auto& whole = files.at(first);
    const auto stray = (fs::path("packs/zz") / fs::path(first).filename()).string();
    const auto broken = flipped(whole, whole.size() * 4);
    fs::create_directory(data / "packs/zz");
    for (const auto& [here, there] : {std::pair(whole, broken), std::pair(broken, whole)}) {
        put(first, here);
        std::ofstream(data / stray, std::ios::binary) << there;
        EXPECT_NE(outcome().named.find(stray), std::string::npos);
        EXPECT_TRUE(archive::repair_files(data, {}, key).lost.empty());
        EXPECT_EQ(octets_of(first), whole);
        EXPECT_EQ(outcome().named, "");
    }
    put(first, broken);
    std::ofstream(data / stray, std::ios::binary) << broken;
    EXPECT_FALSE(archive::repair_files(data, {}, key).lost.empty());
    EXPECT_EQ(octets_of(stray), broken);
}

TEST_F(PackDamage, by_permissions_is_no_loss) {
    if (::geteuid() == 0) {
        GTEST_SKIP() << "root may read everything";
    }
    fs::permissions(data / first, fs::perms::none);
    const auto found = outcome();
    EXPECT_NE(found.named.find(first), std::string::npos);
    EXPECT_EQ(found.wrong, "");
    fs::permissions(data / first, fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(outcome().named, "");
}

/// With a log and a replica, both of the archive as it is now.
class WatchedPacks : public PackDamage {
  protected:
    void SetUp() override {
        PackDamage::SetUp();
        const Archive archive(data, Access::read_write);
        archive::Log(archive).catch_up(time_of_batch(3));
        EXPECT_TRUE(archive::replicate(archive, replica, {}, {}).problems.empty());
    }

    /// What check and comparison of the log name.
    [[nodiscard]] std::string told_by_log() const {
        const Archive archive(data, Access::read_only);
        const archive::Log log(archive);
        auto findings = log.check().damaged;
        if (findings.empty()) {
            findings = log.compare(archive::Depth::full);
        }
        std::string text;
        for (const auto& finding : findings) {
            text += finding.object + ": " + finding.what + "; ";
        }
        return text;
    }

    void expect_mended() {
        const auto repaired = archive::repair_files(data, {replica}, {});
        EXPECT_TRUE(repaired.lost.empty());
        EXPECT_EQ(outcome().named, "");
        EXPECT_TRUE(outcome().lost.empty());
        EXPECT_EQ(files_of(data), files_of(replica));
    }

    fs::path replica = folder / "replica";
};

TEST_F(WatchedPacks, put_back_as_they_once_were_show_in_the_log) {
    const auto older = folder / "older";
    fs::copy(data / "packs", older, fs::copy_options::recursive);
    commit({4});
    settle();
    {
        const Archive archive(data, Access::read_write);
        archive::Log(archive).catch_up(time_of_batch(4));
    }
    EXPECT_EQ(told_by_log(), "");
    fs::remove_all(data / "packs");
    fs::copy(older, data / "packs", fs::copy_options::recursive);
    EXPECT_NE(told_by_log().find("an older copy was put back"), std::string::npos) << told_by_log();
}

TEST_F(WatchedPacks, put_back_from_the_trash_change_nothing) {
    for (const int number : {4, 5}) {
        commit({number});
        settle();
    }
    stored.clear();
    {
        Archive archive(data, Access::read_write);
        archive.retire(archive.merge({.dead = {}, .now = time_of_batch(5)}, {}));
        ASSERT_EQ(archive.packs().size(), 1U);
    }
    look_around();
    for (const auto& entry : fs::directory_iterator(data / "trash")) {
        const auto name = entry.path().filename().string();
        fs::create_directories(data / "packs" / name.substr(0, 2));
        fs::rename(entry.path(), data / "packs" / name.substr(0, 2) / name);
    }
    const auto found = outcome();
    EXPECT_EQ(found.named + found.wrong, "");
    EXPECT_TRUE(found.lost.empty());
}

TEST_F(WatchedPacks, are_mended_where_they_are_damaged_whichever_side_that_is) {
    const auto& whole = files.at(first);
    for (std::size_t at = 70; at < whole.size(); at += 97) {
        put(first, flipped(whole, at * 8));
        expect_mended();
        put("../replica/" + first, flipped(whole, at * 8));
        const Archive archive(data, Access::read_write);
        EXPECT_TRUE(archive::replicate(archive, replica, {.depth = archive::Depth::full}, {})
                        .problems.empty());
        EXPECT_EQ(files_of(data), files_of(replica)) << at;
    }
}

/// The last piece is the file header with which a pack ends.
TEST_F(WatchedPacks, damaged_in_different_frames_on_both_sides_are_mended_together) {
    const auto& whole = files.at(first);
    const auto frames = frames_in(whole);
    for (std::size_t ours = 0; ours + 1 < frames.size(); ++ours) {
        for (std::size_t theirs = 0; theirs + 1 < frames.size(); ++theirs) {
            if (ours == theirs) {
                continue;
            }
            put(first, flipped(whole, (frames[ours] + 40) * 8));
            put("../replica/" + first, flipped(whole, (frames[theirs] + 40) * 8));
            const auto repaired = archive::repair_files(data, {replica}, {});
            EXPECT_TRUE(repaired.lost.empty()) << ours << ", " << theirs;
            EXPECT_EQ(octets_of(first), whole) << ours << ", " << theirs;
            put("../replica/" + first, whole);
        }
    }
}

/// What may stand where a file should be.
class Misplaced : public Damage {
  protected:
    Misplaced() : Damage(story_key()) {}

    void SetUp() override {
        Damage::SetUp();
        fs::create_directory(data / "keys");
        for (const auto* const name : {"one", "two"}) {
            add_key_slot(data, name, key, Secret(name), time_of_batch(1), {2, 1, 1});
        }
        const Archive archive(data, Access::read_write, key);
        archive::Log(archive).catch_up(time_of_batch(3));
    }

    void for_each_trouble(const std::string& name, const std::function<void()>& expect) const {
        const auto path = data / name;
        const auto away = folder / "away";
        const std::function<void()> troubles[] = {
            [] {},
            [&] { fs::create_symlink(away, path); },
            [&] { ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0); },
            [&] { fs::create_directory(path); },
            [&] { std::ofstream(path).close(); },
        };
        for (const auto& trouble : troubles) {
            fs::rename(path, away);
            trouble();
            expect();
            fs::remove_all(path);
            fs::rename(away, path);
        }
    }
};

TEST_F(Misplaced, archive_is_refused_by_name) {
    for_each_trouble("ARCHIVE", [&] {
        try {
            const Archive archive(data, Access::read_only, key);
            ADD_FAILURE() << "opened";
        } catch (const Error& error) {
            const auto told = std::string(error.what()) + error.hint();
            EXPECT_TRUE(told.find("ARCHIVE") != std::string::npos ||
                        told.find(data.string()) != std::string::npos)
                << told;
        }
    });
    EXPECT_EQ(outcome().named, "");
}

TEST_F(Misplaced, slot_is_named_and_another_opens) {
    for_each_trouble("keys/one.slot", [&] {
        EXPECT_EQ(archive::unlock(data, Secret("two")).reveal(), key.reveal());
        EXPECT_THROW(static_cast<void>(archive::unlock(data, Secret("one"))), Error);
        for (const auto& slot : archive::key_slots(data)) {
            EXPECT_EQ(slot.problem.empty(), slot.name == "two") << slot.name;
        }
    });
    EXPECT_EQ(archive::unlock(data, Secret("one")).reveal(), key.reveal());
}

TEST_F(Misplaced, checkpoints_are_missed) {
    const auto wrong = [&] {
        const Archive archive(data, Access::read_only, key);
        try {
            return !archive::Log(archive).check().damaged.empty();
        } catch (const Error& error) {
            return std::string(error.what()).find("checkpoints/000000") != std::string::npos;
        }
    };
    EXPECT_FALSE(wrong());
    for_each_trouble("log/checkpoints/000000", [&] { EXPECT_TRUE(wrong()); });
    EXPECT_FALSE(wrong());
}

}  // namespace
}  // namespace mailkeep::fault
