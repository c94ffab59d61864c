// SPDX-License-Identifier: Apache-2.0
// Threads. A message has names: its Message-ID and those it refers to. Messages that share a name,
// or are joined by others that do, are a thread; so it depends only on which messages there are,
// not on the order in which they came (the sets of RFC 5256, THREAD=REFERENCES, without their
// order). A reply that refers to nothing names its base subject among its correspondents instead,
// and then every message without references that has the same is of that thread: but where nobody
// replied so, the same subject every month is a new beginning.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "base_subject.hpp"
#include "rows.hpp"
#include "state.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace mailkeep::catalog {

namespace {

constexpr std::int64_t most_of_thread = 1000;

/// Names are of one length, whatever strangers write into a header.
std::string name_of(std::string_view kind, std::string_view text) {
    constexpr std::size_t size = 16;
    return std::string(
        sha256(std::string(kind).append(1, '\0').append(text)).view().substr(0, size));
}

/// What holds an @, in order and once each.
std::string addresses_in(std::string_view fields) {
    const auto lower = to_lower_ascii(fields);
    constexpr std::string_view separators = " \t\n,;<>\"'()";
    std::set<std::string> addresses;
    for (auto start = lower.find_first_not_of(separators); start != std::string::npos;
         start = lower.find_first_not_of(separators, start)) {
        const auto end = std::min(lower.find_first_of(separators, start), lower.size());
        auto word = lower.substr(start, end - start);
        if (word.find('@') != std::string::npos) {
            addresses.insert(std::move(word));
        }
        start = end;
    }
    return join({addresses.begin(), addresses.end()}, " ");
}

struct Names {
    std::vector<std::string> of_ids;
    std::string of_subject;  ///< empty: it has references, or the subject says nothing
    bool is_reply = false;
};

Names read_names(Database& database, const Tokenizer& tokenizer, MessageKey key) {
    auto row = database.statement(
        "SELECT message_id, refs, subject, sender, recipients, cc FROM messages WHERE key = ?");
    row.bind(key);
    MAILKEEP_ASSERT(row.step());
    const auto message_id = row.text();
    const auto references = row.text();
    const auto subject = row.text();
    std::string correspondents;
    for (int i = 0; i < 3; ++i) {
        correspondents.append(row.text()).append(" ");
    }
    Names names;
    const auto ids = message_id + "\n" + references;
    for (const auto id : split(ids, '\n')) {
        if (!id.empty()) {
            names.of_ids.push_back(name_of("id", id));
        }
    }
    const auto base = base_subject(subject);
    const auto about = tokenizer.folded(base.text);
    const auto among = addresses_in(correspondents);
    if (references.empty() && !about.empty() && !among.empty()) {
        names.of_subject = name_of("subject", about + "\n" + among);
        names.is_reply = base.is_reply;
    }
    return names;
}

void add_threads(Statement row, std::set<std::int64_t>& threads) {
    while (row.step()) {
        threads.insert(row.integer());
    }
}

std::set<std::int64_t> threads_with(Database& database, const Names& names) {
    std::set<std::int64_t> threads;
    auto all = names.of_ids;
    all.push_back(names.of_subject);
    for (const auto& name : all) {
        auto row = database.statement("SELECT thread FROM threads WHERE name = ?");
        row.bind(Octets{name});
        add_threads(std::move(row), threads);
    }
    if (names.is_reply) {
        auto row = database.statement(
            "SELECT DISTINCT thread FROM messages"
            " WHERE subject_name = ? AND thread IS NOT NULL");
        row.bind(Octets{names.of_subject});
        add_threads(std::move(row), threads);
    }
    return threads;
}

std::int64_t new_thread(Database& database) {
    auto row = database.statement("SELECT coalesce(max(thread), 0) + 1 FROM messages");
    MAILKEEP_ASSERT(row.step());
    return row.integer();
}

}  // namespace

void Catalog::State::link_thread(MessageKey key) {
    auto names = read_names(database, tokenizer, key);
    const auto threads = threads_with(database, names);
    const auto thread = threads.empty() ? new_thread(database) : *threads.begin();
    for (const auto other : threads) {
        if (other != thread) {
            merge_threads(thread, other);
        }
    }
    auto row = database.statement("UPDATE messages SET thread = ?, subject_name = ? WHERE key = ?");
    if (names.of_subject.empty()) {
        row.bind(thread, std::nullopt, key).run();
    } else {
        row.bind(thread, Octets{names.of_subject}, key).run();
    }
    if (names.is_reply) {
        names.of_ids.push_back(names.of_subject);
    }
    for (const auto& name : names.of_ids) {
        database.statement("INSERT OR IGNORE INTO threads (name, thread) VALUES (?, ?)")
            .bind(Octets{name}, thread)
            .run();
    }
}

void Catalog::State::merge_threads(std::int64_t into, std::int64_t from) {
    for (const auto* sql : {"UPDATE messages SET thread = ? WHERE thread = ?",
                            "UPDATE threads SET thread = ? WHERE thread = ?"}) {
        database.statement(sql).bind(into, from).run();
    }
    if (broken_threads_.erase(from) > 0) {
        broken_threads_.insert(into);
    }
}

void Catalog::State::break_thread(MessageKey key) {
    auto row =
        database.statement("SELECT thread FROM messages WHERE key = ? AND thread IS NOT NULL");
    row.bind(key);
    if (row.step()) {
        broken_threads_.insert(row.integer());
    }
}

void Catalog::State::mend_threads() {
    for (const auto thread : std::exchange(broken_threads_, {})) {
        std::vector<MessageKey> keys;
        {
            auto row = database.statement("SELECT key FROM messages WHERE thread = ? ORDER BY key");
            row.bind(thread);
            while (row.step()) {
                keys.push_back(row.id<MessageKey>());
            }
        }
        for (const auto* sql : {"UPDATE messages SET thread = NULL WHERE thread = ?",
                                "DELETE FROM threads WHERE thread = ?"}) {
            database.statement(sql).bind(thread).run();
        }
        for (const auto key : keys) {
            link_thread(key);
        }
    }
}

void Catalog::State::write_thread(const MessageSummary& summary) {
    database.statement("UPDATE messages SET refs = ? WHERE content_id = ? AND thread IS NULL")
        .bind(join(summary.references, "\n"), summary.content_id)
        .run();
    if (database.changed_rows() > 0) {
        link_thread(key_of(summary.content_id));
    }
}

std::vector<ListedMessage> Catalog::thread(const ContentId& content_id) const {
    auto& database = state_->database;
    Transaction transaction(database, Transaction::Kind::read);
    std::vector<MessageKey> keys;
    auto row = database.statement(
        "SELECT key FROM messages WHERE content_id = ?1 OR thread ="
        " (SELECT thread FROM messages WHERE content_id = ?1) ORDER BY key DESC LIMIT ?2");
    row.bind(content_id, most_of_thread);
    while (row.step()) {
        keys.push_back(row.id<MessageKey>());
    }
    std::reverse(keys.begin(), keys.end());
    std::vector<ListedMessage> messages;
    for (const auto key : keys) {
        messages.push_back(read_listed(database, key, std::nullopt));
    }
    return messages;
}

}  // namespace mailkeep::catalog
