// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/check.hpp"

#include "mailkeep/archive/log.hpp"
#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/sync/catalog_key.hpp"
#include "mailkeep/sync/indexing.hpp"
#include "mailkeep/sync/keeper.hpp"
#include "mailkeep/sync/scrub.hpp"

#include "damage.hpp"

#include <utility>

namespace mailkeep::sync {

namespace fs = std::filesystem;

namespace {

constexpr const char* remedy = "run: mailkeep rebuild";
constexpr int most_attempts = 5;

/// A folder that goes away again.
class Workshop {
  public:
    Workshop() : path_(fs::temp_directory_path() / ("mailkeep-" + to_name())) {
        fs::create_directory(path_);
        fs::permissions(path_, fs::perms::owner_all);
    }

    ~Workshop() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;

    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    static std::string to_name() { return sha256(random_octets(16)).hex().substr(0, 16); }

    fs::path path_;
};

/// What is made with the search index; threads in a catalog from before there were any.
bool follows_index(std::string_view table) {
    return table == "search" || table == "parts" || table == "attachments" || table == "threads";
}

void compare_with_new(const archive::Archive& archive, const catalog::Catalog& catalog,
                      archive::Verdict& verdict) {
    const Workshop workshop;
    catalog::Catalog fresh(workshop.path(), catalog::Access::read_write, catalog_key(archive));
    apply_missing(archive, fresh);
    const bool is_indexed = catalog.count_unindexed() == 0;
    if (is_indexed) {
        index_all(archive, fresh);
    }
    const auto expected = fresh.fingerprint();
    const auto found = catalog.fingerprint();
    for (const auto& [table, digest] : expected) {
        const auto row = found.find(table);
        const bool is_comparable = is_indexed || !follows_index(table);
        if (is_comparable && (row == found.end() || row->second != digest)) {
            verdict.damaged.push_back(
                {"catalog table " + table, std::string("is not what the archive says; ") + remedy});
        }
    }
}

void check_catalog(const archive::Archive& archive, archive::Depth depth,
                   archive::Verdict& verdict) {
    const auto catalog = open_catalog(archive, catalog::Access::read_only);
    name_messages(archive, catalog, verdict);
    for (auto& finding : verdict.damaged) {
        if (finding.message) {
            finding.known = known_of(catalog, *finding.message);
        }
    }
    const bool was_archive_whole = verdict.damaged.empty();
    for (const auto& finding : catalog.integrity_findings()) {
        verdict.damaged.push_back({"catalog", finding + "; " + remedy});
    }
    const auto applied = catalog.applied_up_to();
    // Beside a service at work there may be newer batches than those that were looked at.
    const bool may_be_newer = was_archive_whole && applied > verdict.last_batch;
    const auto last = may_be_newer ? archive.last_batch() : verdict.last_batch;
    if (applied > last) {
        verdict.damaged.push_back({"archive", "batches " + std::to_string(last + 1) + " to " +
                                                  std::to_string(applied) +
                                                  " are in the catalog but not in the archive"});
    } else if (applied < verdict.last_batch) {
        verdict.notes.push_back({"catalog", "lacks the newest batches; the next run applies them"});
    }
    if (const auto waiting = catalog.count_unindexed(); waiting > 0) {
        verdict.notes.push_back(
            {"catalog", std::to_string(waiting) + " messages wait for the search index"});
    }
    if (depth == archive::Depth::full && was_archive_whole && applied == verdict.last_batch) {
        compare_with_new(archive, catalog, verdict);
    }
}

void append(std::vector<archive::Finding>& to, const std::vector<archive::Finding>& findings) {
    to.insert(to.end(), findings.begin(), findings.end());
}

void check_log(const archive::Archive& archive, archive::Depth depth, bool is_archive_whole,
               archive::Verdict& verdict) {
    const archive::Log log(archive);
    const auto own = log.check();
    append(verdict.damaged, own.damaged);
    append(verdict.notes, own.notes);
    if (is_archive_whole && own.damaged.empty()) {
        append(verdict.damaged, log.compare(depth));
    }
}

std::string journal_finding(const archive::Verdict& verdict) {
    for (const auto& [object, what, message, known] : verdict.damaged) {
        if (object.starts_with("journal") || object == "ARCHIVE") {
            return std::string(object).append(": ").append(what);
        }
    }
    return {};
}

archive::Verdict check_once(const archive::Archive& archive, archive::Depth depth) {
    auto verdict = archive.verify(depth);
    const bool is_archive_whole = verdict.damaged.empty();
    try {
        check_catalog(archive, depth, verdict);
    } catch (const fs::filesystem_error& error) {
        throw Error(Errc::storage, std::string("cannot check the catalog: ") + error.what());
    } catch (const Error& error) {
        if (error.code() != Errc::corrupt && error.code() != Errc::not_found) {
            throw;
        }
        verdict.damaged.push_back({"catalog", std::string(error.what()) + "; " + remedy});
    }
    check_log(archive, depth, is_archive_whole, verdict);
    return verdict;
}

/// What shows that somebody has worked on the archive meanwhile.
std::pair<std::uint64_t, std::vector<std::string>> state_of(const archive::Archive& archive) {
    std::vector<std::string> packs;
    for (const auto& pack : archive.packs()) {
        packs.push_back(pack.name);
    }
    return {archive.size_on_disk(), std::move(packs)};
}

}  // namespace

archive::Verdict check(const fs::path& data, archive::Depth depth, const archive::DataKey& key) {
    const archive::Archive archive(data, archive::Access::read_only, key);
    for (int attempt = 1;; ++attempt) {
        const auto before = state_of(archive);
        auto verdict = check_once(archive, depth);
        // Beside a service at work, what is read first may not fit what is read last.
        if (verdict.damaged.empty() || attempt == most_attempts || state_of(archive) == before) {
            return verdict;
        }
    }
}

bool remember_check(const fs::path& data, const archive::DataKey& key, archive::Depth depth,
                    const archive::Verdict& verdict, Timestamp now) {
    try {
        const archive::Archive archive(data, archive::Access::read_only, key);
        // Where no catalog is, none is made.
        static_cast<void>(open_catalog(archive, catalog::Access::read_only));
        auto catalog = open_catalog(archive, catalog::Access::read_write);
        remember(archive, catalog, verdict, now);
        if (depth == archive::Depth::full) {
            catalog.note_chore(catalog::Chore::journals, {now, journal_finding(verdict)});
        }
        return true;
    } catch (const Error& error) {
        log_info("check.not_remembered", {{"error", error.what()}});
        return false;
    }
}

}  // namespace mailkeep::sync
