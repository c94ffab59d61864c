// SPDX-License-Identifier: Apache-2.0
#include "new_file.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace mailkeep::files {

namespace fs = std::filesystem;

namespace {

constexpr mode_t file_mode = 0600;
constexpr std::size_t random_size = 8;
constexpr std::size_t longest_stem = 200;  ///< octets of a name that is made longer

/// Where the new file is made; empty: straight in its place.
fs::path place_for(const fs::path& path, Existing existing) {
    if (is_device_or_pipe(path)) {
        return {};
    }
    require_file_place(path, existing);
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    return unfinished_beside(path);
}

}  // namespace

bool is_device_or_pipe(const fs::path& path) {
    std::error_code error;
    return fs::is_other(path, error);
}

void fail_on_disk(int error_number, std::string_view action, const fs::path& path) {
    throw Error(
        Errc::storage,
        "cannot " + std::string(action) + " " + path.string() + ": " + std::strerror(error_number),
        "Check free space and permissions.");
}

void require_file_place(const fs::path& path, Existing existing) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
        throw Error(Errc::conflict, path.string() + " is a folder", "Name a file.");
    }
    const auto size = fs::file_size(path, error);
    if (existing == Existing::keep && !error && size > 0) {
        throw Error(Errc::conflict, path.string() + " is there already",
                    "Name another file, or write --force to replace it.");
    }
}

fs::path unfinished_beside(const fs::path& path) {
    const auto stem = std::string(clip(path.filename().string(), longest_stem));
    return path.parent_path() / ("." + stem + "." + to_hex(random_octets(random_size)) + ".part");
}

void sync_folder(const fs::path& folder) {
    const auto name = folder.empty() ? fs::path(".") : folder;
    const int number = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool is_synced = number >= 0 && ::fsync(number) == 0;
    const int error_number = errno;
    if (number >= 0) {
        ::close(number);
    }
    if (!is_synced) {
        fail_on_disk(error_number, "sync", name);
    }
}

OpenFile::OpenFile(fs::path path, int flags)
    : path_(std::move(path)),
      number_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, file_mode)) {
    if (number_ < 0) {
        fail_on_disk(errno, "create", path_);
    }
}

OpenFile::~OpenFile() {
    if (number_ >= 0) {
        ::close(number_);
    }
}

void OpenFile::write(std::string_view octets) {
    while (!octets.empty()) {
        const auto done = ::write(number_, octets.data(), octets.size());
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            fail_on_disk(done == 0 ? EIO : errno, "write", path_);
        }
        octets.remove_prefix(static_cast<std::size_t>(done));
    }
}

void OpenFile::set_modified(Timestamp at) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
    timespec times[2]{};
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_sec = seconds.time_since_epoch().count();
    if (::futimens(number_, times) != 0) {
        fail_on_disk(errno, "date", path_);
    }
}

void OpenFile::sync() {
    if (::fsync(number_) != 0) {
        fail_on_disk(errno, "sync", path_);
    }
}

void OpenFile::close() {
    const int number = number_;
    number_ = -1;
    if (::close(number) != 0) {
        fail_on_disk(errno, "close", path_);
    }
}

NewFile::NewFile(fs::path path, Existing existing)
    : path_(std::move(path)),
      unfinished_(place_for(path_, existing)),
      file_(unfinished_.empty() ? path_ : unfinished_,
            unfinished_.empty() ? O_TRUNC : O_EXCL | O_NOFOLLOW) {}

NewFile::~NewFile() {
    if (!unfinished_.empty()) {
        ::unlink(unfinished_.c_str());
    }
}

void NewFile::finish() {
    if (unfinished_.empty()) {
        file_.close();
        return;
    }
    file_.sync();
    file_.close();
    if (::rename(unfinished_.c_str(), path_.c_str()) != 0) {
        fail_on_disk(errno, "rename to", path_);
    }
    unfinished_.clear();
    sync_folder(path_.parent_path());
}

}  // namespace mailkeep::files
