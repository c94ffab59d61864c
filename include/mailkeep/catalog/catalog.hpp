// SPDX-License-Identifier: Apache-2.0
// The catalog: what stands where, found in milliseconds. SQLite (DATA/mailkeep.db, DATA/search.db);
// derived from the archive by apply(), batch after batch, except for runs that changed nothing and
// for sessions of the page. Schema: migrations/README.md.
#pragma once

#include "mailkeep/catalog/query.hpp"
#include "mailkeep/model/account.hpp"
#include "mailkeep/model/event.hpp"
#include "mailkeep/model/maildrop.hpp"
#include "mailkeep/model/watch.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::catalog {

enum class Access { read_only, read_write };

/// Which placements a restore or an export takes. Nothing set: all that stand now; what we deleted
/// on the server ourselves stands on. The query judges each placement by itself. What is gone is
/// taken only for a query that says is:gone, or when `message` names it.
struct Selection {
    std::optional<AccountId> account;
    std::vector<std::string> mailboxes;  ///< UTF-8 names
    SearchQuery query;
    std::optional<Timestamp> as_of;  ///< what stood at that moment; else what stands now
    std::optional<ContentId> message;
};

struct MailboxRow {
    MailboxId id;
    AccountId account;
    std::string account_name;
    std::string name;     ///< UTF-8
    std::string mailbox;  ///< wire name
    char delimiter = 0;
    std::vector<std::string> attributes;
    UidValidity uid_validity = 0;
    std::string object_id;  ///< see MailboxSeen
    bool is_gone = false;
    std::uint64_t messages = 0;  ///< that stand there (as of the moment asked for)
    std::uint64_t unread = 0;
    std::uint64_t size = 0;                    ///< octets
    std::optional<Completeness> completeness;  ///< since when it is so; not of the past
    std::vector<Quarantined> quarantined;      ///< by UID; likewise
};

/// Text in which something was found: the words, and what stands around them.
struct SnippetPiece {
    std::string text;  ///< UTF-8 on one line
    bool is_hit = false;

    friend bool operator==(const SnippetPiece&, const SnippetPiece&) = default;
};

/// How the text of a message begins.
struct KeptText {
    std::string text;       ///< UTF-8
    bool is_whole = false;  ///< there is no more of it
};

/// A line of a message list.
struct ListedMessage {
    MessageKey key;
    ContentId content_id;
    Timestamp date{};
    std::string from;
    std::string to;
    std::string subject;
    std::uint64_t size = 0;
    std::string account;  ///< of one placement: a present one if there is any
    std::string mailbox;
    Flags flags;
    bool is_gone = false;     ///< stands nowhere any more
    bool is_damaged = false;  ///< the archive cannot give it back
    std::vector<std::string> attachments;
    std::vector<SnippetPiece> snippet;  ///< for who asks for it: see sync/snippets.hpp
};

/// Nobody looks through more, and counting them would take longer than finding the first.
inline constexpr std::uint64_t most_counted = 10'000;

struct SearchPage {
    Page<ListedMessage> page;
    std::uint64_t total = 0;  ///< most_counted at most
    bool total_is_exact =
        true;  ///< else there are more, or counting them would have taken too long
};

/// What names a message to people.
struct MessageHeading {
    std::string subject;
    std::string from;
    std::optional<Timestamp> sent_date;
};

struct SelectedMailbox {
    AccountId account;
    std::string account_name;
    std::string name;     ///< UTF-8
    std::string mailbox;  ///< wire name
    char delimiter = 0;
};

struct MessageDetail {
    StoredMessage stored;
    MessageSummary summary;  ///< without text
    Timestamp date{};
    std::vector<Placement> placements;  ///< all, also those gone
    std::string damage;                 ///< why it cannot be given back; empty when it can
};

struct User {
    std::string name;
    std::string password_hash;
};

/// A signed-in browser. Only the SHA-256 of its token is kept.
struct WebSession {
    Digest token;
    std::string user;
    std::string csrf;
    Timestamp expires{};
};

/// A pack whose messages the catalog reads from it.
struct AdoptedPack {
    std::string name;  ///< "packs/ab/….mkp"
    std::uint64_t messages = 0;
    Timestamp adopted_at{};
    std::optional<Timestamp> verified_at;  ///< all of it; nothing: not since it was adopted
    std::string finding;                   ///< of that check; empty: it is whole
    std::uint64_t affected = 0;            ///< messages in it that could not be rebuilt
};

/// What a service does by itself from time to time, whatever the number of its starts.
enum class Chore { journals, retention, replica };

