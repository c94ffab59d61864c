// SPDX-License-Identifier: Apache-2.0
// An encrypted archive as a whole: who gets in, what lies open on the disk, and what happens to
// frames that somebody moved.
#include "archive_fixture.hpp"
#include "frame.hpp"

#include <set>

namespace mailkeep::archive {
namespace {

class Encryption : public testing::Test {
  protected:
    Encryption() {
        set_log_level(LogLevel::error);
        Archive::create(data(), key);
    }

    [[nodiscard]] fs::path data() const { return folder_ / "data"; }

    Archive open(Disk& disk) { return {data(), Access::read_write, disk, key}; }

    void commit(int first, int last) {
        auto archive = open(hasty_);
        for (int number = first; number <= last; ++number) {
            static_cast<void>(archive.commit(batch_of(number), noon));
        }
    }

    [[nodiscard]] Verdict verdict() const {
        return Archive(data(), Access::read_only, key).verify(Depth::full);
    }

    /// Where the last COMMIT is hit, its batch looks as if it was never acknowledged.
    static bool is_whole(const Verdict& verdict, std::uint64_t last_batch) {
        return verdict.damaged.empty() && verdict.notes.empty() && verdict.last_batch == last_batch;
    }

    const DataKey key = make_data_key();
    FaultyDisk faulty_;

  private:
    test::TempDir folder_;
    HastyDisk hasty_;
};

struct FoundFrame {
    std::size_t at = 0;
    FrameHeader header;
};

/// Those that look like frames, whole or torn, in a file of the archive.
std::vector<FoundFrame> frames_in(const std::string& octets) {
    std::vector<FoundFrame> frames;
    auto at = octets.find(frame_magic);
    while (at != std::string::npos) {
        if (const auto header =
                decode_frame_header(std::string_view(octets).substr(at, frame_header_size))) {
            frames.push_back({at, *header});
        }
        at = octets.find(frame_magic, at + 1);
    }
    return frames;
}

std::string all_octets_below(const fs::path& folder) {
    std::string octets;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) {
            octets += octets_of(entry.path());
        }
    }
    return octets;
}

TEST_F(Encryption, keeps_mail_for_those_who_have_the_key) {
    commit(1, 3);
    const Archive archive(data(), Access::read_only, key);
    EXPECT_EQ(mails_in(archive), mails_up_to(3));
    EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
    EXPECT_EQ(archive.key().reveal(), key.reveal());
}

TEST_F(Encryption, refuses_no_key_and_another_ones) {
    for (const auto access : {Access::read_only, Access::read_write}) {
        for (const auto& wrong : {DataKey(), make_data_key()}) {
            const auto error = error_of([&] { Archive(data(), access, wrong); });
            ASSERT_TRUE(error);
            EXPECT_EQ(error->code(), Errc::authentication);
            EXPECT_FALSE(error->hint().empty());
        }
    }
    test::TempDir elsewhere;
    Archive::create(elsewhere / "data");
    EXPECT_EQ(error_of([&] { Archive(elsewhere / "data", Access::read_only, key); })->code(),
              Errc::invalid);
}

TEST_F(Encryption, gives_what_stands_beside_the_archive_keys_of_its_own) {
    const Archive archive(data(), Access::read_only, key);
    EXPECT_EQ(archive.key_for("one").reveal().size(), 32U);
    EXPECT_EQ(archive.key_for("one").reveal(), archive.key_for("one").reveal());
    EXPECT_NE(archive.key_for("one").reveal(), archive.key_for("two").reveal());
    test::TempDir elsewhere;
    Archive::create(elsewhere / "data");
    EXPECT_TRUE(Archive(elsewhere / "data", Access::read_only).key_for("one").empty());
}

TEST_F(Encryption, leaves_no_word_of_the_mail_open_on_the_disk) {
    const std::string word = "Heliotrope";  // too short a text to be compressed away
    const auto keep_in = [&](const fs::path& folder, const DataKey& its_key) {
        Archive archive(folder, Access::read_write, its_key);
        Batch batch;
        batch.add_message(word);
        static_cast<void>(archive.commit(batch, noon));
    };
    keep_in(data(), key);
    EXPECT_EQ(all_octets_below(data()).find(word), std::string::npos);
    test::TempDir elsewhere;
    Archive::create(elsewhere / "data");
    keep_in(elsewhere / "data", {});
    EXPECT_NE(all_octets_below(elsewhere / "data").find(word), std::string::npos);
}

TEST_F(Encryption, is_there_only_with_a_slot_that_opens_it) {
    const Secret passphrase("correct horse");
    test::TempDir elsewhere;
    const auto folder = elsewhere / "data";
    Archive::create(folder, key, FirstSlot{"first", passphrase, {.n = 2, .r = 1, .p = 1}});
    EXPECT_EQ(unlock(folder, passphrase).reveal(), key.reveal());
    EXPECT_NO_THROW(Archive(folder, Access::read_only, key));
    // A crash before ARCHIVE was there: init again.
    fs::remove(folder / "ARCHIVE");
    const auto another = make_data_key();
    Archive::create(folder, another, FirstSlot{"first", passphrase, {.n = 2, .r = 1, .p = 1}});
    EXPECT_EQ(unlock(folder, passphrase).reveal(), another.reveal());
}

