// SPDX-License-Identifier: Apache-2.0
// The nouns around a message: where its octets stand, what it says, where it was seen.
#pragma once

#include "mailkeep/base/time.hpp"
#include "mailkeep/model/flags.hpp"
#include "mailkeep/model/ids.hpp"
#include "mailkeep/model/uid_set.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mailkeep {

/// INTERNALDATE: an instant and the zone the server told it in, so it can be given back unchanged.
struct InternalDate {
    Timestamp at{};
    std::chrono::minutes zone{0};  ///< east of UTC

    friend bool operator==(const InternalDate&, const InternalDate&) = default;
};

/// In its zone: "2026-11-23T05:05:06+01:00", or with "Z" for UTC.
[[nodiscard]] std::string to_rfc3339(const InternalDate& date);

/// Where the archive holds a message. Only the archive understands it; the catalog remembers it.
struct Location {
    std::string file;          ///< below DATA, e.g. "journal/0000000001-000001.mkj"
    std::uint64_t frame = 0;   ///< offset of the first BLOCK frame in the file
    std::uint64_t offset = 0;  ///< of the message in that block's raw octets

    friend bool operator==(const Location&, const Location&) = default;
};

/// A message the archive holds.
struct StoredMessage {
    ContentId content_id;
    std::uint64_t size = 0;  ///< octets
    Location location;

    friend bool operator==(const StoredMessage&, const StoredMessage&) = default;
};

/// Of how words are made of a message and its attachments (rooms mail and extract). Another number
/// lets every index be made anew: raise it when the same mail gives other words.
inline constexpr int text_version = 1;

/// What a message says of itself; all text is valid UTF-8. Made by mail::summarize.
struct MessageSummary {
    ContentId content_id;
    std::string subject;
    std::string from;        ///< as shown: `Name <address>`, comma-separated when several
    std::string to;          ///< likewise
    std::string cc;          ///< likewise
    std::string bcc;         ///< likewise
    std::string message_id;  ///< without angle brackets
    std::string list_id;
    std::optional<Timestamp> sent_date;   ///< Date, else the last Received; else nothing
    std::vector<std::string> references;  ///< as mail::Message
    // For the index, which takes them later; mail::summarize_header leaves them empty.
    std::vector<std::string> attachments;  ///< file names, "" for one without
    std::vector<std::string>
        troubles;  ///< why words of each are missing, "" for none; may be shorter
    std::string text;
};

/// One message in one mailbox as a server shows it.
struct UidFlags {
    Uid uid = 0;
    Flags flags;
    std::uint64_t size = 0;  ///< RFC822.SIZE, a hint only; 0 when unknown

    friend bool operator==(const UidFlags&, const UidFlags&) = default;
};

/// A mailbox as the server shows it now; ascending by UID.
struct ServerView {
    UidValidity uid_validity = 0;
    std::vector<UidFlags> messages;
};

/// A mailbox as the catalog last saw it; ascending by UID. size is unused.
struct MirrorState {
    UidValidity uid_validity = 0;
    std::vector<UidFlags> messages;
};

/// How far a mailbox was followed: what the server said of it when the last pass that came to its
/// end began.
struct MailboxCursor {
    UidValidity uid_validity = 0;
    Uid uid_next = 0;
    std::uint32_t messages = 0;     ///< EXISTS
    std::optional<ModSeq> mod_seq;  ///< HIGHESTMODSEQ; nothing: the server keeps none
    Timestamp full_at{};            ///< when all UIDs and flags were compared last

    friend bool operator==(const MailboxCursor&, const MailboxCursor&) = default;
};

/// A message the server lists and does not give.
struct Quarantined {
    Uid uid = 0;
    std::string reason;  ///< the server's words, or what it did
    Timestamp since{};

    friend bool operator==(const Quarantined&, const Quarantined&) = default;
};

/// What became of the messages of a mailbox: on_server = archived + quarantined + to_come.
struct Completeness {
    Timestamp at{};  ///< since when it is so
    std::uint64_t on_server = 0;
    std::uint64_t archived = 0;
    std::uint64_t quarantined = 0;
    std::uint64_t to_come = 0;

    friend bool operator==(const Completeness&, const Completeness&) = default;
};

/// So much mail missing from a mailbox at once that it is not believed before a person accepts it.
struct Loss {
    std::string mailbox;  ///< wire name; empty: the whole account
    std::string name;     ///< UTF-8
    std::uint64_t lost = 0;
    std::uint64_t held = 0;  ///< that stood there before
    Timestamp found_at{};
    std::optional<Timestamp> accepted_at;

    friend bool operator==(const Loss&, const Loss&) = default;
};

/// A line of the POP3 ledger: a unique-id we have stood before.
struct CollectedMessage {
    Uid uid = 0;  ///< our running number of the placement
    std::string unique_id;
    ContentId content_id;
    std::uint64_t size = 0;
    Timestamp seen_at{};
    Timestamp internal_date{};
};

/// What was proven of a message when its server was told to delete it: its octets were read back
/// from the archive's disk, and, where deleting waits for it, stood in the replica too.
enum class RemovalProof { none, read_back, replicated };

/// "none", "read_back", "replicated"
[[nodiscard]] std::string_view name_of(RemovalProof proof);
[[nodiscard]] std::optional<RemovalProof> removal_proof_from(std::string_view name);

/// What is kept of a deletion on a server that we asked for; when it was is Placement::gone_at.
struct Receipt {
    RunId run;
    RemovalProof proof = RemovalProof::none;  ///< none: only concluded, the message being gone

    friend bool operator==(const Receipt&, const Receipt&) = default;
};

/// One message standing in one mailbox, with all that is needed to give it back.
struct Placement {
    PlacementId id;
    AccountId account;
    std::string account_name;
    std::string mailbox;  ///< UTF-8
    std::string mailbox_raw;
    char delimiter = 0;
    UidValidity uid_validity = 0;
    Uid uid = 0;
    StoredMessage message;
    std::string message_id;  ///< Message-ID field
    InternalDate internal_date;
    Flags flags;
    Timestamp seen_at{};
    std::optional<Timestamp> gone_at;
    std::optional<Receipt> receipt;  ///< of a message that we deleted on the server
};

/// limit is held to 1…500; cursor is what an earlier Page gave as next.
struct PageRequest {
    std::size_t limit = 50;
    std::string cursor;
};

template <class Item>
struct Page {
    std::vector<Item> items;
    std::string next;  ///< empty: this is the last page
};

}  // namespace mailkeep
