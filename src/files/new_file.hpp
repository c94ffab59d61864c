// SPDX-License-Identifier: Apache-2.0
// A file that has its name only once it is whole.
#pragma once

#include "mailkeep/base/time.hpp"
#include "mailkeep/files/destination.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace mailkeep::files {

[[noreturn]] void fail_on_disk(int error_number, std::string_view action,
                               const std::filesystem::path& path);

/// It has no name to come by later, and nothing beside it.
[[nodiscard]] bool is_device_or_pipe(const std::filesystem::path& path);

/// Error{conflict} for a folder and, with Existing::keep, a file that is not empty.
void require_file_place(const std::filesystem::path& path, Existing existing);

/// `path`, in which what is not done yet is made: in the same folder, hidden, of no other's name.
[[nodiscard]] std::filesystem::path unfinished_beside(const std::filesystem::path& path);

/// Error{storage} when it cannot be made durable what was renamed in there.
void sync_folder(const std::filesystem::path& folder);

/// An open descriptor, of a file that is written from its beginning.
class OpenFile {
  public:
    /// O_CREAT and these flags; 0600. Error{storage}.
    OpenFile(std::filesystem::path path, int flags);
    ~OpenFile();
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    void write(std::string_view octets);
    void set_modified(Timestamp at);
    void sync();
    void close();

  private:
    std::filesystem::path path_;
    int number_;
};

/// One thread. Without finish() nothing is left of it.
class NewFile {
  public:
    /// As open_destination() has it.
    NewFile(std::filesystem::path path, Existing existing);
    ~NewFile();
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    void write(std::string_view octets) { file_.write(octets); }

    /// Durable, and under its name.
    void finish();

  private:
    std::filesystem::path path_;
    std::filesystem::path unfinished_;  ///< empty: a device or pipe is written to
    OpenFile file_;
};

}  // namespace mailkeep::files
