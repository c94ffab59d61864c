// SPDX-License-Identifier: Apache-2.0
// Writes a command with typed arguments, so that nothing a server, a user or a message says can
// become a command of its own (RFC 9051 section 9).
#pragma once

#include "mailkeep/imap/types.hpp"
#include "mailkeep/model/message.hpp"
#include "mailkeep/model/uid_set.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::imap {

/// How literals may be sent: with a wait for "+"; without one up to 4096 octets (LITERAL-);
/// without one (LITERAL+). RFC 7888.
enum class LiteralForm { synchronizing, minus, plus };

/// The best form the server offers.
[[nodiscard]] LiteralForm literal_form_of(const Capabilities& capabilities);

/// ATOM-CHAR only, not empty. Narrower than what servers send, on purpose.
[[nodiscard]] bool is_atom(std::string_view text);

/// A piece of a command that is sent in one go.
struct Fragment {
    enum class Start { at_once, after_continuation };

    Start start = Start::at_once;
    std::string_view literal;          ///< borrowed; goes before the text
    const LongText* stream = nullptr;  ///< borrowed; likewise, in place of `literal`
    std::string text;
};

/// One command without its tag and its last CRLF. Borrows the arguments of string, astring and
/// literal until it is sent. A new fragment begins at every literal.
class Encoder {
  public:
    /// Requires: a command of ours, "UID FETCH".
    explicit Encoder(std::string_view command);

    /// Requires: printable and without blanks, quotes, parentheses, braces.
    Encoder& atom(std::string_view word);
    /// Atoms in parentheses.
    Encoder& list(const std::vector<std::string>& words);
    /// "(STATUS (MESSAGES UIDNEXT))": a word and, behind it, words in parentheses of their own.
    Encoder& nested_list(std::string_view word, const std::vector<std::string>& words);
    /// `(mailboxes ("INBOX" "a b") (MessageNew))` of NOTIFY (RFC 5465); without any mailbox
    /// `(personal (MessageNew))`, which is all. Requires: names of printable ASCII.
    Encoder& event_group(const std::vector<std::string>& mailboxes,
                         const std::vector<std::string>& events);
    /// Atom, else quoted, else a synchronizing literal: arguments that need one are rare, and no
    /// server can then take their octets for commands. Error{invalid} for NUL.
    Encoder& astring(std::string_view text);
    /// Quoted, else a synchronizing literal.
    Encoder& string(std::string_view text);
    /// Gmail's labels (UTF-8) in parentheses, "\\Inbox" and the like as atoms.
    Encoder& labels(const std::vector<std::string>& labels);
    Encoder& uid_set(const UidSet& uids);
    /// As to_date_time says.
    Encoder& date_time(const InternalDate& date);
    Encoder& literal(std::string_view octets, LiteralForm form);
    /// The same of octets that come in pieces; as literal8 (RFC 3516) if need be.
    Encoder& literal(const LongText& text, LiteralForm form);
    /// "(BODY.PEEK[HEADER.FIELDS (NAME)])". Requires: an atom.
    Encoder& header_field(std::string_view name);

    [[nodiscard]] const std::vector<Fragment>& fragments() const { return fragments_; }

    /// What it was made with: without arguments, so nothing secret.
    [[nodiscard]] const std::string& name() const { return name_; }

  private:
    std::string& next_argument();
    Fragment& announce(std::uint64_t octets, std::string_view mark, LiteralForm form);

    std::string name_;
    std::vector<Fragment> fragments_;
};

/// "1:5,9"
[[nodiscard]] std::string to_sequence_set(const UidSet& uids);

}  // namespace mailkeep::imap
