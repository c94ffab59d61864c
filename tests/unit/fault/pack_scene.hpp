// SPDX-License-Identifier: Apache-2.0
// What an archive does with what it has, lived through with its catalog: journals become packs,
// packs become one, messages expire and their octets go, the keys change.
#pragma once

#include "scene.hpp"

#include <set>

namespace mailkeep::fault {

/// One catalog in three is compared with one made anew, which takes most of the time.
class PackedScene : public KeeperScene {
  public:
    using KeeperScene::KeeperScene;

    [[nodiscard]] std::string look_at_end(const std::filesystem::path& place) const override;

  private:
    mutable int looked_ = 0;
};

/// The last batch is kept, and all of them are sealed (the promise after the batches): the catalog
/// adopts the packs, the journals go.
class SealScene : public PackedScene {
  public:
    using PackedScene::PackedScene;

    void prepare(const std::filesystem::path& place) const override;
    [[nodiscard]] std::unique_ptr<Session> open(const std::filesystem::path& place,
                                                test::CrashVolume* volume) const override;

    [[nodiscard]] int end() const override { return batches() + 1; }

    [[nodiscard]] std::string look(const std::filesystem::path& place, int promised) const override;
};

/// There are four packs already, so the one of the last batch is merged with them; what it replaces
/// goes to the trash.
class MergeScene : public SealScene {
  public:
    using SealScene::SealScene;

    void prepare(const std::filesystem::path& place) const override;

    [[nodiscard]] int batches() const override { return last_batch + 2; }

    [[nodiscard]] std::string look(const std::filesystem::path& place, int promised) const override;
};

/// Message 2 expires and is left out of a pack (promise 1) which then leaves the trash (promise 2).
/// Its attachment is that of message 3, which stays; so does message 4, which is held.
class CompactScene : public PackedScene {
  public:
    using PackedScene::PackedScene;

    void prepare(const std::filesystem::path& place) const override;
    [[nodiscard]] std::unique_ptr<Session> open(const std::filesystem::path& place,
                                                test::CrashVolume* volume) const override;

    [[nodiscard]] int end() const override { return 2; }

    [[nodiscard]] std::string look(const std::filesystem::path& place, int promised) const override;
};

/// A second slot is added (promise 1), the first is removed (promise 2).
class KeyScene : public Scene {
  public:
    KeyScene();

    void prepare(const std::filesystem::path& place) const override;
    [[nodiscard]] std::unique_ptr<Session> open(const std::filesystem::path& place,
                                                test::CrashVolume* volume) const override;

    [[nodiscard]] int end() const override { return 2; }

    [[nodiscard]] std::string look(const std::filesystem::path& place, int promised) const override;
};

/// A key for scenes that are encrypted.
[[nodiscard]] archive::DataKey story_key();

}  // namespace mailkeep::fault
