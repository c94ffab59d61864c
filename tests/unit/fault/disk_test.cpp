// SPDX-License-Identifier: Apache-2.0
// Disks that are full, gone read-only, failing, lying or in the way, at every call the story makes.
// Whatever fails, no promise is broken, then or after a power cut; and when the disk is well again
// the same objects go on without being opened anew.
#include "mailkeep/base/error.hpp"

#include "scene.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdio>
#include <optional>

namespace mailkeep::fault {
namespace {

namespace fs = std::filesystem;

using test::Call;
using test::Fate;
using test::Fault;
using Lasting = test::Fault::Lasting;

/// Calls that a full disk refuses.
const std::vector<Call> taking{Call::make, Call::write, Call::allocate, Call::make_folder};

/// One life of a scene on a disk of its own.
class Life {
  public:
    explicit Life(const Scene& scene) : scene_(scene) {
        fs::create_directory(folder_ / "disk");
        scene_.prepare(place());
        volume_.emplace(place());
        session_ = scene_.open(place(), &*volume_);
    }

    [[nodiscard]] fs::path place() const { return folder_ / "disk"; }

    [[nodiscard]] test::CrashVolume& volume() { return *volume_; }

    /// The error the scene ended with; none when it came to its end.
    std::optional<Error> go_on() {
        try {
            session_->go_on();
        } catch (const Error& error) {
            return error;
        }
        return std::nullopt;
    }

    [[nodiscard]] int promised() const {
        return volume_->promises().empty() ? 0 : volume_->promises().back().second;
    }

    /// What is wrong after a power cut now.
    [[nodiscard]] std::string wrong_after_cut(Fate fate) {
        test::CrashStates states(*volume_);
        states.advance_to(volume_->changes().size());
        std::mt19937_64 random(1);
        put(states.after_crash(fate, random), folder_ / "crashed");
        return wrong_after(scene_, folder_ / "crashed", promised());
    }

    /// What is wrong once the disk is well and the same session has gone on.
    [[nodiscard]] std::string wrong_when_well() {
        volume_->heal();
        if (const auto error = go_on()) {
            return std::string("did not go on: ") + error->what();
        }
        session_.reset();
        return wrong_after(scene_, place(), scene_.end());
    }

