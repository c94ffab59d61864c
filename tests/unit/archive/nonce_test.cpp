// SPDX-License-Identifier: Apache-2.0
// GCM is lost with the first nonce that is used twice under one key. The key of a frame is that of
// its file, by uuid, and the nonce is its seq: no frame that is ever handed to the disk may have
// both in common with another, however often writing breaks off.
#include "mailkeep/base/text.hpp"

#include "archive_fixture.hpp"
#include "frame.hpp"
#include "journal.hpp"

#include <cstdlib>
#include <cstring>
#include <unordered_map>

namespace mailkeep::archive {
namespace {

/// Takes down under which file and seq each frame was encrypted that it is given to write.
class Witness final : public HastyDisk {
  public:
    explicit Witness(bool keeps) : keeps_(keeps) {}

    /// The write that many writes from now is the last one for ever.
    void break_in(int writes) { writes_left_ = writes; }

    void heal() { writes_left_ = -1; }

    [[nodiscard]] std::size_t nonces() const { return nonces_; }

    [[nodiscard]] std::size_t reused() const { return reused_; }

    [[nodiscard]] std::size_t files() const { return seqs_of_.size(); }

    ssize_t write(int descriptor, std::string_view octets, std::uint64_t at) override {
        take_down(descriptor, octets, at);
        if (writes_left_ == 0 || (writes_left_ > 0 && --writes_left_ == 0)) {
            errno = EIO;
            return -1;
        }
        return keeps_ ? Disk::write(descriptor, octets, at) : static_cast<ssize_t>(octets.size());
    }

  private:
    using Seqs = std::vector<bool>;  // by seq: seen

    struct OpenFile {
        Seqs* seqs = nullptr;  // none: no journal
        std::string rest;      // of a frame not yet there in full
    };

    void take_down(int descriptor, std::string_view octets, std::uint64_t at) {
        auto& file = files_[descriptor];
        if (at == 0) {
            const auto header = decode_file_header(octets.substr(0, file_header_size));
            file = {};
            if (!header) {
                return;
            }
            const auto [seqs, is_new] = seqs_of_.try_emplace(header->file_uuid);
            reused_ += is_new ? 0 : 1;
            file.seqs = &seqs->second;
            octets.remove_prefix(file_header_size);
        }
        if (file.seqs == nullptr) {
            return;
        }
        file.rest += octets;
        while (file.rest.size() >= frame_header_size) {
            const auto stored = number_at(file.rest, 12, 4);
            if (file.rest.size() < stored + frame_overhead) {
                return;
            }
            take_down(file.rest, *file.seqs);
            file.rest.erase(0, stored + frame_overhead);
        }
    }

    /// A million headers are not decoded in full.
    static std::uint64_t number_at(const std::string& header, std::size_t at, std::size_t octets) {
        std::uint64_t number = 0;
        std::memcpy(&number, &header[at], octets);
        return number;
    }

    void take_down(const std::string& frame, Seqs& seqs) {
        const auto type = static_cast<FrameType>(frame[8]);
        const bool is_encrypted = (frame[9] & encrypted_flag) != 0;
        ASSERT_TRUE(frame.starts_with(frame_magic));
        ASSERT_EQ(is_encrypted, type != FrameType::header);
        if (is_encrypted) {
            const auto seq = number_at(frame, 20, 8);
            ASSERT_LT(seq, 10'000'000U);
            seqs.resize(std::max<std::size_t>(seqs.size(), seq + 1));
            ++nonces_;
            reused_ += seqs[seq] ? 1 : 0;
            seqs[seq] = true;
        }
    }

    bool keeps_;
    int writes_left_ = -1;
    std::unordered_map<int, OpenFile> files_;        // by descriptor
    std::unordered_map<std::string, Seqs> seqs_of_;  // by uuid of file
    std::size_t nonces_ = 0;
    std::size_t reused_ = 0;
};

TEST(Nonces, are_never_used_twice_by_sessions_that_break_off_anywhere) {
    set_log_level(LogLevel::error);
    const test::TempDir folder;
    const auto key = make_data_key();
    Archive::create(folder / "data", key);
    Witness witness(true);
    int number = 1;
    for (int session = 0; session < 60; ++session) {
        Archive archive(folder / "data", Access::read_write, witness, key);
        for (int breaking = 0; breaking < 3; ++breaking) {
            witness.break_in(1 + (session * 3 + breaking) % 40);
            while (!error_of([&] { static_cast<void>(archive.commit(batch_of(number), noon)); })) {
                ++number;
            }
            witness.heal();
        }
    }
    EXPECT_EQ(witness.reused(), 0U);
    EXPECT_GE(witness.files(), 180U);
    EXPECT_GT(witness.nonces(), 1'500U);
    EXPECT_EQ(mails_in(Archive(folder / "data", Access::read_only, key)), mails_up_to(number - 1));
}

/// A million take a minute where nothing is optimized: that is fault.nonces.
std::size_t enough() {
    const char* const asked = std::getenv("MAILKEEP_NONCES");
    return parse_number(asked == nullptr ? "20000" : asked).value();
}

TEST(Nonces, are_never_used_twice_in_any_number_of_frames) {
    Batch batch;
    batch.add_message("x");
    const test::TempDir folder;
    fs::create_directories(folder.path() / journal_folder);
    const Reserve reserve(folder.path());
    const auto key = make_data_key();
    Witness witness(false);
    std::mt19937 random(1);
    for (std::uint32_t session = 1; witness.nonces() < enough(); ++session) {
        Journal journal(witness, reserve, folder.path(),
                        {.flags = encrypted_file_flag,
                         .archive_uuid = std::string(uuid_size, 'a'),
                         .file_uuid = make_uuid(),
                         .epoch = session,
                         .n = 1},
                        key);
        journal.start();
        witness.break_in(1 + static_cast<int>(random() % (enough() / 50)));
        std::uint64_t number = 1;
        while (!error_of([&] { static_cast<void>(journal.append(batch, number, noon, {})); })) {
            ++number;
        }
        witness.heal();
    }
    EXPECT_EQ(witness.reused(), 0U);
    EXPECT_GE(witness.nonces(), enough());
    EXPECT_GE(witness.files(), 50U);
}

}  // namespace
}  // namespace mailkeep::archive
