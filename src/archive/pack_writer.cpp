// SPDX-License-Identifier: Apache-2.0
#include "pack_writer.hpp"

#include "mailkeep/base/error.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <span>
#include <utility>

namespace mailkeep::archive {

namespace {

namespace fs = std::filesystem;

/// Takes 0.15 % of the mail's size off what 9 would give, at two thirds of its speed.
constexpr int records_level = 10;
/// Tables that fit a frame and the processor's cache: a fifth faster than the level's own, for a
/// thousandth more octets.
constexpr Search records_search{.hash_log = 21, .chain_log = 20, .search_log = 5};
constexpr int blob_level = 3;
/// Percent. Most attachments are compressed already; what gains less is not worth any time.
constexpr int least_blob_gain = 3;
/// Of one HISTORY frame, if events are not longer.
constexpr std::size_t history_target = std::size_t{1} << 20;
/// Messages and their uses of blobs in one CONTENTS frame.
constexpr std::size_t contents_target = 32768;
/// A body that is larger is compared with the message only when the pack is proven.
constexpr std::uint64_t largest_compared_blob = std::uint64_t{32} << 20;
constexpr std::size_t longest_varint = 10;
constexpr std::size_t read_size = std::size_t{1} << 20;

static_assert(records_target <= chunk_size && chunk_size < max_payload);

/// Makes sure that the folder stands, so that a file can be made in it.
fs::path in_packs(Disk& disk, const fs::path& data, const std::string& name) {
    std::error_code ignored;
    if (!fs::exists(data / packs_folder, ignored)) {
        make_folder(data / packs_folder);
        sync_folder(disk, data);
    }
    return data / name;
}

/// Nothing when some octets cannot be read.
std::optional<Digest> digest_of(const ReadableFile& file) {
    Sha256 hash;
    for (std::uint64_t at = 0; at < file.size();) {
        const auto octets = file.read(at, read_size);
        if (!octets || octets->empty()) {
            return std::nullopt;
        }
        hash.add(*octets);
        at += octets->size();
    }
    return hash.finish();
}

std::vector<BlobId> used_by(const Recipe& recipe) {
    std::vector<BlobId> used;
    std::set<BlobId> known;
    for (const auto& blob : recipe.blobs) {
        if (known.insert(blob.id).second) {
            used.push_back(blob.id);
        }
    }
    return used;
}

[[noreturn]] void throw_unproven(const std::string& what) {
    throw Error(Errc::corrupt, "a pack was not written as it should be: " + what,
                "Nothing is lost: the mail stays where it was. Check the disk and its cable; the "
                "kernel log says more.");
}

/// All data of a message as one string, as most of it is a few KiB.
std::string data_of(const TakenApart& message) {
    std::string data;
    data.reserve(message.recipe().data_size);
    message.for_each_data([&](std::string_view piece) { data += piece; });
    return data;
}

/// Whether putting the message together again would give it back: what cannot be held to this now
/// is when the pack is proven.
bool gives_back(const TakenApart& message, std::string_view raw) {
    const auto& recipe = message.recipe();
    const bool is_large =
        std::any_of(recipe.blobs.begin(), recipe.blobs.end(),
                    [](const auto& blob) { return blob.size > largest_compared_blob; });
    if (recipe.ops.empty() || is_large) {
        return true;
    }
    const auto data = data_of(message);
    auto data_left = std::string_view(data);
    std::string blob;
    std::size_t next_blob = 0;
    const auto is_given = put_together(
        recipe,
        [&](std::uint64_t most) {
            const auto piece = data_left.substr(0, most);
            data_left.remove_prefix(piece.size());
            return piece;
        },
        [&](const BlobRef& wanted, std::uint64_t offset) {
            if (offset == 0 && next_blob < recipe.blobs.size()) {
                blob.clear();
                message.for_each_piece(next_blob++, chunk_size,
                                       [&](std::string_view piece) { blob += piece; });
            }
            return offset < wanted.size ? std::string_view(blob).substr(offset)
                                        : std::string_view();
        },
        [&](std::string_view piece) {
            raw = raw.starts_with(piece) ? raw.substr(piece.size()) : std::string_view("-");
        });
    return is_given && raw.empty();
}

}  // namespace

PackWriter::PackWriter(Disk& disk, const Reserve& reserve, const PackPlan& plan)
    : disk_(disk),
      plan_(plan),
      header_{.kind = FileKind::pack,
              .flags = plan.key.empty() ? std::uint16_t{0} : encrypted_file_flag,
              .archive_uuid = plan.archive_uuid,
              .file_uuid = plan.file_uuid.empty() ? make_uuid() : plan.file_uuid,
              .epoch = plan.epoch},
      codec_(header_.archive_uuid, header_.file_uuid, plan.key),
      temporary_name_(std::string(packs_folder) + "/tmp-" + uuid_text(header_.file_uuid)),
      file_(disk, reserve, in_packs(disk, plan.data, temporary_name_)),
      compressor_(records_level, 0, records_search),
      blob_compressor_(blob_level, least_blob_gain) {
    append(encode(header_));
}

PackWriter::~PackWriter() {
    if (!is_published_) {
        static_cast<void>(disk_.remove(path()) == 0);
    }
}

void PackWriter::append(std::string_view octets) {
    hash_.add(octets);
    file_.append(octets);
}

std::uint64_t PackWriter::append_frame(FrameType type, std::string_view raw,
                                       Compressor& compressor) {
    const auto offset = file_.size();
    const auto frame = codec_.make(type, frames_.size(), raw, compressor);
    append(frame);
    Tag tag{};
    std::copy_n(frame.end() - tag_size, tag_size, tag.begin());
    tags_.push_back(tag);
    frames_.push_back({offset, type, static_cast<std::uint32_t>(frame.size() - frame_overhead),
                       static_cast<std::uint32_t>(raw.size())});
    return offset;
}

void PackWriter::add_message(const ContentId& content_id, Origin origin, std::string_view raw,
                             const HoldsBlob& is_held) {
    const TakenApart apart(raw);
    const Recipe whole{.size = raw.size(), .data_size = raw.size()};
    const bool is_apart = gives_back(apart, raw);
    const auto& recipe = is_apart ? apart.recipe() : whole;
    if (is_apart) {
        add_blobs(apart, is_held);
    }
    std::string body;
    put_recipe(body, recipe);
    const auto head = encode(
        RecordHead{.origin = origin, .size = raw.size(), .body = body.size() + recipe.data_size});
    auto left = head.size() + body.size() + recipe.data_size;
    const bool is_long = first_record + left > plan_.block_target;
    if (is_long || block_.size() + left > plan_.block_target) {
        end_block();
    }
    if (block_.empty()) {
        begin_block(0, is_long ? chunk_size : plan_.block_target);
    }
    contents_.push_back({.content_id = content_id,
                         .size = raw.size(),
                         .origin = origin,
                         .offset = block_.size(),
                         .length = left,
                         .blobs = used_by(recipe)});
    add_to_block(head, left);
    add_to_block(body, left);
    if (is_apart) {
        apart.for_each_data([&](std::string_view piece) { add_to_block(piece, left); });
    } else {
        add_to_block(raw, left);
    }
    if (is_long) {
        end_block();
    }
    seal_.octets += raw.size();
    seal_.batches.include(origin.batch);
}

void PackWriter::add_gone(const ContentId& content_id, Origin origin, std::uint64_t size) {
    gone_.push_back({.content_id = content_id, .size = size, .origin = origin, .blobs = {}});
}

void PackWriter::add_blobs(const TakenApart& message, const HoldsBlob& is_held) {
    const auto& blobs = message.recipe().blobs;
    for (std::size_t i = 0; i < blobs.size(); ++i) {
        if (holds_blob(blobs[i].id) || is_held(blobs[i].id)) {
            continue;
        }
        BlobHead head{.id = blobs[i].id, .size = blobs[i].size};
        message.for_each_piece(i, chunk_size,
                               [&](std::string_view piece) { append_chunk(head, piece); });
    }
}

void PackWriter::copy_blob(const PackReader& from, const BlobId& id) {
    if (holds_blob(id)) {
        return;
    }
    Sha256 hash;
    BlobHead head{.id = id, .size = from.find_blob(id).value_or(0)};
    const auto is_read = from.read_blob(id, 0, head.size, [&](std::string_view piece) {
        hash.add(piece);
        append_chunk(head, piece);
    });
    if (!is_read || hash.finish() != id) {
        throw Error(Errc::corrupt,
                    "attachment " + id.hex() + " cannot be read from " + from.name());
    }
}

/// The next one of a blob, whole.
void PackWriter::append_chunk(BlobHead& head, std::string_view chunk) {
    MAILKEEP_ASSERT(chunk.size() == head.chunk());
    const auto frame = append_frame(FrameType::blob, encode(head).append(chunk), blob_compressor_);
    blobs_.try_emplace(head.id, PackBlob{head.id, head.size, frame});
    head.offset += chunk.size();
}

/// A frame that takes octets up to `end`, after so many of a record that goes on.
void PackWriter::begin_block(std::uint64_t going_on, std::size_t end) {
    put_varint(block_, going_on);
    block_end_ = end;
}

/// Octets of a record of which `left` are still to come.
void PackWriter::add_to_block(std::string_view octets, std::uint64_t& left) {
    while (!octets.empty()) {
        if (block_.size() == block_end_) {
            end_block();
            const auto count = std::min<std::uint64_t>(left, chunk_size - longest_varint);
            begin_block(count, varint_size(count) + count);
        }
        const auto piece = octets.substr(0, block_end_ - block_.size());
        block_ += piece;
        left -= piece.size();
        octets.remove_prefix(piece.size());
    }
}

void PackWriter::end_block() {
    if (block_.empty()) {
        return;
    }
    const auto frame = append_frame(FrameType::records, block_, compressor_);
    for (; waiting_ < contents_.size(); ++waiting_) {
        contents_[waiting_].frame = frame;
    }
    block_.clear();
}

void PackWriter::add_history(const HistoryBatch& batch) {
    history_hash_.add(encode(batch));
    seal_.history.include(batch.commit.number);
    HistoryBatch part{batch.commit, {}};
    auto rest = std::string_view(batch.records);
    while (!rest.empty()) {
        OctetReader octets(rest);
        static_cast<void>(octets.take(octets.number(4)));
        MAILKEEP_ASSERT(!octets.failed());
        const auto record = rest.substr(0, rest.size() - octets.rest().size());
        if (!part.records.empty() && part.records.size() + record.size() > history_target) {
            put_history(part);
            part.records.clear();
        }
        part.records += record;
        rest = octets.rest();
    }
    put_history(part);
}

void PackWriter::put_history(const HistoryBatch& part) {
    const auto octets = encode(part);
    if (history_.size() + octets.size() > history_target) {
        end_history();
    }
    history_ += octets;
}

void PackWriter::end_history() {
    if (!history_.empty()) {
        append_frame(FrameType::history, history_, compressor_);
        history_.clear();
    }
}

std::uint64_t PackWriter::size() const {
    return file_.size() + block_.size() + history_.size();
}

const MadePack& PackWriter::close(const PackEnd& end) {
    end_block();
    seal_.messages = contents_.size();
    seal_.gone = gone_.size();
    std::move(gone_.begin(), gone_.end(), std::back_inserter(contents_));
    write_contents();
    end_history();
    write_index_and_seal(end);
    append(encode(header_));
    file_.trim();
    file_.sync();
    made_.digest = hash_.finish();
    made_.name = pack_name(made_.digest);
    made_.size = file_.size();
    made_.seal = seal_;
    made_.contents = std::move(contents_);
    history_digest_ = history_hash_.finish();
    return made_;
}

void PackWriter::write_contents() {
    auto left = std::span<const PackedMessage>(contents_);
    while (!left.empty()) {
        std::size_t count = 0;
        std::size_t weight = 0;
        do {
            weight += 1 + left[count].blobs.size();
            ++count;
        } while (count < left.size() && weight + left[count].blobs.size() < contents_target);
        append_frame(FrameType::contents, encode(left.first(count)), compressor_);
        left = left.subspan(count);
    }
}

void PackWriter::write_index_and_seal(const PackEnd& end) {
    auto& index = made_.index;
    index.frames = frames_;
    index.group = end.group;
    for (const auto& [id, blob] : blobs_) {
        index.blobs.push_back(blob);
    }
    std::sort(index.blobs.begin(), index.blobs.end(),
              [](const auto& a, const auto& b) { return a.frame < b.frame; });
    seal_.index = append_frame(FrameType::index, encode(index), compressor_);
    seal_.frames = static_cast<std::uint32_t>(frames_.size());
    seal_.blobs = blobs_.size();
    seal_.epoch = end.epoch;
    seal_.number = end.group.number;
    seal_.is_closed = end.group.is_closed;
    seal_.group = end.group.uuid;
    seal_.at = end.at;
    seal_.zstd_version = end.zstd;
    seal_.root = root_of(tags_);
    append_frame(FrameType::seal, encode(seal_), compressor_);
}

void PackWriter::prove(const FindBlob& packs) const {
    {
        const ReadableFile file(disk_, path());
        file.bypass_cache(0);
        if (digest_of(file) != made_.digest) {
            throw_unproven("its octets are other ones on the disk");
        }
    }
    const PackReader reader(disk_, plan_.data, temporary_name_, plan_.archive_uuid, plan_.key);
    if (!reader.check_frames().empty() || reader.index() != made_.index ||
        reader.seal() != made_.seal || reader.contents() != made_.contents) {
        throw_unproven("its frames cannot be read");
    }
    Sha256 history;
    const bool is_whole =
        reader.for_each_history([&](const HistoryBatch& batch) { history.add(encode(batch)); });
    if (!is_whole || history.finish() != history_digest_) {
        throw_unproven("its events cannot be read");
    }
    DecodedBlock block;
    for (const auto& message : made_.contents) {
        if (!message.is_gone() &&
            !reader.read(
                message.stored_in(temporary_name_), packs, [](auto) {}, block)) {
            throw_unproven("message " + message.content_id.hex() + " cannot be rebuilt");
        }
    }
    if (reader.has_failed()) {
        throw_unproven("it cannot be read everywhere");
    }
}

void PackWriter::publish() {
    const auto target = plan_.data / made_.name;
    const auto folder = target.parent_path();
    std::error_code ignored;
    if (!fs::exists(folder, ignored)) {
        make_folder(folder);
        sync_folder(disk_, plan_.data / packs_folder);
    }
    rename_file(disk_, path(), target);
    is_published_ = true;
    sync_folder(disk_, folder);
    sync_folder(disk_, plan_.data / packs_folder);
}

}  // namespace mailkeep::archive
