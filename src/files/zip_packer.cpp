// SPDX-License-Identifier: Apache-2.0
#include "zip_packer.hpp"

#include "mailkeep/base/error.hpp"

#include <limits>
#include <utility>

namespace mailkeep::files {

namespace {

constexpr std::size_t longest_name = std::numeric_limits<std::uint16_t>::max();
constexpr std::size_t zip_block_size = std::size_t{1} << 16;
/// So much of a member waits for its end, so that its sizes can stand before it.
constexpr std::size_t most_held = std::size_t{1} << 20;
/// Deflate makes octets that it cannot make fewer a little more.
constexpr std::uint64_t most_plain = std::numeric_limits<std::uint32_t>::max() / 16 * 15;

}  // namespace

ZipPacker::ZipPacker(PackedTo to, const std::filesystem::path& spools)
    : to_(std::move(to)), directory_(spools) {}

void ZipPacker::begin(const FileHead& head) {
    begin_member({.name = head.path,
                  .modified = head.modified,
                  .has_wide_sizes = !head.size || *head.size > most_plain,
                  .has_descriptor = true});
    deflater_.begin();
}

void ZipPacker::write(std::string_view octets) {
    while (!octets.empty()) {
        const auto block = octets.substr(0, zip_block_size);
        deflater_.write(block, held_);
        octets.remove_prefix(block.size());
        if (held_.size() >= most_held) {
            send();
        }
    }
}

void ZipPacker::end() {
    deflater_.finish(held_);
    member_.crc = deflater_.crc();
    member_.size = deflater_.size();
    member_.deflated_size = deflater_.deflated_size();
    MAILKEEP_ASSERT(member_.has_wide_sizes || member_.size <= most_plain);
    if (member_.offset >= sent_) {
        member_.has_descriptor = false;
        const auto header = local_header(member_);
        held_.replace(member_.offset - sent_, header.size(), header);
    } else {
        held_ += data_descriptor(member_);
    }
    list_member();
}

void ZipPacker::add_folder(const std::string& path) {
    begin_member({.name = path + "/"});
    list_member();
}

void ZipPacker::add_note(const std::string& name, Timestamp modified, const Spool& text) {
    begin({.path = name, .modified = modified, .size = text.size()});
    text.read([this](std::string_view piece) {
        write(piece);
        return true;
    });
    end();
}

void ZipPacker::finish() {
    send();
    const auto offset = sent_;
    directory_.close();
    directory_.read([this](std::string_view piece) {
        held_ = piece;
        send();
        return true;
    });
    held_ = end_of_directory(members_, directory_.size(), offset);
    send();
    if (to_.finish) {
        to_.finish();
    }
}

void ZipPacker::begin_member(ZipMember member) {
    if (member.name.size() > longest_name) {
        throw Error(Errc::invalid,
                    "a path of " + std::to_string(member.name.size()) + " octets fits into no zip",
                    "Export to a tar.");
    }
    if (held_.size() >= zip_block_size) {
        send();
    }
    member_ = std::move(member);
    member_.offset = sent_ + held_.size();
    held_ += local_header(member_);
}

void ZipPacker::list_member() {
    directory_.append(directory_header(member_));
    ++members_;
}

void ZipPacker::send() {
    to_.write(held_);
    sent_ += held_.size();
    held_.clear();
}

}  // namespace mailkeep::files
