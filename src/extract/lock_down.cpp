// SPDX-License-Identifier: Apache-2.0
#include "lock_down.hpp"

#include "mailkeep/extract/extractor.hpp"

#include "instrumented.hpp"
#include "landlock.hpp"
#include "system_calls.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>

namespace mailkeep::extract {

namespace {

constexpr rlim_t most_memory = rlim_t{512} << 20;
constexpr rlim_t most_seconds = 10;
constexpr rlim_t most_files = 16;

bool limit(__rlimit_resource resource, rlim_t soft, rlim_t hard) {
    const rlimit both{soft, hard};
    return ::setrlimit(resource, &both) == 0;
}

bool limit(__rlimit_resource resource, rlim_t most) {
    return limit(resource, most, most);
}

/// The worker puts no more on the desk than an attachment; pdftotext writes to a socket only.
bool limit_resources(Task task) {
    return limit(RLIMIT_CORE, 0) && limit(RLIMIT_CPU, most_seconds, most_seconds + 1) &&
           limit(RLIMIT_NOFILE, most_files) &&
           limit(RLIMIT_FSIZE, task == Task::worker ? rlim_t{most_attachment} : 0) &&
           (is_instrumented || limit(RLIMIT_AS, most_memory));
}

/// Who is told to stop is the program that started it; that one ends it, or it ends with it.
void live_with_parent() {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
        std::signal(signal, SIG_IGN);
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

}  // namespace

bool lock_down(Task task) {
    live_with_parent();
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !limit_resources(task)) {
        return false;
    }
    const bool has_landlock = allow_libraries_only(task == Task::pdf ? program_descriptor : -1);
    const bool may_open = has_landlock || task == Task::pdf;
    return allow_system_calls(task, may_open ? Opening::for_reading : Opening::none);
}

}  // namespace mailkeep::extract