struct ChoreDone {
    Timestamp at{};
    std::string problem;  ///< what came of it; empty: all went well

    friend bool operator==(const ChoreDone&, const ChoreDone&) = default;
};

/// That mail could be given back, when it was tried last: a drill without a fault.
struct RestoreProof {
    Timestamp at{};
    std::uint64_t messages = 0;            ///< rebuilt from the archive
    std::optional<Timestamp> returned_at;  ///< when a server took such and gave them back
    std::string target;                    ///< URL of that server
};

/// A message the archive should hold whole and does not.
struct DamagedMessage {
    ContentId content_id;
    std::string what;
    Timestamp found_at{};
};

/// One stay of a message in a mailbox, as retention judges it.
struct Stay {
    AccountId account;
    std::string mailbox;  ///< UTF-8
    Timestamp internal_date{};
    Timestamp seen_at{};
    std::optional<Timestamp> gone_at;  ///< from the server
    bool deleted_by_us = false;
};

struct KeptMessage {
    ContentId content_id;
    std::uint64_t size = 0;
    std::vector<Stay> stays;  ///< at least one
};

/// A message that is no more, and was not stored again since.
struct ExpiredMessage {
    Expired what;
    Timestamp at{};
    std::uint64_t batch = 0;  ///< that told of it: copies in later ones are alive
};

struct PlacedHold {
    Hold hold;
    Timestamp placed_at{};
};

/// The two clocks of the machine at one moment.
struct ClockReading {
    Timestamp wall{};
    std::string boot;                     ///< the kernel's name of this boot; empty: not known
    std::chrono::milliseconds uptime{0};  ///< since then, sleep included

    friend bool operator==(const ClockReading&, const ClockReading&) = default;
};

/// A file in DATA/trash.
struct TrashedFile {
    std::string name;
    Timestamp since{};
    std::uint64_t runs_since = 0;  ///< that came to their end
};

/// A mailbox without all that has to be counted.
struct MailboxName {
    std::string name;     ///< UTF-8
    std::string mailbox;  ///< wire name
    UidValidity uid_validity = 0;
    bool is_gone = false;
    std::string object_id;  ///< see MailboxSeen
};

/// A message the archive can give back, with the internal date of a stay.
struct HeldMessage {
    StoredMessage stored;
    Timestamp internal_date{};
    std::string object_id;  ///< see Seen
};

/// Where a server has a message.
struct Place {
    std::string mailbox;  ///< wire name
    UidValidity uid_validity = 0;
    Uid uid = 0;
};

struct Totals {
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;
    std::uint64_t placements = 0;  ///< that stand now
};

/// Somebody whom mail came from or went to.
struct Correspondent {
    std::string name;  ///< may be empty
    std::string address;
    std::uint64_t messages = 0;  ///< of those that were looked at
};

/// A query that is being typed, completed.
struct Completion {
    std::string query;
    std::string label;  ///< for who chooses: an example of the field, a person, a name

    friend bool operator==(const Completion&, const Completion&) = default;
};

/// One connection, one thread. Any number of catalogs may be open on one folder; writers wait for
/// each other. Errors: storage, corrupt (naming the file, hint: mailkeep rebuild), invalid for a
/// newer schema.
class Catalog {
  public:
    /// read_write makes what is missing and migrates; read_only is Error{not_found} without one, or
    /// with one that a writer must bring up to date first. With a key of 32 octets the files are
    /// encrypted under it; under another one they look damaged.
    Catalog(const std::filesystem::path& data, Access access, const Secret& key = {});
    ~Catalog();
    Catalog(Catalog&&) noexcept;
    Catalog& operator=(Catalog&&) noexcept;

    /// All that is changed through this catalog within is one transaction: all of it, or nothing
    /// when `changes` throws. Takes more memory than any other call, and keeps it until rest().
    void together(const std::function<void()>& changes);
    void rest();
    /// For whoever goes through all of it: a catalog that only reads maps its files, and what it
    /// has touched of them counts as memory of the process.
    void bound_memory();
    /// All that is read through this catalog within is of one moment, and costs less than one by
    /// one.
    void at_one_moment(const std::function<void()>& reads) const;

    // What the archive told (accounts.cpp, mailboxes.cpp, placements.cpp, messages.cpp)

    /// Number of the last batch both files have.
    [[nodiscard]] std::uint64_t applied_up_to() const;
    /// One durable transaction (synchronous=FULL). Idempotent: a batch that either file already has
    /// is passed over there. Of the summaries only what header fields say is taken: text and
    /// attachments are for index(). Requires: number is at most applied_up_to()+1; a summary for
    /// every message of the batch.
    void apply(const CommittedBatch& batch, std::span<const MessageSummary> summaries);

