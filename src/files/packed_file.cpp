// SPDX-License-Identifier: Apache-2.0
#include "packed_file.hpp"

#include "mailkeep/base/text.hpp"

#include "utf8_names.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mailkeep::files {

namespace {

constexpr std::size_t unpacked_at_once = std::size_t{128} << 10U;
/// Mail is packed to a tenth, mail that repeats itself to less.
constexpr std::uint64_t most_ratio = 200;
constexpr std::uint64_t free_expansion = std::uint64_t{1} << 30U;

std::string trouble_of(struct archive* handle) {
    const char* text = archive_error_string(handle);
    return text == nullptr ? "it cannot be unpacked" : to_valid_utf8(text);
}

class MemberSource final : public Source {
  public:
    MemberSource(struct archive* handle, Expansion& expansion)
        : handle_(handle), expansion_(expansion) {}

    std::size_t read(std::span<char> into) override {
        std::size_t filled = 0;
        while (filled < into.size()) {
            const auto count =
                archive_read_data(handle_, into.data() + filled, into.size() - filled);
            if (count < 0) {
                throw failure({Errc::corrupt, trouble_of(handle_)});
            }
            if (count == 0) {
                break;
            }
            filled += static_cast<std::size_t>(count);
            if (static_cast<std::uint64_t>(count) > expansion_.left) {
                throw failure({Errc::corrupt, "it unpacks to more than mail can be packed into"});
            }
            expansion_.left -= static_cast<std::uint64_t>(count);
        }
        return filled;
    }

  private:
    struct archive* handle_;
    Expansion& expansion_;
};

std::string path_of(struct archive_entry* entry, std::uint64_t number) {
    const char* name = archive_entry_pathname_utf8(entry);
    name = name == nullptr ? archive_entry_pathname(entry) : name;
    if (name == nullptr) {
        return "member " + std::to_string(number);
    }
    auto parts = split(name, '/');
    std::erase_if(
        parts, [](std::string_view part) { return part.empty() || part == "." || part == ".."; });
    std::string path;
    for (const auto part : parts) {
        path.append(path.empty() ? "" : "/").append(part);
    }
    return path;
}

}  // namespace

Expansion::Expansion(std::uint64_t packed_octets)
    : left(free_expansion + packed_octets * most_ratio) {}

void PackedFile::Free::operator()(struct archive* handle) const {
    archive_read_free(handle);
}

/// No filter that would start a program of its own.
void PackedFile::prepare() {
    handle_.reset(archive_read_new());
    auto* const handle = handle_.get();
    archive_read_support_filter_gzip(handle);
    archive_read_support_filter_bzip2(handle);
    archive_read_support_filter_xz(handle);
    archive_read_support_filter_zstd(handle);
    archive_read_support_format_zip(handle);
    archive_read_support_format_7zip(handle);
    archive_read_support_format_tar(handle);
    archive_read_support_format_raw(handle);
}

PackedFile::PackedFile(Source& source, std::string name, Expansion& expansion)
    : source_(&source), name_(std::move(name)), expansion_(expansion), piece_(unpacked_at_once) {
    prepare();
    if (archive_read_open(handle_.get(), this, nullptr, &PackedFile::read_source, nullptr) !=
        ARCHIVE_OK) {
        throw Error(Errc::corrupt, trouble_of(handle_.get()));
    }
}

PackedFile::PackedFile(const std::filesystem::path& path, std::string name, Expansion& expansion)
    : name_(std::move(name)), expansion_(expansion) {
    prepare();
    if (archive_read_open_filename(handle_.get(), path.c_str(), unpacked_at_once) != ARCHIVE_OK) {
        throw Error(Errc::corrupt, trouble_of(handle_.get()));
    }
}

/// libarchive is C: what the source throws must not go through it, so it ends there, and what took
/// the octets finds them cut short.
long PackedFile::read_source(struct archive* handle, void* self, const void** octets) {
    auto& file = *static_cast<PackedFile*>(self);
    *octets = file.piece_.data();
    try {
        return static_cast<long>(file.source_->read(file.piece_));
    } catch (const Error& error) {
        archive_set_error(handle, EIO, "%s", error.what());
        return -1;
    }
}

std::optional<PackedFile::Member> PackedFile::next() {
    const Utf8Names names;
    struct archive_entry* entry = nullptr;
    for (;;) {
        const int code = archive_read_next_header(handle_.get(), &entry);
        if (code == ARCHIVE_EOF) {
            return std::nullopt;
        }
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN) {
            throw Error(Errc::corrupt, trouble_of(handle_.get()));
        }
        ++members_;
        Member member;
        member.is_stream = archive_format(handle_.get()) == ARCHIVE_FORMAT_RAW;
        const bool is_file = member.is_stream || archive_entry_filetype(entry) == AE_IFREG;
        if (!is_file || archive_entry_hardlink(entry) != nullptr) {
            continue;
        }
        member.entry.path = member.is_stream ? name_ : path_of(entry, members_);
        if (archive_entry_mtime_is_set(entry) != 0 && archive_entry_mtime(entry) > 0) {
            member.entry.modified = Timestamp(std::chrono::seconds(archive_entry_mtime(entry)));
        }
        return member;
    }
}

std::unique_ptr<Source> PackedFile::open() {
    return std::make_unique<MemberSource>(handle_.get(), expansion_);
}

}  // namespace mailkeep::files
