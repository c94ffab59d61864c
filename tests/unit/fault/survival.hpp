// SPDX-License-Identifier: Apache-2.0
// What is asked of every scene: that it survives a power cut at any moment, and a disk that fails
// at any call.
#pragma once

#include "scene.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace mailkeep::fault {

inline constexpr std::array plain_fates{test::Fate::lost, test::Fate::kept, test::Fate::prefix};
inline constexpr std::array torn_fates{test::Fate::sectors, test::Fate::pages, test::Fate::garbage,
                                       test::Fate::only_lengths};
inline constexpr std::array name_fates{test::Fate::only_names, test::Fate::only_octets,
                                       test::Fate::some_names};

/// A power cut at each moment of the scene, so many times, the fates in turn.
void expect_cuts_survived(const Scene& scene, std::span<const test::Fate> fates, std::size_t lots);
/// Three cuts in a row, at moments that the seed chooses.
void expect_chains_survived(const Scene& scene, std::uint64_t seed, int rounds);

/// Calls that a full disk refuses.
inline const std::vector<test::Call> taking{test::Call::make, test::Call::write,
                                            test::Call::allocate, test::Call::make_folder};

/// Lives of one scene, each on a disk of its own that begins as it was prepared once.
class Lives {
  public:
    explicit Lives(const Scene& scene);

    [[nodiscard]] const Scene& scene() const { return scene_; }

    /// A new disk.
    [[nodiscard]] std::filesystem::path begin();

    [[nodiscard]] std::filesystem::path after_crash() const { return folder_ / "crashed"; }

  private:
    const Scene& scene_;
    test::TempDir folder_;
};

/// One at a time.
class Life {
  public:
    explicit Life(Lives& lives);

    [[nodiscard]] test::CrashVolume& volume() { return volume_; }

    /// The error the scene ended with; none when it came to its end.
    [[nodiscard]] std::optional<Error> go_on();
    [[nodiscard]] int promised() const;
    /// What is wrong after a power cut now.
    [[nodiscard]] std::string wrong_after_cut(test::Fate fate);
    /// What is wrong once the disk is well and the same session has gone on.
    [[nodiscard]] std::string wrong_when_well();
    /// What is wrong after a power cut at some moment at which at least so many changes were made.
    [[nodiscard]] std::string wrong_after_cut_since(std::size_t changes, std::mt19937_64& random);

  private:
    Lives& lives_;
    std::filesystem::path place_;
    test::CrashVolume volume_;
    std::unique_ptr<Session> session_;
};

/// The fault at each of the calls it means, or at every `stride`-th, the seed saying where that
/// begins. Every `cuts`-th failure is followed by power cuts, then and while the work is taken up
/// again.
void expect_fault_survived(const Scene& scene, test::Fault fault, std::uint64_t cuts = 1,
                           std::uint64_t stride = 1);

}  // namespace mailkeep::fault
