// SPDX-License-Identifier: Apache-2.0
#include "packer.hpp"

#include "mailkeep/base/error.hpp"

#include "utf8_names.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <cerrno>

namespace mailkeep::files {

namespace {

constexpr int block_size = 1 << 16;
constexpr mode_t packed_file_mode = 0600;
constexpr mode_t packed_folder_mode = 0700;

la_ssize_t take_octets(struct archive* handle, void* packer, const void* octets, size_t count) {
    const std::string_view taken(static_cast<const char*>(octets), count);
    if (!static_cast<Packer*>(packer)->take(taken)) {
        archive_set_error(handle, EIO, "the octets were not taken");
        return -1;
    }
    return static_cast<la_ssize_t>(count);
}

int set_format(struct archive* handle, Packing packing) {
    switch (packing) {
        case Packing::tar:
        case Packing::tar_gz:
        case Packing::tar_zst:
            return archive_write_set_format_pax_restricted(handle);
        default:
            return archive_write_set_format_raw(handle);
    }
}

int add_filter(struct archive* handle, Packing packing) {
    switch (packing) {
        case Packing::tar_gz:
        case Packing::single_gz:
            return archive_write_add_filter_gzip(handle);
        case Packing::tar_zst:
        case Packing::single_zst:
            return archive_write_add_filter_zstd(handle);
        default:
            return archive_write_add_filter_none(handle);
    }
}

/// Fast rather than small: even so zstd makes it smaller than deflate does.
int set_level(struct archive* handle, Packing packing) {
    switch (packing) {
        case Packing::tar_gz:
        case Packing::single_gz:
            return archive_write_set_filter_option(handle, "gzip", "compression-level", "1");
        case Packing::tar_zst:
        case Packing::single_zst:
            return archive_write_set_filter_option(handle, "zstd", "compression-level", "1");
        default:
            return ARCHIVE_OK;
    }
}

using Entry = std::unique_ptr<struct archive_entry, decltype(&archive_entry_free)>;

Entry entry_of(const std::string& path, unsigned type, mode_t mode) {
    Entry entry(archive_entry_new(), &archive_entry_free);
    if (entry != nullptr) {
        archive_entry_set_pathname(entry.get(), path.c_str());
        archive_entry_set_filetype(entry.get(), type);
        archive_entry_set_perm(entry.get(), mode);
    }
    return entry;
}

}  // namespace

void Packer::Free::operator()(struct archive* handle) const {
    // Freeing alone closes nothing after a failure, and its buffers would be lost.
    archive_write_close(handle);
    archive_write_free(handle);
}

Packer::Packer(Packing packing, PackedTo to, std::filesystem::path spools)
    : packing_(packing),
      to_(std::move(to)),
      spools_(std::move(spools)),
      handle_(archive_write_new()) {
    auto* handle = handle_.get();
    require(handle != nullptr && set_format(handle, packing) == ARCHIVE_OK &&
            add_filter(handle, packing) == ARCHIVE_OK && set_level(handle, packing) == ARCHIVE_OK &&
            archive_write_set_bytes_per_block(handle, block_size) == ARCHIVE_OK &&
            archive_write_set_bytes_in_last_block(handle, 1) == ARCHIVE_OK &&
            archive_write_open2(handle, this, nullptr, take_octets, nullptr, nullptr) ==
                ARCHIVE_OK);
    if (is_single(packing_)) {
        begin_entry({.path = "mbox"});
    }
}

/// Closing writes what makes a whole of what was given up: nobody takes that any more.
Packer::~Packer() {
    to_.write = nullptr;
}

/// An exception must not pass through a library in C: it waits until require() is back in C++.
bool Packer::take(std::string_view octets) noexcept {
    try {
        if (to_.write) {
            to_.write(octets);
        }
        return true;
    } catch (...) {
        failure_ = std::current_exception();
        return false;
    }
}

void Packer::require(bool is_done) {
    if (failure_) {
        std::rethrow_exception(failure_);
    }
    if (!is_done) {
        const auto* what = handle_ ? archive_error_string(handle_.get()) : nullptr;
        throw Error(Errc::storage,
                    std::string("cannot pack: ") + (what == nullptr ? "no memory" : what));
    }
}

void Packer::begin_entry(const FileHead& head) {
    const Utf8Names names;
    const auto entry = entry_of(head.path, AE_IFREG, packed_file_mode);
    if (entry != nullptr && head.size) {
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(*head.size));
    }
    if (entry != nullptr) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(head.modified);
        archive_entry_set_mtime(entry.get(), seconds.time_since_epoch().count(), 0);
    }
    require(entry != nullptr && archive_write_header(handle_.get(), entry.get()) == ARCHIVE_OK);
}

void Packer::write_entry(std::string_view octets) {
    while (!octets.empty()) {
        const auto done = archive_write_data(handle_.get(), octets.data(), octets.size());
        require(done > 0);
        octets.remove_prefix(static_cast<std::size_t>(done));
    }
}

void Packer::begin(const FileHead& head) {
    if (is_single(packing_)) {
        return;
    }
    head_ = head;
    if (!head.size) {
        spool_.emplace(spools_);
    } else {
        begin_entry(head);
    }
}

void Packer::write(std::string_view octets) {
    if (spool_) {
        spool_->append(octets);
    } else {
        write_entry(octets);
    }
}

void Packer::end() {
    if (spool_) {
        end_spooled();
    } else if (!is_single(packing_)) {
        require(archive_write_finish_entry(handle_.get()) == ARCHIVE_OK);
    }
}

void Packer::end_spooled() {
    spool_->close();
    head_.size = spool_->size();
    begin_entry(head_);
    spool_->read([&](std::string_view piece) {
        write_entry(piece);
        return true;
    });
    spool_.reset();
    require(archive_write_finish_entry(handle_.get()) == ARCHIVE_OK);
}

void Packer::add_folder(const std::string& path) {
    if (is_single(packing_)) {
        return;
    }
    const Utf8Names names;
    const auto entry = entry_of(path + "/", AE_IFDIR, packed_folder_mode);
    require(entry != nullptr && archive_write_header(handle_.get(), entry.get()) == ARCHIVE_OK);
}

void Packer::add_note(const std::string& name, Timestamp modified, const Spool& text) {
    if (to_.beside) {
        to_.beside(name, text);
        return;
    }
    if (is_single(packing_)) {
        return;
    }
    begin_entry({.path = name, .modified = modified, .size = text.size()});
    text.read([&](std::string_view piece) {
        write_entry(piece);
        return true;
    });
    require(archive_write_finish_entry(handle_.get()) == ARCHIVE_OK);
}

void Packer::finish() {
    require(archive_write_close(handle_.get()) == ARCHIVE_OK);
    if (to_.finish) {
        to_.finish();
    }
}

}  // namespace mailkeep::files
