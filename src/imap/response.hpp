// SPDX-License-Identifier: Apache-2.0
// What arrives, as a value: the tagged answer to a command, a continuation, or data on its own. A
// kind mailkeep has no use for is Ignored, whatever its form; a kind it knows must be well-formed,
// up to the faults of servers named at each function.
#pragma once

#include "mailkeep/imap/types.hpp"

#include "decoder.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailkeep::imap {

/// A larger mailbox name, or one more capability, is the server's mischief.
constexpr std::size_t mailbox_name_limit = 4096;
constexpr std::size_t capability_count_limit = 512;
constexpr std::size_t capability_length_limit = 128;
/// RFC 8474 section 4.
constexpr std::size_t object_id_limit = 255;

enum class Status { ok, no, bad, preauth, bye };

/// "[NAME argument]" in front of a status text. The value is there for UIDVALIDITY, UIDNEXT,
/// MESSAGELIMIT (its UID), HIGHESTMODSEQ, PERMANENTFLAGS, MAILBOXID, CAPABILITY and APPENDUID, when
/// it can be read.
struct ResponseCode {
    std::string name;  ///< upper case; empty: none
    std::variant<std::monostate, std::uint32_t, std::vector<std::string>, Capabilities, AppendUids,
                 ModSeq>
        value;
};

struct Tagged {
    std::string tag;
    Status status = Status::bad;  ///< ok, no or bad
    ResponseCode code;
    std::string text;
};

/// A status response without a tag; the greeting is one.
struct Condition {
    Status status = Status::bad;
    ResponseCode code;
    std::string text;
};

struct Continuation {
    std::string text;
};

struct Exists {
    std::uint32_t count = 0;
};

/// "7 EXPUNGE": one message less.
struct Expunged {};

struct NamespaceData {
    std::optional<Namespace> personal;  ///< the first
};

/// Nothing: the item was not in the line, or cannot be read (INTERNALDATE, RFC822.SIZE).
struct FetchData {
    std::optional<Uid> uid;
    std::optional<Flags> flags;
    std::optional<std::uint64_t> size;
    std::optional<InternalDate> internal_date;
    std::optional<std::string> body;                      ///< BODY[]; empty for NIL
    std::optional<std::uint64_t> origin = {};             ///< of a part of it: BODY[]<7>
    std::optional<Spool> spool = {};                      ///< its octets, if they are too many
    std::optional<std::string> header = {};               ///< BODY[HEADER], or some fields of it
    std::string object_id = {};                           ///< EMAILID or X-GM-MSGID
    std::optional<std::vector<std::string>> labels = {};  ///< X-GM-LABELS, as Flags has them
};

struct StatusData {
    std::string mailbox;  ///< wire name
    MailboxStatus status;
};

/// RFC 7162 section 3.2.10.
struct Vanished {
    bool is_earlier = false;  ///< before the mailbox was opened
    UidSet uids;
};

/// "QUOTA" (RFC 9208): what is left under one root.
struct QuotaData {
    std::optional<std::uint64_t> free;  ///< octets of STORAGE; nothing: no such limit
};

/// What a search found, by SEARCH or ESEARCH. UIDs, since nothing else is ever searched for.
struct Found {
    UidSet uids;
};

struct Ignored {};

using Response =
    std::variant<Tagged, Condition, Continuation, Capabilities, ListEntry, NamespaceData, Exists,
                 FetchData, StatusData, Vanished, Found, QuotaData, Expunged, Ignored>;

/// Error{protocol} when it is none.
[[nodiscard]] Response parse_response(RawResponse raw);

}  // namespace mailkeep::imap
