// SPDX-License-Identifier: Apache-2.0
#include "scene.hpp"

#include "mailkeep/archive/log.hpp"
#include "mailkeep/archive/replica.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/sync/catalog_key.hpp"
#include "mailkeep/sync/indexing.hpp"
#include "mailkeep/sync/keeper.hpp"
#include "mailkeep/sync/rebuild.hpp"

#include "support/crash_disk.hpp"
#include "support/crash_vfs.hpp"

#include <algorithm>
#include <unordered_set>

namespace mailkeep::fault {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_complaints = 8;

class ArchiveSession final : public Session {
  public:
    ArchiveSession(const fs::path& place, test::CrashVolume* volume, const archive::DataKey& key)
        : volume_(volume),
          disk_(disk_on(volume)),
          archive_(place / "data", archive::Access::read_write, *disk_, key) {}

    void go_on() override {
        for (auto number = static_cast<int>(archive_.last_batch()) + 1; number <= last_batch;
             ++number) {
            static_cast<void>(archive_.commit(batch_of(number), time_of_batch(number)));
            promise(volume_, number);
        }
    }

  private:
    test::CrashVolume* volume_;
    std::unique_ptr<archive::Disk> disk_;
    archive::Archive archive_;
};

class CareSession final : public Session {
  public:
    CareSession(const fs::path& place, test::CrashVolume* volume)
        : volume_(volume),
          disk_(disk_on(volume)),
          replica_(place / "replica"),
          archive_(place / "data", archive::Access::read_write, *disk_),
          log_(archive_) {}

    void go_on() override {
        for (auto number = static_cast<int>(archive_.last_batch()) + 1; number <= last_batch;
             ++number) {
            static_cast<void>(archive_.commit(batch_of(number), time_of_batch(number)));
            promise(volume_, number);
            log_.catch_up(time_of_batch(number));
        }
        log_.catch_up(time_of_batch(last_batch));
        promise(volume_, last_batch + 1);
        const auto done = archive::replicate(archive_, replica_, {}, {}, *disk_);
        if (!done.problems.empty()) {
            throw Error(Errc::storage,
                        done.problems.front().object + " " + done.problems.front().what);
        }
        promise(volume_, last_batch + 2);
    }

  private:
    test::CrashVolume* volume_;
    std::unique_ptr<archive::Disk> disk_;
    fs::path replica_;
    archive::Archive archive_;
    archive::Log log_;
};

class KeeperSession final : public Session {
  public:
    KeeperSession(const fs::path& place, test::CrashVolume* volume, const archive::DataKey& key)
        : volume_(volume),
          disk_(disk_on(volume)),
          archive_(place / "data", archive::Access::read_write, *disk_, key),
          catalog_(sync::open_catalog(archive_, catalog::Access::read_write)),
          keeper_(archive_, catalog_, clock_) {}

    void go_on() override {
        keeper_.catch_up();
        for (auto number = static_cast<int>(archive_.last_batch()) + 1; number <= last_batch;
             ++number) {
            clock_.at = time_of_batch(number);
            keeper_.keep(batch_of(number));
            promise(volume_, number);
        }
        sync::index_pending(keeper_, {}, [] {});
    }

  private:
    test::CrashVolume* volume_;
    StoryClock clock_;
    std::unique_ptr<archive::Disk> disk_;
    archive::Archive archive_;
    catalog::Catalog catalog_;
    sync::Keeper keeper_;
};

/// Two archives that tell the same, and have it at the same places of journals or packs, are
/// rebuilt to the same. The names of packs are random, as the uuids in them are.
Digest all_that_is_told_by(const archive::Archive& archive) {
    Sha256 hash;
    archive.for_each_batch(0, [&](const CommittedBatch& batch) {
        hash.add(std::to_string(batch.number) + ' ' + to_rfc3339(batch.at) + '\n');
        for (const auto& message : batch.messages) {
            const auto& [file, frame, offset] = message.location;
            hash.add(message.content_id.hex() + ' ' + std::to_string(message.size) + ' ' +
                     (file.starts_with("packs/") ? "a pack" : file) + ' ' + std::to_string(frame) +
                     ' ' + std::to_string(offset) + '\n');
        }
        hash.add(batch.records);
    });
    return hash.finish();
}

KeeperScene::Looked looked_into(const archive::Archive& archive) {
    auto catalog = sync::open_catalog(archive, catalog::Access::read_write);
    sync::index_all(archive, catalog);
    KeeperScene::Looked looked{.findings = {}, .fingerprint = catalog.fingerprint()};
    for (const auto& finding : catalog.integrity_findings()) {
        looked.findings += finding + "; ";
    }
    return looked;
}

}  // namespace

