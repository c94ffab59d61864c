// SPDX-License-Identifier: Apache-2.0
#include "record_stream.hpp"

#include <algorithm>
#include <span>

namespace mailkeep::archive {

namespace {

/// Read at once beyond what is expected to be needed.
constexpr std::uint64_t stored_piece = std::uint64_t{32} << 10;
/// First guess at the size of a recipe; most are one octet.
constexpr std::uint64_t short_recipe = 4096;
/// No recipe is longer: 65536 ops of at most 10 + 32 octets, and their count.
constexpr std::uint64_t longest_recipe = std::uint64_t{3} << 20;

}  // namespace

std::optional<FrameHeader> read_header(const ReadableFile& file, const FrameCodec& codec,
                                       std::uint64_t offset, FrameType type) {
    const auto octets = file.read(offset, frame_header_size);
    const auto header = octets ? decode_frame_header(*octets) : std::nullopt;
    const bool is_usable = header && header->type == type && codec.knows(*header) &&
                           header->total() <= file.size() - offset;
    return is_usable ? header : std::nullopt;
}

FrameStream::FrameStream(const ReadableFile& file, const FrameCodec& codec, std::uint64_t offset,
                         FrameType type, Trust trust)
    : file_(file) {
    const auto header = read_header(file, codec, offset, type);
    if (!header) {
        return;
    }
    end_ = offset + header->total();
    at_ = offset + frame_header_size;
    left_ = header->raw;
    raw_size_ = header->raw;
    stored_size_ = header->stored;
    if ((header->flags & compressed_flag) != 0) {
        decompressor_.emplace(raw_size_);
    }
    if (codec.is_encrypted() || trust == Trust::only_tags) {
        const auto sealed = file.read(at_, header->stored + tag_size).value_or(std::string());
        Tag tag{};
        if (sealed.size() == header->stored + tag_size) {
            std::copy_n(sealed.end() - tag_size, tag_size, tag.begin());
        }
        stored_ = codec.unlock(*header, std::string_view(sealed).substr(0, header->stored), tag)
                      .value_or(std::string());
        rest_ = stored_;
        at_ = end_;
    }
}

std::string_view FrameStream::next(std::uint64_t most) {
    const auto wanted = std::min(most, left_);
    auto piece = std::string_view();
    if (decompressor_) {
        piece = decompress(wanted);
    } else {
        if (rest_.empty()) {
            refill(wanted);
        }
        piece = rest_.substr(0, wanted);
        rest_.remove_prefix(piece.size());
    }
    left_ = piece.empty() ? 0 : left_ - piece.size();
    return piece;
}

std::string_view FrameStream::decompress(std::uint64_t most) {
    const auto given = raw_size_ - left_;
    for (;;) {
        const auto so_far = decompressor_->reach(given + most, rest_);
        if (so_far && so_far->size() >= given + most) {
            return so_far->substr(given, most);
        }
        if (!so_far || !refill(most)) {
            return {};
        }
    }
}

/// About as much as gives that many raw octets, for one call is faster than several.
bool FrameStream::refill(std::uint64_t most) {
    const auto stored_end = end_ - std::min<std::uint64_t>(end_, tag_size);
    const auto expected = raw_size_ == 0 ? 0 : stored_size_ * most / raw_size_;
    const auto size = std::min(stored_end - std::min(at_, stored_end), expected + stored_piece);
    stored_ = size > 0 ? file_.read(at_, size).value_or(std::string()) : std::string();
    rest_ = stored_;
    at_ = stored_.empty() ? end_ : at_ + stored_.size();
    return !stored_.empty();
}

RecordStream::RecordStream(const ReadableFile& file, const FrameCodec& codec, std::uint64_t frame,
                           std::uint64_t offset, const DecodedBlock& block, Trust trust)
    : file_(file), codec_(codec), trust_(trust), first_frame_(frame) {
    if (block.frame == frame && frame != 0) {
        block_ = block.raw;
        block_.remove_prefix(std::min<std::uint64_t>(offset, block_.size()));
        return;
    }
    frame_.emplace(file, codec, frame, FrameType::records, trust);
    while (offset > 0) {
        const auto piece = frame_->next(offset);
        if (piece.empty()) {
            is_at_end_ = true;
            return;
        }
        offset -= piece.size();
    }
}

bool RecordStream::open() {
    fill(longest_record_head);
    OctetReader octets(buffer_);
    const auto head = take_record_head(octets);
    if (!head) {
        return false;
    }
    head_ = *head;
    buffer_.erase(0, buffer_.size() - octets.rest().size());
    buffer_.resize(std::min<std::uint64_t>(buffer_.size(), head_.body));
    const auto most = std::min(head_.body, longest_recipe);
    for (auto size = std::min(short_recipe, most);; size = std::min(size * 8, most)) {
        fill(size);
        OctetReader recipe_octets(buffer_);
        if (auto recipe = take_recipe(recipe_octets, head_.size)) {
            recipe_ = std::move(*recipe);
            used_ = buffer_.size() - recipe_octets.rest().size();
            left_ = head_.body - buffer_.size();
            return head_.body - used_ == recipe_.data_size;
        }
        if (size == most || buffer_.size() < size) {
            return false;
        }
    }
}

std::string_view RecordStream::take(std::uint64_t most) {
    if (used_ < buffer_.size()) {
        const auto piece = std::string_view(buffer_).substr(used_, most);
        used_ += piece.size();
        return piece;
    }
    const auto piece = pull(std::min(most, left_));
    left_ -= piece.size();
    return piece;
}

/// Reads ahead until so many octets are there, or no more can be had.
void RecordStream::fill(std::uint64_t size) {
    while (buffer_.size() < size) {
        const auto piece = pull(size - buffer_.size());
        if (piece.empty()) {
            return;
        }
        buffer_ += piece;
    }
}

std::string_view RecordStream::pull(std::uint64_t most) {
    while (most > 0) {
        const auto piece = pull_here(is_in_first_frame_ ? most : std::min(most, here_));
        if (!piece.empty()) {
            here_ -= is_in_first_frame_ ? 0 : piece.size();
            return piece;
        }
        if (!go_on()) {
            break;
        }
    }
    return {};
}

std::string_view RecordStream::pull_here(std::uint64_t most) {
    if (frame_) {
        return most > 0 ? frame_->next(most) : std::string_view();
    }
    const auto piece = block_.substr(0, most);
    block_.remove_prefix(piece.size());
    return piece;
}

/// To the frame behind, if the record goes on there.
bool RecordStream::go_on() {
    if (is_at_end_ || here_ > 0) {
        return false;
    }
    is_in_first_frame_ = false;
    auto next = frame_ ? frame_->end() : std::uint64_t{0};
    if (!frame_) {
        const auto header = read_header(file_, codec_, first_frame_, FrameType::records);
        next = header ? first_frame_ + header->total() : 0;
    }
    frame_.emplace(file_, codec_, next, FrameType::records, trust_);
    std::string count;
    do {
        count += frame_->next(1);
    } while (!count.empty() && static_cast<unsigned char>(count.back()) >= 0x80 &&
             count.size() < 10);
    here_ = OctetReader(count).varint();
    is_at_end_ = here_ == 0;
    return here_ > 0;
}

}  // namespace mailkeep::archive
