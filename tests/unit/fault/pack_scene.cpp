// SPDX-License-Identifier: Apache-2.0
#include "pack_scene.hpp"

#include "mailkeep/sync/catalog_key.hpp"
#include "mailkeep/sync/compact.hpp"
#include "mailkeep/sync/indexing.hpp"
#include "mailkeep/sync/seal.hpp"

#include <algorithm>
#include <functional>

namespace mailkeep::fault {

namespace fs = std::filesystem;

namespace {

using std::chrono::hours;

constexpr hours day{24};
/// Batches of CompactScene: those of the story, the last of which is another, and one that tells
/// what has expired.
constexpr std::uint64_t told_batches = last_batch + 1;

/// As the program's exit code does.
void throw_if_damaged(const std::vector<archive::Finding>& damaged) {
    if (!damaged.empty()) {
        throw Error(Errc::corrupt, damaged.front().object + " " + damaged.front().what);
    }
}

/// What the program has open when it works on packs.
class Workplace {
  public:
    Workplace(const fs::path& place, test::CrashVolume* volume, const archive::DataKey& key)
        : disk(disk_on(volume)),
          archive(place / "data", archive::Access::read_write, *disk, key),
          kept(sync::open_catalog(archive, catalog::Access::read_write)),
          own(sync::open_catalog(archive, catalog::Access::read_write)),
          keeper(archive, kept, clock) {}

    void open() {
        keeper.catch_up();
        sync::adopt_packs(archive, own, clock.now());
    }

    void keep(int number, const archive::Batch& batch) {
        clock.at = time_of_batch(number);
        keeper.keep(batch);
    }

    void seal() {
        sync::index_pending(keeper, {}, [] {});
        keeper.close_journal();
        throw_if_damaged(sync::seal(archive, keeper, own, {}, [] {}).damaged);
    }

    StoryClock clock;
    std::unique_ptr<archive::Disk> disk;
    archive::Archive archive;
    catalog::Catalog kept;  // the keeper's
    catalog::Catalog own;
    sync::Keeper keeper;
};

class SealSession final : public Session {
  public:
    SealSession(const fs::path& place, test::CrashVolume* volume, const archive::DataKey& key,
                int batches)
        : volume_(volume), work_(place, volume, key), batches_(batches) {}

    void go_on() override {
        work_.open();
        for (auto number = static_cast<int>(work_.archive.last_batch()) + 1; number <= batches_;
             ++number) {
            work_.keep(number, batch_of(number));
            promise(volume_, number);
        }
        work_.seal();
        promise(volume_, batches_ + 1);
    }

  private:
    test::CrashVolume* volume_;
    Workplace work_;
    int batches_;
};

/// Batch 3 says how long mail is kept, and that message 4 is held.
archive::Batch batch_to_compact(int number) {
    if (number != last_batch) {
        return batch_of(number);
    }
    archive::Batch batch;
    Account account{.id = AccountId{1}, .name = "post"};
    account.server.host = "mail.example.org";
    account.retention.keep = keep_rule_from_text("30d");
    batch.add_event(event(number, AccountSaved{account}));
    auto held = seen(batch.add_message(mail(4)), 1);
    held.mailbox = "Case";
    batch.add_event(event(number, MailboxSeen{.account = AccountId{1},
                                              .mailbox = "Case",
                                              .name = "Case",
                                              .delimiter = '/',
                                              .attributes = {},
                                              .uid_validity = 7}));
    batch.add_event(event(number, held));
    batch.add_event(
        event(number, Gone{AccountId{1}, "Case", 7, UidSet::of({1}), GoneReason::vanished}));
    batch.add_event(
        event(number, HoldPlaced{{"case 7", AccountId{1}, "Case", "a court has ordered it"}}));
    return batch;
}

catalog::ClockReading reading_at(hours since_last_batch) {
    return {time_of_batch(last_batch) + since_last_batch, "boot", since_last_batch};
}

std::size_t files_below(const fs::path& folder) {
    std::error_code none;
    const fs::recursive_directory_iterator files(folder, none);
    return static_cast<std::size_t>(std::count_if(
        begin(files), end(files), [](const auto& entry) { return entry.is_regular_file(); }));
}

class CompactSession final : public Session {
  public:
    CompactSession(const fs::path& place, test::CrashVolume* volume, const archive::DataKey& key)
        : volume_(volume), work_(place, volume, key), trash_(place / "data" / "trash") {}

