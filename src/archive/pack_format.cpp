// SPDX-License-Identifier: Apache-2.0
#include "pack_format.hpp"

#include "mailkeep/base/error.hpp"

#include "merkle.hpp"
#include "octets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

namespace mailkeep::archive {

namespace {

constexpr std::string_view pack_suffix = ".mkp";
/// No sum of two such numbers overflows.
constexpr std::uint64_t largest_number = std::uint64_t{1} << 62;
constexpr std::uint32_t closed_flag = 0x01;

/// Small numbers of either sign become small numbers.
void put_signed(std::string& out, std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    put_varint(out, bits << 1 ^ (value < 0 ? ~std::uint64_t{0} : 0));
}

std::int64_t take_signed(OctetReader& octets) {
    const auto folded = octets.varint();
    const auto bits = folded >> 1 ^ ((folded & 1) != 0 ? ~std::uint64_t{0} : 0);
    return static_cast<std::int64_t>(bits);
}

std::int64_t difference(std::uint64_t value, std::uint64_t from) {
    return static_cast<std::int64_t>(value - from);
}

void put_digests(std::string& out, std::span<const Digest> digests) {
    for (const auto& digest : digests) {
        out += digest.view();
    }
}

/// Nothing when so many cannot be there, before room is made for them.
std::optional<std::vector<Digest>> take_digests(OctetReader& octets, std::uint64_t count) {
    if (count > octets.rest().size() / digest_size) {
        return std::nullopt;
    }
    std::vector<Digest> digests;
    digests.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
        digests.push_back(Digest::from_octets(octets.take(digest_size)));
    }
    return digests;
}

/// The columns of a CONTENTS payload behind the ids: neighbours in a column are alike, which
/// compresses better than neighbours in a row.
class ContentsColumns {
  public:
    explicit ContentsColumns(std::span<const PackedMessage> contents) {
        PackedMessage before;
        for (const auto& message : contents) {
            if (!message.is_gone()) {
                put_varint(frames_, message.frame - before.frame);
                put_varint(lengths_, message.length);
                put_uses(message.blobs);
            }
            put_signed(sizes_, difference(message.size, message.length));
            put_signed(batches_, difference(message.origin.batch, before.origin.batch));
            put_signed(places_, difference(message.origin.place, before.origin.place));
            before = message;
        }
    }

    [[nodiscard]] const std::vector<BlobId>& blobs() const { return blobs_; }

    [[nodiscard]] std::string octets() const {
        return frames_ + lengths_ + sizes_ + batches_ + places_ + counts_ + uses_;
    }

  private:
    void put_uses(const std::vector<BlobId>& used) {
        put_varint(counts_, used.size());
        for (const auto& id : used) {
            const auto [entry, is_new] = numbers_.try_emplace(id, blobs_.size());
            if (is_new) {
                blobs_.push_back(id);
            }
            put_varint(uses_, entry->second);
        }
    }

    std::string frames_;
    std::string lengths_;
    std::string sizes_;
    std::string batches_;
    std::string places_;
    std::string counts_;
    std::string uses_;
    std::vector<BlobId> blobs_;
    std::map<BlobId, std::size_t> numbers_;  // in blobs_
};

/// Fills the members of all messages, column after column; false when they cannot be so.
class ContentsReader {
  public:
    ContentsReader(OctetReader& octets, std::span<PackedMessage> all, std::size_t here)
        : octets_(octets), all_(all), here_(all.first(here)) {}

    bool read(std::uint64_t first_offset, std::span<const BlobId> blobs) {
        return read_frames() && read_lengths(first_offset) && read_origins() && read_uses(blobs) &&
               !octets_.failed();
    }

  private:
    bool read_frames() {
        std::uint64_t frame = 0;
        for (auto& message : here_) {
            frame += std::min(octets_.varint(), largest_number);
            message.frame = frame;
            if (frame == 0 || frame > largest_number) {
                return false;
            }
        }
        return true;
    }

    bool read_lengths(std::uint64_t first_offset) {
        const PackedMessage* before = nullptr;
        for (auto& message : here_) {
            message.length = octets_.varint();
            message.offset = before == nullptr                ? first_offset
                             : before->frame == message.frame ? before->offset + before->length
                                                              : first_record;
            if (message.length == 0 || message.length > largest_number ||
                message.offset > largest_number) {
                return false;
            }
            before = &message;
        }
        for (auto& message : all_) {
            message.size = message.length + static_cast<std::uint64_t>(take_signed(octets_));
        }
        return true;
    }

