// SPDX-License-Identifier: Apache-2.0
// Two ways to live through the story, one with the archive alone and one with its catalog, and the
// question every fault ends with: is all that was promised still there, does work go on by itself,
// and is there nothing more to do afterwards?
#pragma once

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/time.hpp"

#include "durable_file.hpp"
#include "story.hpp"
#include "support/crash_states.hpp"
#include "support/crash_volume.hpp"
#include "support/temp_dir.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace mailkeep::fault {

/// An archive that is open for writing, in the middle of the story.
class Session {
  public:
    virtual ~Session() = default;
    /// Everything that is left to do. Promises the number of each batch once the world may rely on
    /// it. Throws mailkeep::Error as the program does; then it may be asked again.
    virtual void go_on() = 0;
};

/// Stands where it was put.
class StoryClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override { return at; }

    Timestamp at = time_of_batch(1);
};

/// The archive's door to the volume, or to the plain disk for null.
[[nodiscard]] std::unique_ptr<archive::Disk> disk_on(test::CrashVolume* volume);
/// Nothing where there is no volume.
void promise(test::CrashVolume* volume, int what);

/// A place is a folder with the archive in place/data, and whatever else belongs to the scene.
class Scene {
  public:
    /// With a key, the archive is encrypted.
    explicit Scene(const archive::DataKey& key = {}) : key_(key) {}

    virtual ~Scene() = default;
    virtual void prepare(const std::filesystem::path& place) const;
    /// volume: what the place is on; null for the plain disk.
    [[nodiscard]] virtual std::unique_ptr<Session> open(const std::filesystem::path& place,
                                                        test::CrashVolume* volume) const = 0;

    /// The last batch of the story, each of which is a promise.
    [[nodiscard]] virtual int batches() const { return last_batch; }

    /// The last promise of the scene.
    [[nodiscard]] virtual int end() const { return batches(); }

    [[nodiscard]] const archive::DataKey& key() const { return key_; }

    /// Opens, goes on, closes.
    void work(const std::filesystem::path& place, test::CrashVolume* volume) const;
    /// What is wrong with what is there, of which all that was promised must be; empty when nothing
    /// is. Changes nothing. Does not verify: a batch that was torn before anybody was told of it
    /// looks like one that was damaged, until the next one is written.
    [[nodiscard]] virtual std::string look(const std::filesystem::path& place, int promised) const;
    /// What is wrong at the end of the story beyond look().
    [[nodiscard]] virtual std::string look_at_end(const std::filesystem::path& place) const;

  private:
    archive::DataKey key_;
};

class ArchiveScene : public Scene {
  public:
    using Scene::Scene;
    [[nodiscard]] std::unique_ptr<Session> open(const std::filesystem::path& place,
                                                test::CrashVolume* volume) const override;
};

/// With a catalog, kept by sync::Keeper, and compared at the end with one made anew. Of archives
/// that tell the same, only the first is rebuilt.
class KeeperScene : public Scene {
  public:
    /// What a catalog says of itself and holds.
    struct Looked {
        std::string findings;
        std::map<std::string, Digest> fingerprint;
    };

    using Scene::Scene;
    void prepare(const std::filesystem::path& place) const override;
    [[nodiscard]] std::unique_ptr<Session> open(const std::filesystem::path& place,
                                                test::CrashVolume* volume) const override;
    [[nodiscard]] std::string look_at_end(const std::filesystem::path& place) const override;

  private:
    mutable std::map<Digest, Looked> rebuilt_;  // by what the archive tells
};

/// With the log that shows tampering (promise 4) and a second copy in place/replica (promise 5).
class CareScene : public Scene {
  public:
    [[nodiscard]] std::unique_ptr<Session> open(const std::filesystem::path& place,
                                                test::CrashVolume* volume) const override;

    [[nodiscard]] int end() const override { return last_batch + 2; }

    [[nodiscard]] std::string look(const std::filesystem::path& place, int promised) const override;
    [[nodiscard]] std::string look_at_end(const std::filesystem::path& place) const override;
};

/// The whole question for a place in some state; empty when nothing is wrong. It is at the end of
/// the story afterwards.
[[nodiscard]] std::string wrong_after(const Scene& scene, const std::filesystem::path& place,
                                      int promised);

/// Every moment of a story at which the power may go, and what it may leave.
class PowerCuts {
  public:
    /// Lives through the scene once, undisturbed.
    PowerCuts(const Scene& scene, std::uint64_t seed);

    [[nodiscard]] std::size_t moments() const { return volume_.changes().size() + 1; }

    /// What a cut at each moment leaves, so many lots for each, the fates in turn; states seen
    /// before left out. Returns what went wrong, one line each.
    [[nodiscard]] std::vector<std::string> try_all(std::span<const test::Fate> fates,
                                                   std::size_t lots);
    /// Three cuts in a row, `rounds` times: at some moment, at some moment of the recovery from it,
    /// and again.
    [[nodiscard]] std::vector<std::string> try_chains(int rounds);

    [[nodiscard]] std::size_t tried() const { return tried_; }

  private:
    [[nodiscard]] std::string try_chain(const test::Image& image, int promised, int left);
    [[nodiscard]] std::string name_of(const test::CrashVolume& volume, std::size_t moment,
                                      test::Fate fate) const;

    const Scene& scene_;
    test::TempDir folder_;
    std::filesystem::path place_;
    test::CrashVolume volume_;
    std::uint64_t seed_;
    std::mt19937_64 random_;
    std::size_t tried_ = 0;
};

/// What the work returns, or the error it threw.
template <class Work>
std::string wrong_in(const Work& work) {
    try {
        return work();
    } catch (const Error& error) {
        return std::string("Error: ") + error.what();
    }
}

[[nodiscard]] std::string joined(const std::vector<std::string>& lines);

}  // namespace mailkeep::fault
