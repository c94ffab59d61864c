// SPDX-License-Identifier: Apache-2.0
// What the archive's tests share: batches to commit, a disk that fails when told to, files to
// damage, and the question "what does this archive hold now?".
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include "durable_file.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace mailkeep::archive {

namespace fs = std::filesystem;

inline const Timestamp noon = *parse_rfc3339("2026-11-23T12:00:00Z");

inline std::string mail(int number) {
    return "Subject: message " + std::to_string(number) + "\r\n\r\nText of message number " +
           std::to_string(number) + ".\r\n";
}

inline Event seen(const ContentId& content_id, Uid uid) {
    return {.at = noon,
            .run = RunId{1},
            .what = Seen{.account = AccountId{1},
                         .mailbox = "INBOX",
                         .uid_validity = 7,
                         .uid = uid,
                         .unique_id = {},
                         .content_id = content_id,
                         .internal_date = {noon, std::chrono::minutes{60}},
                         .flags = {}}};
}

/// Batch `number` of every test: one message and one event.
inline Batch batch_of(int number) {
    Batch batch;
    const auto content_id = batch.add_message(mail(number));
    batch.add_event(seen(content_id, static_cast<Uid>(number)));
    return batch;
}

inline std::string octets_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Written over in place: ext4 writes a file that was truncated to the disk when it is closed.
inline void put_octets(const fs::path& path, std::string_view octets) {
    std::ofstream(path, std::ios::app).close();
    std::fstream(path, std::ios::binary | std::ios::in | std::ios::out)
        .write(octets.data(), static_cast<std::streamsize>(octets.size()));
    fs::resize_file(path, octets.size());
}

/// Journal files in the order of writing.
inline std::vector<fs::path> journals(const fs::path& data) {
    std::vector<fs::path> paths(fs::directory_iterator(data / "journal"), {});
    std::sort(paths.begin(), paths.end());
    return paths;
}

inline std::vector<CommittedBatch> batches_of(const Archive& archive, std::uint64_t after = 0) {
    std::vector<CommittedBatch> batches;
    archive.for_each_batch(after, [&](const CommittedBatch& batch) { batches.push_back(batch); });
    return batches;
}

/// The text of every message, in the order of batches, each fetched by its location.
inline std::vector<std::string> mails_in(const Archive& archive) {
    std::vector<std::string> mails;
    for (const auto& batch : batches_of(archive)) {
        for (const auto& message : batch.messages) {
            mails.push_back(archive.get(message));
        }
    }
    return mails;
}

inline std::vector<std::string> mails_up_to(int last) {
    std::vector<std::string> mails;
    for (int number = 1; number <= last; ++number) {
        mails.push_back(mail(number));
    }
    return mails;
}

inline std::string to_text(const std::vector<Finding>& findings) {
    std::string text;
    for (const auto& finding : findings) {
        text += finding.object + ": " + finding.what + "\n";
    }
    return text;
}

template <class Call>
std::optional<Error> error_of(const Call& call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

/// A disk that is never waited for: what these tests ask, they ask of the same running system.
class HastyDisk : public Disk {
  public:
    int sync(int /*descriptor*/) override { return 0; }

    int sync_data(int /*descriptor*/) override { return 0; }

    int allocate(int /*descriptor*/, std::uint64_t /*from*/, std::uint64_t /*size*/) override {
        return 0;
    }

    void forget_cached(int /*descriptor*/, std::uint64_t /*from*/) override {}
};

/// Counts the calls that can lose mail and makes one of them, or all from one on, fail.
class FaultyDisk final : public HastyDisk {
  public:
    enum class Kind { open, write, read, allocate, sync, sync_data, rename, remove };

    /// Calls are counted from 1 on.
    void fail_at(int call, int error) {
        failing_call_ = call;
        error_ = error;
    }

    void fail_every(Kind kind, int error) { failing_kinds_[kind] = error; }

    void heal() {
        failing_call_ = 0;
        failing_kinds_.clear();
    }

    /// Every write writes one octet only, every second call is interrupted first.
    void be_awkward() { is_awkward_ = true; }

    /// The next write changes one bit of what it is given.
    void flip_next_write() { flips_next_write_ = true; }

    [[nodiscard]] int calls() const { return static_cast<int>(log_.size()); }

    [[nodiscard]] const std::vector<Kind>& log() const { return log_; }

    int open(const fs::path& path, int flags) override {
        return fails(Kind::open) ? -1 : Disk::open(path, flags);
    }

    ssize_t write(int descriptor, std::string_view octets, std::uint64_t at) override {
        if (fails(Kind::write)) {
            // As much of the write as a full disk may have taken.
            static_cast<void>(Disk::write(descriptor, octets.substr(0, octets.size() / 2), at));
            return -1;
        }
        if (flips_next_write_) {
            flips_next_write_ = false;
            std::string flipped(octets);
            flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 0x10);
            return Disk::write(descriptor, flipped, at);
        }
        return Disk::write(descriptor, is_awkward_ ? octets.substr(0, 1) : octets, at);
    }

    ssize_t read(int descriptor, std::span<char> into, std::uint64_t at) override {
        return fails(Kind::read) ? -1
                                 : Disk::read(descriptor, is_awkward_ ? into.first(1) : into, at);
    }

    int allocate(int descriptor, std::uint64_t from, std::uint64_t size) override {
        return fails(Kind::allocate) ? -1 : HastyDisk::allocate(descriptor, from, size);
    }

    int sync(int descriptor) override {
        return fails(Kind::sync) ? -1 : HastyDisk::sync(descriptor);
    }

    int sync_data(int descriptor) override {
        return fails(Kind::sync_data) ? -1 : HastyDisk::sync_data(descriptor);
    }

    int rename(const fs::path& from, const fs::path& to) override {
        return fails(Kind::rename) ? -1 : Disk::rename(from, to);
    }

    int remove(const fs::path& path) override {
        return fails(Kind::remove) ? -1 : Disk::remove(path);
    }

  private:
    bool fails(Kind kind) {
        if (is_awkward_ && kind != Kind::open && (interrupted_ = !interrupted_)) {
            errno = EINTR;
            return true;
        }
        log_.push_back(kind);
        const auto failing = failing_kinds_.find(kind);
        if (failing != failing_kinds_.end()) {
            errno = failing->second;
            return true;
        }
        if (calls() == failing_call_) {
            errno = error_;
            return true;
        }
        return false;
    }

    std::vector<Kind> log_;
    std::map<Kind, int> failing_kinds_;
    int failing_call_ = 0;
    int error_ = 0;
    bool is_awkward_ = false;
    bool interrupted_ = false;
    bool flips_next_write_ = false;
};

/// An archive that goes away again.
class ArchiveTest : public testing::Test {
  protected:
    ArchiveTest() {
        set_log_level(LogLevel::error);
        Archive::create(data());
    }

    [[nodiscard]] fs::path data() const { return folder_ / "data"; }

    Archive open(Access access = Access::read_write) { return {data(), access, disk_}; }

    /// Batches first to last, by one writer.
    void commit(int first, int last) {
        auto archive = open();
        for (int number = first; number <= last; ++number) {
            static_cast<void>(archive.commit(batch_of(number), noon));
        }
    }

    /// A copy of the archive as it is now, in a folder of its own.
    [[nodiscard]] fs::path copy_to(const test::TempDir& folder) const {
        fs::copy(data(), folder / "data", fs::copy_options::recursive);
        return folder / "data";
    }

  private:
    test::TempDir folder_;
    HastyDisk disk_;
};

}  // namespace mailkeep::archive
