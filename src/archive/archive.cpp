// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/archive/archive.hpp"

#include "mailkeep/base/error.hpp"

#include "archive_reader.hpp"
#include "durable_file.hpp"
#include "identity.hpp"
#include "journal.hpp"
#include "key_slot.hpp"
#include "paced_disk.hpp"
#include "rewriting.hpp"
#include "sealer.hpp"
#include "timeline.hpp"
#include "verify.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

namespace mailkeep::archive {

namespace fs = std::filesystem;

namespace {

constexpr const char* identity_name = "ARCHIVE";

std::uint32_t next_epoch(ArchiveReader& reader) {
    std::uint32_t highest = 0;
    const auto journals = reader.timeline();
    for (const auto& journal : journals.files()) {
        const auto name = fs::path(journal.name).filename().string();
        highest = std::max(highest, epoch_in(name).value_or(0));
    }
    for (const auto& pack : reader.packs().all()) {
        highest = std::max(highest, pack.seal.epoch);
    }
    return highest + 1;
}

}  // namespace

class Archive::State {
  public:
    State(fs::path data, Access access, Disk* disk, const DataKey& key)
        : disk_(disk == nullptr ? system_ : *disk),
          data_(std::move(data)),
          key_(key),
          reserve_(data_),
          identity_text_(read_identity_text(disk_, data_)),
          identity_(identity_from_text(identity_text_)),
          reader_(disk_, data_, identity_.uuid, key_, access) {
        require_key(identity_, key_);
        if (access == Access::read_write) {
            require_writable(identity_);
            lock_.emplace(data_);
            epoch_ = next_epoch(reader_);
        }
    }

    [[nodiscard]] CommittedBatch commit(const Batch& batch, Timestamp at) {
        MAILKEEP_ASSERT(lock_.has_value());
        MAILKEEP_ASSERT(!batch.empty());
        const auto last = tip();
        // Ours alone until the batch is proven: whatever throws takes the journal with it.
        auto journal = take_journal(last, at);
        auto written = journal->append(batch, last.number + 1, at, last.digest);
        journal->prove(written);
        journal_ = std::move(journal);
        {
            const std::lock_guard lock(mutex_);
            tip_ = {written.commit.number, written.commit.digest};
        }
        reserve_.restore();
        return std::move(written.batch);
    }

    void close_journal() {
        MAILKEEP_ASSERT(lock_.has_value());
        journal_.reset();
        const std::lock_guard lock(mutex_);
        open_after_.reset();
    }

    [[nodiscard]] Tip tip() {
        if (!lock_) {
            return reader_.find_tip(TipSearch::as_found);
        }
        const std::lock_guard lock(mutex_);
        return tip_locked();
    }

    /// The last batch before the journal that may still grow.
    [[nodiscard]] std::uint64_t closed_up_to() {
        if (!lock_) {
            return tip().number;
        }
        const std::lock_guard lock(mutex_);
        return open_after_.value_or(tip_locked().number);
    }

    [[nodiscard]] ArchiveReader& reader() { return reader_; }

    /// What a rewrite works with. One at a time: take the lock first.
    [[nodiscard]] Rewriting rewriting() {
        MAILKEEP_ASSERT(lock_.has_value());
        allow_packs();
        return {
            disk_, reserve_, reader_, closed_up_to(),
            PackPlan{.data = data_, .archive_uuid = identity_.uuid, .epoch = epoch_, .key = key_}};
    }

    [[nodiscard]] std::mutex& one_rewrite() { return one_rewrite_; }

    [[nodiscard]] Verdict verify(Depth depth) {
        return verify_files(disk_, verify_request(depth), reader_.packs());
    }

    [[nodiscard]] Verdict verify_pack(const std::string& name, const Pace& pace) {
        PacedDisk disk(disk_, pace);
        return archive::verify_pack(disk, verify_request(Depth::full), reader_.packs(), name);
    }

    [[nodiscard]] Verdict verify_journals(const Pace& pace) {
        PacedDisk disk(disk_, pace);
        return archive::verify_journals(disk, verify_request(Depth::full), reader_.packs());
    }

    [[nodiscard]] const fs::path& data() const { return data_; }

    [[nodiscard]] std::string uuid() const { return uuid_text(identity_.uuid); }

    [[nodiscard]] const DataKey& key() const { return key_; }

    [[nodiscard]] Secret key_for(std::string_view purpose) const {
        return key_.empty() ? Secret() : Secret(key_.derive(identity_.uuid, purpose));
    }