void promise(test::CrashVolume* volume, int what) {
    if (volume != nullptr) {
        volume->promise(what);
    }
}

std::unique_ptr<archive::Disk> disk_on(test::CrashVolume* volume) {
    if (volume == nullptr) {
        return std::make_unique<archive::Disk>();
    }
    return std::make_unique<test::CrashDisk>(*volume);
}

void Scene::prepare(const fs::path& place) const {
    set_log_level(LogLevel::error);
    make_archive(place / "data", key_);
}

std::string Scene::look(const fs::path& place, int promised) const {
    const archive::Archive archive(place / "data", archive::Access::read_only, key_);
    const auto last = archive.last_batch();
    const auto most = static_cast<std::uint64_t>(batches());
    if (last < std::min(static_cast<std::uint64_t>(promised), most) || last > most) {
        return "ends at batch " + std::to_string(last) + ", promised were " +
               std::to_string(promised);
    }
    return wrong_batches(archive, last);
}

std::string Scene::look_at_end(const fs::path& place) const {
    return damage_in(archive::Archive(place / "data", archive::Access::read_only, key_));
}

void Scene::work(const fs::path& place, test::CrashVolume* volume) const {
    open(place, volume)->go_on();
}

std::unique_ptr<Session> ArchiveScene::open(const fs::path& place,
                                            test::CrashVolume* volume) const {
    return std::make_unique<ArchiveSession>(place, volume, key());
}

void KeeperScene::prepare(const fs::path& place) const {
    Scene::prepare(place);
    test::use_crash_vfs();
    const archive::Archive archive(place / "data", archive::Access::read_only, key());
    static_cast<void>(sync::open_catalog(archive, catalog::Access::read_write));
}

std::unique_ptr<Session> CareScene::open(const fs::path& place, test::CrashVolume* volume) const {
    return std::make_unique<CareSession>(place, volume);
}

std::unique_ptr<Session> KeeperScene::open(const fs::path& place, test::CrashVolume* volume) const {
    return std::make_unique<KeeperSession>(place, volume, key());
}

std::string KeeperScene::look_at_end(const fs::path& place) const {
    const archive::Archive archive(place / "data", archive::Access::read_write, key());
    const auto kept = looked_into(archive);
    const auto told = all_that_is_told_by(archive);
    auto rebuilt = rebuilt_.find(told);
    if (rebuilt == rebuilt_.end()) {
        static_cast<void>(sync::rebuild(archive));
        rebuilt = rebuilt_.emplace(told, looked_into(archive)).first;
    }
    auto wrong = Scene::look_at_end(place) + kept.findings + rebuilt->second.findings;
    for (const auto& [table, digest] : rebuilt->second.fingerprint) {
        if (kept.fingerprint.at(table) != digest) {
            wrong += "rebuilt, the table " + table + " is another; ";
        }
    }
    return wrong;
}

std::string CareScene::look(const fs::path& place, int promised) const {
    auto wrong = Scene::look(place, promised);
    if (promised > last_batch) {
        const archive::Archive archive(place / "data", archive::Access::read_only);
        const archive::Log log(archive);
        const auto newest = log.newest();
        if (!newest || newest->covers != last_batch) {
            wrong += "the log does not cover what it did; ";
        }
    }
    if (promised > last_batch + 1) {
        const archive::Archive replica(place / "replica", archive::Access::read_only);
        wrong += wrong_batches(replica, last_batch);
    }
    return wrong;
}

std::string CareScene::look_at_end(const fs::path& place) const {
    auto wrong = Scene::look_at_end(place);
    for (const auto* const name : {"data", "replica"}) {
        const archive::Archive archive(place / name, archive::Access::read_only);
        wrong += damage_in(archive);
        for (const auto& finding : archive::Log(archive).check().damaged) {
            wrong += finding.object + ": " + finding.what + "; ";
        }
    }
    return wrong;
}

