// SPDX-License-Identifier: Apache-2.0
#include "archive_reader.hpp"

#include "mailkeep/base/error.hpp"

#include "file_header.hpp"
#include "journal.hpp"
#include "message_reader.hpp"
#include "sealed_batches.hpp"

#include <algorithm>

namespace mailkeep::archive {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t cached_by_reader = std::size_t{48} << 20;
constexpr std::size_t cached_by_writer = std::size_t{16} << 20;
/// A message above this size is read in pieces and its blocks are not kept.
constexpr std::uint64_t large_message = std::uint64_t{4} << 20;
/// How often files may go away between being listed and being opened.
constexpr int most_idle = 8;

[[noreturn]] void throw_lost(const StoredMessage& message) {
    throw Error(Errc::corrupt, "message " + message.content_id.hex() + " cannot be rebuilt from " +
                                   message.location.file + " frame at " +
                                   std::to_string(message.location.frame));
}

}  // namespace

ArchiveReader::ArchiveReader(Disk& disk, fs::path data, std::string archive_uuid,
                             const DataKey& key, Access access)
    : disk_(disk),
      data_(std::move(data)),
      archive_uuid_(std::move(archive_uuid)),
      key_(key),
      packs_(disk, data_, archive_uuid_, key),
      blocks_(access == Access::read_only ? cached_by_reader : cached_by_writer) {}

Timeline ArchiveReader::timeline() const {
    return {disk_, data_, archive_uuid_, key_};
}

Tip ArchiveReader::find_tip(TipSearch search) {
    for (;;) {
        // Journals first: what has left one by the time the packs are looked at is in a pack.
        const auto journals = timeline();
        packs_.refresh();
        const auto coverage = packs_.coverage();
        const auto sealed =
            coverage.newest > coverage.whole.number ? Tip{coverage.newest, {}} : coverage.whole;
        if (const auto tip = journals.find_tip(search, sealed)) {
            return *tip;
        }
    }
}

void ArchiveReader::for_each_batch(std::uint64_t after, std::uint64_t last,
                                   const std::function<void(const CommittedBatch&)>& sink) {
    Tip place{after, {}};
    for (int idle = 0; place.number < last;) {
        const auto before = place.number;
        const auto journals = timeline();
        packs_.refresh();
        const auto sealed = packs_.coverage().whole.number;
        if (place.number < sealed) {
            place = SealedBatches(packs_).for_each(place, std::min(sealed, last), sink);
        }
        if (place.number >= sealed) {
            place = journals.for_each_batch(place, last, sink);
        }
        idle = place.number == before ? idle + 1 : 0;
        if (idle > most_idle) {
            throw Error(Errc::corrupt, "batch " + std::to_string(before + 1) +
                                           " cannot be read from packs or journals");
        }
    }
}

std::optional<std::uint64_t> ArchiveReader::first_batch_with(const ContentId& content_id,
                                                             std::uint64_t last) {
    packs_.refresh();
    const auto sealed = packs_.coverage().whole.number;
    if (const auto origin = packs_.first_origin(content_id)) {
        return origin->batch;
    }
    std::optional<std::uint64_t> found;
    for_each_batch(std::min(sealed, last), last, [&](const CommittedBatch& batch) {
        const bool has_it =
            std::any_of(batch.messages.begin(), batch.messages.end(),
                        [&](const auto& message) { return message.content_id == content_id; });
        if (has_it && !found) {
            found = batch.number;
        }
    });
    return found;
}

std::string ArchiveReader::get(const StoredMessage& message) {
    std::string octets;
    const auto append = [&](std::string_view piece) { octets += piece; };
    octets.reserve(std::min(message.size, std::uint64_t{256} << 20));
    if (!read_at_place(message, append)) {
        octets.clear();
        const auto elsewhere = find_elsewhere(message);
        if (!elsewhere || !read_at_place(*elsewhere, append)) {
            throw_lost(message);
        }
    }
    return octets;
}

void ArchiveReader::read(const StoredMessage& message, const OctetSink& sink) {
    if (message.size <= large_message) {
        sink(get(message));
        return;
    }
    std::uint64_t given = 0;
    const auto count = [&](std::string_view piece) {
        given += piece.size();
        sink(piece);
    };
    if (read_at_place(message, count)) {
        return;
    }
    // What was given cannot be taken back.
    const auto elsewhere = given == 0 ? find_elsewhere(message) : std::nullopt;
    if (!elsewhere || !read_at_place(*elsewhere, sink)) {
        throw_lost(message);
    }
}

bool ArchiveReader::is_whole(const StoredMessage& message) {
    const auto ignore = [](std::string_view) {};
    if (read_at_place(message, ignore)) {
        return true;
    }
    const auto elsewhere = find_elsewhere(message);
    return elsewhere && read_at_place(*elsewhere, ignore);
}

bool ArchiveReader::read_at_place(const StoredMessage& message, const OctetSink& sink) {
    const fs::path name(message.location.file);
    if (name.parent_path() == journal_folder && epoch_in(name.filename().string())) {
        return read_from_journal(message, sink);
    }
    return digest_in(message.location.file) && read_from_pack(message, sink);
}

bool ArchiveReader::read_from_journal(const StoredMessage& message, const OctetSink& sink) {
    const auto& name = message.location.file;
    const ReadableFile file(disk_, data_ / name);
    if (!file.problem().empty()) {
        return false;
    }
    const auto codec = codec_of(file);
    auto block = blocks_.take(name, message.location.frame);
    if (block.frame == 0 && message.size <= large_message) {
        block.raw = blocks_.room();
    }
    MessageReader reader(file, codec, std::move(block));
    const bool is_whole = reader.read(message, sink);
    if (message.size <= large_message) {
        blocks_.put(name, reader.take_block());
    }
    return is_whole;
}

/// Only a block that is asked for again is decoded in full and kept.
bool ArchiveReader::read_from_pack(const StoredMessage& message, const OctetSink& sink) {
    const auto& name = message.location.file;
    const auto pack = packs_.open(name);
    if (!pack.is_there()) {
        return false;
    }
    BlobFinder blobs(packs_);
    auto known = blocks_.take(name, message.location.frame);
    if (message.size > large_message ||
        (known.frame == 0 && !blocks_.was_wanted(name, message.location.frame))) {
        return pack->read(message, blobs.as_function(), sink);
    }
    DecodedBlock block{known.frame, std::move(known.raw)};
    const bool is_whole = pack->read(message, blobs.as_function(), sink, block);
    if (!is_whole && block.frame == 0) {  // damaged; what stands before the damage can be had
        return pack->read(message, blobs.as_function(), sink);
    }
    blocks_.put(name, {block.frame, 0, std::move(block.raw)});
    return is_whole;
}

std::optional<StoredMessage> ArchiveReader::find_elsewhere(const StoredMessage& message) {
    packs_.refresh();
    auto found = packs_.find(message.content_id);
    return found && found->size == message.size ? found : std::nullopt;
}

/// Messages that are not encrypted can be read without it.
FrameCodec ArchiveReader::codec_of(const ReadableFile& file) const {
    const auto header = key_.empty() ? std::nullopt : find_header(file, key_);
    return header ? FrameCodec(header->archive_uuid, header->file_uuid, key_) : FrameCodec();
}

}  // namespace mailkeep::archive