    [[nodiscard]] std::uint64_t size_on_disk() {
        std::uint64_t size = identity_text_.size();
        const auto journals = reader_.timeline();
        for (const auto& journal : journals.files()) {
            size += journal.size;
        }
        reader_.packs().refresh();
        for (const auto& pack : reader_.packs().all()) {
            size += pack.size;
        }
        return size;
    }

  private:
    [[nodiscard]] VerifyRequest verify_request(Depth depth) {
        const std::lock_guard lock(mutex_);
        VerifyRequest request{.data = data_,
                              .identity = identity_text_,
                              .archive_uuid = identity_.uuid,
                              .key = key_,
                              .own_end = std::nullopt,
                              .depth = depth};
        if (tip_) {
            request.own_end = OwnEnd{epoch_, tip_->number};
        }
        return request;
    }

    [[nodiscard]] Tip tip_locked() {
        if (!tip_) {
            tip_ = reader_.find_tip(TipSearch::settled);
        }
        return *tip_;
    }

    std::unique_ptr<Journal> take_journal(const Tip& last, Timestamp at) {
        if (journal_ && !journal_->is_full(at)) {
            return std::exchange(journal_, nullptr);
        }
        journal_.reset();
        {
            const std::lock_guard lock(mutex_);
            open_after_ = last.number;
        }
        const FileHeader header{.flags = key_.empty() ? std::uint16_t{0} : encrypted_file_flag,
                                .archive_uuid = identity_.uuid,
                                .file_uuid = make_uuid(),
                                .epoch = epoch_,
                                .n = ++n_,
                                .batch_before = last.number};
        auto journal = std::make_unique<Journal>(disk_, reserve_, data_, header, key_);
        journal->start();
        return journal;
    }

    /// A program of before packs must refuse an archive that may hold some.
    void allow_packs() {
        const std::lock_guard lock(mutex_);
        if (!identity_.may_hold_packs) {
            auto identity = identity_;
            identity.may_hold_packs = true;
            auto text = to_text(identity);
            write_whole_file(disk_, reserve_, data_ / identity_name, text);
            identity_ = std::move(identity);
            identity_text_ = std::move(text);
        }
    }

