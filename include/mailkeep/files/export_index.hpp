// SPDX-License-Identifier: Apache-2.0
// The index of an export: what cannot stand in the files themselves. `index.jsonl` has it exact,
// for programs; `index.csv` the same for people and spreadsheets. In a folder, a zip or a tar both
// stand at its top; beside an mbox in one file they are FILE.index.jsonl and FILE.index.csv, where
// FILE is its whole name ("all.mbox", "all.mbox.zst"). Standard output has none.
//
// JSON Lines (UTF-8): one object a line, one line a message in a mailbox, in the order of the
// export. Fields may be added: a reader passes over those it does not know, and takes one that is
// not there for what stands in brackets.
//
//   path           where the message is, relative to the index's folder, "/" between components;
//                  of an mbox in one file its name
//   offset         of the message's first octet in an mbox, behind its From_ line; in a compressed
//                  one, of what it is uncompressed [0; eml and Maildir always]
//   octets         how many octets it takes from there, ">From " quoting included, without the
//                  line ends written behind it [all of the file]
//   id             lowercase hex SHA-256 of the message's octets
//   size           of these octets: after unquoting, exactly as many
//   account        name
//   mailbox        UTF-8 name, as on the server
//   delimiter      of its hierarchy, one character, or "" for none [""]
//   uid            [0]
//   uid_validity   [0]
//   flags          ["\\Seen","\\Flagged",…] [none]
//   keywords       ["$Forwarded",…] [none]
//   labels         of Gmail [none]
//   internal_date  RFC 3339 with the server's zone: "2026-11-23T04:05:06+01:00"
//   gone_at        RFC 3339, since when it stands there no more; null: it stands there [null]
//   subject, from  decoded, for people
//   date           RFC 3339 of the Date field, or null
//
// A line without `id` is a mailbox without messages: it has account, mailbox, delimiter and path.
//
// CSV (RFC 4180, UTF-8): the same columns in this order, below a line of their names; words of a
// list with spaces between, labels with "; ". A text that a spreadsheet would take for a formula
// begins with an apostrophe.
//
// The files themselves:
//   mbox     mboxrd. "From MAILER-DAEMON " and the internal date in UTC as asctime has it ("Mon Nov
//            23 03:05:06 2026"), then LF. The message's own octets, CRLF included; each line
//            (behind a LF, or the first) that is ">"*"From " is one ">" deeper. Behind a message
//            that does not end with LF a LF, and behind each message an empty line (LF). `octets`
//            tells whether the LF is the message's own.
//   eml      the message's octets, and nothing else.
//   maildir  Maildir++ in a folder for each account: INBOX is that folder itself, every other
//            mailbox ".A.B" in it: modified UTF-7, with "&AC4-" for a dot and "&AC8-" for a slash
//            within a name. In cur/ "<seconds>.<unique>.mailkeep,S=<size>,W=<size with CRLF>:2,"
//            and flags DFRST, P ($Forwarded), a-z (keywords, by the file dovecot-keywords of the
//            folder: "0 name" is a). mtime is the internal date.
// A name that cannot stand for a mailbox in a path (too long, "..", differing in case only) is
// altered there; the index has the true one.
#pragma once

#include "mailkeep/model/message.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::files {

/// What stands beside the files of an export; failed.txt names messages that cannot be given back.
inline constexpr std::array<std::string_view, 3> export_notes{"index.jsonl", "index.csv",
                                                              "failed.txt"};

/// What a line says beside the placement.
struct IndexLine {
    std::string path;
    std::uint64_t offset = 0;
    std::uint64_t octets = 0;
    std::string subject;
    std::string from;
    std::optional<Timestamp> date;
};

/// Each with its line end. A message.
[[nodiscard]] std::string to_json_line(const Placement& placement, const IndexLine& line);
[[nodiscard]] std::string to_csv_line(const Placement& placement, const IndexLine& line);

/// A mailbox without messages, of which account, mailbox and delimiter are taken.
[[nodiscard]] std::string to_json_line(const Placement& mailbox, const std::string& path);
[[nodiscard]] std::string to_csv_line(const Placement& mailbox, const std::string& path);

/// The line of the names of columns.
[[nodiscard]] std::string csv_head();

}  // namespace mailkeep::files
