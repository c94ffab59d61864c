// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/archive/salvage.hpp"

#include "mailkeep/base/error.hpp"

#include "archive_files.hpp"
#include "file_header.hpp"
#include "manifest.hpp"
#include "message_reader.hpp"
#include "pack_reader.hpp"
#include "scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace mailkeep::archive {

namespace fs = std::filesystem;

namespace {

using Sink = std::function<void(const ContentId&, std::string_view)>;

class Salvage {
  public:
    Salvage(const fs::path& path, const DataKey& key, const Sink& sink)
        : path_(path), key_(key), sink_(sink) {}

    Salvaged run() {
        const ReadableFile file(disk_, path_);
        if (!file.problem().empty()) {
            throw Error(Errc::storage, "cannot read " + path_.string() + ": " + file.problem());
        }
        const auto header = find_header(file, key_);
        if (!header || file.read(0, file_header_size) != encode(*header)) {
            unread(0, "the file header is damaged");
        }
        const auto codec =
            header ? FrameCodec(header->archive_uuid, header->file_uuid, key_) : FrameCodec();
        auto scan = scan_frames(file, codec, file_header_size, ScanDepth::tags);
        if (is_pack(scan, header)) {
            read_pack(header ? header->archive_uuid : std::string(uuid_size, '\0'));
        } else {
            read_journal(file, codec, scan);
        }
        tell_damage(scan);
        return std::move(result_);
    }

  private:
    void unread(std::uint64_t at, std::string what) {
        result_.unread.push_back(
            {fmt::format("{} at {}", path_.filename().string(), at), std::move(what)});
    }

    void give(const ContentId& content_id, std::string_view octets) {
        if (given_.insert(content_id).second) {
            ++result_.messages;
            result_.octets += octets.size();
            sink_(content_id, octets);
        }
    }

    static bool is_pack(const Scan& scan, const std::optional<FileHeader>& header) {
        if (header) {
            return header->kind == FileKind::pack;
        }
        for (const auto& frame : scan.frames) {
            if (frame.header.type == FrameType::records || frame.header.type == FrameType::blob) {
                return true;
            }
        }
        return false;
    }

    void tell_damage(const Scan& scan) {
        for (const auto& frame : scan.frames) {
            if (!frame.is_intact) {
                unread(frame.offset,
                       fmt::format("a frame of {} octets is damaged", frame.header.total()));
            }
        }
        for (const auto& gap : scan.gaps) {
            unread(gap.offset, fmt::format("{} octets are no frame", gap.end - gap.offset));
        }
    }

    void read_pack(const std::string& archive_uuid) {
        const PackReader pack(disk_, path_.parent_path(), path_.filename().string(), archive_uuid,
                              key_);
        const FindBlob packs = [&](const BlobId& id) {
            return pack.find_blob(id) ? &pack : nullptr;
        };
        pack.for_each_record(packs, [&](const FoundRecord& record) {
            std::string octets;
            const bool is_read =
                record.is_whole &&
                pack.read(record.message, packs, [&](std::string_view piece) { octets += piece; });
            if (is_read) {
                give(record.message.content_id, octets);
            } else {
                unread(record.message.location.frame,
                       fmt::format("message {} of batch {}: a part of it is damaged or stands in "
                                   "another pack",
                                   record.origin.place + 1, record.origin.batch));
            }
        });
    }

    void read_journal(const ReadableFile& file, const FrameCodec& codec, const Scan& scan) {
        std::vector<const FoundFrame*> blocks;  // of the batch, its list not yet met
        for (const auto& frame : scan.frames) {
            if (!frame.is_intact) {
                continue;
            }
            if (frame.header.type == FrameType::block) {
                blocks.push_back(&frame);
            } else if (frame.header.type == FrameType::manifest) {
                read_listed(file, codec, frame, blocks);
            } else if (frame.header.type == FrameType::commit) {
                give_unlisted(file, codec, blocks);
                blocks.clear();
            }
        }
        give_unlisted(file, codec, blocks);
    }

    void read_listed(const ReadableFile& file, const FrameCodec& codec, const FoundFrame& frame,
                     const std::vector<const FoundFrame*>& blocks) {
        const auto payload = read_payload(file, codec, frame);
        const auto messages =
            payload ? decode_manifest(*payload, path_.filename().string()) : std::nullopt;
        if (!messages) {
            unread(frame.offset, "a list of messages cannot be read");
            return;
        }
        MessageReader reader(file, codec);
        for (const auto& message : *messages) {
            listed_.insert(message.location.frame);
            auto octets = reader.read(message);
            for (auto block = blocks.begin(); !octets && block != blocks.end(); ++block) {
                octets = read_moved(reader, message, **block);
            }
            if (octets) {
                give(message.content_id, *octets);
            } else {
                unread(message.location.frame,
                       "message " + message.content_id.hex() + " cannot be read");
            }
        }
    }

    /// Octets that were put in or taken out before it have moved a block to another place.
    std::optional<std::string> read_moved(MessageReader& reader, StoredMessage message,
                                          const FoundFrame& block) {
        message.location.frame = block.offset;
        auto octets = reader.read(message);
        if (octets) {
            listed_.insert(block.offset);
        }
        return octets;
    }

    /// Blocks whose list is lost: nobody knows where in them a message begins.
    void give_unlisted(const ReadableFile& file, const FrameCodec& codec,
                       const std::vector<const FoundFrame*>& blocks) {
        std::uint64_t known_end = 0;  // of a block of a message that goes on and is known
        for (const auto* block : blocks) {
            if (listed_.contains(block->offset) || known_end == block->offset) {
                known_end = block->header.raw == large_piece ? block->end() : 0;
                continue;
            }
            const auto octets = read_payload(file, codec, *block);
            if (octets) {
                give(sha256(*octets), *octets);
                unread(block->offset,
                       fmt::format("messages whose list is lost, {} octets in one piece: {}",
                                   octets->size(), sha256(*octets).hex()));
            }
        }
    }

    /// Raw octets of the blocks of a message that has several, but the last.
    static constexpr std::uint32_t large_piece = std::uint32_t{4} << 20;

    Disk disk_;
    const fs::path& path_;
    const DataKey& key_;
    const Sink& sink_;
    std::set<ContentId> given_;
    std::set<std::uint64_t> listed_;  // offsets of blocks that a list knows
    Salvaged result_;
};

}  // namespace

Salvaged salvage(const fs::path& file, const DataKey& key, const Sink& sink) {
    return Salvage(file, key, sink).run();
}

bool needs_key(const fs::path& file) {
    Disk disk;
    if (const auto header = header_of(disk, file)) {
        return (header->flags & encrypted_file_flag) != 0;
    }
    const ReadableFile octets(disk, file);
    const auto scan = scan_frames(octets, {}, file_header_size, ScanDepth::skeleton);
    return std::any_of(scan.frames.begin(), scan.frames.end(), [](const auto& frame) {
        return (frame.header.flags & encrypted_flag) != 0;
    });
}

}  // namespace mailkeep::archive
