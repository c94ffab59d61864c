// SPDX-License-Identifier: Apache-2.0
// The IMAP session of a restore: makes mailboxes and appends. It cannot remove anything.
#pragma once

#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/imap/types.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::imap {

struct Tagged;

/// Which flags of a message go with it, and which the server would not keep.
struct KeptFlags {
    std::vector<std::string> kept;
    std::vector<std::string> dropped;
};

/// `permanent` is what SELECT told (PERMANENTFLAGS). Words that are no atoms are dropped: servers
/// answer them with BAD. \Forwarded is sent as the keyword $Forwarded.
[[nodiscard]] KeptFlags kept_flags(const Flags& flags,
                                   const std::optional<std::vector<std::string>>& permanent);

/// A message to be appended; its lines end with CRLF.
struct Outgoing {
    LongText text;
    std::vector<std::string> flags;  ///< as kept_flags has them
    InternalDate date;               ///< before 1970 it is sent as 1970-01-01
};

/// great: every literal waits until the server wants it.
enum class Care { usual, great };

/// The answer to an APPEND: all of its messages are there, or none.
struct Appended {
    bool is_refused = false;
    bool is_over_quota = false;  ///< and the next message will not fit either
    std::string reason;          ///< the server's words, fit to be shown
    std::optional<AppendUids> uids;
};

/// Takes over a logged-in ReadSession. Threads and errors as there.
class WriteSession {
  public:
    explicit WriteSession(ReadSession session);
    ~WriteSession();
    WriteSession(WriteSession&&) noexcept;
    WriteSession& operator=(WriteSession&&) noexcept;

    /// The reading half, on the same connection: list, examine, fetch. Requires: no APPEND waits
    /// for its answer.
    [[nodiscard]] ReadSession& reading() { return session_; }

    /// CREATE and SUBSCRIBE. A mailbox that is there already is left as it is and no error. Returns
    /// its name there, which differs in case where the server does not tell cases apart. `role` is
    /// "\\Sent" or the like, or empty; it is made without where the server takes none (RFC 6154
    /// section 3).
    std::string create(std::string_view mailbox, std::string_view role);

    /// SELECT: unlike EXAMINE it tells which flags the mailbox keeps. Never closed with CLOSE.
    SelectData select(std::string_view mailbox);

    /// Octets of a message above which the server takes none (APPENDLIMIT, RFC 7889).
    [[nodiscard]] std::optional<std::uint64_t> append_limit() const;

    /// How many of the first of these messages had better go in one APPEND; at least one.
    [[nodiscard]] std::size_t fitting(std::string_view mailbox,
                                      std::span<const Outgoing> messages) const;

    /// Whether the server says that it takes a NUL (BINARY, RFC 3516); Outgoing::text tells.
    [[nodiscard]] bool takes_nul() const;

    /// Writes an APPEND, of several messages where the server takes them (MULTIAPPEND, RFC 3502).
    /// The literal of a message waits until one with the same flags went well into this mailbox,
    /// with Care::great in any case, for a server may take the text of a message it refused for
    /// commands. Error{protocol} for BAD, and the connection is dropped. Borrows the messages until
    /// it returns.
    void start(std::string_view mailbox, std::span<const Outgoing> messages,
               Care care = Care::usual);

    /// How many commands wait for their answers.
    [[nodiscard]] std::size_t in_flight() const { return in_flight_.size(); }

    /// Whether a further command may be written before the last one is answered.
    [[nodiscard]] bool may_go_on() const { return may_go_on_; }

    /// The answer to the oldest command that waits for one.
    [[nodiscard]] Appended finish();

    /// From now on every literal waits, and each message goes alone.
    void be_wary() { is_wary_ = true; }

    [[nodiscard]] bool is_wary() const { return is_wary_; }

    /// Whether messages have Gmail's labels (X-GM-EXT-1).
    [[nodiscard]] bool has_labels() const;

    /// Adds labels (UTF-8, or "\\Inbox" and the like) to messages of the selected mailbox. Returns
    /// the server's words when it refuses. Requires: no APPEND waits for its answer.
    [[nodiscard]] std::optional<std::string> add_labels(const UidSet& uids,
                                                        const std::vector<std::string>& labels);

    void logout() noexcept { session_.logout(); }

  private:
    struct Sent {
        std::string tag;
        std::set<std::string> arguments;
        std::uint64_t octets = 0;
    };

    [[nodiscard]] Tagged run_create(std::string_view mailbox, std::string_view role);
    void note(const Tagged& answer);
    [[nodiscard]] bool waits(std::string_view mailbox, const Outgoing& message) const;

    ReadSession session_;
    std::set<std::string> confirmed_;  ///< argument sets the server has accepted once
    std::deque<Sent> in_flight_;
    std::map<std::string, Appended> answers_;  ///< by tag, to commands before which others wait
    bool may_go_on_ = false;
    bool is_wary_ = false;
};

}  // namespace mailkeep::imap