    void go_on() override {
        work_.open();
        compact(40 * day);
        promise(volume_, 1);
        // Nothing rests on the trash being empty: with a power cut, what was removed may come back
        // and wait for its grace again.
        if (files_below(trash_) > 0) {
            let_runs_pass();
            compact(50 * day);
            if (files_below(trash_) > 0) {
                throw Error(Errc::conflict, "something stays in the trash");
            }
        }
        promise(volume_, 2);
    }

  private:
    void compact(hours after) {
        const auto now = reading_at(after);
        work_.clock.at = now.wall;
        throw_if_damaged(
            sync::compact(work_.archive, work_.keeper, work_.own, {.now = now}, {}).damaged);
    }

    void let_runs_pass() {
        for (int i = 0; i < 3; ++i) {
            const auto now = work_.clock.now();
            auto run = work_.own.run(work_.own.start_run(AccountId{1}, RunKind::mirror, now));
            run->state = RunState::done;
            run->finished = now;
            work_.own.finish_run(*run);
        }
    }

    test::CrashVolume* volume_;
    Workplace work_;
    fs::path trash_;
};

/// What is wrong with a batch of CompactScene. `expired`: message 2 must be gone.
std::string wrong_batch(const archive::Archive& archive, const CommittedBatch& found,
                        bool expired) {
    const auto name = "batch " + std::to_string(found.number);
    if (found.number == told_batches) {
        const auto* what =
            found.events.size() == 1 ? std::get_if<Expired>(&found.events[0].what) : nullptr;
        return what != nullptr && what->content_id == sha256(mail(2))
                   ? ""
                   : name + " tells of something else; ";
    }
    const auto expected = batch_to_compact(static_cast<int>(found.number));
    std::string wrong;
    if (found.events != expected.events()) {
        wrong += name + " has other events; ";
    }
    std::set<ContentId> there;
    for (const auto& message : found.messages) {
        there.insert(message.content_id);
        if (archive.get(message) != expected.message(message.content_id).raw) {
            wrong += name + " has another message; ";
        }
    }
    for (const auto& message : expected.messages()) {
        const bool may_go = message.content_id == sha256(mail(2));
        if (there.contains(message.content_id) ? may_go && expired : !may_go) {
            wrong += name + (may_go ? " holds what has expired; " : " has lost a message; ");
        }
    }
    return wrong;
}

const Secret first_passphrase("correct horse");
const Secret second_passphrase("battery staple");
constexpr ScryptCost cheap{.n = 2, .r = 1, .p = 1};

bool has_slot(const fs::path& data, std::string_view name) {
    const auto slots = archive::key_slots(data);
    return std::any_of(slots.begin(), slots.end(),
                       [&](const auto& slot) { return slot.name == name; });
}

/// The passphrase opens the archive.
bool opens(const fs::path& data, const Secret& passphrase) {
    try {
        return archive::unlock(data, passphrase).reveal() == story_key().reveal();
    } catch (const Error& error) {
        if (error.code() != Errc::authentication) {
            throw;
        }
        return false;
    }
}

class KeySession final : public Session {
  public:
    KeySession(const fs::path& place, test::CrashVolume* volume)
        : data_(place / "data"), volume_(volume) {}

    void go_on() override {
        if (!has_slot(data_, "second")) {
            add_key_slot(data_, "second", story_key(), second_passphrase, time_of_batch(1), cheap);
            promise(volume_, 1);
        }
        if (has_slot(data_, "first")) {
            archive::remove_key_slot(data_, "first");
            promise(volume_, 2);
        }
    }

