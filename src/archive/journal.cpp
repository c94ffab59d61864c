// SPDX-License-Identifier: Apache-2.0
#include "journal.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "batch_blocks.hpp"
#include "event_codec.hpp"
#include "message_reader.hpp"
#include "scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace mailkeep::archive {

namespace {

constexpr std::size_t piece_cap = std::size_t{4} << 20;
constexpr std::size_t events_cap = std::size_t{1} << 20;
constexpr std::size_t manifest_cap = (std::size_t{1} << 20) / manifest_entry_size;
constexpr std::uint64_t file_cap = std::uint64_t{64} << 20;
constexpr std::chrono::hours age_cap{24};

/// Turns one batch into frames at the end of a file.
class BatchWriter {
  public:
    BatchWriter(DurableFile& file, const FrameCodec& codec, Compressor& compressor,
                std::string name, std::uint64_t seq)
        : file_(file), codec_(codec), compressor_(compressor), name_(std::move(name)), seq_(seq) {}

    void write_messages(const Batch& batch) {
        std::span rest(batch.messages());
        for (const auto& block : batch.blocks().full()) {
            note_places(rest.first(block.messages));
            if (!block.payload) {
                write_large(rest.front());
            } else if (block.payload->raw > 0) {
                append(codec_.make(FrameType::block, seq_, *block.payload));
            }
            rest = rest.subspan(block.messages);
        }
        note_places(rest);
        if (const auto open = batch.blocks().open(); !open.empty()) {
            write_frame(FrameType::block, open);
        }
        const std::span all(messages_);
        for (std::size_t i = 0; i < all.size(); i += manifest_cap) {
            const auto count = std::min(manifest_cap, all.size() - i);
            write_frame(FrameType::manifest, encode_manifest(all.subspan(i, count)));
        }
    }

    void write_events(const std::vector<Event>& events) {
        std::string payload;
        for (const auto& event : events) {
            const auto record = encode(event);
            if (record.size() > max_payload) {
                throw Error(Errc::invalid, "an event is too large for the archive");
            }
            if (!payload.empty() && payload.size() + record.size() > events_cap) {
                write_frame(FrameType::event, payload);
                payload.clear();
            }
            payload += record;
        }
        if (!payload.empty()) {
            write_frame(FrameType::event, payload);
        }
    }

    /// Without the uuid in it no frame of an encrypted file opens, and no batch of any file fits.
    void write_header(const FileHeader& header) { write_frame(FrameType::header, encode(header)); }

    void write_commit(CommitRecord& record) {
        record.frames = static_cast<std::uint32_t>(tags_.size());
        record.digest = digest_of(record, codec_.file_uuid(), tags_);
        write_frame(FrameType::commit, encode(record));
    }

    [[nodiscard]] std::vector<StoredMessage> take_messages() { return std::move(messages_); }

    [[nodiscard]] std::uint64_t seq() const { return seq_; }

  private:
    /// Of messages one after the other in the next block.
    void note_places(std::span<const Batch::Message> messages) {
        std::uint64_t offset = 0;
        for (const auto& message : messages) {
            const auto size = message.size();
            messages_.push_back({message.content_id, size, {name_, file_.size(), offset}});
            offset += size;
        }
    }

    void write_block() {
        if (!block_.empty()) {
            write_frame(FrameType::block, block_);
            block_.clear();
        }
    }

    void write_large(const Batch::Message& message) {
        message.read([&](std::string_view piece) {
            while (!piece.empty()) {
                const auto more = piece.substr(0, piece_cap - block_.size());
                block_ += more;
                piece.remove_prefix(more.size());
                if (block_.size() == piece_cap) {
                    write_block();
                }
            }
        });
        write_block();
    }

    void write_frame(FrameType type, std::string_view raw) {
        append(codec_.make(type, seq_, raw, compressor_));
    }

    void append(const std::string& frame) {
        file_.append(frame);
        ++seq_;
        auto& tag = tags_.emplace_back();
        std::copy(frame.end() - tag_size, frame.end(), tag.begin());
    }