    [[nodiscard]] std::vector<Account> accounts() const;  ///< by name
    [[nodiscard]] std::optional<Account> account(AccountId id) const;
    [[nodiscard]] std::optional<Account> account_named(std::string_view name) const;
    [[nodiscard]] AccountId next_account_id() const;  ///< never given before

    [[nodiscard]] std::vector<MailboxRow> mailboxes(std::optional<AccountId> account,
                                                    std::optional<Timestamp> as_of) const;
    [[nodiscard]] std::optional<MailboxRow> mailbox(AccountId account,
                                                    std::string_view wire_name) const;
    /// What stands there now, by UID. A mailbox never seen: uid_validity 0, nothing.
    [[nodiscard]] MirrorState mirror_state(AccountId account, std::string_view wire_name) const;
    /// The same under this UIDVALIDITY, also while the mailbox is still known by another.
    [[nodiscard]] MirrorState mirror_state(AccountId account, std::string_view wire_name,
                                           UidValidity uid_validity) const;
    /// What the server still has of what was archived: in INBOX, the POP3 ledger.
    [[nodiscard]] std::vector<CollectedMessage> collected(
        AccountId account, std::string_view wire_name = "INBOX") const;
    /// One more than the highest UID ever used there.
    [[nodiscard]] Uid next_uid(AccountId account, std::string_view wire_name) const;

    // For imports (imported.cpp)

    /// One more than the highest UID ever given to an imported message there.
    [[nodiscard]] Uid next_imported_uid(AccountId account, std::string_view wire_name) const;
    /// Whether so many copies of the message stand or stood in the mailbox, imported ones from UID
    /// `before` on aside, or the account's server shows it in any mailbox.
    [[nodiscard]] bool has_met(AccountId account, std::string_view wire_name,
                               const ContentId& content_id, std::uint64_t copies, Uid before) const;
    /// Imported messages that the account's server shows by now, in whatever mailbox: UIDs of
    /// imports by wire name.
    [[nodiscard]] std::map<std::string, UidSet> imported_and_shown(AccountId account) const;

    /// Nothing for a message that only events tell of.
    [[nodiscard]] std::optional<StoredMessage> stored(const ContentId& content_id) const;
    [[nodiscard]] std::optional<MessageDetail> message(const ContentId& content_id) const;
    [[nodiscard]] std::optional<MessageHeading> heading(const ContentId& content_id) const;
    /// The id a prefix of at least 8 hex digits stands for. Error{invalid} when several do.
    [[nodiscard]] std::optional<ContentId> resolve(std::string_view prefix) const;
    [[nodiscard]] Totals totals() const;
    /// Every message the archive should hold, in no order.
    void for_each_stored(const std::function<void(const StoredMessage&)>& sink) const;

    /// With as_of: what the same search found at that moment. A cursor is one of the same order.
    /// Error{invalid} for a bad one.
    [[nodiscard]] SearchPage search(const SearchQuery& query, std::optional<Timestamp> as_of,
                                    Timestamp now, const PageRequest& request,
                                    SearchOrder order = SearchOrder::newest) const;
    /// Whoever has a word in name or address that begins so; the last of several may be begun only.
    /// Of the newest mail of such people, those of the most messages first, `most` at most. Nothing
    /// when there is no word.
    [[nodiscard]] std::vector<Correspondent> correspondents(std::string_view beginning,
                                                            std::size_t most) const;
    /// The query with its last word completed: fields that begin so, and the values of those that
    /// have some to choose from. `most` at most; nothing where the query is empty or ends with a
    /// whole word.
    [[nodiscard]] std::vector<Completion> completions(std::string_view query,
                                                      std::size_t most) const;
    /// The messages that answer each other, this one among them, oldest first; of very many the
    /// newest. Nothing for an unknown message. One of an older catalog stands alone until the index
    /// has taken it in.
    [[nodiscard]] std::vector<ListedMessage> thread(const ContentId& content_id) const;
    /// Where the text says most of what the query asks of it; nothing when it says none. A few
    /// hundred octets.
    [[nodiscard]] std::vector<SnippetPiece> snippet(const SearchQuery& query,
                                                    std::string_view text) const;
    /// What the search index keeps of its text; nothing before the message is indexed, or where an
    /// older mailkeep did it.
    [[nodiscard]] std::optional<KeptText> kept_text(MessageKey key) const;
    /// By account, mailbox and UID.
    void for_each_placement(const Selection& selection, Timestamp now,
                            const std::function<void(const Placement&)>& sink) const;