  private:
    fs::path data_;
    test::CrashVolume* volume_;
};

}  // namespace

std::string PackedScene::look_at_end(const fs::path& place) const {
    auto wrong = ++looked_ % 3 == 0 ? KeeperScene::look_at_end(place) : Scene::look_at_end(place);
    // A journal that a cut left without a batch goes when the archive is opened the next time.
    Workplace(place, nullptr, key()).open();
    return wrong;
}

void SealScene::prepare(const fs::path& place) const {
    KeeperScene::prepare(place);
    for (int number = 1; number < batches(); ++number) {
        Workplace work(place, nullptr, key());
        work.keep(number, batch_of(number));
    }
}

std::unique_ptr<Session> SealScene::open(const fs::path& place, test::CrashVolume* volume) const {
    return std::make_unique<SealSession>(place, volume, key(), batches());
}

std::string SealScene::look(const fs::path& place, int promised) const {
    auto wrong = Scene::look(place, promised);
    // A journal that a cut left without a batch may lie there.
    const archive::Archive archive(place / "data", archive::Access::read_only, key());
    if (promised > batches() && archive.backlog().since) {
        wrong += "not all is sealed; ";
    }
    return wrong;
}

void MergeScene::prepare(const fs::path& place) const {
    KeeperScene::prepare(place);
    Workplace work(place, nullptr, key());
    for (int number = 1; number < batches(); ++number) {
        work.keep(number, batch_of(number));
        work.archive.close_journal();
        work.archive.retire(work.archive.seal({.dead = {}, .now = work.clock.now()}, {}));
    }
    work.open();
}

std::string MergeScene::look(const fs::path& place, int promised) const {
    auto wrong = SealScene::look(place, promised);
    // One, unless something broke between; those that were replaced may come back with a power cut
    // and count no more.
    const archive::Archive archive(place / "data", archive::Access::read_only, key());
    if (promised > batches() && archive.packs().size() > 2) {
        wrong += "nothing was merged; ";
    }
    return wrong;
}

void CompactScene::prepare(const fs::path& place) const {
    KeeperScene::prepare(place);
    Workplace work(place, nullptr, key());
    for (int number = 1; number <= last_batch; ++number) {
        work.keep(number, batch_to_compact(number));
        work.seal();
    }
    work.own.note_clock(reading_at(hours{0}));
}

std::unique_ptr<Session> CompactScene::open(const fs::path& place,
                                            test::CrashVolume* volume) const {
    return std::make_unique<CompactSession>(place, volume, key());
}

std::string CompactScene::look(const fs::path& place, int promised) const {
    const archive::Archive archive(place / "data", archive::Access::read_only, key());
    const auto last = archive.last_batch();
    if (last > told_batches || last < (promised > 0 ? told_batches : last_batch)) {
        return "ends at batch " + std::to_string(last);
    }
    std::string wrong;
    std::uint64_t number = 0;
    std::size_t messages = 0;
    archive.for_each_batch(0, [&](const CommittedBatch& found) {
        wrong += found.number == ++number ? "" : "batches are missing; ";
        wrong += wrong_batch(archive, found, promised > 0);
        messages += found.messages.size();
    });
    if (number != last || (last < told_batches && messages < 4)) {
        wrong += "something is missing; ";
    }
    return wrong;
}

KeyScene::KeyScene() : Scene(story_key()) {}

void KeyScene::prepare(const fs::path& place) const {
    Scene::prepare(place);
    fs::create_directory(place / "data" / "keys");
    add_key_slot(place / "data", "first", key(), first_passphrase, time_of_batch(1), cheap);
    archive::Archive archive(place / "data", archive::Access::read_write, key());
    for (int number = 1; number <= last_batch; ++number) {
        static_cast<void>(archive.commit(batch_of(number), time_of_batch(number)));
    }
}

std::unique_ptr<Session> KeyScene::open(const fs::path& place, test::CrashVolume* volume) const {
    return std::make_unique<KeySession>(place, volume);
}

std::string KeyScene::look(const fs::path& place, int promised) const {
    const auto data = place / "data";
    auto wrong = Scene::look(place, last_batch);
    const bool first = opens(data, first_passphrase);
    const bool second = opens(data, second_passphrase);
    if (!first && !second) {
        wrong += "nobody can open the archive any more; ";
    }
    if (promised > 0 && !second) {
        wrong += "the new slot is gone; ";
    }
    if (promised > 1 && first) {
        wrong += "the old slot is back; ";
    }
    for (const auto& slot : archive::key_slots(data)) {
        wrong += slot.problem.empty() ? "" : "slot " + slot.name + " " + slot.problem + "; ";
    }
    return wrong;
}

archive::DataKey story_key() {
    return archive::DataKey(std::string(archive::DataKey::size, 'k'));
}

}  // namespace mailkeep::fault
