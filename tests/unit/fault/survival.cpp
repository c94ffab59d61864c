// SPDX-License-Identifier: Apache-2.0
#include "survival.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace mailkeep::fault {

namespace fs = std::filesystem;

using test::Fate;

void expect_cuts_survived(const Scene& scene, std::span<const Fate> fates, std::size_t lots) {
    PowerCuts cuts(scene, test::fault_seed(1));
    ASSERT_GT(cuts.moments(), 8U);
    EXPECT_EQ(joined(cuts.try_all(fates, lots)), "");
    std::printf("%zu moments, %zu states\n", cuts.moments(), cuts.tried());
}

void expect_chains_survived(const Scene& scene, std::uint64_t seed, int rounds) {
    PowerCuts cuts(scene, test::fault_seed(seed));
    EXPECT_EQ(joined(cuts.try_chains(rounds)), "");
}

Lives::Lives(const Scene& scene) : scene_(scene) {
    fs::create_directory(folder_ / "prepared");
    scene_.prepare(folder_ / "prepared");
}

fs::path Lives::begin() {
    fs::remove_all(folder_ / "disk");
    fs::copy(folder_ / "prepared", folder_ / "disk", fs::copy_options::recursive);
    return folder_ / "disk";
}

Life::Life(Lives& lives)
    : lives_(lives),
      place_(lives.begin()),
      volume_(place_),
      session_(lives.scene().open(place_, &volume_)) {}

std::optional<Error> Life::go_on() {
    try {
        session_->go_on();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

int Life::promised() const {
    return volume_.promises().empty() ? 0 : volume_.promises().back().second;
}

std::string Life::wrong_after_cut(Fate fate) {
    test::CrashStates states(volume_);
    states.advance_to(volume_.changes().size());
    std::mt19937_64 random(1);
    put(states.after_crash(fate, random), lives_.after_crash());
    return wrong_after(lives_.scene(), lives_.after_crash(), promised());
}

std::string Life::wrong_when_well() {
    volume_.heal();
    if (const auto error = go_on()) {
        return std::string("did not go on: ") + error->what();
    }
    session_.reset();
    return wrong_after(lives_.scene(), place_, lives_.scene().end());
}

std::string Life::wrong_after_cut_since(std::size_t changes, std::mt19937_64& random) {
    test::CrashStates states(volume_);
    const auto moment = changes + random() % (volume_.changes().size() - changes + 1);
    const auto fate = test::all_fates[random() % test::all_fates.size()];
    states.advance_to(moment);
    put(states.after_crash(fate, random), lives_.after_crash());
    const auto wrong = wrong_after(lives_.scene(), lives_.after_crash(), states.promised());
    return wrong.empty() ? wrong
                         : "moment " + std::to_string(moment) + ", fate " +
                               std::to_string(static_cast<int>(fate)) + ": " + wrong;
}

namespace {

/// How many calls of this kind an undisturbed life makes.
std::uint64_t calls_of(Lives& lives, test::Fault fault) {
    Life life(lives);
    fault.at = 0;
    life.volume().fail(fault);
    EXPECT_FALSE(life.go_on());
    return life.volume().calls();
}

}  // namespace

void expect_fault_survived(const Scene& scene, test::Fault fault, std::uint64_t cuts,
                           std::uint64_t stride) {
    Lives lives(scene);
    const auto calls = calls_of(lives, fault);
    ASSERT_GT(calls, 0U);
    const auto seed = test::fault_seed(2);
    std::printf("%llu places%s\n", static_cast<unsigned long long>(calls),
                stride == 1 ? "" : (", every " + std::to_string(stride) + "th").c_str());
    std::mt19937_64 random(seed);
    std::uint64_t tried = 0;
    for (auto call = 1 + seed % stride; call <= calls; call += stride) {
        SCOPED_TRACE("call " + std::to_string(call) + ", error " + std::to_string(fault.error));
        Life life(lives);
        fault.at = call;
        life.volume().fail(fault);
        if (const auto error = life.go_on()) {
            // What cannot be read is not told from what is damaged everywhere.
            EXPECT_TRUE(error->code() == Errc::storage || error->code() == Errc::corrupt)
                << error->what();
        }
        const bool is_cut = ++tried % cuts == 0;
        if (is_cut) {
            EXPECT_EQ(life.wrong_after_cut(Fate::lost), "");
            EXPECT_EQ(life.wrong_after_cut(Fate::kept), "");
        }
        const auto broken = life.volume().changes().size();
        ASSERT_EQ(life.wrong_when_well(), "");
        if (is_cut) {
            EXPECT_EQ(life.wrong_after_cut_since(broken, random), "");
        }
    }
}

}  // namespace mailkeep::fault
