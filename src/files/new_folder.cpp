// SPDX-License-Identifier: Apache-2.0
#include "new_folder.hpp"

#include "mailkeep/base/error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace mailkeep::files {

namespace fs = std::filesystem;

namespace {

constexpr mode_t folder_mode = 0700;

/// A folder that is a link is filled where it points to.
fs::path place_of(const fs::path& path) {
    std::error_code error;
    const auto real = fs::canonical(path, error);
    return error ? path : real;
}

void require_room(const fs::path& path, Existing existing) {
    std::error_code error;
    const auto type = fs::status(path, error).type();
    if (type == fs::file_type::not_found) {
        return;
    }
    if (type != fs::file_type::directory) {
        throw Error(Errc::conflict, path.string() + " is not a folder", "Name another folder.");
    }
    if (existing == Existing::keep && !fs::is_empty(path, error)) {
        throw Error(Errc::conflict, path.string() + " is there already and not empty",
                    "Name another folder, or write --force to put the files into it.");
    }
}

void make_folder(const fs::path& folder) {
    if (::mkdir(folder.c_str(), folder_mode) != 0 && errno != EEXIST) {
        fail_on_disk(errno, "create", folder);
    }
}

/// All that was written to the disk `folder` is on, at once: a sync for each of a million files
/// would take hours.
void sync_disk_of(const fs::path& folder) {
    const int number = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool is_synced = number >= 0 && ::syncfs(number) == 0;
    const int error_number = errno;
    if (number >= 0) {
        ::close(number);
    }
    if (!is_synced) {
        fail_on_disk(error_number, "sync", folder);
    }
}

/// Each file in its place below `to`, over one of the same name.
void move_files(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::recursive_directory_iterator entry(from, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        const auto place = to / entry->path().lexically_relative(from);
        if (entry->is_directory(error)) {
            make_folder(place);
        } else if (::rename(entry->path().c_str(), place.c_str()) != 0) {
            fail_on_disk(errno, "replace", place);
        }
    }
    if (error) {
        fail_on_disk(error.value(), "read", from);
    }
}

}  // namespace

NewFolder::NewFolder(fs::path path, Existing existing) : path_(place_of(path)) {
    require_room(path_, existing);
    std::error_code error;
    fs::create_directories(path_.parent_path(), error);
    unfinished_ = unfinished_beside(path_);
    make_folder(unfinished_);
    last_folder_ = unfinished_;
}

NewFolder::~NewFolder() {
    if (!unfinished_.empty()) {
        std::error_code ignored;
        fs::remove_all(unfinished_, ignored);
    }
}

void NewFolder::ensure_folder(const fs::path& folder) {
    if (folder != last_folder_ && folder != unfinished_) {
        ensure_folder(folder.parent_path());
        make_folder(folder);
        last_folder_ = folder;
    }
}

void NewFolder::begin(const FileHead& head) {
    const auto path = unfinished_ / head.path;
    ensure_folder(path.parent_path());
    file_ = std::make_unique<OpenFile>(path, O_EXCL | O_NOFOLLOW);
    modified_ = head.modified;
}

void NewFolder::write(std::string_view octets) {
    file_->write(octets);
}

void NewFolder::end() {
    file_->set_modified(modified_);
    file_->close();
    file_.reset();
}

void NewFolder::add_folder(const std::string& path) {
    ensure_folder(unfinished_ / path);
}

void NewFolder::add_note(const std::string& name, Timestamp modified, const Spool& text) {
    begin({.path = name, .modified = modified});
    text.read([this](std::string_view piece) {
        write(piece);
        return true;
    });
    end();
}

void NewFolder::finish() {
    sync_disk_of(unfinished_);
    std::error_code error;
    if (fs::is_directory(path_, error) && !fs::is_empty(path_, error)) {
        move_files(unfinished_, path_);
        sync_disk_of(path_);
        return;
    }
    if (::rename(unfinished_.c_str(), path_.c_str()) != 0) {
        fail_on_disk(errno, "rename to", path_);
    }
    unfinished_.clear();
    sync_folder(path_.parent_path());
}

}  // namespace mailkeep::files
