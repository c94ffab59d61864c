// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/scrub.hpp"

#include "damage.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace mailkeep::sync {

namespace {

/// Packs the catalog does not know are adopted when the archive is opened again: until then nothing
/// could be noted of them.
std::vector<PackToCheck> packs_to_check(const archive::Archive& archive,
                                        const catalog::Catalog& catalog) {
    std::map<std::string, std::optional<Timestamp>> adopted;
    for (auto& pack : catalog.adopted_packs()) {
        adopted.emplace(std::move(pack.name), pack.verified_at);
    }
    std::vector<PackToCheck> packs;
    for (auto& pack : archive.packs()) {
        const auto known = adopted.find(pack.name);
        if (known != adopted.end()) {
            packs.push_back({std::move(pack.name), pack.size, known->second});
        }
    }
    return packs;
}

std::string summary_of(const std::vector<archive::Finding>& findings) {
    if (findings.empty()) {
        return {};
    }
    const auto& first = findings.front();
    return first.object + ": " + first.what +
           (findings.size() == 1 ? "" : ", and " + std::to_string(findings.size() - 1) + " more");
}

/// Notes the messages that the check names and that cannot be had from anywhere, and forgets those
/// that are whole again.
void note_messages(const archive::Archive& reader, catalog::Catalog& catalog,
                   const archive::Verdict& verdict, Timestamp now) {
    for (const auto& finding : verdict.damaged) {
        const auto stored = finding.message ? catalog.stored(*finding.message) : std::nullopt;
        if (stored && !reader.is_whole(*stored)) {
            catalog.note_damage({stored->content_id, finding.what, now});
        }
    }
    for (const auto& damaged : catalog.damaged()) {
        const auto stored = catalog.stored(damaged.content_id);
        if (stored && reader.is_whole(*stored)) {
            catalog.clear_damage(damaged.content_id);
        }
    }
}

/// A reader that has nothing of the archive in memory; what for a sound one would be a waste.
template <class Work>
void with_fresh_reader(const archive::Archive& archive, const Work& work) {
    work(archive::Archive(archive.data(), archive::Access::read_only, archive.key()));
}

Scrubbed finished(const archive::Archive& archive, catalog::Catalog& catalog, std::string object,
                  archive::Verdict verdict, Timestamp now) {
    remember(archive, catalog, verdict, now);
    const auto affected =
        std::count_if(verdict.damaged.begin(), verdict.damaged.end(),
                      [](const auto& finding) { return finding.message.has_value(); });
    return {.object = std::move(object),
            .bytes = verdict.bytes,
            .affected = static_cast<std::uint64_t>(affected),
            .damaged = std::move(verdict.damaged)};
}

/// With the look whether all files are there that the catalog reads from.
Scrubbed scrub_journals(const archive::Archive& archive, catalog::Catalog& catalog, Timestamp now,
                        const archive::Pace& pace) {
    auto verdict = archive.verify_journals(pace);
    with_fresh_reader(
        archive, [&](const archive::Archive& reader) { name_messages(reader, catalog, verdict); });
    const auto problem = summary_of(verdict.damaged);
    auto done = finished(archive, catalog, "journals", std::move(verdict), now);
    catalog.note_chore(catalog::Chore::journals, {now, problem});
    return done;
}

Scrubbed scrub_pack(const archive::Archive& archive, catalog::Catalog& catalog,
                    const std::string& pack, Timestamp now, const archive::Pace& pace) {
    auto verdict = archive.verify_pack(pack, pace);
    if (!verdict.damaged.empty()) {
        with_fresh_reader(archive, [&](const archive::Archive& reader) {
            name_messages(reader, catalog, verdict);
        });
    }
    return finished(archive, catalog, pack, std::move(verdict), now);
}

}  // namespace

std::optional<Scrubbed> scrub(const archive::Archive& archive, catalog::Catalog& catalog,
                              Timestamp now, const archive::Pace& pace) {
    const auto journals = catalog.chore(catalog::Chore::journals);
    if (is_due_today(journals ? std::optional(journals->at) : std::nullopt, now)) {
        return scrub_journals(archive, catalog, now, pace);
    }
    const auto pack = plan_scrub(packs_to_check(archive, catalog), now);
    return pack ? std::optional(scrub_pack(archive, catalog, *pack, now, pace)) : std::nullopt;
}

void remember(const archive::Archive& archive, catalog::Catalog& catalog,
              const archive::Verdict& verdict, Timestamp now) {
    if (!verdict.damaged.empty() || !catalog.damaged().empty()) {
        with_fresh_reader(archive, [&](const archive::Archive& reader) {
            note_messages(reader, catalog, verdict, now);
        });
    }
    // Last: once a check is noted, all that it found must be there.
    for (const auto& pack : verdict.packs) {
        catalog.note_check(pack.name, now, pack.finding, pack.affected);
    }
}

}  // namespace mailkeep::sync
