// SPDX-License-Identifier: Apache-2.0
// What happened. The archive keeps events beside the messages; the catalog is what comes out when
// all of them are applied in order. A mailbox is named by account and wire name, never by a row.
#pragma once

#include "mailkeep/model/account.hpp"
#include "mailkeep/model/message.hpp"
#include "mailkeep/model/run.hpp"

#include <string>
#include <variant>
#include <vector>

namespace mailkeep {

struct AccountSaved {
    Account account;

    friend bool operator==(const AccountSaved&, const AccountSaved&) = default;
};

/// The account's settings go; its mail stays.
struct AccountRemoved {
    AccountId account;

    friend bool operator==(const AccountRemoved&, const AccountRemoved&) = default;
};

struct UserSaved {
    std::string name;
    std::string password_hash;

    friend bool operator==(const UserSaved&, const UserSaved&) = default;
};

struct UserRemoved {
    std::string name;

    friend bool operator==(const UserRemoved&, const UserRemoved&) = default;
};

/// Stands before the first event of a run that changed something.
struct RunStarted {
    AccountId account;
    RunKind kind = RunKind::mirror;

    friend bool operator==(const RunStarted&, const RunStarted&) = default;
};

struct RunFinished {
    RunState state = RunState::done;
    RunCounts counts;
    std::string error;
    std::string hint;
    std::optional<Errc> error_code;

    friend bool operator==(const RunFinished&, const RunFinished&) = default;
};

/// A mailbox is there, new or with other attributes or another UIDVALIDITY than before.
struct MailboxSeen {
    AccountId account;
    std::string mailbox;  ///< wire name
    std::string name;     ///< UTF-8
    char delimiter = 0;
    std::vector<std::string> attributes;  ///< as sent, sorted
    UidValidity uid_validity = 0;
    std::string object_id = {};  ///< what the server calls it under any name: MAILBOXID

    friend bool operator==(const MailboxSeen&, const MailboxSeen&) = default;
};

/// The server lists the mailbox no more. Its messages are gone with it, by Gone events of their
/// own.
struct MailboxGone {
    AccountId account;
    std::string mailbox;

    friend bool operator==(const MailboxGone&, const MailboxGone&) = default;
};

/// The mailbox has another name, and is the same all the while: its UIDs and its history go on.
/// There is none of the new name, and never was.
struct MailboxRenamed {
    AccountId account;
    std::string mailbox;      ///< wire name until now
    std::string new_mailbox;  ///< wire name from now on
    std::string name;         ///< UTF-8, from now on
    char delimiter = 0;

    friend bool operator==(const MailboxRenamed&, const MailboxRenamed&) = default;
};

/// A message stands in a mailbox. For POP3 uid is our own running number, uid_validity 1; likewise
/// for one that was imported, uid_validity 0: no server shows it, until one shows the same message.
struct Seen {
    AccountId account;
    std::string mailbox;
    UidValidity uid_validity = 0;
    Uid uid = 0;
    std::string unique_id;  ///< POP3 only (RFC 1939, UIDL)
    ContentId content_id;
    InternalDate internal_date;
    Flags flags;
    std::string object_id = {};  ///< what the server calls the octets: EMAILID or X-GM-MSGID

    friend bool operator==(const Seen&, const Seen&) = default;
};

struct FlagsChanged {
    AccountId account;
    std::string mailbox;
    UidValidity uid_validity = 0;
    Uid uid = 0;
    Flags flags;

    friend bool operator==(const FlagsChanged&, const FlagsChanged&) = default;
};

enum class GoneReason { vanished, uid_validity, mailbox, deleted_by_us };

struct Gone {
    AccountId account;
    std::string mailbox;
    UidValidity uid_validity = 0;
    UidSet uids;
    GoneReason reason = GoneReason::vanished;
    RemovalProof proof = RemovalProof::none;  ///< of all of them; deleted_by_us only

    friend bool operator==(const Gone&, const Gone&) = default;
};

/// A message was appended to a server by a restore; with UID 0, it is about to be sent. Of what has
/// the one and not the other, nobody knows whether it arrived, or where.
struct Restored {
    std::string target;   ///< to_url of the server
    std::string mailbox;  ///< wire name there
    UidValidity uid_validity = 0;
    Uid uid = 0;
    ContentId content_id;

    friend bool operator==(const Restored&, const Restored&) = default;
};

/// A rule has let go of a message: nothing else keeps it, and its octets may be dropped. Account
/// and mailbox are those whose rule kept it longest. Stored again later, it is a message like any
/// other.
struct Expired {
    ContentId content_id;
    AccountId account;
    std::string mailbox;  ///< UTF-8
    std::string rule;     ///< e.g. "7y from ingest"

    friend bool operator==(const Expired&, const Expired&) = default;
};

/// Another hold of the same name is replaced.
struct HoldPlaced {
    Hold hold;

    friend bool operator==(const HoldPlaced&, const HoldPlaced&) = default;
};

struct HoldLifted {
    std::string name;

    friend bool operator==(const HoldLifted&, const HoldLifted&) = default;
};

struct Event {
    Timestamp at{};
    RunId run;  ///< none for settings
    std::variant<AccountSaved, AccountRemoved, UserSaved, UserRemoved, RunStarted, RunFinished,
                 MailboxSeen, MailboxGone, MailboxRenamed, Seen, FlagsChanged, Gone, Restored,
                 Expired, HoldPlaced, HoldLifted>
        what;

    friend bool operator==(const Event&, const Event&) = default;
};

/// A message that expired and of which only the id is kept.
struct GoneMessage {
    ContentId content_id;
    std::uint64_t place = 0;  ///< among all messages that the batch was committed with
};

/// A batch as the archive holds it: what was committed together.
struct CommittedBatch {
    std::uint64_t number = 0;  ///< 1, 2, 3 … over the whole archive, without gaps
    Timestamp at{};
    std::vector<StoredMessage> messages;  ///< in their order, without those that are gone
    std::vector<Event> events;
    Digest digest;  ///< of its COMMIT frame: links it to all batches before it

    // What the log has entries of; only in what is read from the archive.
    std::vector<GoneMessage> gone;  ///< ascending
    std::string records;            ///< the events octet for octet, of unknown kinds too
    std::uint64_t size = 0;         ///< messages and events when it was committed
};

}  // namespace mailkeep
