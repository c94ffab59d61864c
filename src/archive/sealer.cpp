// SPDX-License-Identifier: Apache-2.0
#include "sealer.hpp"

#include "mailkeep/base/error.hpp"

#include "event_codec.hpp"
#include "event_places.hpp"
#include "message_reader.hpp"
#include "scan.hpp"

#include <algorithm>
#include <tuple>

namespace mailkeep::archive {

namespace {

/// Messages wait for their like up to here.
constexpr std::uint64_t waiting_cap = std::uint64_t{64} << 20;
/// A larger message does not wait: it has blocks of its own, and memory is for one such only.
constexpr std::uint64_t whole_message = std::uint64_t{4} << 20;

[[noreturn]] void throw_lost(const std::string& name, const ContentId& content_id) {
    throw Error(Errc::corrupt, "message " + content_id.hex() + " cannot be read from " + name,
                "Run `mailkeep repair`; until then nothing behind it is sealed.");
}

/// The records of a batch as its EVENT frames hold them.
std::string records_of(const Timeline::PlacedBatch& placed) {
    const auto& [journal, file, scan, found] = placed;
    std::string records;
    for (auto i = found.first_frame; i < found.commit_frame; ++i) {
        if (scan.frames[i].header.type == FrameType::event) {
            const auto payload = read_payload(file, journal.codec, scan.frames[i]);
            if (!payload) {
                throw Error(Errc::corrupt, journal.name + ": events are damaged");
            }
            records += *payload;
        }
    }
    return records;
}

CommittedBatch contents_of(const Timeline::PlacedBatch& placed) {
    const auto& [journal, file, scan, found] = placed;
    auto batch = read_batch(file, journal.codec, scan, found, journal.name);
    if (!batch) {
        throw Error(Errc::corrupt, journal.name + ": a batch is damaged");
    }
    return *std::move(batch);
}

/// With ids that stand in the batch turned into places.
HistoryBatch history_of(const Timeline::PlacedBatch& placed) {
    const auto batch = contents_of(placed);
    std::map<ContentId, std::uint64_t> places;
    for (std::size_t i = 0; i < batch.messages.size(); ++i) {
        places.emplace(batch.messages[i].content_id, i);
    }
    auto records = shorten_ids(
        records_of(placed), [&](const ContentId& content_id) -> std::optional<std::uint64_t> {
            const auto place = places.find(content_id);
            return place == places.end() ? std::nullopt : std::optional(place->second);
        });
    MAILKEEP_ASSERT(records.has_value());  // they were decoded before
    return {placed.found.commit, *std::move(records)};
}

}  // namespace

Pack describe(const std::string& name, std::uint64_t size, const PackSeal& seal) {
    return {.name = name,
            .size = size,
            .messages = seal.messages,
            .octets = seal.octets,
            .first_batch = seal.batches.first,
            .last_batch = seal.batches.last,
            .group = seal.group.empty() ? std::string() : uuid_text(seal.group)};
}

Rewrite::Rewrite(Disk& disk, const Reserve& reserve, const PackPlan& plan, PackSet& set,
                 const RewriteOptions& options, const std::stop_token& stop)
    : disk_(disk),
      reserve_(reserve),
      plan_(plan),
      set_(set),
      options_(options),
      stop_(stop),
      group_(make_uuid()),
      blobs_(set) {}

/// Once the pack that closes the group may stand under its name, none of those it names may go,
/// whatever was reported: what could not be synced may be on the disk all the same.
Rewrite::~Rewrite() {
    if (may_count_) {
        return;
    }
    for (const auto& path : paths_) {
        static_cast<void>(disk_.remove(path) == 0);
    }
}

Rewritten Rewrite::run(const Timeline& journals, const RewriteSources& sources) {
    Rewritten result;
    PackGroup group{.uuid = group_, .is_closed = true};
    for (const auto& pack : sources.packs) {
        sources_.insert(pack.name);
        epoch_ = std::max(epoch_, pack.seal.epoch);
        group.replaced.push_back(pack.digest);
        result.replaced.push_back(pack.name);
        result.bytes_before += pack.size;
        // What a pack vouched for that goes, this group vouches for.
        before_.insert(before_.end(), pack.group.packs_before.begin(),
                       pack.group.packs_before.end());
    }
    for (const auto& journal : sources.journals) {
        epoch_ = std::max(epoch_, journal.header.epoch);
        result.journals.push_back(journal.name);
        result.bytes_before += journal.size;
    }
    std::erase_if(before_, [&](const Digest& digest) {
        return std::find(group.replaced.begin(), group.replaced.end(), digest) !=
               group.replaced.end();
    });
    writer_ = std::make_unique<PackWriter>(disk_, reserve_, plan_);
    copy_foreign_blobs(sources.packs);
    read_pack_hints(sources.packs);
    for (const auto& pack : sources.packs) {
        add_pack(pack);
    }
    add_journals(journals, sources);
    write_waiting();
    add_history(journals, sources);
    finish_pack(std::move(group));
    set_.refresh();
    for (const auto& pack : described_) {
        result.messages += pack.messages;
        result.bytes_after += pack.size;
    }
    result.packs = std::move(described_);
    return result;
}

void Rewrite::require_patience() const {
    if (stop_.stop_requested()) {
        throw Error(Errc::cancelled, "sealing was stopped; the next time begins this group again");
    }
}

void Rewrite::note_hints(const std::vector<Event>& events) {
    for (const auto& event : events) {
        if (const auto* seen = std::get_if<Seen>(&event.what)) {
            const auto next = static_cast<std::uint32_t>(mailboxes_.size() + 1);
            const auto mailbox =
                mailboxes_.try_emplace({seen->account.value, seen->mailbox}, next).first->second;
            hints_.try_emplace(seen->content_id, Hint{mailbox, seen->internal_date.at});
        }
    }
}

/// Blobs of packs that are to go, which messages of other packs use. Those that only their own
/// messages use come with these.
void Rewrite::copy_foreign_blobs(const std::vector<KnownPack>& packs) {
    auto ours = packs_of_blobs(packs);
    if (ours.empty()) {
        return;
    }
    for (const auto& pack : set_.counting()) {
        require_patience();
        if (!sources_.contains(pack.name)) {
            copy_blobs_used_by(pack, ours);
        }
    }
}

Rewrite::PacksOfBlobs Rewrite::packs_of_blobs(const std::vector<KnownPack>& packs) {
    PacksOfBlobs found;
    for (const auto& pack : packs) {
        const auto open = set_.open(pack.name);
        if (!open->damage().empty()) {  // perhaps its list of blobs; it may be read the next time
            throw Error(Errc::corrupt, pack.name + " cannot be read whole",
                        "Run `mailkeep repair`; packs are merged again afterwards.");
        }
        for (const auto& blob : open->index().blobs) {
            found.emplace(blob.id, pack.name);
        }
    }
    return found;
}

void Rewrite::copy_blobs_used_by(const KnownPack& pack, PacksOfBlobs& ours) {
    const auto open = set_.open(pack.name);
    const auto contents = open->contents();
    if (!contents) {
        throw Error(Errc::corrupt, "the contents of " + pack.name + " cannot be read",
                    "Run `mailkeep repair`; packs are merged again afterwards.");
    }
    for (const auto& message : *contents) {
        for (const auto& id : message.blobs) {
            const auto place = ours.find(id);
            if (place != ours.end() && !holds(id)) {
                writer_->copy_blob(*set_.open(place->second), id);
                ours.erase(place);
            }
        }
    }
}

void Rewrite::read_pack_hints(const std::vector<KnownPack>& packs) {
    std::map<Origin, ContentId> ids;
    for (const auto& pack : packs) {
        for (const auto& message : archive::contents_of(*set_.open(pack.name), set_)) {
            ids.emplace(message.origin, message.content_id);
        }
    }
    for (const auto& pack : packs) {
        static_cast<void>(set_.open(pack.name)->for_each_history([&](const HistoryBatch& batch) {
            const auto records =
                restore_ids(batch.records, [&](std::uint64_t place) -> std::optional<ContentId> {
                    const auto id = ids.find({batch.commit.number, place});
                    return id == ids.end() ? std::nullopt : std::optional(id->second);
                });
            if (const auto events = records ? decode_events(*records) : std::nullopt) {
                note_hints(events->events);
            }
        }));
    }
}

void Rewrite::add_pack(const KnownPack& pack) {
    const auto open = set_.open(pack.name);
    DecodedBlock block;
    for (const auto& message : archive::contents_of(*open, set_)) {
        require_patience();
        if (message.is_gone() || options_.dead.contains(message.content_id)) {
            writer_->add_gone(message.content_id, message.origin, message.size);
            continue;
        }
        std::string raw;
        raw.reserve(std::min(message.size, std::uint64_t{256} << 20));
        const bool is_whole = open->read(
            message.stored_in(pack.name), blobs_.as_function(),
            [&](std::string_view piece) { raw += piece; }, block);
        if (!is_whole) {
            throw_lost(pack.name, message.content_id);
        }
        add(message.content_id, message.origin, std::move(raw));
    }
}

void Rewrite::add_journals(const Timeline& journals, const RewriteSources& sources) {
    const auto reached = journals.for_each_placed(
        sources.before, sources.last, [&](const Timeline::PlacedBatch& placed) {
            const auto batch = contents_of(placed);
            note_hints(batch.events);
            MessageReader reader(placed.file, placed.journal.codec);
            for (std::size_t i = 0; i < batch.messages.size(); ++i) {
                require_patience();
                const auto& message = batch.messages[i];
                const Origin origin{batch.number, i};
                if (options_.dead.contains(message.content_id)) {
                    writer_->add_gone(message.content_id, origin, message.size);
                    continue;
                }
                auto raw = reader.read(message);
                if (!raw) {
                    throw_lost(placed.journal.name, message.content_id);
                }
                add(message.content_id, origin, *std::move(raw));
            }
        });
    MAILKEEP_ASSERT(reached.number == sources.last);
}

void Rewrite::add(const ContentId& content_id, Origin origin, std::string raw) {
    if (raw.size() > whole_message) {
        write_waiting();
        write(content_id, origin, raw);
        return;
    }
    const auto hint = hints_.find(content_id);
    SortKey key{.origin = origin_of(raw)};
    if (hint != hints_.end()) {
        key.mailbox = hint->second.mailbox;
        key.at = hint->second.at;
    }
    waiting_octets_ += raw.size();
    waiting_.push_back({std::move(key), origin, content_id, std::move(raw)});
    if (waiting_octets_ >= waiting_cap) {
        write_waiting();
    }
}

void Rewrite::write_waiting() {
    std::stable_sort(waiting_.begin(), waiting_.end(),
                     [](const auto& a, const auto& b) { return a.key < b.key; });
    for (auto& message : waiting_) {
        require_patience();
        write(message.content_id, message.origin, message.raw);
        message.raw = {};
    }
    waiting_.clear();
    waiting_octets_ = 0;
}

void Rewrite::write(const ContentId& content_id, Origin origin, std::string_view raw) {
    if (writer_->size() >= options_.pack_octets) {
        finish_pack({.uuid = group_});
        writer_ = std::make_unique<PackWriter>(disk_, reserve_, plan_);
    }
    writer_->add_message(content_id, origin, raw, [this](const BlobId& id) { return holds(id); });
}

void Rewrite::add_history(const Timeline& journals, const RewriteSources& sources) {
    auto packs = sources.packs;
    std::sort(packs.begin(), packs.end(), [](const auto& a, const auto& b) {
        return a.seal.history.first < b.seal.history.first;
    });
    for (const auto& pack : packs) {
        const bool is_whole = set_.open(pack.name)->for_each_history(
            [&](const HistoryBatch& batch) { writer_->add_history(batch); });
        if (!is_whole) {
            throw Error(Errc::corrupt, "the history in " + pack.name + " is damaged",
                        "Run `mailkeep repair`; packs are merged again afterwards.");
        }
    }
    journals.for_each_placed(sources.before, sources.last,
                             [&](const Timeline::PlacedBatch& placed) {
                                 require_patience();
                                 writer_->add_history(history_of(placed));
                             });
}

/// Closes the pack, proves it and gives it its name. The last of a group brings the group's lists.
void Rewrite::finish_pack(PackGroup group) {
    group.number = static_cast<std::uint32_t>(before_.size() + 1);
    if (group.is_closed) {
        group.packs_before = before_;
    }
    const bool closes = group.is_closed;
    const auto& made =
        writer_->close({.group = std::move(group), .epoch = epoch_, .at = options_.now});
    writer_->prove([this](const BlobId& id) { return find_blob(id); });
    require_patience();
    paths_.push_back(plan_.data / made.name);
    may_count_ = closes;
    writer_->publish();
    made_.push_back(
        std::make_unique<PackReader>(disk_, plan_.data, made.name, plan_.archive_uuid, plan_.key));
    described_.push_back(describe(made.name, made.size, made.seal));
    before_.push_back(made.digest);
}

/// Whether a blob stands in this group, or whole in a pack that stays.
bool Rewrite::holds(const BlobId& id) {
    const auto* pack = find_blob(id);
    const bool is_ours = std::any_of(made_.begin(), made_.end(),
                                     [pack](const auto& made) { return made.get() == pack; });
    if (pack == nullptr || is_ours) {
        return is_ours;
    }
    const auto [known, is_new] = is_sound_.try_emplace(id, false);
    if (is_new) {
        Sha256 hash;
        known->second = pack->read_blob(id, 0, pack->find_blob(id).value_or(0),
                                        [&](std::string_view piece) { hash.add(piece); }) &&
                        hash.finish() == id;
    }
    return known->second;
}

const PackReader* Rewrite::find_blob(const BlobId& id) {
    for (const auto& pack : made_) {
        if (pack->find_blob(id)) {
            return pack.get();
        }
    }
    return blobs_.find(id, sources_);
}

}  // namespace mailkeep::archive