    /// Each mailbox with something of the selection, in their order, as it was called.
    [[nodiscard]] std::vector<SelectedMailbox> selected_mailboxes(const Selection& selection,
                                                                  Timestamp now) const;

    /// As for_each_placement gave it at this time; nothing: it is no more.
    [[nodiscard]] std::optional<Placement> placement(PlacementId id,
                                                     std::optional<Timestamp> as_of) const;

    /// What restores put into a target's mailbox, by UIDVALIDITY, by UID there, the oldest first;
    /// UID 0 stands for a message that was about to be sent.
    void for_each_restored(
        std::string_view target, std::string_view mailbox,
        const std::function<void(UidValidity, Uid, const ContentId&)>& sink) const;

    [[nodiscard]] std::vector<User> users() const;
    [[nodiscard]] std::optional<User> user(std::string_view name) const;

    // How mailboxes are followed (following.cpp): not told by batches. A rebuild forgets it, and
    // the next run compares everything. Mailboxes the catalog does not know are passed over

    /// Nothing for a mailbox that is gone, was never followed to the end, or whose account was
    /// saved since.
    [[nodiscard]] std::optional<MailboxCursor> cursor(AccountId account,
                                                      std::string_view wire_name) const;
    void note_cursor(AccountId account, std::string_view wire_name, const MailboxCursor& cursor);
    void forget_cursor(AccountId account, std::string_view wire_name);

    /// What the server did not give under this UIDVALIDITY, by UID.
    [[nodiscard]] std::vector<Quarantined> quarantined(AccountId account,
                                                       std::string_view wire_name,
                                                       UidValidity uid_validity) const;
    /// In place of all that was noted of the mailbox; `since` stays that of the first time. The
    /// completeness goes with it, in one transaction.
    void note_quarantined(AccountId account, std::string_view wire_name, UidValidity uid_validity,
                          std::span<const Quarantined> messages, const Completeness& completeness);

    /// How many placements are on the server as far as is known.
    [[nodiscard]] std::uint64_t count_on_server(AccountId account,
                                                std::string_view wire_name) const;

    /// By mailbox.
    [[nodiscard]] std::vector<Loss> losses(AccountId account) const;
    /// found_at stays that of the first time; an acceptance does not: it was for another loss.
    void note_loss(AccountId account, const Loss& loss);
    void forget_loss(AccountId account, std::string_view wire_name);
    /// Returns how many were accepted that were not before.
    std::uint64_t accept_losses(AccountId account, Timestamp at);

    // What is known already (identity.cpp)

    /// By name; also those that are gone.
    [[nodiscard]] std::vector<MailboxName> mailbox_names(AccountId account) const;
    /// Whole messages of this size that stand, or stood, in a mailbox of the account: one for each
    /// internal date and object id.
    [[nodiscard]] std::vector<HeldMessage> held_of_size(AccountId account,
                                                        std::uint64_t size) const;
    /// For these messages on the server, where else on it their octets stand.
    void for_each_twin(AccountId account, std::string_view wire_name, UidValidity uid_validity,
                       const UidSet& uids,
                       const std::function<void(Uid, const Place&)>& sink) const;

    // Packs and damage (packs.cpp): not told by batches. A rebuild forgets when a pack was checked,
    // and finds damage again

    /// Reads these messages from the pack from now on, in one transaction. Messages the catalog
    /// does not know or lacks (expired, missing) are passed over. Idempotent; what was noted of the
    /// pack before stays.
    void adopt(std::string_view pack, std::span<const StoredMessage> messages, Timestamp at);
    /// By name.
    [[nodiscard]] std::vector<AdoptedPack> adopted_packs() const;
    /// The pack is no more. Its messages should have been adopted from elsewhere before.
    void forget_pack(std::string_view pack);
    /// All of it was checked; an empty finding: it is whole.
    void note_check(std::string_view pack, Timestamp at, std::string_view finding,
                    std::uint64_t affected);

    /// Again for the same message: the newer finding counts, its time stays the first one.
    void note_damage(const DamagedMessage& damaged);
    void clear_damage(const ContentId& content_id);
    /// By content id: what was noted, and what the archive told of but does not hold.
    [[nodiscard]] std::vector<DamagedMessage> damaged() const;
    [[nodiscard]] std::optional<DamagedMessage> damage_of(const ContentId& content_id) const;

