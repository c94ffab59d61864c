// SPDX-License-Identifier: Apache-2.0
#include "pack_reader.hpp"

#include "scan.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mailkeep::archive {

namespace {

const FindBlob nowhere = [](const BlobId&) -> const PackReader* { return nullptr; };

/// Header and tag of a frame of that type, its tag not yet checked.
std::optional<FoundFrame> frame_of(const ReadableFile& file, const FrameCodec& codec,
                                   std::uint64_t offset, FrameType type) {
    const auto header = read_header(file, codec, offset, type);
    if (!header) {
        return std::nullopt;
    }
    FoundFrame frame{.offset = offset, .header = *header};
    const auto tag = file.read(frame.end() - tag_size, tag_size);
    if (!tag || tag->size() != tag_size) {
        return std::nullopt;
    }
    std::copy(tag->begin(), tag->end(), frame.tag.begin());
    return frame;
}

std::optional<std::string> payload_of(const ReadableFile& file, const FrameCodec& codec,
                                      std::uint64_t offset, FrameType type) {
    const auto frame = frame_of(file, codec, offset, type);
    return frame ? read_payload(file, codec, *frame) : std::nullopt;
}

/// The octets of a blob chunk by chunk, each decoded once as long as offsets ascend. Borrows all it
/// is given. One thread.
class BlobChunks {
  public:
    BlobChunks(const PackReader& pack, const FindBlob& packs) : pack_(pack), packs_(packs) {}

    /// What the chunk holds from the offset on; nothing when it cannot be had.
    std::string_view at(const BlobId& id, std::uint64_t size, std::uint64_t offset) {
        const auto begin = offset / chunk_size * chunk_size;
        const BlobHead wanted{id, size, begin};
        if (offset >= size || (head_ != wanted && !load(wanted))) {
            return {};
        }
        return std::string_view(payload_).substr(blob_head_size + (offset - begin));
    }

  private:
    bool load(const BlobHead& head) {
        head_ = {};
        const auto* pack = pack_.find_blob(head.id) ? &pack_ : packs_(head.id);
        auto payload = pack == nullptr ? std::nullopt : pack->read_chunk(head.id, head.offset);
        if (!payload || decode_blob_head(*payload) != head) {
            return false;
        }
        payload_ = std::move(*payload);
        head_ = head;
        return true;
    }

    const PackReader& pack_;
    const FindBlob& packs_;
    BlobHead head_;
    std::string payload_;
};

}  // namespace

PackReader::PackReader(Disk& disk, const std::filesystem::path& data, std::string name,
                       std::string_view archive_uuid, const DataKey& key)
    : name_(std::move(name)), file_(disk, data / name_) {
    if (!file_.problem().empty()) {
        damage_ = "cannot be read: " + file_.problem();
        return;
    }
    open_header(archive_uuid, key);
    open_seal();
    if (!open_index()) {
        find_frames();
    }
    for (std::size_t i = 0; i < index_.blobs.size(); ++i) {
        blobs_.emplace(index_.blobs[i].id, i);
    }
}

void PackReader::damaged(std::string_view what) {
    if (damage_.empty()) {
        damage_ = what;
    }
}

/// It stands at both ends, as without it nothing in an encrypted file can be opened.
void PackReader::open_header(std::string_view archive_uuid, const DataKey& key) {
    const auto front = file_.read(0, file_header_size).value_or(std::string());
    const auto back_at = file_.size() - std::min<std::uint64_t>(file_.size(), file_header_size);
    const auto back = file_.read(back_at, file_header_size).value_or(std::string());
    auto header = decode_file_header(front);
    if (!header || front != back) {
        damaged("has a damaged file header");
    }
    if (!header) {
        header = decode_file_header(back);
    }
    if (!header) {
        return;
    }
    header_ = std::move(*header);
    const auto expected_flags = key.empty() ? 0 : encrypted_file_flag;
    if (header_.kind != FileKind::pack || header_.version != format_version ||
        header_.flags != expected_flags) {
        damaged((header_.flags & encrypted_file_flag) != 0 && key.empty()
                    ? "is encrypted"
                    : "was not written by this version of mailkeep for this archive");
    }
    if (header_.archive_uuid != archive_uuid) {
        damaged("belongs to another archive");
    }
    codec_ = FrameCodec(header_.archive_uuid, header_.file_uuid, key);
}

void PackReader::open_seal() {
    constexpr auto behind = seal_frame_size + file_header_size;
    const auto payload = file_.size() < behind + file_header_size
                             ? std::nullopt
                             : payload_of(file_, codec_, file_.size() - behind, FrameType::seal);
    seal_ = payload ? decode_seal(*payload) : std::nullopt;
    if (!seal_) {
        damaged("has a damaged SEAL");
    }
}

