// SPDX-License-Identifier: Apache-2.0
#include "pack_set.hpp"

#include "mailkeep/base/error.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace mailkeep::archive {

namespace fs = std::filesystem;

namespace {

/// Files open at the same time, besides those in use.
constexpr std::size_t most_open = 24;
/// Packs a finder keeps open; a message with attachments in more packs than that is not to be had.
constexpr std::size_t most_kept = 64;

/// Whoever took a pack that cannot be listed for one that is not there would let go what it needs.
void require_listed(const std::error_code& problem, const std::string& folder) {
    if (problem && problem != std::errc::no_such_file_or_directory &&
        problem != std::errc::not_a_directory) {
        throw Error(Errc::storage, "cannot read the folder " + folder + ": " + problem.message());
    }
}

/// Names of all files that may be packs, below DATA.
std::set<std::string> pack_names(const fs::path& data) {
    std::set<std::string> names;
    std::error_code problem;
    fs::directory_iterator folder(data / packs_folder, problem);
    for (; !problem && folder != fs::directory_iterator(); folder.increment(problem)) {
        std::error_code no_folder;
        fs::directory_iterator file(folder->path(), no_folder);
        for (; !no_folder && file != fs::directory_iterator(); file.increment(no_folder)) {
            auto name =
                (fs::path(packs_folder) / folder->path().filename() / file->path().filename())
                    .string();
            if (digest_in(name)) {
                names.insert(std::move(name));
            }
        }
        require_listed(no_folder, "packs/" + folder->path().filename().string());
    }
    require_listed(problem, "packs");
    return names;
}

/// What the SEAL would say of a pack in which it is damaged.
PackSeal remade_seal(const PackReader& pack) {
    PackSeal seal;
    seal.number = pack.index().group.number;
    seal.is_closed = pack.index().group.is_closed;
    seal.group = pack.index().group.uuid;
    seal.epoch = pack.header().epoch;
    seal.blobs = pack.index().blobs.size();
    const auto contents = pack.contents();
    if (contents) {
        for (const auto& message : *contents) {
            seal.batches.include(message.origin.batch);
            ++(message.is_gone() ? seal.gone : seal.messages);
            seal.octets += message.is_gone() ? 0 : message.size;
        }
    }
    static_cast<void>(pack.for_each_history(
        [&](const HistoryBatch& batch) { seal.history.include(batch.commit.number); }));
    return seal;
}

/// By what their messages are from, then by what they tell of.
auto order_of(const KnownPack& pack) {
    const auto& seal = pack.seal;
    return std::tuple(seal.batches.first != 0 ? seal.batches.first : seal.history.first,
                      seal.history.first != 0 ? seal.history.first : UINT64_MAX, seal.number,
                      pack.digest);
}

}  // namespace

/// A pack that is open, and how many use it now.
struct PackSet::Shared {
    std::string name;
    PackReader reader;
    int users = 0;

    Shared(Disk& disk, const fs::path& data, std::string pack, std::string_view archive_uuid,
           const DataKey& key)
        : name(pack), reader(disk, data, std::move(pack), archive_uuid, key) {}
};

PackSet::PackSet(Disk& disk, fs::path data, std::string archive_uuid, const DataKey& key)
    : disk_(disk), data_(std::move(data)), archive_uuid_(std::move(archive_uuid)), key_(key) {}

PackSet::~PackSet() = default;

void PackSet::refresh() {
    const std::lock_guard lock(mutex_);
    is_surveyed_ = false;
    refresh_locked();
}

void PackSet::refresh_locked() {
    if (is_surveyed_) {
        return;
    }
    auto names = pack_names(data_);
    for (std::size_t place = 0; place < packs_.size(); ++place) {
        auto& pack = packs_[place];
        if (names.erase(pack.name) == 0) {
            pack.name.clear();
            pack.counts = false;
        } else if (is_to_be_surveyed_again(place)) {
            survey(pack.name, place);
        }
    }
    for (const auto& name : names) {
        survey(name, packs_.size());
    }
    // One opened when it could not be read, or before it was mended, must not stay so.
    std::erase_if(open_, [](const Shared& shared) {
        return shared.users == 0 && !shared.reader.damage().empty();
    });
    decide();
    coverage_.reset();
    ++surveys_;
    is_surveyed_ = true;
}

bool PackSet::is_to_be_surveyed_again(std::size_t place) const {
    std::error_code ignored;
    return packs_[place].is_damaged &&
           (surveyed_[place].has_failed ||
            fs::last_write_time(data_ / packs_[place].name, ignored) != surveyed_[place].written);
}