    /// When it was done last. A rebuild forgets it.
    [[nodiscard]] std::optional<ChoreDone> chore(Chore chore) const;
    void note_chore(Chore chore, const ChoreDone& done);

    /// Of an account, or (0) of the whole archive. A rebuild forgets it.
    [[nodiscard]] std::optional<RestoreProof> restore_proof(AccountId account) const;
    /// Without returned_at, what is known of a server stays.
    void note_proof(AccountId account, const RestoreProof& proof);

    // Retention (retention.cpp): what has expired and what is held is told by batches; the clock,
    // the trash and dead words are not

    [[nodiscard]] std::vector<ExpiredMessage> expired() const;  ///< by content id
    [[nodiscard]] std::vector<PlacedHold> holds() const;        ///< by name
    /// Every message that was ever seen in a mailbox, one at a time.
    void for_each_kept(const std::function<void(const KeptMessage&)>& sink) const;
    [[nodiscard]] std::optional<KeptMessage> kept(const ContentId& content_id) const;

    /// The time of the last batch.
    [[nodiscard]] std::optional<Timestamp> last_batch_at() const;

    /// What was noted last.
    [[nodiscard]] std::optional<ClockReading> clock_reading() const;
    void note_clock(const ClockReading& reading);

    [[nodiscard]] std::vector<TrashedFile> trashed() const;  ///< by name
    /// Its time begins now, unless it has begun.
    void note_trashed(std::string_view name, Timestamp at);
    void forget_trashed(std::string_view name);

    /// Expired messages whose words the search index still holds. No search finds them.
    [[nodiscard]] std::uint64_t dead_words() const;
    /// Empties the index; all messages wait for it then.
    void drop_search_index();

    // The search index (indexing.cpp) follows what was applied: words and names of attachments

    /// Newest first, those that wait for the index. What is known to be damaged does not: it cannot
    /// be read.
    [[nodiscard]] std::vector<StoredMessage> unindexed(std::size_t most) const;
    [[nodiscard]] std::uint64_t count_unindexed() const;
    /// How many attachments lack words in the index, by reason.
    [[nodiscard]] std::map<std::string, std::uint64_t> troubled_attachments() const;
    /// Takes their words and attachments in. What does not wait is passed over, so that nothing
    /// comes in twice.
    void index(std::span<const MessageSummary> summaries);

    // Runs (runs.cpp): written at once; RunStarted and RunFinished bring them back in a rebuild

    [[nodiscard]] RunId start_run(AccountId account, RunKind kind, Timestamp at);
    void finish_run(const Run& run);
    /// That a run waits, or no more.
    void note_pause(RunId run, const std::optional<Pause>& pause);
    [[nodiscard]] std::optional<Run> run(RunId id) const;
    [[nodiscard]] std::optional<Run> last_run(AccountId account) const;
    [[nodiscard]] std::vector<Run> runs(std::size_t most) const;  ///< newest first
    /// What a restore did, as a text that only who wrote it understands; of the last ones. A
    /// rebuild forgets it.
    [[nodiscard]] std::optional<std::string> restore_report(RunId run) const;
    void note_restore_report(RunId run, std::string_view report);
    /// Runs a crash left as running become failed.
    void close_broken_runs(Timestamp at);

    // What POP3 servers said last (maildrops.cpp): forgotten in a rebuild, told again by each run

    [[nodiscard]] MaildropRules maildrop(AccountId account) const;
    void note_maildrop(AccountId account, const MaildropRules& rules);

    // Mailboxes that a service follows (watches.cpp): written by it alone, forgotten in a rebuild

    [[nodiscard]] Watching watching(AccountId account) const;
    void note_watching(AccountId account, const Watching& watching);
    void forget_watches();

    // The page's sessions (users.cpp): lost in a rebuild, people sign in again

    void add_web_session(const WebSession& session);
    [[nodiscard]] std::optional<WebSession> web_session(const Digest& token, Timestamp now) const;
    void remove_web_session(const Digest& token);
    void forget_expired_sessions(Timestamp now);

    /// A digest of every derived row of each table, for comparing two catalogs of one archive.
    [[nodiscard]] std::map<std::string, Digest> fingerprint() const;
    /// What SQLite finds wrong in either file; empty when nothing is.
    [[nodiscard]] std::vector<std::string> integrity_findings() const;

  private:
    class State;
    std::unique_ptr<State> state_;
};

/// The two files of the catalog and what SQLite keeps beside them; for rebuild, which swaps them.
[[nodiscard]] std::vector<std::string> file_names();

}  // namespace mailkeep::catalog
