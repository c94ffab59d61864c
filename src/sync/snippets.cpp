// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/snippets.hpp"

#include "mailkeep/base/error.hpp"

#include "summaries.hpp"

namespace mailkeep::sync {

namespace {

/// Damage is told where a message is read for itself.
std::string indexed_text(const archive::Archive& archive, const StoredMessage& message) {
    try {
        return summarize(archive, message).text;
    } catch (const Error& error) {
        if (error.code() != Errc::corrupt) {
            throw;
        }
        return "";
    }
}

}  // namespace

void add_snippets(const archive::Archive& archive, const catalog::Catalog& catalog,
                  const catalog::SearchQuery& query, catalog::SearchPage& found) {
    if (!looks_into_text(query.term)) {
        return;
    }
    for (auto& listed : found.page.items) {
        const auto stored = catalog.stored(listed.content_id);
        if (stored && !listed.is_damaged) {
            listed.snippet = catalog.snippet(query, indexed_text(archive, *stored));
        }
    }
}

}  // namespace mailkeep::sync