TEST_F(Encryption, never_takes_the_slots_of_mail_whose_archive_file_is_lost) {
    commit(1, 1);
    fs::remove(data() / "ARCHIVE");
    for (const auto& given : {DataKey(), make_data_key()}) {
        EXPECT_EQ(error_of([&] { Archive::create(data(), given); })->code(), Errc::conflict);
    }
}

// GCM is lost with the first nonce that is used twice under one key: file key and seq.
TEST_F(Encryption, never_uses_a_nonce_twice_not_even_after_failures) {
    int number = 1;
    for (int call = 1; call <= 60; ++call) {
        auto archive = open(faulty_);
        faulty_.fail_at(faulty_.calls() + call, EIO);
        for (int i = 0; i < 8; ++i) {
            if (!error_of([&] { static_cast<void>(archive.commit(batch_of(number), noon)); })) {
                ++number;
            }
        }
        faulty_.heal();
    }
    std::set<std::string> file_uuids;
    std::set<std::pair<std::string, std::uint64_t>> nonces;
    std::size_t frames = 0;
    for (const auto& path : journals(data())) {
        const auto octets = octets_of(path);
        const auto header =
            decode_file_header(std::string_view(octets).substr(0, file_header_size));
        if (!header) {
            continue;  // torn before its first frame
        }
        EXPECT_TRUE(file_uuids.insert(header->file_uuid).second);
        for (const auto& frame : frames_in(octets)) {
            ++frames;
            EXPECT_TRUE(nonces.emplace(header->file_uuid, frame.header.seq).second) << path;
        }
    }
    EXPECT_GE(file_uuids.size(), 60U);
    EXPECT_GT(frames, 1000U);
    const Archive archive(data(), Access::read_only, key);
    EXPECT_EQ(mails_in(archive), mails_up_to(number - 1));
}

TEST_F(Encryption, notices_frames_that_were_moved_or_doubled) {
    commit(1, 2);
    const auto path = journals(data()).front();
    const auto octets = octets_of(path);
    const auto frames = frames_in(octets);
    ASSERT_GT(frames.size(), 5U);
    const auto frame = [&](std::size_t index) {
        return octets.substr(frames[index].at, frames[index].header.total());
    };
    for (std::size_t index = 0; index + 1 < frames.size(); ++index) {
        auto swapped = octets.substr(0, frames[index].at) + frame(index + 1) + frame(index) +
                       octets.substr(frames[index + 1].at + frames[index + 1].header.total());
        ASSERT_EQ(swapped.size(), octets.size());
        put_octets(path, swapped);
        EXPECT_FALSE(is_whole(verdict(), 2)) << index;
    }
    put_octets(path, octets);
    EXPECT_TRUE(is_whole(verdict(), 2));
}

TEST_F(Encryption, notices_frames_that_were_retyped_cut_or_left_out) {
    commit(1, 2);
    const auto path = journals(data()).front();
    const auto octets = octets_of(path);
    const auto frames = frames_in(octets);
    for (std::size_t index = 0; index + 1 < frames.size(); ++index) {
        const auto& [at, header] = frames[index];
        const auto before = octets.substr(0, at);
        const auto after = octets.substr(at + header.total());
        auto retyped = header;
        retyped.type = header.type == FrameType::block ? FrameType::event : FrameType::block;
        auto shorter = header;
        --shorter.stored;
        const auto body = octets.substr(at + frame_header_size, header.stored);
        const auto tag = octets.substr(at + frame_header_size + header.stored, tag_size);
        for (const auto& frame :
             {encode(retyped) + body + tag, encode(shorter) + body.substr(0, shorter.stored) + tag,
              std::string()}) {
            put_octets(path, before + frame + after);
            EXPECT_FALSE(is_whole(verdict(), 2)) << index;
        }
    }
    put_octets(path, octets);
    EXPECT_TRUE(is_whole(verdict(), 2));
}

TEST_F(Encryption, notices_frames_of_another_file_under_the_same_key) {
    commit(1, 1);
    commit(2, 2);
    const auto files = journals(data());
    ASSERT_EQ(files.size(), 2U);
    const auto first = octets_of(files[0]);
    auto second = octets_of(files[1]);
    const auto from = frames_in(first).front();
    const auto into = frames_in(second).front();
    ASSERT_EQ(from.header.total(), into.header.total());
    second.replace(into.at, into.header.total(), first, from.at, from.header.total());
    put_octets(files[1], second);
    EXPECT_FALSE(verdict().damaged.empty());
}

TEST_F(Encryption, notices_every_flipped_bit_of_a_journal) {
    commit(1, 1);
    const auto path = journals(data()).front();
    const auto octets = octets_of(path);
    const auto last = frames_in(octets).back();
    for (std::size_t at = 0; at < last.at + last.header.total(); ++at) {
        auto flipped = octets;
        flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
        put_octets(path, flipped);
        EXPECT_FALSE(is_whole(verdict(), 1)) << at;
    }
}

}  // namespace
}  // namespace mailkeep::archive