void PackSet::survey(const std::string& name, std::size_t place) {
    std::error_code ignored;
    Surveyed surveyed{.written = fs::last_write_time(data_ / name, ignored)};
    const PackReader pack(disk_, data_, name, archive_uuid_, key_);
    KnownPack known;
    known.name = name;
    known.digest = digest_in(name).value();
    known.size = pack.size();
    known.is_damaged = !pack.damage().empty();
    known.seal = pack.seal() ? *pack.seal() : remade_seal(pack);
    known.group = pack.index().group;
    surveyed.blobs = pack.index().blobs.size();
    surveyed.has_failed = pack.has_failed() || pack.size() == 0;
    // In this order, so that each pack has its place beside it even when memory ends between.
    surveyed_.resize(std::max(surveyed_.size(), place + 1));
    packs_.resize(std::max(packs_.size(), place + 1));
    if (surveyed_[place].blobs != surveyed.blobs) {
        for (const auto& blob : pack.index().blobs) {
            blobs_.add(blob.id, static_cast<std::uint32_t>(place));
        }
    }
    packs_[place] = std::move(known);
    surveyed_[place] = surveyed;
}

/// A pack of which neither SEAL nor INDEX can be read may have closed a group. It had its name only
/// after it was proven, so taking it for one that counts loses nothing.
void PackSet::decide() {
    std::set<Digest> replaced;
    for (const auto& pack : packs_) {
        if (!pack.name.empty()) {
            replaced.insert(pack.group.replaced.begin(), pack.group.replaced.end());
        }
    }
    std::set<Digest> named;
    std::set<std::string> groups;  // closed by a pack whose list cannot be read
    for (const auto& pack : packs_) {
        if (pack.name.empty() || !pack.seal.is_closed || replaced.contains(pack.digest)) {
            continue;
        }
        named.insert(pack.group.packs_before.begin(), pack.group.packs_before.end());
        if (pack.group.packs_before.size() + 1 != pack.group.number) {
            groups.insert(pack.seal.group);
        }
    }
    for (auto& pack : packs_) {
        const bool is_unknown = pack.seal.group.empty();
        pack.is_replaced = replaced.contains(pack.digest);
        pack.counts = !pack.name.empty() && !pack.is_replaced &&
                      (pack.seal.is_closed || is_unknown || named.contains(pack.digest) ||
                       groups.contains(pack.seal.group));
    }
}

std::vector<KnownPack> PackSet::all() {
    const std::lock_guard lock(mutex_);
    return all_locked();
}

std::vector<KnownPack> PackSet::all_locked() {
    refresh_locked();
    std::vector<KnownPack> found;
    std::copy_if(packs_.begin(), packs_.end(), std::back_inserter(found),
                 [](const auto& pack) { return !pack.name.empty(); });
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return order_of(a) < order_of(b); });
    return found;
}

std::vector<KnownPack> PackSet::counting() {
    const std::lock_guard lock(mutex_);
    return counting_locked();
}

std::vector<KnownPack> PackSet::counting_locked() {
    auto found = all_locked();
    std::erase_if(found, [](const auto& pack) { return !pack.counts; });
    return found;
}

PackCoverage PackSet::coverage() {
    std::vector<KnownPack> packs;
    std::uint64_t survey = 0;
    {
        const std::lock_guard lock(mutex_);
        packs = counting_locked();
        if (coverage_) {
            return *coverage_;
        }
        survey = surveys_;
    }
    std::erase_if(packs, [](const auto& pack) { return pack.seal.history.last == 0; });
    std::sort(packs.begin(), packs.end(), [](const auto& a, const auto& b) {
        return a.seal.history.first < b.seal.history.first;
    });
    PackCoverage coverage;
    std::string last;
    for (const auto& pack : packs) {
        const auto& history = pack.seal.history;
        if (history.first <= coverage.whole.number + 1 && history.last > coverage.whole.number) {
            coverage.whole.number = history.last;
            last = pack.name;
        }
        coverage.newest = std::max(coverage.newest, history.last);
    }
    if (!last.empty()) {
        const auto pack = open(last);
        static_cast<void>(pack->for_each_history(
            [&](const HistoryBatch& batch) { coverage.whole.digest = batch.commit.digest; }));
    }
    const std::lock_guard lock(mutex_);
    if (survey == surveys_) {
        coverage_ = coverage;
    }
    return coverage;
}

