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

/// The archive is asked only where a hit may stand after what the index keeps of the text.
std::vector<catalog::SnippetPiece> snippet_of(const archive::Archive& archive,
                                              const catalog::Catalog& catalog,
                                              const catalog::SearchQuery& query,
                                              const catalog::ListedMessage& listed) {
    if (const auto kept = catalog.kept_text(listed.key)) {
        auto snippet = catalog.snippet(query, kept->text);
        if (!snippet.empty() || kept->is_whole) {
            return snippet;
        }
    }
    const auto stored = catalog.stored(listed.content_id);
    return stored ? catalog.snippet(query, indexed_text(archive, *stored))
                  : std::vector<catalog::SnippetPiece>();
}

}  // namespace

void add_snippets(const archive::Archive& archive, const catalog::Catalog& catalog,
                  const catalog::SearchQuery& query, catalog::SearchPage& found) {
    if (!looks_into_text(query.term)) {
        return;
    }
    for (auto& listed : found.page.items) {
        if (!listed.is_damaged) {
            listed.snippet = snippet_of(archive, catalog, query, listed);
        }
    }
}

}  // namespace mailkeep::sync
