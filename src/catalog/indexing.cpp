// SPDX-License-Identifier: Apache-2.0
// The search index follows the catalog. What is still to come stands in the file of the index, so
// that one commit takes it from there and puts it in, whichever of the two files a power cut throws
// back.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "rows.hpp"
#include "state.hpp"

namespace mailkeep::catalog {

namespace {

/// Octets of a text that are kept for snippets: most mail has no more.
constexpr std::size_t most_kept = 4096;

/// A message that cannot be read cannot be indexed until its damage is mended.
constexpr std::string_view waiting =
    " FROM search.pending AS w CROSS JOIN messages AS m ON m.key = w.key"
    " WHERE m.missing_since IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM damage AS d WHERE d.content_id = m.content_id)";

}  // namespace

/// The index cannot forget, so what it has already, from an earlier copy of the same octets, it
/// must not get again.
void Catalog::State::apply_to_search(const CommittedBatch& batch) {
    for (const auto& message : batch.messages) {
        database
            .statement(
                "INSERT OR IGNORE INTO search.pending SELECT key FROM messages"
                " WHERE content_id = ? AND NOT EXISTS (SELECT 1 FROM search.mail WHERE rowid = "
                "key)")
            .bind(message.content_id)
            .run();
    }
    database.statement("UPDATE search.applied SET batch = ?").bind(batch.number).run();
}

MessageKey Catalog::State::pending_key_of(const ContentId& content_id) {
    auto row = database.statement(
        "SELECT m.key FROM messages AS m JOIN search.pending AS w ON w.key = m.key"
        " WHERE m.content_id = ?");
    row.bind(content_id);
    return row.step() ? row.id<MessageKey>() : MessageKey{};
}

void Catalog::State::write_attachments(const MessageSummary& summary) {
    const auto key = pending_key_of(summary.content_id);
    for (std::size_t i = 0; key && i < summary.attachments.size(); ++i) {
        database
            .statement(
                "INSERT OR REPLACE INTO attachments (message_key, position, name, trouble)"
                " VALUES (?, ?, ?, ?)")
            .bind(key, i, summary.attachments[i],
                  i < summary.troubles.size() ? summary.troubles[i] : std::string())
            .run();
    }
}

/// In the order of keys: FTS5 begins another segment, to be merged later, at each key below the one
/// before.
void Catalog::State::write_words(std::span<const MessageSummary> summaries) {
    std::map<MessageKey, const MessageSummary*> in_order;
    for (const auto& summary : summaries) {
        if (const auto key = pending_key_of(summary.content_id)) {
            in_order.emplace(key, &summary);
        }
    }
    for (const auto& [key, summary] : in_order) {
        write_words(key, *summary);
    }
}

void Catalog::State::write_words(MessageKey key, const MessageSummary& summary) {
    const auto attachments = join(summary.attachments, "\n");
    database
        .statement(
            "INSERT INTO search.mail (rowid, subject, sender, recipients, cc, bcc, body,"
            " attachments) SELECT key, subject, sender, recipients, cc, bcc, ?2, ?3 FROM messages"
            " WHERE key = ?1")
        .bind(key, summary.text, attachments)
        .run();
    database
        .statement(
            "INSERT INTO search.parts (rowid, subject, sender, recipients, cc, bcc, attachments)"
            " SELECT key, unaccented(subject), unaccented(sender), unaccented(recipients),"
            " unaccented(cc), unaccented(bcc), unaccented(?2) FROM messages WHERE key = ?1")
        .bind(key, attachments)
        .run();
    const auto text = clip(summary.text, most_kept);
    database.statement("INSERT OR REPLACE INTO search.texts (key, text, is_whole) VALUES (?, ?, ?)")
        .bind(key, text, text.size() == summary.text.size())
        .run();
    database.statement("DELETE FROM search.pending WHERE key = ?").bind(key).run();
}

std::optional<KeptText> Catalog::kept_text(MessageKey key) const {
    auto row = state_->database.statement("SELECT text, is_whole FROM search.texts WHERE key = ?");
    row.bind(key);
    if (!row.step()) {
        return std::nullopt;
    }
    auto text = row.text();
    return KeptText{std::move(text), row.truth()};
}

std::vector<StoredMessage> Catalog::unindexed(std::size_t most) const {
    auto row =
        state_->database.statement(std::string("SELECT content_id, size, file, frame, offset")
                                       .append(waiting)
                                       .append(" ORDER BY w.key DESC LIMIT ?"));
    row.bind(most);
    std::vector<StoredMessage> found;
    while (row.step()) {
        found.push_back(read_stored(row));
    }
    return found;
}

std::uint64_t Catalog::count_unindexed() const {
    auto row = state_->database.statement(std::string("SELECT count(*)").append(waiting));
    MAILKEEP_ASSERT(row.step());
    return row.number<std::uint64_t>();
}

std::map<std::string, std::uint64_t> Catalog::troubled_attachments() const {
    auto row = state_->database.statement(
        "SELECT trouble, count(*) FROM attachments WHERE trouble <> '' GROUP BY trouble");
    std::map<std::string, std::uint64_t> found;
    while (row.step()) {
        auto trouble = row.text();
        found.emplace(std::move(trouble), row.number<std::uint64_t>());
    }
    return found;
}

/// File names and threads first, in a commit of their own: once the words are in, nobody comes back
/// for them.
void Catalog::index(std::span<const MessageSummary> summaries) {
    {
        Transaction transaction(state_->database, Transaction::Kind::write);
        for (const auto& summary : summaries) {
            state_->write_attachments(summary);
            state_->write_thread(summary);
        }
        transaction.commit();
    }
    Transaction transaction(state_->database, Transaction::Kind::write);
    state_->write_words(summaries);
    transaction.commit();
}

}  // namespace mailkeep::catalog