bool PackReader::open_index() {
    const auto payload =
        seal_ ? payload_of(file_, codec_, seal_->index, FrameType::index) : std::nullopt;
    auto index = payload ? decode_index(*payload) : std::nullopt;
    if (!index) {
        damaged("has a damaged INDEX");
        return false;
    }
    const auto end = index->frames.empty() ? file_header_size : index->frames.back().end();
    if (end != seal_->index || index->frames.size() + 1 != seal_->frames ||
        index->group.uuid != seal_->group) {
        damaged("has an INDEX that does not fit its SEAL");
        return false;
    }
    index_ = std::move(*index);
    has_index_ = true;
    return true;
}

/// As INDEX would have them, from what is intact.
void PackReader::find_frames() {
    for (const auto& frame : scan_frames(file_, codec_, file_header_size, ScanDepth::tags).frames) {
        const auto& header = frame.header;
        const auto payload =
            frame.is_intact && (header.type == FrameType::index || header.type == FrameType::blob)
                ? read_payload(file_, codec_, frame)
                : std::nullopt;
        if (header.type == FrameType::index) {
            if (auto index = payload ? decode_index(*payload) : std::nullopt) {
                index_ = std::move(*index);
                has_index_ = true;
                return;
            }
        }
        if (!frame.is_intact) {
            continue;
        }
        index_.frames.push_back({frame.offset, header.type, header.stored, header.raw});
        const auto blob =
            header.type == FrameType::blob && payload ? decode_blob_head(*payload) : std::nullopt;
        if (blob && blob->offset == 0) {
            index_.blobs.push_back({blob->id, blob->size, frame.offset});
        }
    }
    if (seal_) {
        index_.group = {
            .uuid = seal_->group, .number = seal_->number, .is_closed = seal_->is_closed};
    }
}

std::optional<std::vector<PackedMessage>> PackReader::contents() const {
    std::vector<PackedMessage> all;
    for (const auto& frame : index_.frames) {
        if (frame.type != FrameType::contents) {
            continue;
        }
        const auto payload = payload_of(file_, codec_, frame.offset, frame.type);
        auto contents = payload ? decode_contents(*payload) : std::nullopt;
        if (!contents) {
            return std::nullopt;
        }
        std::move(contents->begin(), contents->end(), std::back_inserter(all));
    }
    const bool is_complete = has_index_ || (seal_ && all.size() == seal_->messages + seal_->gone);
    return is_complete ? std::optional(std::move(all)) : std::nullopt;
}

bool PackReader::for_each_history(const std::function<void(const HistoryBatch&)>& sink) const {
    bool is_whole = true;
    std::uint64_t count = 0;
    HistoryBatch batch;
    const auto pass_on = [&] {
        if (batch.commit.number != 0) {
            ++count;
            sink(batch);
        }
    };
    for (const auto& frame : index_.frames) {
        if (frame.type != FrameType::history) {
            continue;
        }
        const auto payload = payload_of(file_, codec_, frame.offset, frame.type);
        auto parts = payload ? decode_history(*payload) : std::nullopt;
        is_whole = is_whole && parts;
        for (auto& part : parts.value_or(std::vector<HistoryBatch>())) {
            if (part.commit == batch.commit) {
                batch.records += part.records;
                continue;
            }
            pass_on();
            batch = std::move(part);
        }
    }
    pass_on();
    if (seal_) {
        const auto [first, last] = seal_->history;
        return is_whole && count == (first == 0 ? 0 : last - first + 1);
    }
    return is_whole && has_index_;
}

std::optional<std::uint64_t> PackReader::find_blob(const BlobId& id) const {
    const auto blob = blobs_.find(id);
    return blob == blobs_.end() ? std::nullopt : std::optional(index_.blobs[blob->second].size);
}

std::optional<std::string> PackReader::read_chunk(const BlobId& id, std::uint64_t offset) const {
    const auto blob = blobs_.find(id);
    if (blob == blobs_.end()) {
        return std::nullopt;
    }
    const auto& frames = index_.frames;
    const auto first = std::lower_bound(
        frames.begin(), frames.end(), index_.blobs[blob->second].frame,
        [](const auto& frame, std::uint64_t wanted) { return frame.offset < wanted; });
    const auto number = static_cast<std::uint64_t>(first - frames.begin()) + offset / chunk_size;
    return number < frames.size()
               ? payload_of(file_, codec_, frames[number].offset, FrameType::blob)
               : std::nullopt;
}