    Disk system_;
    Disk& disk_;
    fs::path data_;
    DataKey key_;
    Reserve reserve_;
    std::string identity_text_;
    Identity identity_;
    std::optional<WriterLock> lock_;
    std::uint32_t epoch_ = 0;
    std::uint32_t n_ = 0;               // of the journal made last
    std::unique_ptr<Journal> journal_;  // the open one; none after a failure
    ArchiveReader reader_;
    std::mutex one_rewrite_;  // held by it
    std::mutex mutex_;        // guards all below, and identity_
    std::optional<Tip> tip_;  // when writing: once looked for, then kept up to date
    /// Last batch before the journal made last, which may still grow; none when it was closed.
    std::optional<std::uint64_t> open_after_;
};

namespace {

/// A new slot, or a new ARCHIVE, would take the way to this mail away for good.
void require_no_mail(const fs::path& data) {
    std::error_code ignored;
    for (const auto folder : {journal_folder, std::string_view("packs")}) {
        if (fs::exists(data / folder, ignored) && !fs::is_empty(data / folder, ignored)) {
            throw Error(Errc::conflict,
                        data.string() + " holds mail, but its file ARCHIVE is missing",
                        "Copy ARCHIVE back from a replica of this archive, or name another folder "
                        "with --data.");
        }
    }
}

}  // namespace

void Archive::create(const fs::path& data, const DataKey& key,
                     const std::optional<FirstSlot>& slot) {
    MAILKEEP_ASSERT(!slot || !key.empty());
    Disk disk;
    std::error_code ignored;
    const auto absolute = fs::absolute(data, ignored).lexically_normal();
    fs::create_directories(absolute.parent_path(), ignored);
    make_folder(absolute);
    const WriterLock lock(absolute);
    if (fs::exists(absolute / identity_name, ignored)) {
        throw Error(Errc::conflict, "there is an archive in " + data.string() + " already",
                    "Use it as it is, or name another folder with --data.");
    }
    require_no_mail(absolute);
    make_folder(absolute / journal_folder);
    const Reserve reserve(absolute);
    reserve.restore();
    const auto uuid = make_uuid();
    const Identity identity{.uuid = uuid,
                            .created = SystemClock().now(),
                            .may_hold_packs = true,
                            .key_check = key.empty() ? std::string() : key_check_of(key, uuid)};
    // The slot first: what ARCHIVE calls encrypted can always be opened.
    if (slot) {
        write_slot(absolute, close_slot({.name = slot->name,
                                         .created = identity.created,
                                         .cost = slot->cost,
                                         .salt = {},
                                         .wrapped = {}},
                                        uuid, key, slot->passphrase));
    }
    write_whole_file(disk, reserve, absolute / identity_name, to_text(identity));
    sync_folder(disk, absolute.parent_path());
}

Archive::Archive(const fs::path& data, Access access, const DataKey& key)
    : state_(std::make_unique<State>(data, access, nullptr, key)) {}

Archive::Archive(const fs::path& data, Access access, Disk& disk, const DataKey& key)
    : state_(std::make_unique<State>(data, access, &disk, key)) {}

Archive::~Archive() = default;
Archive::Archive(Archive&&) noexcept = default;
Archive& Archive::operator=(Archive&&) noexcept = default;

CommittedBatch Archive::commit(const Batch& batch, Timestamp at) {
    return state_->commit(batch, at);
}

std::string Archive::get(const StoredMessage& message) const {
    return state_->reader().get(message);
}

void Archive::read(const StoredMessage& message,
                   const std::function<void(std::string_view)>& sink) const {
    state_->reader().read(message, sink);
}

void Archive::for_each_batch(std::uint64_t after,
                             const std::function<void(const CommittedBatch&)>& sink) const {
    // The end first: what is committed meanwhile may then be seen and is left out.
    const auto last = state_->tip().number;
    state_->reader().for_each_batch(after, last, sink);
}

void Archive::for_each_batch(std::uint64_t after, std::uint64_t last,
                             const std::function<void(const CommittedBatch&)>& sink) const {
    state_->reader().for_each_batch(after, last, sink);
}

std::optional<std::uint64_t> Archive::first_batch_with(const ContentId& content_id) const {
    const auto last = state_->tip().number;
    return state_->reader().first_batch_with(content_id, last);
}

void Archive::close_journal() {
    state_->close_journal();
}

Archive::Backlog Archive::backlog() const {
    return backlog_of(state_->reader(), state_->closed_up_to());
}

Rewritten Archive::seal(const RewriteOptions& options, const std::stop_token& stop) {
    const std::lock_guard one(state_->one_rewrite());
    return state_->rewriting().seal(options, stop);
}

Rewritten Archive::merge(const RewriteOptions& options, const std::stop_token& stop) {
    const std::lock_guard one(state_->one_rewrite());
    return state_->rewriting().merge(options, stop);
}

Rewritten Archive::compact(const RewriteOptions& options, const std::stop_token& stop) {
    const std::lock_guard one(state_->one_rewrite());
    return state_->rewriting().compact(options, stop);
}

Rewritten Archive::superfluous() const {
    return superfluous_in(state_->reader(), state_->closed_up_to());
}

void Archive::retire(const Rewritten& rewritten) {
    const std::lock_guard one(state_->one_rewrite());
    state_->rewriting().retire(rewritten);
}

std::vector<Pack> Archive::packs() const {
    auto& packs = state_->reader().packs();
    packs.refresh();
    std::vector<Pack> described;
    for (const auto& pack : packs.counting()) {
        described.push_back(describe(pack.name, pack.size, pack.seal));
    }
    return described;
}

void Archive::for_each_packed(const std::string& pack,
                              const std::function<void(const StoredMessage&)>& sink) const {
    auto& packs = state_->reader().packs();
    auto contents = contents_of(*packs.open(pack), packs);
    std::sort(contents.begin(), contents.end(),
              [](const auto& a, const auto& b) { return a.origin < b.origin; });
    for (const auto& message : contents) {
        if (!message.is_gone()) {
            sink(message.stored_in(pack));
        }
    }
}

std::uint64_t Archive::last_batch() const {
    return state_->tip().number;
}

Verdict Archive::verify(Depth depth) const {
    const std::lock_guard one(state_->one_rewrite());
    return state_->verify(depth);
}

Verdict Archive::verify_pack(const std::string& pack, const Pace& pace) const {
    return state_->verify_pack(pack, pace);
}

Verdict Archive::verify_journals(const Pace& pace) const {
    return state_->verify_journals(pace);
}

bool Archive::is_whole(const StoredMessage& message) const {
    return state_->reader().is_whole(message);
}

const fs::path& Archive::data() const {
    return state_->data();
}

std::string Archive::uuid() const {
    return state_->uuid();
}

const DataKey& Archive::key() const {
    return state_->key();
}

Secret Archive::key_for(std::string_view purpose) const {
    return state_->key_for(purpose);
}

std::uint64_t Archive::size_on_disk() const {
    return state_->size_on_disk();
}

}  // namespace mailkeep::archive
