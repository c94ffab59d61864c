// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/uploads.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace mailkeep::service {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t name_octets = 16;
constexpr std::size_t longest_file_name = 200;
constexpr std::chrono::hours patience{7 * 24};

fs::path folder_of(const Depot& depot) {
    return depot.data() / "incoming" / "uploads";
}

/// The last component, without what means something to a file system or a terminal.
std::string harmless(std::string_view name) {
    std::string text(name.substr(name.find_last_of("/\\") + 1));
    std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    text = clip(to_valid_utf8(text), longest_file_name);
    text.erase(0, std::min(text.find_first_not_of(". "), text.size()));
    return text.empty() ? "mail" : text;
}

[[noreturn]] void fail(const fs::path& path) {
    throw Error(Errc::storage, "cannot write " + path.string() + ": " + std::strerror(errno));
}

void remove_old(const fs::path& folder) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const auto age = fs::file_time_type::clock::now() - entry.last_write_time(ignored);
        if (age > patience) {
            fs::remove_all(entry.path(), ignored);
        }
    }
}

fs::path folder_of(const Depot& depot, std::string_view upload) {
    const auto octets = from_hex(upload);
    auto folder = folder_of(depot) / std::string(upload);
    std::error_code ignored;
    if (!octets || octets->size() != name_octets || !fs::is_directory(folder, ignored)) {
        throw Error(Errc::not_found, "there is no such upload", "Begin it again.");
    }
    return folder;
}

}  // namespace

std::string begin_upload(const Depot& depot, std::string_view file_name) {
    if (!depot.archive().key_for("incoming").empty()) {
        throw Error(Errc::refused,
                    "this archive is encrypted, and an uploaded file would lie open beside it",
                    "On the server's machine: mailkeep import FILE --account NAME");
    }
    remove_old(folder_of(depot));
    auto upload = to_hex(random_octets(name_octets));
    const auto folder = folder_of(depot) / upload;
    std::error_code problem;
    fs::create_directories(folder, problem);
    fs::permissions(folder, fs::perms::owner_all, problem);
    const auto path = folder / harmless(file_name);
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        fail(path);
    }
    ::close(file);
    return upload;
}

std::uint64_t append_to_upload(const Depot& depot, std::string_view upload, std::uint64_t at,
                               std::string_view octets) {
    const auto path = uploaded_file(depot, upload);
    std::error_code problem;
    const auto size = fs::file_size(path, problem);
    if (problem || at != size) {
        throw Error(Errc::conflict,
                    "the piece begins at octet " + std::to_string(at) + ", the file ends at " +
                        std::to_string(size),
                    "Go on where the file ends.");
    }
    const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    bool is_written = file >= 0;
    while (is_written && !octets.empty()) {
        const auto count = ::write(file, octets.data(), octets.size());
        is_written = count > 0 || errno == EINTR;
        octets.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    if (!is_written) {
        const int reason = errno;
        ::close(file);
        errno = reason;
        fail(path);
    }
    ::close(file);
    return fs::file_size(path, problem);
}

fs::path uploaded_file(const Depot& depot, std::string_view upload) {
    std::error_code problem;
    for (const auto& entry : fs::directory_iterator(folder_of(depot, upload), problem)) {
        return entry.path();
    }
    throw Error(Errc::not_found, "there is no such upload", "Begin it again.");
}

void remove_upload(const Depot& depot, std::string_view upload) {
    std::error_code ignored;
    fs::remove_all(folder_of(depot, upload), ignored);
}

}  // namespace mailkeep::service
