// SPDX-License-Identifier: Apache-2.0
// glibc has no functions for Landlock, so the calls are made by number.
#include "landlock.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace mailkeep::extract {

namespace {

constexpr std::uint64_t run_file = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
constexpr std::uint64_t use_folder = run_file | LANDLOCK_ACCESS_FS_READ_DIR;

/// All that the first version knows: its 13 lowest bits.
constexpr std::uint64_t first_rights = (std::uint64_t{1} << 13) - 1;
/// What later versions added for files: linking elsewhere (2) and truncating (3).
constexpr std::uint64_t second_rights = std::uint64_t{1} << 13;
constexpr std::uint64_t third_rights = std::uint64_t{1} << 14;

struct Place {
    const char* path;
    std::uint64_t rights;
};

/// Where the loader and iconv look; poppler-data has the encodings of eastern PDFs.
constexpr std::array<Place, 7> places{{{"/usr/lib", use_folder},
                                       {"/usr/lib64", use_folder},
                                       {"/lib", use_folder},
                                       {"/lib64", use_folder},
                                       {"/usr/local/lib", use_folder},
                                       {"/usr/share/poppler", use_folder},
                                       {"/etc/ld.so.cache", LANDLOCK_ACCESS_FS_READ_FILE}}};

int make_ruleset() {
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, std::size_t{0},
                                   LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) {
        return -1;
    }
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs =
        first_rights | (version >= 2 ? second_rights : 0) | (version >= 3 ? third_rights : 0);
    return static_cast<int>(
        ::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0U));
}

/// What is not allowed stays forbidden, so that a failure needs no care.
void add_rule(int ruleset, int place, std::uint64_t rights) {
    landlock_path_beneath_attr attributes{};
    attributes.allowed_access = rights;
    attributes.parent_fd = place;
    ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &attributes, 0U);
}

/// A place that is not there needs no rule.
void add_places(int ruleset) {
    for (const auto& [path, rights] : places) {
        const int place = ::open(path, O_PATH | O_CLOEXEC);
        if (place >= 0) {
            add_rule(ruleset, place, rights);
            ::close(place);
        }
    }
}

}  // namespace

bool allow_libraries_only(int program) {
    const int ruleset = make_ruleset();
    if (ruleset < 0) {
        return false;
    }
    add_places(ruleset);
    if (program >= 0) {
        add_rule(ruleset, program, run_file);
    }
    const bool is_done = ::syscall(SYS_landlock_restrict_self, ruleset, 0U) == 0;
    ::close(ruleset);
    return is_done;
}

}  // namespace mailkeep::extract
