// SPDX-License-Identifier: Apache-2.0
#include "zip_entries.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>

namespace mailkeep::extract {

namespace {

constexpr std::size_t most_entries = 10'000;
/// XML deflates well, but not that well; small files are not asked.
constexpr std::size_t most_ratio = 200;
constexpr std::size_t least_suspicious = std::size_t{1} << 20;

}  // namespace

void ZipEntries::Free::operator()(struct archive* handle) const {
    archive_read_free(handle);
}

ZipEntries::ZipEntries(std::string_view octets)
    : handle_(archive_read_new()), size_(octets.size()) {
    if (handle_ == nullptr || archive_read_support_format_zip(handle_.get()) != ARCHIVE_OK ||
        archive_read_open_memory(handle_.get(), octets.data(), octets.size()) != ARCHIVE_OK) {
        trouble_ = Trouble::broken;
    }
}

std::optional<std::string> ZipEntries::next() {
    struct archive_entry* entry = nullptr;
    while (trouble_ == Trouble::none) {
        const int code = archive_read_next_header(handle_.get(), &entry);
        if (code == ARCHIVE_EOF) {
            // An empty file, or one that is no zip at all.
            trouble_ = entries_ == 0 ? Trouble::broken : Trouble::none;
            return std::nullopt;
        }
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN) {
            trouble_ = Trouble::broken;
        } else if (++entries_ > most_entries) {
            trouble_ = Trouble::too_large;
        } else if (const char* name = archive_entry_pathname(entry)) {
            return name;
        }
    }
    return std::nullopt;
}

int ZipEntries::read(char* into, int room) {
    if (trouble_ != Trouble::none) {
        return -1;
    }
    const auto count = archive_read_data(handle_.get(), into, static_cast<std::size_t>(room));
    if (count < 0) {
        trouble_ = Trouble::broken;
        return -1;
    }
    inflated_ += static_cast<std::size_t>(count);
    const auto most = std::min(most_attachment, std::max(least_suspicious, size_ * most_ratio));
    if (inflated_ > most) {
        trouble_ = Trouble::too_large;
        return -1;
    }
    return static_cast<int>(count);
}

}  // namespace mailkeep::extract
