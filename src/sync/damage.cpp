// SPDX-License-Identifier: Apache-2.0
#include "damage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

namespace mailkeep::sync {

namespace fs = std::filesystem;

namespace {

/// A file the catalog reads from, as far as it was looked at.
struct CitedFile {
    bool is_there = true;
    std::uint64_t lost = 0;  ///< messages
};

class Naming {
  public:
    Naming(const archive::Archive& archive, archive::Verdict& verdict)
        : archive_(archive), verdict_(verdict) {
        for (const auto& finding : verdict_.damaged) {
            if (finding.message) {
                named_.insert(*finding.message);
            }
            damaged_files_.insert(finding.object.substr(0, finding.object.find(' ')));
        }
    }

    void look_at(const StoredMessage& message) {
        auto& file = cited(message.location.file);
        const bool may_be_lost = !file.is_there || damaged_files_.contains(message.location.file);
        if (may_be_lost && !named_.contains(message.content_id) && !archive_.is_whole(message)) {
            ++file.lost;
            found_.push_back({"message " + message.content_id.hex(),
                              "cannot be read from " + message.location.file, message.content_id});
        }
    }

    void finish() {
        for (const auto& [name, file] : cited_) {
            if (!file.is_there && file.lost > 0) {
                verdict_.damaged.push_back({name, "is missing"});
            }
        }
        for (auto& pack : verdict_.packs) {
            pack.affected = std::max(pack.affected, cited(pack.name).lost);
        }
        verdict_.damaged.insert(verdict_.damaged.end(), found_.begin(), found_.end());
    }

  private:
    CitedFile& cited(const std::string& name) {
        const auto [file, is_new] = cited_.try_emplace(name);
        if (is_new) {
            std::error_code problem;
            file->second.is_there = fs::exists(archive_.data() / name, problem) || problem;
        }
        return file->second;
    }

    const archive::Archive& archive_;
    archive::Verdict& verdict_;
    std::set<ContentId> named_;
    std::set<std::string> damaged_files_;
    std::map<std::string, CitedFile> cited_;
    std::vector<archive::Finding> found_;
};

}  // namespace

void name_messages(const archive::Archive& archive, const catalog::Catalog& catalog,
                   archive::Verdict& verdict) {
    Naming naming(archive, verdict);
    catalog.for_each_stored([&](const StoredMessage& message) { naming.look_at(message); });
    naming.finish();
}

std::string known_of(const catalog::Catalog& catalog, const ContentId& content_id) {
    const auto detail = catalog.message(content_id);
    if (!detail) {
        return {};
    }
    auto text = fmt::format("\"{}\" from {}, {}", detail->summary.subject, detail->summary.from,
                            to_rfc3339(detail->date));
    for (const auto& place : detail->placements) {
        text += fmt::format("; {} in {}, UID {}", place.account_name, place.mailbox, place.uid);
    }
    return text;
}

}  // namespace mailkeep::sync
