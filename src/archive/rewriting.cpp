// SPDX-License-Identifier: Apache-2.0
#include "rewriting.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include "journal.hpp"
#include "rewrite_plan.hpp"
#include "sealer.hpp"

#include <algorithm>
#include <set>

namespace mailkeep::archive {

namespace fs = std::filesystem;

namespace {

/// Batches after the one that packs with holes between them go up to would be sealed twice.
Tip sealed_without_holes(PackSet& packs) {
    const auto coverage = packs.coverage();
    if (coverage.newest > coverage.whole.number) {
        throw Error(Errc::corrupt,
                    "packs with batches from " + std::to_string(coverage.whole.number + 1) +
                        " on are missing or damaged",
                    "Run `mailkeep repair --from` a replica, then seal again.");
    }
    return coverage.whole;
}

bool is_leftover_name(const std::string& name) {
    return name.starts_with("tmp-");
}

std::vector<fs::path> leftover_files(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code problem;
    fs::directory_iterator entry(folder, problem);
    for (; !problem && entry != fs::directory_iterator(); entry.increment(problem)) {
        if (is_leftover_name(entry->path().filename().string())) {
            files.push_back(entry->path());
        }
    }
    return files;
}

/// Of which a later file says that nothing in them counts.
std::vector<std::string> journals_without_batches(const Timeline& journals) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < journals.files().size(); ++i) {
        const auto& journal = journals.files()[i];
        const auto upto = journals.void_above(i);
        if (journal.state == JournalFile::State::usable && upto &&
            *upto <= journal.header.batch_before) {
            names.push_back(journal.name);
        }
    }
    return names;
}

/// The journals were looked at before the packs are.
Rewritten superfluous_among(const Timeline& journals, PackSet& packs, std::uint64_t closed) {
    packs.refresh();
    const auto sealed = packs.coverage().whole.number;
    Rewritten found;
    for (std::size_t i = 0; i < journals.files().size(); ++i) {
        const auto& journal = journals.files()[i];
        const auto upto = journals.void_above(i).value_or(closed);
        if (journal.state == JournalFile::State::usable && journal.header.batch_before < closed &&
            upto <= std::min(closed, sealed)) {
            found.journals.push_back(journal.name);
            found.bytes_before += journal.size;
        }
    }
    for (const auto& pack : packs.all()) {
        if (pack.is_replaced) {
            found.replaced.push_back(pack.name);
            found.bytes_before += pack.size;
        }
    }
    return found;
}

}  // namespace

Archive::Backlog backlog_of(ArchiveReader& reader, std::uint64_t closed) {
    const auto journals = reader.timeline();
    reader.packs().refresh();
    const auto sealed = reader.packs().coverage().whole;
    Archive::Backlog backlog;
    std::uint64_t last = sealed.number;
    for (std::size_t i = 0; i < journals.files().size(); ++i) {
        const auto& journal = journals.files()[i];
        const auto upto = journals.void_above(i).value_or(closed);
        if (journal.state != JournalFile::State::usable) {
            continue;
        }
        if (upto > sealed.number && upto <= closed && journal.header.batch_before < upto) {
            backlog.closed_bytes += journal.size;
        }
        last = std::max(last, journal.header.batch_before + 1);
    }
    if (last > sealed.number) {
        backlog.since = journals.time_of(sealed.number + 1);
    }
    return backlog;
}

Rewritten superfluous_in(ArchiveReader& reader, std::uint64_t closed) {
    return superfluous_among(reader.timeline(), reader.packs(), closed);
}

Rewriting::Rewriting(Disk& disk, const Reserve& reserve, ArchiveReader& reader,
                     std::uint64_t closed, PackPlan plan)
    : disk_(disk), reserve_(reserve), reader_(reader), closed_(closed), plan_(std::move(plan)) {}

Rewritten Rewriting::seal(const RewriteOptions& options, const std::stop_token& stop) {
    clear_leftovers();
    const auto journals = reader_.timeline();
    reader_.packs().refresh();
    auto choice = choose_journals(journals, sealed_without_holes(reader_.packs()), closed_);
    Rewritten result;
    if (!choice.sources.journals.empty()) {
        result = rewrite(choice.sources, journals, options, stop);
    }
    if (choice.damage) {
        log_error("archive.not_sealed",
                  {{"object", choice.damage->object}, {"what", choice.damage->what}});
        result.damaged.push_back(*std::move(choice.damage));
    }
    return result;
}

Rewritten Rewriting::merge(const RewriteOptions& options, const std::stop_token& stop) {
    clear_leftovers();
    const auto journals = reader_.timeline();
    reader_.packs().refresh();
    RewriteSources sources;
    sources.packs = choose_merge(reader_.packs().counting());
    return sources.packs.empty() ? Rewritten{} : rewrite(sources, journals, options, stop);
}