std::string wrong_after(const Scene& scene, const fs::path& place, int promised) {
    return wrong_in([&] {
        if (auto wrong = scene.look(place, promised); !wrong.empty()) {
            return "found: " + wrong;
        }
        scene.work(place, nullptr);
        if (auto wrong = scene.look(place, scene.end()) + scene.look_at_end(place);
            !wrong.empty()) {
            return "in the end: " + wrong;
        }
        const auto before = files_of(place / "data");
        scene.work(place, nullptr);
        return files_of(place / "data") == before ? std::string() : "a further run changed files";
    });
}

PowerCuts::PowerCuts(const Scene& scene, std::uint64_t seed)
    : scene_(scene),
      place_([&] {
          fs::create_directory(folder_ / "disk");
          scene.prepare(folder_ / "disk");
          return folder_ / "disk";
      }()),
      volume_(place_),
      seed_(seed),
      random_(seed) {
    scene_.work(place_, &volume_);
}

std::string PowerCuts::name_of(const test::CrashVolume& volume, std::size_t moment,
                               test::Fate fate) const {
    std::string name = "seed " + std::to_string(seed_) + ", moment " + std::to_string(moment) +
                       ", fate " + std::to_string(static_cast<int>(fate));
    if (moment > 0 && moment <= volume.changes().size()) {
        const auto& last = volume.changes()[moment - 1];
        name +=
            ", after change " + std::to_string(static_cast<int>(last.kind)) + " of " + last.path;
    }
    return name;
}

std::vector<std::string> PowerCuts::try_all(std::span<const test::Fate> fates, std::size_t lots) {
    std::vector<std::string> complaints;
    std::unordered_set<std::size_t> known;
    test::CrashStates states(volume_);
    std::size_t turn = seed_;
    for (std::size_t moment = 0; moment < moments(); ++moment) {
        states.advance_to(moment);
        for (std::size_t lot = 0; lot < lots; ++lot) {
            const auto fate = fates[turn++ % fates.size()];
            const auto image = states.after_crash(fate, random_);
            if (!known.insert(hash_of(image)).second) {
                continue;
            }
            const auto wrong = try_chain(image, states.promised(), 0);
            if (!wrong.empty() && complaints.size() < most_complaints) {
                complaints.push_back(name_of(volume_, moment, fate) + ": " + wrong);
            }
        }
    }
    return complaints;
}

std::vector<std::string> PowerCuts::try_chains(int rounds) {
    std::vector<std::string> complaints;
    for (int round = 0; round < rounds && complaints.size() < most_complaints; ++round) {
        const auto moment = random_() % moments();
        const auto fate = test::all_fates[random_() % test::all_fates.size()];
        test::CrashStates states(volume_);
        states.advance_to(moment);
        const auto image = states.after_crash(fate, random_);
        if (const auto wrong = try_chain(image, states.promised(), 2); !wrong.empty()) {
            complaints.push_back(name_of(volume_, moment, fate) + ", and later ones: " + wrong);
        }
    }
    return complaints;
}

/// The question for what a crash left, after `left` more crashes in the middle of going on.
std::string PowerCuts::try_chain(const test::Image& image, int promised, int left) {
    const auto place = folder_ / ("crashed" + std::to_string(left));
    put(image, place);
    if (left == 0) {
        ++tried_;
        return wrong_after(scene_, place, promised);
    }
    test::CrashVolume volume(place);
    auto wrong = wrong_in([&] {
        scene_.work(place, &volume);
        return std::string();
    });
    if (!wrong.empty()) {
        return "the work after a crash: " + wrong;
    }
    test::CrashStates states(volume);
    const auto moment = random_() % (volume.changes().size() + 1);
    const auto fate = test::all_fates[random_() % test::all_fates.size()];
    states.advance_to(moment);
    wrong = try_chain(states.after_crash(fate, random_), std::max(promised, states.promised()),
                      left - 1);
    return wrong.empty() ? wrong : name_of(volume, moment, fate) + ": " + wrong;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) {
        text += line + "\n";
    }
    return text;
}

}  // namespace mailkeep::fault