    bool read_origins() {
        std::uint64_t batch = 0;
        for (auto& message : all_) {
            message.origin.batch = batch += static_cast<std::uint64_t>(take_signed(octets_));
        }
        std::uint64_t place = 0;
        for (auto& message : all_) {
            message.origin.place = place += static_cast<std::uint64_t>(take_signed(octets_));
        }
        return true;
    }

    bool read_uses(std::span<const BlobId> blobs) {
        std::vector<std::size_t> counts;
        std::uint64_t all = 0;
        for (std::size_t i = 0; i < here_.size(); ++i) {
            counts.push_back(octets_.varint());
            all += std::min<std::uint64_t>(counts.back(), most_contents + 1);
        }
        if (all > most_contents) {
            return false;
        }
        for (std::size_t i = 0; i < here_.size(); ++i) {
            for (std::size_t use = 0; use < counts[i]; ++use) {
                const auto number = octets_.varint();
                if (octets_.failed() || number >= blobs.size()) {
                    return false;
                }
                here_[i].blobs.push_back(blobs[number]);
            }
        }
        return true;
    }

    OctetReader& octets_;
    std::span<PackedMessage> all_;
    std::span<PackedMessage> here_;  // those that are not gone
};

void put_group(std::string& out, const PackGroup& group) {
    MAILKEEP_ASSERT(group.uuid.size() == uuid_size && group.number > 0);
    out += group.uuid;
    put_varint(out, group.number);
    put_number(out, group.is_closed ? closed_flag : 0, 1);
    if (group.is_closed) {
        put_varint(out, group.packs_before.size());
        put_digests(out, group.packs_before);
        put_varint(out, group.replaced.size());
        put_digests(out, group.replaced);
    }
}

std::optional<PackGroup> take_group(OctetReader& octets) {
    PackGroup group;
    group.uuid = octets.take(uuid_size);
    const auto number = octets.varint();
    const auto flags = octets.number(1);
    if (octets.failed() || number == 0 || number > std::numeric_limits<std::uint32_t>::max() ||
        flags > closed_flag) {
        return std::nullopt;
    }
    group.number = static_cast<std::uint32_t>(number);
    group.is_closed = flags == closed_flag;
    if (group.is_closed) {
        auto before = take_digests(octets, octets.varint());
        auto replaced = take_digests(octets, octets.varint());
        if (!before || !replaced) {
            return std::nullopt;
        }
        group.packs_before = std::move(*before);
        group.replaced = std::move(*replaced);
    }
    return group;
}

void put_frames(std::string& out, std::span<const PackFrame> frames) {
    std::string types;
    std::string stored;
    std::string raw;
    std::uint64_t end = file_header_size;
    for (const auto& frame : frames) {
        MAILKEEP_ASSERT(frame.offset == end);
        end = frame.end();
        put_number(types, static_cast<std::uint8_t>(frame.type), 1);
        put_varint(stored, frame.stored);
        put_varint(raw, frame.raw);
    }
    put_varint(out, frames.size());
    out += types + stored + raw;
}

std::optional<std::vector<PackFrame>> take_frames(OctetReader& octets) {
    const auto types = octets.take(octets.varint());
    if (types.size() > most_frames) {
        return std::nullopt;
    }
    std::vector<PackFrame> frames(types.size());
    std::uint64_t end = file_header_size;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const auto stored = octets.varint();
        if (stored > max_payload) {
            return std::nullopt;
        }
        frames[i].offset = end;
        frames[i].type = static_cast<FrameType>(types[i]);
        frames[i].stored = static_cast<std::uint32_t>(stored);
        end = frames[i].end();
    }
    for (auto& frame : frames) {
        const auto raw = octets.varint();
        if (raw > max_payload) {
            return std::nullopt;
        }
        frame.raw = static_cast<std::uint32_t>(raw);
    }
    return octets.failed() ? std::nullopt : std::optional(std::move(frames));
}

/// Blobs name their frames by number.
void put_blobs(std::string& out, const PackIndex& index) {
    std::string sizes;
    std::string numbers;
    put_varint(out, index.blobs.size());
    std::uint64_t before = 0;
    auto frame = index.frames.begin();
    for (const auto& blob : index.blobs) {
        frame = std::find_if(frame, index.frames.end(),
                             [&](const auto& candidate) { return candidate.offset == blob.frame; });
        MAILKEEP_ASSERT(frame != index.frames.end());
        const auto number = static_cast<std::uint64_t>(frame - index.frames.begin());
        out += blob.id.view();
        put_varint(sizes, blob.size);
        put_varint(numbers, number - before);
        before = number;
    }
    out += sizes + numbers;
}

