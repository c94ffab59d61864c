// SPDX-License-Identifier: Apache-2.0
// What a locked-down process can still do, tried in one.
#include "instrumented.hpp"
#include "lock_down.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <string>

namespace mailkeep::extract {

using testing::IsEmpty;

namespace {

/// Runs `attempt` in a process locked down as for `task`; true: it could do it.
bool is_allowed(Task task, bool (*attempt)()) {
    const auto child = ::fork();
    if (child == 0) {
        ::_exit(!lock_down(task) ? 2 : (attempt() ? 0 : 1));
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) < 2) << status;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool can_open(const char* path, int flags) {
    return ::open(path, flags, 0600) >= 0;
}

struct Attempt {
    const char* what;
    bool (*attempt)();
};

constexpr std::array<Attempt, 13> attempts{{
    {"socket", [] { return ::socket(AF_INET, SOCK_STREAM, 0) >= 0; }},
    {"local socket", [] { return ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0; }},
    {"a file made", [] { return can_open("/tmp/mailkeep-escaped", O_WRONLY | O_CREAT); }},
    {"a file written", [] { return can_open("/dev/null", O_WRONLY); }},
    {"a file read and written", [] { return can_open("/dev/null", O_RDWR); }},
    {"a file appended to", [] { return can_open("/dev/null", O_RDONLY | O_APPEND | O_TRUNC); }},
    {"a file without a name", [] { return can_open("/tmp", O_RDWR | O_TMPFILE); }},
    {"a file removed", [] { return ::unlink("/tmp/mailkeep-test-none") == 0 || errno == ENOENT; }},
    {"a program",
     [] {
         std::array<char*, 1> none{};
         ::execve("/bin/true", none.data(), none.data());
         return false;
     }},
    {"a process",
     [] {
         const auto child = ::fork();
         if (child == 0) {
             ::_exit(0);
         }
         return child > 0;
     }},
    {"a signal", [] { return ::kill(::getppid(), 0) == 0; }},
    {"more time",
     [] {
         const rlimit more{60, 60};
         return ::setrlimit(RLIMIT_CPU, &more) == 0;
     }},
    {"a core file",
     [] {
         rlimit most{};
         ::getrlimit(RLIMIT_CORE, &most);
         return most.rlim_max > 0;
     }},
}};

std::string allowed(Task task) {
    std::string found;
    for (const auto& [what, attempt] : attempts) {
        // Sanitizers are left what they need themselves: no list of all that is allowed.
        found += is_allowed(task, attempt) ? std::string(what) + "; " : "";
    }
    return found;
}

bool has_landlock() {
    return !is_allowed(Task::pdf, [] { return can_open("/etc/hostname", O_RDONLY); });
}

}  // namespace

TEST(LockDown, leaves_the_worker_nothing_but_to_compute) {
    EXPECT_THAT(allowed(Task::worker), IsEmpty());
}

TEST(LockDown, leaves_the_reader_of_pdf_no_more) {
    EXPECT_THAT(allowed(Task::pdf), IsEmpty());
}

TEST(LockDown, lets_the_worker_read_libraries_only) {
    EXPECT_FALSE(is_allowed(Task::worker, [] { return can_open("/etc/passwd", O_RDONLY); }));
    EXPECT_FALSE(is_allowed(Task::worker, [] { return can_open("/proc/self/environ", O_RDONLY); }));
    if (!has_landlock()) {
        GTEST_SKIP() << "this kernel has no Landlock: nothing may be opened";
    }
    EXPECT_FALSE(is_allowed(Task::pdf, [] { return can_open("/etc/passwd", O_RDONLY); }));
    EXPECT_TRUE(is_allowed(Task::worker, [] { return can_open("/usr/lib", O_RDONLY); }));
    EXPECT_TRUE(is_allowed(Task::pdf, [] { return can_open("/etc/ld.so.cache", O_RDONLY); }));
}

TEST(LockDown, ends_the_use_of_memory) {
    if (is_instrumented) {
        GTEST_SKIP() << "sanitizers reserve more than any limit";
    }
    EXPECT_TRUE(
        is_allowed(Task::worker, [] { return ::malloc(std::size_t{200} << 20) != nullptr; }));
    EXPECT_FALSE(is_allowed(Task::worker, [] {
        return ::mmap(nullptr, std::size_t{600} << 20, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
    }));
}

}  // namespace mailkeep::extract