    DurableFile& file_;
    const FrameCodec& codec_;
    Compressor& compressor_;
    std::string name_;
    std::uint64_t seq_;
    std::string block_;  // raw octets not yet written; their frame will stand at file_.size()
    std::vector<StoredMessage> messages_;
    std::vector<Tag> tags_;
};

}  // namespace

std::string journal_name(std::uint32_t epoch, std::uint32_t n) {
    return fmt::format("{}/{:010}-{:06}.mkj", journal_folder, epoch, n);
}

std::optional<std::uint32_t> epoch_in(std::string_view file_name) {
    constexpr std::string_view shape = "0000000000-000000.mkj";
    if (file_name.size() != shape.size() || file_name[10] != '-' || !file_name.ends_with(".mkj")) {
        return std::nullopt;
    }
    const auto epoch = parse_number(file_name.substr(0, 10));
    const auto n = parse_number(file_name.substr(11, 6));
    if (!epoch || *epoch > UINT32_MAX || !n) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(*epoch);
}

Journal::Journal(Disk& disk, const Reserve& reserve, const std::filesystem::path& data,
                 const FileHeader& header, const DataKey& key)
    : disk_(disk),
      header_(header),
      codec_(header.archive_uuid, header.file_uuid, key),
      compressor_(journal_level, 0),
      name_(journal_name(header.epoch, header.n)),
      file_(disk, reserve, data / name_) {}

Journal::~Journal() {
    if (!has_batches_) {
        static_cast<void>(disk_.remove(file_.path()) == 0);
    } else if (state_ == State::whole) {
        file_.trim();
    }
}

void Journal::start() {
    file_.append(encode(header_));
    file_.sync();
    sync_folder(disk_, file_.path().parent_path());
    state_ = State::whole;
}

WrittenBatch Journal::append(const Batch& batch, std::uint64_t number, Timestamp at,
                             const Digest& before) {
    MAILKEEP_ASSERT(state_ == State::whole);
    state_ = State::uncertain;
    WrittenBatch written;
    written.begin = file_.size();
    written.batch = {.number = number, .at = at, .messages = {}, .events = batch.events()};
    written.commit = {.number = number,
                      .at = at,
                      .messages = static_cast<std::uint32_t>(batch.messages().size()),
                      .events = static_cast<std::uint32_t>(batch.events().size()),
                      .frames = 0,
                      .before = before,
                      .digest = {}};
    BatchWriter writer(file_, codec_, compressor_, name_, frames_);
    writer.write_messages(batch);
    writer.write_events(batch.events());
    writer.write_header(header_);
    writer.write_commit(written.commit);
    written.batch.digest = written.commit.digest;
    file_.sync_data();
    written.batch.messages = writer.take_messages();
    frames_ = writer.seq();
    return written;
}

void Journal::prove(const WrittenBatch& written) {
    const ReadableFile file(disk_, file_.path());
    const auto require = [this](bool holds, std::string_view what) {
        if (!holds) {
            throw Error(Errc::storage, fmt::format("{} does not read back: {}", name_, what),
                        "Check this disk and the memory of this machine before anything else.");
        }
    };
    require(file.problem().empty(), file.problem());
    file.bypass_cache(written.begin);
    // Not the tags of blocks too: their messages are made again below, octet for octet.
    const auto scan = scan_frames(file, codec_, written.begin, ScanDepth::skeleton);
    require(scan.gaps.empty() && scan.batches.size() == 1 && scan.batches[0].is_intact &&
                scan.batches[0].commit == written.commit,
            "a frame is damaged");
    const auto batch = read_batch(file, codec_, scan, scan.batches[0], name_);
    require(batch && batch->messages == written.batch.messages, "the batch is not the one written");
    MessageReader reader(file, codec_);
    for (const auto& message : batch->messages) {
        require(reader.read(message, [](std::string_view) {}),
                "message " + message.content_id.hex());
    }
    if (!has_batches_) {
        has_batches_ = true;
        first_batch_at_ = written.batch.at;
    }
    state_ = State::whole;
}

bool Journal::is_full(Timestamp now) const {
    return file_.size() >= file_cap || (has_batches_ && now - first_batch_at_ >= age_cap);
}

}  // namespace mailkeep::archive
