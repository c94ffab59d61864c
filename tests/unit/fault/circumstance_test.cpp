// SPDX-License-Identifier: Apache-2.0
// Clocks, memory, descriptors and neighbours that are not as one would like them.
#include "mailkeep/base/error.hpp"

#include "allocation.hpp"
#include "scene.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <new>

namespace mailkeep::fault {
namespace {

namespace fs = std::filesystem;

using archive::Access;
using archive::Archive;

class Circumstance : public testing::Test {
  protected:
    void SetUp() override { scene.prepare(folder.path()); }

    KeeperScene scene;
    test::TempDir folder;
    fs::path data = folder / "data";
};

/// Order comes from numbers, never from times: one batch after another at times that jump by days
/// and decades, before 1970 and into summer time.
TEST_F(Circumstance, clocks_may_jump_between_batches_and_the_order_stays) {
    using std::chrono::hours;
    const hours jumps[] = {hours{0},        hours{-24}, hours{24}, hours{-87'600},  hours{87'600},
                           hours{-600'000}, hours{1},   hours{-1}, hours{1'000'000}};
    {
        Archive archive(data, Access::read_write);
        int number = 0;
        for (const auto jump : jumps) {
            archive::Batch batch;
            static_cast<void>(
                batch.add_message("Subject: " + std::to_string(++number) + "\r\n\r\n"));
            static_cast<void>(archive.commit(batch, time_of_batch(1) + jump));
        }
    }
    const Archive archive(data, Access::read_only);
    std::uint64_t expected = 0;
    archive.for_each_batch(0, [&](const CommittedBatch& batch) {
        EXPECT_EQ(batch.number, ++expected);
        EXPECT_EQ(batch.at, time_of_batch(1) + jumps[batch.number - 1]);
        EXPECT_EQ(archive.get(batch.messages.at(0)),
                  "Subject: " + std::to_string(batch.number) + "\r\n\r\n");
    });
    EXPECT_EQ(expected, std::size(jumps));
    EXPECT_EQ(damage_in(archive), "");
}

TEST_F(Circumstance, sixty_four_descriptors_are_enough) {
    struct rlimit before {};

    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    auto few = before;
    few.rlim_cur = 64;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    const auto wrong = wrong_after(scene, folder.path(), 0);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(wrong, "");
}

/// std::bad_alloc at every n-th allocation of a commit ends that commit and nothing else. SQLite
/// asks for memory in its own way and is not meant here.
TEST_F(Circumstance, memory_may_end_at_any_allocation_of_a_commit) {
    Archive archive(data, Access::read_write);
    bool is_done = false;
    for (long allocation = 1; !is_done; ++allocation) {
        const auto batch = batch_of(1);
        ASSERT_EQ(archive.last_batch(), 0U);
        try {
            const MemoryEndsAt limit(allocation);
            static_cast<void>(archive.commit(batch, time_of_batch(1)));
            is_done = true;
        } catch (const std::bad_alloc&) {
            ASSERT_LT(allocation, 100'000);
        }
    }
    EXPECT_EQ(wrong_batches(archive, 1) + damage_in(archive), "");
    for (int number = 2; number <= last_batch; ++number) {
        static_cast<void>(archive.commit(batch_of(number), time_of_batch(number)));
    }
    EXPECT_EQ(wrong_batches(archive, last_batch) + damage_in(archive), "");
}

/// Whether a process that seals came to its end before memory did.
bool seals_before_memory_ends(const fs::path& data, long allocation) {
    const auto child = ::fork();
    if (child == 0) {
        ::close(STDERR_FILENO);
        Archive archive(data, Access::read_write);
        try {
            const MemoryEndsAt limit(allocation);
            static_cast<void>(archive.seal({.dead = {}, .now = time_of_batch(1)}, {}));
        } catch (const std::bad_alloc&) {
            ::_exit(1);
        }
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// At every `step`-th allocation of a seal. In a process of its own, which std::filesystem may end:
/// some of its functions that throw nothing ask for memory.
TEST_F(Circumstance, memory_may_end_at_any_allocation_of_a_seal_and_no_mail_with_it) {
    constexpr long step = 7;
    {
        Archive archive(data, Access::read_write);
        for (int number = 1; number <= last_batch; ++number) {
            static_cast<void>(archive.commit(batch_of(number), time_of_batch(number)));
        }
    }
    long tried = 0;
    for (long at = 1; !seals_before_memory_ends(data, at); at += step) {
        ASSERT_LT(++tried, 10'000);
        if (tried % 20 == 0) {
            const Archive archive(data, Access::read_only);
            ASSERT_EQ(wrong_batches(archive, last_batch) + damage_in(archive), "") << at;
        }
    }
    std::printf("memory ended at %ld places, every %ldth allocation\n", tried, step);
    EXPECT_GT(tried, 50);
    Archive archive(data, Access::read_write);
    archive.retire(archive.superfluous());
    EXPECT_EQ(wrong_batches(archive, last_batch) + damage_in(archive), "");
    EXPECT_EQ(archive.packs().size(), 1U);
    EXPECT_EQ(archive.backlog().since, std::nullopt);
}

TEST_F(Circumstance, sixty_four_descriptors_are_enough_for_seventy_packs) {
    constexpr int packs = 70;
    Archive archive(data, Access::read_write);
    for (int number = 1; number <= packs; ++number) {
        archive::Batch batch;
        static_cast<void>(batch.add_message("Subject: " + std::to_string(number) + "\r\n\r\n"));
        static_cast<void>(archive.commit(batch, time_of_batch(1)));
        archive.close_journal();
        archive.retire(archive.seal({.dead = {}, .now = time_of_batch(1)}, {}));
    }

    struct rlimit before {};

    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    auto few = before;
    few.rlim_cur = 64;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    const Archive reading(data, Access::read_only);
    int found = 0;
    reading.for_each_batch(0, [&](const CommittedBatch& batch) {
        ++found;
        EXPECT_EQ(reading.get(batch.messages.at(0)),
                  "Subject: " + std::to_string(batch.number) + "\r\n\r\n");
    });
    EXPECT_EQ(damage_in(reading), "");
    archive.retire(archive.merge({.dead = {}, .now = time_of_batch(1)}, {}));
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(found, packs);
    EXPECT_EQ(archive.packs().size(), 1U);
}

/// A second process, that is: locks of one process do not keep itself out the same way.
TEST_F(Circumstance, a_second_writer_is_refused_until_the_first_is_gone) {
    int told[2];
    ASSERT_EQ(::pipe(told), 0);
    const auto child = ::fork();
    if (child == 0) {
        const Archive archive(data, Access::read_write);
        static_cast<void>(!::write(told[1], "x", 1));
        ::pause();
        ::_exit(0);
    }
    char octet = 0;
    ASSERT_EQ(::read(told[0], &octet, 1), 1);
    try {
        const Archive second(data, Access::read_write);
        ADD_FAILURE() << "two writers";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::in_use);
        EXPECT_NE(std::string(error.what()).find(std::to_string(child)), std::string::npos);
    }
    EXPECT_NO_THROW(Archive(data, Access::read_only));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(told[0]);
    ::close(told[1]);
    EXPECT_EQ(wrong_after(scene, folder.path(), 0), "");
}

/// After a reboot the process id in it may be anybody's, ours too: what counts is the kernel's
/// lock.
TEST_F(Circumstance, a_lock_file_left_behind_keeps_nobody_out) {
    for (const auto& left : {std::string("1\n"), std::to_string(::getpid()) + "\n", std::string(),
                             std::string("no number at all")}) {
        std::ofstream(data / "lock", std::ios::trunc) << left;
        EXPECT_EQ(wrong_after(scene, folder.path(), 0), "") << left;
    }
}

}  // namespace
}  // namespace mailkeep::fault