PackSet::Shared& PackSet::take(const std::string& name) {
    const auto found = std::find_if(open_.begin(), open_.end(),
                                    [&](const auto& shared) { return shared.name == name; });
    if (found != open_.end()) {
        open_.splice(open_.begin(), open_, found);
    } else {
        open_.emplace_front(disk_, data_, name, archive_uuid_, key_);
    }
    auto& taken = open_.front();
    ++taken.users;
    for (auto shared = open_.end(); open_.size() > most_open && shared != open_.begin();) {
        --shared;
        if (shared->users == 0) {
            shared = open_.erase(shared);
        }
    }
    return taken;
}

PackSet::Open PackSet::open(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return {*this, take(name)};
}

PackSet::Open::~Open() {
    if (shared_ != nullptr) {
        const std::lock_guard lock(set_->mutex_);
        --shared_->users;
    }
}

PackSet::Open::Open(Open&& other) noexcept
    : set_(other.set_), shared_(std::exchange(other.shared_, nullptr)) {}

const PackReader& PackSet::Open::operator*() const {
    return shared_->reader;
}

void PackSet::index_contents() {
    for (std::size_t place = 0; place < packs_.size(); ++place) {
        if (packs_[place].counts && !surveyed_[place].are_messages_known) {
            const PackReader pack(disk_, data_, packs_[place].name, archive_uuid_, key_);
            for (const auto& message : pack.contents().value_or(std::vector<PackedMessage>())) {
                messages_.add(message.content_id, static_cast<std::uint32_t>(place));
            }
            surveyed_[place].are_messages_known = true;
        }
    }
}

std::vector<std::string> PackSet::holders_of_message(const ContentId& content_id) {
    const std::lock_guard lock(mutex_);
    refresh_locked();
    index_contents();
    std::vector<std::string> names;
    for (const auto place : messages_.find(content_id)) {
        if (packs_[place].counts) {
            names.push_back(packs_[place].name);
        }
    }
    return names;
}

std::optional<StoredMessage> PackSet::find(const ContentId& content_id) {
    for (const auto& name : holders_of_message(content_id)) {
        const auto pack = open(name);
        for (const auto& message : pack->contents().value_or(std::vector<PackedMessage>())) {
            if (message.content_id == content_id && !message.is_gone()) {
                return message.stored_in(name);
            }
        }
    }
    return std::nullopt;
}

std::optional<Origin> PackSet::first_origin(const ContentId& content_id) {
    std::optional<Origin> first;
    for (const auto& name : holders_of_message(content_id)) {
        const auto pack = open(name);
        for (const auto& message : pack->contents().value_or(std::vector<PackedMessage>())) {
            if (message.content_id == content_id && (!first || message.origin < *first)) {
                first = message.origin;
            }
        }
    }
    return first;
}

std::vector<std::string> PackSet::holders(const BlobId& id) {
    const std::lock_guard lock(mutex_);
    refresh_locked();
    std::vector<std::string> names;
    for (const auto place : blobs_.find(id)) {
        if (packs_[place].counts) {
            names.push_back(packs_[place].name);
        }
    }
    return names;
}

const PackReader* BlobFinder::find(const BlobId& id, const std::set<std::string>& without) {
    for (const auto& pack : packs_) {
        if (pack->find_blob(id) && !without.contains(pack->name())) {
            return &*pack;
        }
    }
    for (const auto& name : set_.holders(id)) {
        auto pack = set_.open(name);
        if (!without.contains(name) && pack->find_blob(id)) {
            packs_.push_back(std::move(pack));
            if (packs_.size() > most_kept) {
                packs_.pop_front();
            }
            return &*packs_.back();
        }
    }
    return nullptr;
}

std::vector<PackedMessage> contents_of(const PackReader& pack, PackSet& set) {
    if (auto contents = pack.contents()) {
        return std::move(*contents);
    }
    std::vector<PackedMessage> found;
    bool is_whole = true;
    BlobFinder blobs(set);
    pack.for_each_record(blobs.as_function(), [&](const FoundRecord& record) {
        is_whole = is_whole && record.is_whole;
        const auto& [file, frame, offset] = record.message.location;
        found.push_back({.content_id = record.message.content_id,
                         .size = record.message.size,
                         .origin = record.origin,
                         .frame = frame,
                         .offset = offset,
                         .length = 0,
                         .blobs = {}});
    });
    // Without the seal nobody knows how many there should be.
    if (!is_whole || !pack.seal() || found.size() != pack.seal()->messages) {
        throw Error(Errc::corrupt, "the contents of " + pack.name() + " cannot be read",
                    "Run `mailkeep repair --from` a replica; nothing in it is lost yet.");
    }
    return found;
}

}  // namespace mailkeep::archive