std::optional<std::vector<PackBlob>> take_blobs(OctetReader& octets,
                                                std::span<const PackFrame> frames) {
    const auto ids = take_digests(octets, octets.varint());
    if (!ids) {
        return std::nullopt;
    }
    std::vector<PackBlob> blobs(ids->size());
    for (std::size_t i = 0; i < blobs.size(); ++i) {
        blobs[i].id = (*ids)[i];
        blobs[i].size = octets.varint();
    }
    std::uint64_t number = 0;
    for (auto& blob : blobs) {
        number += std::min<std::uint64_t>(octets.varint(), frames.size());
        if (number >= frames.size() || frames[number].type != FrameType::blob) {
            return std::nullopt;
        }
        blob.frame = frames[number].offset;
    }
    return octets.failed() ? std::nullopt : std::optional(std::move(blobs));
}

void put_range(std::string& out, const BatchRange& range) {
    put_number(out, range.first, 8);
    put_number(out, range.last, 8);
}

BatchRange take_range(OctetReader& octets) {
    const auto first = octets.number(8);
    return {first, octets.number(8)};
}

/// Whatever folder the file stands in.
std::optional<Digest> digest_in_stem(std::string_view path) {
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos || !path.ends_with(pack_suffix)) {
        return std::nullopt;
    }
    const auto stem = path.substr(slash + 1);
    return Digest::from_hex(stem.substr(0, stem.size() - pack_suffix.size()));
}

}  // namespace

std::string pack_name(const Digest& digest) {
    const auto hex = digest.hex();
    return fmt::format("{}/{}/{}{}", packs_folder, hex.substr(0, 2), hex, pack_suffix);
}

std::optional<Digest> digest_in(std::string_view name) {
    return proper_place(name) == name ? digest_in_stem(name) : std::nullopt;
}

std::optional<std::string> proper_place(std::string_view path) {
    const auto digest = digest_in_stem(path);
    return digest ? std::optional(pack_name(*digest)) : std::nullopt;
}

std::string encode(const RecordHead& head) {
    std::string rest;
    put_varint(rest, head.origin.batch);
    put_varint(rest, head.origin.place);
    put_varint(rest, head.size);
    std::string octets;
    put_varint(octets, rest.size() + head.body);
    return octets + rest;
}

std::optional<RecordHead> take_record_head(OctetReader& octets) {
    RecordHead head;
    const auto length = octets.varint();
    const auto before = octets.rest().size();
    head.origin.batch = octets.varint();
    head.origin.place = octets.varint();
    head.size = octets.varint();
    const auto taken = before - octets.rest().size();
    if (octets.failed() || length < taken || length > largest_number) {
        return std::nullopt;
    }
    head.body = length - taken;
    return head;
}

std::uint64_t BlobHead::chunk() const {
    return std::min<std::uint64_t>(chunk_size, size - offset);
}

std::string encode(const BlobHead& head) {
    std::string octets(head.id.view());
    put_number(octets, head.size, 8);
    put_number(octets, head.offset, 8);
    return octets;
}

std::optional<BlobHead> decode_blob_head(std::string_view payload) {
    if (payload.size() < blob_head_size) {
        return std::nullopt;
    }
    OctetReader octets(payload);
    BlobHead head;
    head.id = Digest::from_octets(octets.take(digest_size));
    head.size = octets.number(8);
    head.offset = octets.number(8);
    if (head.offset >= head.size || head.offset % chunk_size != 0 ||
        octets.rest().size() != head.chunk()) {
        return std::nullopt;
    }
    return head;
}

StoredMessage PackedMessage::stored_in(const std::string& file) const {
    return {.content_id = content_id,
            .size = size,
            .location = {.file = file, .frame = frame, .offset = offset}};
}

std::string encode(std::span<const PackedMessage> contents) {
    const auto here = std::partition_point(contents.begin(), contents.end(),
                                           [](const auto& message) { return !message.is_gone(); }) -
                      contents.begin();
    const ContentsColumns columns(contents);
    std::string octets;
    put_varint(octets, static_cast<std::uint64_t>(here));
    put_varint(octets, contents.size() - static_cast<std::size_t>(here));
    put_varint(octets, columns.blobs().size());
    put_varint(octets, here == 0 ? 0 : contents.front().offset);
    for (const auto& message : contents) {
        octets += message.content_id.view();
    }
    put_digests(octets, columns.blobs());
    return octets + columns.octets();
}

