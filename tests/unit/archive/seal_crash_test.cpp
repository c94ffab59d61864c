// SPDX-License-Identifier: Apache-2.0
// Sealing on a disk that fails, or stops for good, at any of its calls: nothing is ever lost, and
// the next attempt comes to its end.
#include "seal_fixture.hpp"

namespace mailkeep::archive {
namespace {

/// Works up to a call, then never again: what a power cut leaves, as far as it was written.
class MortalDisk final : public HastyDisk {
  public:
    explicit MortalDisk(int last_call) : left_(last_call) {}

    [[nodiscard]] bool is_dead() const { return left_ <= 0; }

    int open(const fs::path& path, int flags) override {
        return dies() ? -1 : Disk::open(path, flags);
    }

    ssize_t write(int descriptor, std::string_view octets, std::uint64_t at) override {
        return dies() ? -1 : Disk::write(descriptor, octets, at);
    }

    ssize_t read(int descriptor, std::span<char> into, std::uint64_t at) override {
        return dies() ? -1 : Disk::read(descriptor, into, at);
    }

    int sync(int /*descriptor*/) override { return dies() ? -1 : 0; }

    int sync_data(int /*descriptor*/) override { return dies() ? -1 : 0; }

    int rename(const fs::path& from, const fs::path& to) override {
        return dies() ? -1 : Disk::rename(from, to);
    }

    int remove(const fs::path& path) override { return dies() ? -1 : Disk::remove(path); }

  private:
    bool dies() {
        errno = EIO;
        return left_-- <= 0;
    }

    int left_;
};

/// Two journals, a group of two packs.
constexpr std::uint64_t tiny_pack = 1000;

class SealCrashTest : public SealTest {
  protected:
    SealCrashTest() {
        commit(1, 2);
        auto archive = open();
        Batch batch;
        for (int number = 3; number <= 5; ++number) {
            const auto content_id = batch.add_message(list_mail(number));
            batch.add_event(seen(content_id, static_cast<Uid>(number)));
        }
        static_cast<void>(archive.commit(batch, noon));
        before_ = told_by(archive);
    }

    static void seal_once(Archive& archive) {
        const auto made = archive.seal({.dead = {}, .now = noon, .pack_octets = tiny_pack}, {});
        archive.retire(made);
    }

    /// Whatever happened: all is there, sealing works now, and all is still there.
    void expect_whole(const fs::path& data) {
        HastyDisk disk;
        Archive archive(data, Access::read_write, disk);
        EXPECT_EQ(told_by(archive), before_);
        EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
        seal_all(archive);
        archive.retire(archive.superfluous());
        EXPECT_TRUE(journals(data).empty());
        EXPECT_EQ(told_by(archive), before_);
        EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
        EXPECT_EQ(archive.commit(batch_of(9), noon).number, before_.size() + 1);
    }

    std::vector<Told> before_;
};

TEST_F(SealCrashTest, a_group_of_several_packs_is_the_same_archive) {
    {
        auto archive = open();
        seal_once(archive);
        EXPECT_GT(archive.packs().size(), 1U);
        EXPECT_EQ(told_by(archive), before_);
    }
    expect_whole(data());
}

TEST_F(SealCrashTest, a_call_that_fails_loses_nothing_and_the_next_attempt_works) {
    int calls = 0;
    {
        const test::TempDir folder;
        FaultyDisk counting;
        Archive archive(copy_to(folder), Access::read_write, counting);
        static_cast<void>(archive.last_batch());
        const auto before = counting.calls();
        seal_once(archive);
        calls = counting.calls() - before;
    }
    ASSERT_GT(calls, 50);
    for (int call = 1; call <= calls; ++call) {
        const test::TempDir folder;
        const auto copy = copy_to(folder);
        {
            FaultyDisk disk;
            Archive archive(copy, Access::read_write, disk);
            static_cast<void>(archive.last_batch());
            disk.fail_at(disk.calls() + call, call % 2 == 0 ? EIO : ENOSPC);
            static_cast<void>(error_of([&] { seal_once(archive); }));
            disk.heal();
            ASSERT_EQ(told_by(archive), before_) << call;
            seal_once(archive);
            ASSERT_EQ(told_by(archive), before_) << call;
            EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "") << call;
        }
        expect_whole(copy);
        ASSERT_FALSE(HasFailure()) << call;
    }
}

TEST_F(SealCrashTest, a_crash_at_any_call_leaves_all_of_it) {
    for (int call = 1;; ++call) {
        const test::TempDir folder;
        const auto copy = copy_to(folder);
        MortalDisk disk(call);
        static_cast<void>(error_of([&] {
            Archive archive(copy, Access::read_write, disk);
            seal_once(archive);
        }));
        expect_whole(copy);
        ASSERT_FALSE(HasFailure()) << call;
        if (!disk.is_dead()) {
            break;
        }
    }
}

}  // namespace
}  // namespace mailkeep::archive
