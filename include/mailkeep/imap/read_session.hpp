// SPDX-License-Identifier: Apache-2.0
// The IMAP session of a backup. It has no method that could change the server: EXAMINE, never
// SELECT; BODY.PEEK[], never BODY[]. That is the safety, because some servers let a client STORE
// in an examined mailbox.
#pragma once

#include "mailkeep/imap/types.hpp"
#include "mailkeep/model/account.hpp"
#include "mailkeep/net/stream.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::imap {

class Connection;

/// How many UIDs a FETCH asks for, and how many such commands wait for their answer at once.
struct FetchWindow {
    std::size_t uids = 50;
    std::uint64_t octets = 1U << 20U;  ///< a command stops taking UIDs at this sum of sizes
    std::size_t in_flight = 4;
};

/// One connection, one thread. Error{refused} (a NO) leaves the session usable, any other Error
/// does not. The constructor does no I/O.
class ReadSession {
  public:
    ReadSession(std::unique_ptr<net::Stream> stream, Security security);
    ~ReadSession();
    ReadSession(ReadSession&&) noexcept;
    ReadSession& operator=(ReadSession&&) noexcept;

    /// Greeting, STARTTLS when the account asks for it (Error{tls} when it cannot be had; PREAUTH
    /// before it is refused), capabilities.
    void greet();

    /// AUTHENTICATE with the best mechanism that is offered (net::plan_login), else LOGIN; then
    /// capabilities again. Error{authentication} when refused; with Security::plaintext
    /// LOGINDISABLED is Error{tls} unless a mechanism shows no password.
    void login(const Credentials& credentials);

    [[nodiscard]] const Capabilities& capabilities() const;
    [[nodiscard]] Namespace personal_namespace();

    /// Every mailbox of `LIST "" "*"`, in the server's order, each once.
    [[nodiscard]] std::vector<ListEntry> list();

    /// Opens read-only. Error{refused} when the server does not.
    SelectData examine(std::string_view mailbox);

    /// UID, FLAGS and RFC822.SIZE of everything in the open mailbox, ascending, each UID once.
    [[nodiscard]] std::vector<UidFlags> fetch_flags();

    /// BODY.PEEK[], INTERNALDATE and FLAGS of the wanted messages, several commands in flight, each
    /// handed over as soon as it is whole. What the server will not give is in the result; it never
    /// stops the rest. The size in UidFlags only shapes the commands.
    [[nodiscard]] std::vector<Unfetched> fetch_raw(
        std::span<const UidFlags> wanted, const FetchWindow& window,
        const std::function<void(FetchedMessage&&)>& sink);

    /// LOGOUT; errors are of no interest any more.
    void logout() noexcept;

  private:
    friend class PurgeSession;
    friend class WriteSession;
    std::unique_ptr<Connection> connection_;
};

}  // namespace mailkeep::imap