  private:
    const Scene& scene_;
    test::TempDir folder_;
    std::optional<test::CrashVolume> volume_;
    std::unique_ptr<Session> session_;
};

/// How many calls of this kind an undisturbed life makes.
std::uint64_t calls_of(const Scene& scene, Fault fault) {
    Life life(scene);
    fault.at = 0;
    life.volume().fail(fault);
    EXPECT_FALSE(life.go_on());
    return life.volume().calls();
}

/// The fault at each of the calls it means. Every `cuts`-th failure is followed by power cuts.
void expect_survival(const Scene& scene, Fault fault, std::uint64_t cuts = 1) {
    const auto calls = calls_of(scene, fault);
    ASSERT_GT(calls, 0U);
    std::printf("%llu places\n", static_cast<unsigned long long>(calls));
    for (std::uint64_t call = 1; call <= calls; ++call) {
        SCOPED_TRACE("call " + std::to_string(call) + ", error " + std::to_string(fault.error));
        Life life(scene);
        fault.at = call;
        life.volume().fail(fault);
        if (const auto error = life.go_on()) {
            // What cannot be read is not told from what is damaged everywhere.
            EXPECT_TRUE(error->code() == Errc::storage || error->code() == Errc::corrupt)
                << error->what();
        }
        if (call % cuts == 0) {
            EXPECT_EQ(life.wrong_after_cut(Fate::lost), "");
            EXPECT_EQ(life.wrong_after_cut(Fate::kept), "");
        }
        ASSERT_EQ(life.wrong_when_well(), "");
    }
}

TEST(DiskInArchive, may_be_full_at_any_call_until_there_is_room_again) {
    expect_survival(
        ArchiveScene(),
        {.error = ENOSPC, .lasting = Lasting::from_then_on, .calls = taking, .only = {}});
}

TEST(DiskInArchive, may_end_a_quota_or_the_inodes_at_any_call) {
    expect_survival(
        ArchiveScene(),
        {.error = EDQUOT, .lasting = Lasting::from_then_on, .calls = taking, .only = {}});
    expect_survival(ArchiveScene(), {.error = ENOSPC,
                                     .lasting = Lasting::once,
                                     .calls = {Call::make, Call::make_folder},
                                     .only = {}});
}

TEST(DiskInArchive, may_become_read_only_at_any_call) {
    expect_survival(ArchiveScene(),
                    {.error = EROFS, .lasting = Lasting::from_then_on, .calls = {}, .only = {}});
}

TEST(DiskInArchive, may_fail_any_change_once_or_from_then_on) {
    for (const auto lasting : {Lasting::once, Lasting::from_then_on}) {
        expect_survival(ArchiveScene(),
                        {.error = EIO, .lasting = lasting, .calls = {}, .only = {}});
    }
}

TEST(DiskInArchive, may_fail_any_read_once_or_from_then_on) {
    for (const auto lasting : {Lasting::once, Lasting::from_then_on}) {
        expect_survival(
            ArchiveScene(),
            {.error = EIO, .lasting = lasting, .calls = {Call::read, Call::open}, .only = {}});
    }
}

TEST(DiskInArchive, may_fail_a_sync_and_call_the_next_one_done) {
    expect_survival(ArchiveScene(),
                    {.error = EIO, .lasting = Lasting::once, .calls = {Call::sync}, .only = {}});
}

TEST(DiskInArchive, may_interrupt_any_call) {
    for (const int error : {EINTR, EAGAIN}) {
        expect_survival(ArchiveScene(),
                        {.error = error, .lasting = Lasting::once, .calls = {}, .only = {}});
    }
}

TEST(DiskInArchive, may_interrupt_every_call_and_take_little_at_a_time) {
    const ArchiveScene scene;
    Life life(scene);
    life.volume().behave(test::Manners::grudging);
    const auto error = life.go_on();
    EXPECT_FALSE(error) << error->what();
    EXPECT_EQ(life.wrong_after_cut(Fate::lost), "");
    EXPECT_EQ(life.wrong_when_well(), "");
}

/// Only where forgetting the page cache shows it, as here; a disk that lies there too, about a
/// cache of its own, is beyond what a program can find out.
TEST(DiskInArchive, that_drops_what_it_called_synced_is_caught_by_reading_back) {
    const ArchiveScene scene;
    Life life(scene);
    life.volume().behave(test::Manners::lying);
    const auto error = life.go_on();
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::storage);
    EXPECT_EQ(life.promised(), 0);
    EXPECT_EQ(life.wrong_after_cut(Fate::lost), "");
    EXPECT_EQ(life.wrong_when_well(), "");
}

TEST(DiskInKeeper, may_be_full_at_any_call_until_there_is_room_again) {
    expect_survival(
        KeeperScene(),
        {.error = ENOSPC, .lasting = Lasting::from_then_on, .calls = taking, .only = {}}, 4);
}

TEST(DiskInKeeper, may_become_read_only_at_any_call) {
    expect_survival(KeeperScene(),
                    {.error = EROFS, .lasting = Lasting::from_then_on, .calls = {}, .only = {}}, 4);
}

TEST(DiskInKeeper, may_fail_any_change_once) {
    expect_survival(KeeperScene(),
                    {.error = EIO, .lasting = Lasting::once, .calls = {}, .only = {}}, 4);
}

TEST(DiskInKeeper, may_fail_any_read_once) {
    expect_survival(KeeperScene(),
                    {.error = EIO, .lasting = Lasting::once, .calls = {Call::read}, .only = {}}, 8);
}

TEST(DiskInKeeper, may_fail_a_sync_and_call_the_next_one_done) {
    expect_survival(KeeperScene(),
                    {.error = EIO, .lasting = Lasting::once, .calls = {Call::sync}, .only = {}});
}

}  // namespace
}  // namespace mailkeep::fault
