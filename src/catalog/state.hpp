// SPDX-License-Identifier: Apache-2.0
// What stands behind a Catalog: the connection, and the half of apply() that each table family does
// for itself. All of it runs inside the one transaction of Catalog::apply.
#pragma once

#include "mailkeep/catalog/catalog.hpp"

#include "sqlite.hpp"
#include "tokenizer.hpp"

#include <limits>
#include <map>
#include <set>

namespace mailkeep::catalog {

inline constexpr const char* catalog_file = "mailkeep.db";
inline constexpr const char* search_file = "search.db";

/// The number of the last batch each file has. They differ after a crash between their commits, as
/// WAL files do not commit together.
struct Applied {
    std::uint64_t catalog = 0;
    std::uint64_t search = 0;

    [[nodiscard]] std::uint64_t both() const { return std::min(catalog, search); }
};

class Catalog::State {
  public:
    State(const std::filesystem::path& data, Access access, const Secret& key);

    Database database;
    Tokenizer tokenizer;

    [[nodiscard]] Applied applied();

    void apply_to_catalog(const CommittedBatch& batch, std::span<const MessageSummary> summaries);
    void apply_to_search(const CommittedBatch& batch);
    /// Nothing for a message that does not wait (any more).
    void write_attachments(const MessageSummary& summary);
    void write_words(std::span<const MessageSummary> summaries);
    /// Nothing for a message that has one. An older catalog did not keep its references.
    void write_thread(const MessageSummary& summary);

    /// The index belongs to this catalog, has nothing, and waits for all. Inside a transaction.
    void empty_search();

    [[nodiscard]] MailboxId find_mailbox(AccountId account, std::string_view mailbox);
    /// Completeness and what is quarantined, into the row.
    void read_following(MailboxRow& mailbox);

  private:
    /// What a placement takes from its message.
    struct PlacedMessage {
        MessageKey key;
        std::uint64_t size = 0;
        Timestamp date;
    };

    void adopt_search();
    [[nodiscard]] bool fits(std::string_view condition);

    // accounts.cpp
    void apply(const Event& event, const AccountSaved& saved);
    void apply(const Event& event, const AccountRemoved& removed);
    void ensure_account(AccountId id);
    // users.cpp
    void apply(const Event& event, const UserSaved& saved);
    void apply(const Event& event, const UserRemoved& removed);
    // runs.cpp
    void apply(const Event& event, const RunStarted& started);
    void apply(const Event& event, const RunFinished& finished);
    // mailboxes.cpp
    void apply(const Event& event, const MailboxSeen& seen);
    void apply(const Event& event, const MailboxGone& gone);
    void apply(const Event& event, const MailboxRenamed& renamed);
    [[nodiscard]] MailboxId ensure_mailbox(AccountId account, std::string_view mailbox,
                                           Timestamp at);
    // following.cpp
    void forget_cursors(AccountId account);
    void forget_following(MailboxId mailbox);
    // placements.cpp
    void apply(const Event& event, const Seen& seen);
    void apply(const Event& event, const FlagsChanged& changed);
    void apply(const Event& event, const Gone& gone);
    void apply(const Event& event, const Restored& restored);
    [[nodiscard]] MailboxId mailbox_of(const Event& event, const Seen& seen);
    [[nodiscard]] PlacedMessage message_of(const Seen& seen, MailboxId mailbox);
    void insert_placement(const Event& event, const Seen& seen, MailboxId mailbox,
                          const PlacedMessage& message);
    void set_unique_id(std::int64_t placement, const std::string& unique_id);
    void set_flags(const Event& event, std::int64_t placement, const Flags& flags);
    void end_placements_of_other_validity(const Event& event, MailboxId mailbox,
                                          UidValidity uid_validity);
    // retention.cpp
    void apply(const Event& event, const Expired& expired);
    void apply(const Event& event, const HoldPlaced& placed);
    void apply(const Event& event, const HoldLifted& lifted);
    // messages.cpp
    void add_messages(const CommittedBatch& batch, std::span<const MessageSummary> summaries);
    void insert_message(const StoredMessage& stored, const MessageSummary& summary, Timestamp date);
    void write_message(MessageKey key, const StoredMessage& stored, const MessageSummary& summary,
                       Timestamp date);
    [[nodiscard]] bool fill_stub(const StoredMessage& stored, const MessageSummary& summary);
    [[nodiscard]] PlacedMessage insert_stub(const ContentId& content_id, Timestamp internal_date);
    [[nodiscard]] bool is_dead(MessageKey key);
    [[nodiscard]] MessageKey key_of(const ContentId& content_id);
    [[nodiscard]] MessageKey free_key(Timestamp date);

    // counts.cpp
    void count_message(MessageKey key, std::uint64_t size, Timestamp date);
    void count_placement(MailboxId mailbox, Timestamp seen_at, const Seen& seen,
                         const PlacedMessage& message);
    void write_counts();
    // threads.cpp
    /// Into the thread of its names, or one of its own; threads that share it become one.
    void link_thread(MessageKey key);
    void merge_threads(std::int64_t into, std::int64_t from);
    /// The message goes: mend_threads finds out whether the rest still belongs together.
    void break_thread(MessageKey key);
    void mend_threads();
    // indexing.cpp
    [[nodiscard]] MessageKey pending_key_of(const ContentId& content_id);
    void write_words(MessageKey key, const MessageSummary& summary);

    std::uint64_t applying_batch_ = 0;
    Timestamp applying_at_{};
    /// For a minute's first key, the first that may still be free. A minute may have thousands of
    /// messages. Forgotten when keys become free.
    std::map<std::int64_t, std::int64_t> next_free_key_;

    /// The mailbox of the message seen last, while nothing but messages is seen.
    struct SeenIn {
        AccountId account;
        std::string mailbox;
        MailboxId id;
    };

    std::optional<SeenIn> seen_in_;
    std::map<ContentId, PlacedMessage> new_messages_;  ///< that the batch being applied brought

    struct Added {
        struct Day {
            std::int64_t messages = 0;
            std::int64_t unread = 0;
            std::uint64_t size = 0;
        };

        struct Uids {
            UidValidity uid_validity = 0;  ///< of the first
            Uid last = 0;
        };

        std::map<std::pair<std::int64_t, std::int64_t>, Day> days;  ///< by mailbox and day
        std::map<std::int64_t, Uids> uids;                          ///< by mailbox
        std::uint64_t messages = 0;
        std::uint64_t size = 0;
        std::int64_t most_moved = 0;
        std::int64_t most_ahead = std::numeric_limits<std::int64_t>::min();
    } added_;  ///< by the batch being applied

    std::set<std::int64_t> broken_threads_;  ///< of the batch being applied
};

/// The summary of each message of the batch, in the batch's order. Requires: there is one.
[[nodiscard]] std::vector<const MessageSummary*> match_summaries(
    const CommittedBatch& batch, std::span<const MessageSummary> summaries);

}  // namespace mailkeep::catalog
