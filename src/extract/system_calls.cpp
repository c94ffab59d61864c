// SPDX-License-Identifier: Apache-2.0
#include "system_calls.hpp"

#include "instrumented.hpp"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <span>

namespace mailkeep::extract {

namespace {

using Names = std::span<const char* const>;

/// To compute, and to read and write what is open.
constexpr std::array computing{
    "read",      "readv",           "pread64",        "write",        "writev",
    "close",     "lseek",           "fstat",          "newfstatat",   "mmap",
    "munmap",    "mremap",          "mprotect",       "madvise",      "brk",
    "futex",     "rt_sigaction",    "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
    "getrandom", "clock_gettime",   "clock_getres",   "gettimeofday", "time",
    "getpid",    "gettid",          "getuid",         "geteuid",      "getgid",
    "getegid",   "uname",           "sysinfo",        "sched_yield",  "sched_getaffinity",
    "getrusage", "restart_syscall", "exit",           "exit_group"};

constexpr std::array on_the_desk{"pwrite64", "ftruncate"};

/// What the loader needs for a program besides.
constexpr std::array loading{"arch_prctl", "set_tid_address", "set_robust_list", "rseq",
                             "access",     "faccessat",       "faccessat2",      "stat",
                             "lstat",      "readlink",        "readlinkat",      "getdents64",
                             "getcwd"};

constexpr std::array dangerous{"socket",     "socketpair",     "connect",
                               "bind",       "listen",         "accept",
                               "accept4",    "execve",         "execveat",
                               "fork",       "vfork",          "kill",
                               "tkill",      "ptrace",         "creat",
                               "unlink",     "unlinkat",       "rename",
                               "renameat",   "renameat2",      "mkdir",
                               "mkdirat",    "link",           "linkat",
                               "symlink",    "symlinkat",      "truncate",
                               "chmod",      "fchmodat",       "mount",
                               "openat2",    "io_uring_setup", "process_vm_writev",
                               "pidfd_getfd"};

constexpr std::uint32_t writing_flags = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;

/// What must hold of an argument; they are numbered from 0.
scmp_arg_cmp argument(unsigned number, scmp_compare comparison, std::uint64_t first,
                      std::uint64_t second = 0) {
    return {number, comparison, first, second};
}

class Filter {
  public:
    explicit Filter(std::uint32_t otherwise) : context_(seccomp_init(otherwise)) {}

    ~Filter() { seccomp_release(context_); }

    Filter(const Filter&) = delete;
    Filter& operator=(const Filter&) = delete;

    /// A name that this kind of processor does not have is passed over.
    void add(std::uint32_t action, Names names) {
        for (const char* name : names) {
            add(action, seccomp_syscall_resolve_name(name), {});
        }
    }

    void add(std::uint32_t action, int number, std::span<const scmp_arg_cmp> conditions) {
        if (context_ == nullptr || number == __NR_SCMP_ERROR) {
            return;
        }
        const int code = seccomp_rule_add_array(
            context_, action, number, static_cast<unsigned>(conditions.size()), conditions.data());
        is_sound_ = is_sound_ && (code == 0 || code == -EDOM);
    }

    [[nodiscard]] bool load() {
        return context_ != nullptr && is_sound_ && seccomp_load(context_) == 0;
    }

  private:
    scmp_filter_ctx context_;
    bool is_sound_ = true;
};

void allow_reading(Filter& filter) {
    const std::array at{argument(2, SCMP_CMP_MASKED_EQ, writing_flags, 0)};
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(openat), at);
    const std::array plain{argument(1, SCMP_CMP_MASKED_EQ, writing_flags, 0)};
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(open), plain);
}

/// The descriptor is closed by it and cannot be had again. Commands of fcntl above F_GETFL could
/// have signals sent to others.
void allow_program(Filter& filter) {
    const std::array program{argument(0, SCMP_CMP_EQ, program_descriptor),
                             argument(4, SCMP_CMP_EQ, AT_EMPTY_PATH)};
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(execveat), program);
    const std::array harmless{argument(1, SCMP_CMP_LE, F_GETFL)};
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(fcntl), harmless);
    const std::array only_asked{argument(2, SCMP_CMP_EQ, 0)};
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), only_asked);
}

bool allow_listed(Task task, Opening opening) {
    Filter filter(SCMP_ACT_ERRNO(EPERM));
    filter.add(SCMP_ACT_ALLOW, computing);
    if (opening == Opening::for_reading) {
        allow_reading(filter);
    }
    if (task == Task::pdf) {
        filter.add(SCMP_ACT_ALLOW, loading);
        allow_program(filter);
    } else {
        filter.add(SCMP_ACT_ALLOW, on_the_desk);
    }
    return filter.load();
}

/// Threads are made with the memory of their maker, processes without.
void refuse_by_argument(Filter& filter) {
    const std::array apart{argument(0, SCMP_CMP_MASKED_EQ, CLONE_VM, 0)};
    filter.add(SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), apart);
    for (const auto command : std::array<std::uint32_t, 2>{F_SETOWN, F_SETSIG}) {
        const std::array signals{argument(1, SCMP_CMP_EQ, command)};
        filter.add(SCMP_ACT_ERRNO(EPERM), SCMP_SYS(fcntl), signals);
    }
    const std::array set{argument(2, SCMP_CMP_NE, 0)};
    filter.add(SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prlimit64), set);
}

bool refuse_dangerous(Task task) {
    Filter filter(SCMP_ACT_ALLOW);
    for (const char* name : dangerous) {
        const int number = seccomp_syscall_resolve_name(name);
        if (task != Task::pdf || number != SCMP_SYS(execveat)) {
            filter.add(SCMP_ACT_ERRNO(EPERM), number, {});
        }
    }
    refuse_by_argument(filter);
    for (const auto flag : std::array<std::uint32_t, 4>{O_WRONLY, O_RDWR, O_CREAT, O_TRUNC}) {
        const std::array at{argument(2, SCMP_CMP_MASKED_EQ, flag, flag)};
        filter.add(SCMP_ACT_ERRNO(EPERM), SCMP_SYS(openat), at);
        const std::array plain{argument(1, SCMP_CMP_MASKED_EQ, flag, flag)};
        filter.add(SCMP_ACT_ERRNO(EPERM), SCMP_SYS(open), plain);
    }
    return filter.load();
}

}  // namespace

bool allow_system_calls(Task task, Opening opening) {
    return is_instrumented ? refuse_dangerous(task) : allow_listed(task, opening);
}

}  // namespace mailkeep::extract