Rewritten Rewriting::compact(const RewriteOptions& options, const std::stop_token& stop) {
    clear_leftovers();
    const auto journals = reader_.timeline();
    auto& packs = reader_.packs();
    packs.refresh();
    std::vector<DeadShare> shares;
    for (auto& pack : packs.counting()) {
        std::uint64_t dead = 0;
        for (const auto& message : contents_of(*packs.open(pack.name), packs)) {
            const bool is_dead = !message.is_gone() && options.dead.contains(message.content_id);
            dead += is_dead ? message.size : 0;
        }
        shares.push_back({std::move(pack), dead});
    }
    RewriteSources sources;
    sources.packs = choose_compaction(shares);
    return sources.packs.empty() ? Rewritten{} : rewrite(sources, journals, options, stop);
}

Rewritten Rewriting::rewrite(const RewriteSources& sources, const Timeline& journals,
                             const RewriteOptions& options, const std::stop_token& stop) {
    Rewrite rewrite(disk_, reserve_, plan_, reader_.packs(), options, stop);
    auto result = rewrite.run(journals, sources);
    log_info("archive.rewritten", {{"packs", result.packs.size()},
                                   {"messages", result.messages},
                                   {"journals", result.journals.size()},
                                   {"replaced", result.replaced.size()},
                                   {"bytes_before", result.bytes_before},
                                   {"bytes_after", result.bytes_after}});
    return result;
}

/// Oldest first: a crash leaves the newest, behind which writing goes on. Journals of which nothing
/// counts go too: without a later one, what was cut off in them would look like damage.
void Rewriting::retire(const Rewritten& rewritten) {
    const auto journals = reader_.timeline();
    const auto void_journals = journals_without_batches(journals);
    const auto superfluous = superfluous_among(journals, reader_.packs(), closed_);
    const auto is_named = [](const std::vector<std::string>& names, const std::string& name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (!superfluous.is_empty()) {
        sync_packs();
    }
    bool has_removed = false;
    for (const auto& journal : superfluous.journals) {
        if (is_named(rewritten.journals, journal) || is_named(void_journals, journal)) {
            remove_file(disk_, plan_.data / journal);
            has_removed = true;
        }
    }
    if (has_removed) {
        sync_folder(disk_, plan_.data / journal_folder);
    }
    std::vector<std::string> packs;
    for (const auto& pack : superfluous.replaced) {
        if (is_named(rewritten.replaced, pack)) {
            packs.push_back(pack);
        }
    }
    put_into_trash(packs);
}

/// A pack may stand under its name and count although a sync failed when it got it.
void Rewriting::sync_packs() {
    std::set<fs::path> folders;
    for (const auto& pack : reader_.packs().counting()) {
        folders.insert(plan_.data / packs_folder);
        folders.insert((plan_.data / pack.name).parent_path());
    }
    for (const auto& folder : folders) {
        sync_folder(disk_, folder);
    }
}

void Rewriting::put_into_trash(std::span<const std::string> packs) {
    if (packs.empty()) {
        return;
    }
    const auto trash = plan_.data / trash_folder;
    make_folder(trash);
    std::set<fs::path> shelves;
    for (const auto& name : packs) {
        const fs::path path = plan_.data / name;
        rename_file(disk_, path, trash / path.filename());
        shelves.insert(path.parent_path());
    }
    // Where it goes before where it was, or a power cut may leave it in both.
    sync_folder(disk_, plan_.data);
    sync_folder(disk_, trash);
    for (const auto& shelf : shelves) {
        sync_folder(disk_, shelf);
    }
    reader_.packs().refresh();
}

/// What a crash left behind: files that never got a name, packs of a group that was never closed.
/// A pack is put away only if all of it stands elsewhere too: it may also be one of a closed group
/// whose last pack was lost.
void Rewriting::clear_leftovers() {
    for (const auto& file : leftover_files(plan_.data / packs_folder)) {
        remove_file(disk_, file);
    }
    const auto journals = reader_.timeline();
    reader_.packs().refresh();
    std::vector<std::string> leftovers;
    for (const auto& pack : reader_.packs().all()) {
        if (pack.is_replaced || (!pack.counts && is_elsewhere(pack, journals))) {
            leftovers.push_back(pack.name);
        }
    }
    put_into_trash(leftovers);
}

bool Rewriting::is_elsewhere(const KnownPack& pack, const Timeline& journals) {
    const auto& files = journals.files();
    const auto first = std::find_if(files.begin(), files.end(), [](const auto& journal) {
        return journal.state == JournalFile::State::usable;
    });
    const auto& batches = pack.seal.batches;
    if (first != files.end() && batches.first > first->header.batch_before) {
        return true;
    }
    const auto contents = reader_.packs().open(pack.name)->contents();
    return contents && std::all_of(contents->begin(), contents->end(), [&](const auto& message) {
               return message.is_gone() || reader_.packs().find(message.content_id);
           });
}

}  // namespace mailkeep::archive
