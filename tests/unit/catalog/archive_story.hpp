// SPDX-License-Identifier: Apache-2.0
// Batches as the archive would hand them over, applied to a real catalog in a folder of its own,
// and remembered, so that they can be told to another catalog again.
#pragma once

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/catalog/catalog.hpp"

#include "support/temp_dir.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mailkeep::catalog::test {

inline Timestamp at(std::string_view text) {
    return parse_rfc3339(text).value();
}

inline const Timestamp story_begins = at("2024-06-01T12:00:00Z");

/// A message is known by a name of ours; its id is the digest of that.
inline ContentId id_of(std::string_view name) {
    return sha256(name);
}

struct Letter {
    std::string name;
    std::string subject;
    std::string from = "Alice <alice@example.org>";
    std::string to = "Bob <bob@example.net>";
    std::string cc;
    std::string bcc;
    std::string text;
    std::string message_id;
    std::string list_id;
    std::optional<Timestamp> sent_date = at("2024-05-01T10:00:00Z");
    std::vector<std::string> references;
    std::vector<std::string> attachments;
    std::uint64_t size = 1000;
};

inline MessageSummary summary_of(const Letter& letter) {
    return {.content_id = id_of(letter.name),
            .subject = letter.subject,
            .from = letter.from,
            .to = letter.to,
            .cc = letter.cc,
            .bcc = letter.bcc,
            .message_id = letter.message_id,
            .list_id = letter.list_id,
            .sent_date = letter.sent_date,
            .references = letter.references,
            .attachments = letter.attachments,
            .text = letter.text};
}

struct Told {
    CommittedBatch batch;
    std::vector<MessageSummary> summaries;
};

/// Collects the next batch; every event happens at the batch's time, one minute after the last.
class Story {
  public:
    Story() : catalog(dir.path(), Access::read_write) { begin(); }

    Story& letter(const Letter& letter) {
        next_.batch.messages.push_back(
            {id_of(letter.name), letter.size, {"journal/1.mkj", 100 * next_.batch.number, 7}});
        next_.summaries.push_back(summary_of(letter));
        return *this;
    }

    Story& event(decltype(Event::what) what, RunId run = RunId{1}) {
        next_.batch.events.push_back({next_.batch.at, run, std::move(what)});
        return *this;
    }

    Story& account(std::int64_t id, const std::string& name) {
        Account account;
        account.id = AccountId{id};
        account.name = name;
        account.server.host = "mail.example.org";
        return event(AccountSaved{account}, RunId{});
    }

    Story& mailbox(const std::string& name, UidValidity validity = 1, std::int64_t account = 1) {
        return event(
            MailboxSeen{AccountId{account}, name, name, '/', {"\\HasNoChildren"}, validity});
    }

    Story& seen(const std::string& name, const std::string& mailbox, Uid uid,
                const std::string& flags = "", std::int64_t account = 1) {
        return event(Seen{AccountId{account},
                          mailbox,
                          1,
                          uid,
                          "",
                          id_of(name),
                          {at("2024-05-20T08:00:00Z"), std::chrono::minutes{120}},
                          flags_from_text(flags)});
    }

    Story& flags(const std::string& mailbox, Uid uid, const std::string& flags) {
        return event(FlagsChanged{AccountId{1}, mailbox, 1, uid, flags_from_text(flags)});
    }

    Story& gone(const std::string& mailbox, const std::vector<Uid>& uids,
                GoneReason reason = GoneReason::vanished) {
        return event(Gone{AccountId{1}, mailbox, 1, UidSet::of(uids), reason});
    }

    /// Applies the batch, lets the index follow, and begins another; returns the moment it
    /// happened.
    Timestamp apply() {
        const auto happened = apply_only();
        catalog.index(told.back().summaries);
        return happened;
    }

    /// Without the index.
    Timestamp apply_only() {
        const auto happened = next_.batch.at;
        catalog.apply(next_.batch, next_.summaries);
        told.push_back(std::move(next_));
        begin();
        return happened;
    }

    mailkeep::test::TempDir dir;
    Catalog catalog;
    std::vector<Told> told;

  private:
    void begin() {
        next_ = {};
        next_.batch.number = told.size() + 1;
        next_.batch.at = story_begins + std::chrono::minutes{told.size()};
    }

    Told next_;
};

inline void tell(const std::vector<Told>& told, Catalog& catalog) {
    for (const auto& [batch, summaries] : told) {
        catalog.apply(batch, summaries);
    }
    for (const auto& [batch, summaries] : told) {
        catalog.index(summaries);
    }
}

}  // namespace mailkeep::catalog::test