std::optional<std::vector<PackedMessage>> decode_contents(std::string_view payload) {
    OctetReader octets(payload);
    const auto here = octets.varint();
    const auto gone = octets.varint();
    const auto used = octets.varint();
    const auto first_offset = octets.varint();
    if (here > most_contents || gone > most_contents || here + gone > most_contents) {
        return std::nullopt;
    }
    const auto ids = take_digests(octets, here + gone);
    const auto blobs = take_digests(octets, used);
    if (!ids || !blobs) {
        return std::nullopt;
    }
    std::vector<PackedMessage> contents(ids->size());
    for (std::size_t i = 0; i < contents.size(); ++i) {
        contents[i].content_id = (*ids)[i];
    }
    if (!ContentsReader(octets, contents, here).read(first_offset, *blobs) || !octets.at_end()) {
        return std::nullopt;
    }
    return contents;
}

std::string encode(const HistoryBatch& batch) {
    auto octets = encode(batch.commit);
    put_number(octets, batch.records.size(), 4);
    return octets + batch.records;
}

std::optional<std::vector<HistoryBatch>> decode_history(std::string_view payload) {
    std::vector<HistoryBatch> batches;
    OctetReader octets(payload);
    while (!octets.at_end()) {
        const auto commit = decode_commit(octets.take(commit_payload_size));
        const auto records = octets.take(octets.number(4));
        if (!commit || octets.failed()) {
            return std::nullopt;
        }
        batches.push_back({*commit, std::string(records)});
    }
    return octets.failed() ? std::nullopt : std::optional(std::move(batches));
}

std::string encode(const PackIndex& index) {
    std::string octets;
    put_frames(octets, index.frames);
    put_blobs(octets, index);
    put_group(octets, index.group);
    return octets;
}

std::optional<PackIndex> decode_index(std::string_view payload) {
    OctetReader octets(payload);
    PackIndex index;
    auto frames = take_frames(octets);
    auto blobs = frames ? take_blobs(octets, *frames) : std::nullopt;
    auto group = blobs ? take_group(octets) : std::nullopt;
    if (!group || octets.failed() || !octets.at_end()) {
        return std::nullopt;
    }
    return PackIndex{std::move(*frames), std::move(*blobs), std::move(*group)};
}

void BatchRange::include(std::uint64_t batch) {
    first = first == 0 ? batch : std::min(first, batch);
    last = std::max(last, batch);
}

std::string encode(const PackSeal& seal) {
    MAILKEEP_ASSERT(seal.group.size() == uuid_size);
    std::string octets;
    put_number(octets, seal.frames, 4);
    put_number(octets, seal.is_closed ? closed_flag : 0, 4);
    put_number(octets, seal.index, 8);
    put_number(octets, seal.messages, 8);
    put_number(octets, seal.gone, 8);
    put_number(octets, seal.blobs, 8);
    put_number(octets, seal.octets, 8);
    put_range(octets, seal.batches);
    put_range(octets, seal.history);
    put_number(octets, seal.epoch, 4);
    put_number(octets, seal.number, 4);
    octets += seal.group;
    put_number(octets, static_cast<std::uint64_t>(unix_ms(seal.at)), 8);
    put_number(octets, seal.zstd_version, 4);
    put_number(octets, 0, 4);
    octets += seal.root.view();
    MAILKEEP_ASSERT(octets.size() == seal_payload_size);
    return octets;
}

std::optional<PackSeal> decode_seal(std::string_view payload) {
    if (payload.size() != seal_payload_size) {
        return std::nullopt;
    }
    OctetReader octets(payload);
    PackSeal seal;
    seal.frames = octets.number32();
    const auto flags = octets.number32();
    seal.index = octets.number(8);
    seal.messages = octets.number(8);
    seal.gone = octets.number(8);
    seal.blobs = octets.number(8);
    seal.octets = octets.number(8);
    seal.batches = take_range(octets);
    seal.history = take_range(octets);
    seal.epoch = octets.number32();
    seal.number = octets.number32();
    seal.group = octets.take(uuid_size);
    seal.at = from_unix_ms(static_cast<std::int64_t>(octets.number(8)));
    seal.zstd_version = octets.number32();
    const auto reserved = octets.number32();
    seal.root = Digest::from_octets(octets.take(digest_size));
    if (flags > closed_flag || seal.number == 0 || reserved != 0) {
        return std::nullopt;
    }
    seal.is_closed = flags == closed_flag;
    return seal;
}

Digest root_of(std::span<const Tag> tags) {
    RunningRoot root;
    for (const auto& tag : tags) {
        root.add(leaf_hash({tag.data(), tag.size()}));
    }
    return root.root();
}

}  // namespace mailkeep::archive
