// SPDX-License-Identifier: Apache-2.0
#include "replica_folder.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "archive_files.hpp"
#include "journal.hpp"
#include "journal_exam.hpp"
#include "pack_groups.hpp"
#include "timeline.hpp"

#include <algorithm>

namespace mailkeep::archive {

namespace fs = std::filesystem;

namespace {

fs::path resolved(const fs::path& path) {
    std::error_code problem;
    auto result = fs::weakly_canonical(path, problem);
    return problem ? fs::absolute(path, problem).lexically_normal() : result;
}

/// Whether `inner` is `outer` or lies in it.
bool is_within(const fs::path& inner, const fs::path& outer) {
    const auto [rest, at] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
    return rest == outer.end() || (rest->empty() && std::next(rest) == outer.end());
}

void require_apart(const fs::path& data, const fs::path& target) {
    std::error_code ignored;
    const auto ours = resolved(data);
    const auto theirs = resolved(target);
    if (is_within(theirs, ours) || is_within(ours, theirs) ||
        fs::equivalent(ours, theirs, ignored)) {
        throw Error(Errc::invalid,
                    "the replica " + target.string() + " and the archive " + data.string() +
                        " are not two places",
                    "Name a folder outside the archive, best on another disk.");
    }
}

/// What may stand in a folder that is to become a replica.
bool is_bare(const fs::path& folder) {
    std::error_code problem;
    fs::directory_iterator entry(folder, problem);
    for (; !problem && entry != fs::directory_iterator(); entry.increment(problem)) {
        const auto name = entry->path().filename();
        // `lock` and a draft are what a first attempt may have left.
        if (name != "lost+found" && name != "lock" && name != std::string(archive_file) + ".new") {
            return false;
        }
    }
    return true;
}

}  // namespace

ReplicaFolder::ReplicaFolder(Disk& disk, const Archive& archive, const fs::path& target,
                             ReplicaState state)
    : disk_(disk), path_(resolved(target)), uuid_(uuid_in("uuid: " + archive.uuid())) {
    require_apart(archive.data(), target);
    const bool is_new = is_bare(path_);
    if (is_new && state == ReplicaState::must_exist) {
        throw Error(Errc::not_found, "there is no replica of this archive in " + target.string(),
                    "Mount its disk. If this is to be a new replica, run once: mailkeep replicate "
                    "--to " +
                        target.string());
    }
    if (!is_new) {
        require_this_archive();
    }
    if (!stands(path_)) {
        make_folder(path_);
        sync_folder(disk_, path_.parent_path());
    }
    lock_.emplace(path_);
}

/// A damaged ARCHIVE may be put right, but only in a folder that holds files of this archive.
void ReplicaFolder::require_this_archive() const {
    const auto found = uuid_of(disk_, path_);
    if (found == uuid_) {
        return;
    }
    throw Error(Errc::conflict,
                path_.string() + (found.empty() ? " holds other files" : " holds another archive"),
                "Name an empty folder, or one that holds a replica of this archive.");
}

std::vector<std::string> ReplicaFolder::remove_replaced(const std::set<std::string>& journals,
                                                        const std::set<std::string>& packs,
                                                        const DataKey& key) {
    std::vector<std::string> lost;
    std::optional<PackGroups> groups;
    const auto look = [&]() -> const PackGroups& {
        if (!groups) {
            groups = closed_groups(disk_, path_, key);
        }
        return *groups;
    };
    const auto files = survey_journals(disk_, path_, uuid_, key);
    for (const auto& journal : files.value_or(std::vector<JournalFile>())) {
        if (journals.contains(journal.name) || journal.state == JournalFile::State::unfinished) {
            continue;
        }
        const ReadableFile file(disk_, path_ / journal.name);
        const auto last = journal.state != JournalFile::State::usable
                              ? no_limit
                              : examine_journal(file, journal.header, journal.codec, no_limit,
                                                ScanDepth::skeleton)
                                    .last;
        if (look().hold(journal.header.batch_before + 1, last)) {
            remove_file(disk_, path_ / journal.name);
            sync_folder(disk_, path_ / journal_folder);
        } else {
            lost.push_back(journal.name);
        }
    }
    for (const auto& name : pack_files(path_)) {
        if (packs.contains(name)) {
            continue;
        }
        if (look().replaced.contains(name)) {
            move_to_trash(disk_, path_, name);
        } else {
            lost.push_back(name);
        }
    }
    return lost;
}

}  // namespace mailkeep::archive
