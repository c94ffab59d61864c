// SPDX-License-Identifier: Apache-2.0
// What an IMAP server says, as values (RFC 9051, RFC 3501).
#pragma once

#include "mailkeep/base/spool.hpp"
#include "mailkeep/model/flags.hpp"
#include "mailkeep/model/message.hpp"
#include "mailkeep/model/uid_set.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::imap {

/// Names in upper case. Valid for the state they were told in; the session asks again after
/// STARTTLS and after login.
struct Capabilities {
    std::set<std::string> names;

    [[nodiscard]] bool has(const std::string& name) const { return names.contains(name); }
};

/// Whether a session is compressed (COMPRESS=DEFLATE, RFC 4978). automatic: where the line is what
/// is slow.
enum class Compression { automatic, always, never };

/// What STATUS tells of a mailbox; nothing: it did not.
struct MailboxStatus {
    std::optional<UidValidity> uid_validity;
    std::optional<Uid> uid_next;
    std::optional<std::uint32_t> messages;
    std::optional<ModSeq> mod_seq;  ///< HIGHESTMODSEQ

    friend bool operator==(const MailboxStatus&, const MailboxStatus&) = default;
};

/// One line of LIST. `mailbox` is the wire name, octet for octet as sent.
struct ListEntry {
    std::string mailbox;
    std::string name;    ///< UTF-8; a name that cannot be decoded is shown as it is
    char delimiter = 0;  ///< 0: NIL
    std::vector<std::string> attributes;  ///< as sent, "\HasChildren"; sorted
    std::optional<MailboxStatus> status;  ///< when it was asked for and told

    /// False for \Noselect and \NonExistent, in any case.
    [[nodiscard]] bool is_selectable() const;
};

/// The first personal namespace (RFC 2342).
struct Namespace {
    std::string prefix;  ///< wire name
    char delimiter = 0;
};

/// What was known of a mailbox when it was followed last (RFC 7162): the server then tells what
/// became of the UIDs up to `last`.
struct KnownState {
    UidValidity uid_validity = 0;
    ModSeq mod_seq = 0;
    Uid last = 0;
};

struct SelectData {
    std::uint32_t exists = 0;
    UidValidity uid_validity = 0;
    std::optional<Uid> uid_next;
    std::optional<ModSeq> mod_seq;  ///< HIGHESTMODSEQ; nothing: NOMODSEQ, or not told
    std::string object_id;          ///< MAILBOXID (RFC 8474); empty: not told
    std::vector<UidFlags> changed;  ///< since the known state, ascending, each UID once; no sizes
    UidSet vanished;                ///< since the known state; may hold UIDs that never were there
    std::optional<std::vector<std::string>> permanent_flags;  ///< nothing: not told, all allowed
};

/// Where messages go that are too large for memory. Whoever gives it gives both functions.
struct LargeMessages {
    std::uint64_t above = UINT64_MAX;  ///< octets
    /// For one of which only the size is known.
    std::function<Spool()> make = {};
    /// For one that is fetched in parts; may hold what came of it before.
    std::function<Spool(const UidFlags&)> resume = {};
    std::uint64_t part_octets = std::uint64_t{1} << 20;
    std::size_t in_flight = 4;  ///< parts asked for at once
};

/// Octets on their way to a server; they come in pieces, so that they need not be in memory.
struct LongText {
    std::uint64_t size = 0;
    std::function<void(const std::function<void(std::string_view)>&)> read;  ///< exactly so many
    bool is_binary = false;  ///< to be sent as literal8 (RFC 3516)
};

/// A message fetched whole. raw is exactly the octets of the literal.
struct FetchedMessage {
    Uid uid = 0;
    std::string raw;
    InternalDate internal_date;
    Flags flags;
    std::string object_id = {};       ///< see ReadSession::tells_object_ids
    std::optional<Spool> spool = {};  ///< of a large message, closed; raw is empty then

    [[nodiscard]] std::uint64_t size() const { return spool ? spool->size() : raw.size(); }
};

/// What tells whether a message is known, without its text; what the server did not tell is
/// missing.
struct Identity {
    Uid uid = 0;
    std::uint64_t size = 0;  ///< RFC822.SIZE; 0: not told
    std::optional<InternalDate> internal_date;
    std::string object_id;  ///< see ReadSession::tells_object_ids
};

/// A message by its number, for lists of all there are.
struct UidSize {
    Uid uid = 0;
    std::uint64_t size = 0;  ///< RFC822.SIZE; 0: not told

    friend auto operator<=>(const UidSize&, const UidSize&) = default;
};

/// A message the server did not give although it was asked for.
struct Unfetched {
    Uid uid = 0;
    std::string reason;  ///< the server's words, or that it sent nothing
};

/// Where the messages of one APPEND ended up; nothing without UIDPLUS (RFC 4315).
struct AppendUids {
    UidValidity uid_validity = 0;
    UidSet uids;  ///< ascending, as the messages were sent
};

}  // namespace mailkeep::imap