bool PackReader::read_blob(const BlobId& id, std::uint64_t offset, std::uint64_t size,
                           const OctetSink& sink) const {
    BlobChunks chunks(*this, nowhere);
    const auto whole = find_blob(id);
    if (!whole || offset > *whole || size > *whole - offset) {
        return false;
    }
    while (size > 0) {
        const auto piece = chunks.at(id, *whole, offset).substr(0, size);
        if (piece.empty()) {
            return false;
        }
        sink(piece);
        offset += piece.size();
        size -= piece.size();
    }
    return true;
}

bool PackReader::read(const StoredMessage& message, const FindBlob& packs,
                      const OctetSink& sink) const {
    const auto found = rebuild(message.location.frame, message.location.offset, {},
                               Trust::message_is_checked, packs, sink);
    return found && found->is_whole && found->message.content_id == message.content_id;
}

bool PackReader::read(const StoredMessage& message, const FindBlob& packs, const OctetSink& sink,
                      DecodedBlock& kept) const {
    const auto offset = message.location.frame;
    if (kept.frame != offset) {
        kept = {};
        auto raw = payload_of(file_, codec_, offset, FrameType::records);
        if (!raw) {
            return false;
        }
        kept = {offset, std::move(*raw)};
    }
    const auto found =
        rebuild(offset, message.location.offset, kept, Trust::message_is_checked, packs, sink);
    return found && found->is_whole && found->message.content_id == message.content_id;
}

std::optional<FoundRecord> PackReader::rebuild(std::uint64_t frame, std::uint64_t offset,
                                               const DecodedBlock& block, Trust trust,
                                               const FindBlob& packs, const OctetSink& sink) const {
    RecordStream record(file_, codec_, frame, offset, block, trust);
    if (!record.open()) {
        return std::nullopt;
    }
    FoundRecord found;
    found.origin = record.head().origin;
    found.message.size = record.head().size;
    found.message.location = {.file = name_, .frame = frame, .offset = offset};
    BlobChunks chunks(*this, packs);
    Sha256 hash;
    std::uint64_t given = 0;
    const auto is_given = put_together(
        record.recipe(), [&](std::uint64_t most) { return record.take(most); },
        [&](const BlobRef& blob, std::uint64_t at) { return chunks.at(blob.id, blob.size, at); },
        [&](std::string_view piece) {
            given += piece.size();
            hash.add(piece);
            sink(piece);
        });
    found.is_whole = is_given && given == found.message.size;
    if (found.is_whole) {
        found.message.content_id = hash.finish();
    }
    return found;
}

void PackReader::for_each_record(const FindBlob& packs,
                                 const std::function<void(const FoundRecord&)>& sink) const {
    const auto ignore = [](std::string_view) {};
    for (const auto& frame : index_.frames) {
        auto raw = frame.type == FrameType::records
                       ? payload_of(file_, codec_, frame.offset, frame.type)
                       : std::nullopt;
        const DecodedBlock block{frame.offset, std::move(raw).value_or(std::string())};
        OctetReader octets(block.raw);
        static_cast<void>(octets.take(octets.varint()));
        while (!octets.at_end()) {
            const auto offset = block.raw.size() - octets.rest().size();
            const auto head = take_record_head(octets);
            if (!head) {
                break;
            }
            static_cast<void>(octets.take(head->body));
            if (const auto found =
                    rebuild(frame.offset, offset, block, Trust::only_tags, packs, ignore)) {
                sink(*found);
            } else {
                sink({.message = {.content_id = {},
                                  .size = head->size,
                                  .location = {name_, frame.offset, offset}},
                      .origin = head->origin,
                      .is_whole = false});
            }
        }
    }
}

std::vector<PackReader::Damage> PackReader::check_frames() const {
    std::vector<Damage> damage;
    std::vector<Tag> tags;
    const auto scan = scan_frames(file_, codec_, file_header_size, ScanDepth::tags);
    for (const auto& frame : scan.frames) {
        if (!frame.is_intact) {
            damage.push_back({frame.offset, "frame is damaged"});
        }
        if (frame.header.type != FrameType::seal) {
            tags.push_back(frame.tag);
        }
    }
    for (const auto& gap : scan.gaps) {
        const bool is_header = gap.end == scan.end && gap.end - gap.offset == file_header_size;
        if (!is_header) {
            damage.push_back(
                {gap.offset, std::to_string(gap.end - gap.offset) + " octets are no frame"});
        }
    }
    if (!damage_.empty()) {
        damage.push_back({0, damage_});
    } else if (damage.empty() && root_of(tags) != seal_->root) {
        damage.push_back({seal_->index, "the frames are not those that were sealed"});
    }
    std::sort(damage.begin(), damage.end(),
              [](const auto& a, const auto& b) { return a.offset < b.offset; });
    return damage;
}

}  // namespace mailkeep::archive
