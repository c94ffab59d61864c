// SPDX-License-Identifier: Apache-2.0
// The IMAP session of a backup. It has no method that could change the server: EXAMINE, never
// SELECT; BODY.PEEK[], never BODY[]. That is the safety, because some servers let a client STORE
// in an examined mailbox.
#pragma once

#include "mailkeep/imap/fetch_list.hpp"
#include "mailkeep/imap/types.hpp"
#include "mailkeep/model/account.hpp"
#include "mailkeep/net/stream.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::imap {

class Connection;

/// What a server told of mailboxes that are followed.
enum class Told {
    nothing,
    change,   ///< something came, went or changed its flags
    refused,  ///< it does not tell, or no more: there are other ways to follow
};

/// What the next command asks for, ascending; nothing when there is no more.
using FetchSource = std::function<std::vector<UidFlags>(const FetchWindow&)>;

/// One connection, one thread. Error{refused} (a NO) leaves the session usable, any other Error
/// does not; Error{throttled}: the server wants a pause, and another session after it. The
/// constructor does no I/O.
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

    /// automatic unless told otherwise.
    void set_compression(Compression compression) { compression_ = compression; }

    /// What is to be done before much mail comes: never, where the server does not offer it or it
    /// is done already; automatic, where it pays if the line is slow: over a round trip of 5 ms or
    /// more to a server that is not near (net::Stream).
    [[nodiscard]] Compression compression() const;

    /// Whether an answer takes 5 ms or more: then the line is what is slow.
    [[nodiscard]] bool is_slow() const;

    /// Both sides compress from now on, where the server agrees.
    void compress();

    /// From now on a message the server calls unavailable is one that it does not give, and no
    /// reason for a pause: some say so of a message they will never give (Yahoo).
    void insist();

    [[nodiscard]] const Capabilities& capabilities() const;
    [[nodiscard]] Namespace personal_namespace();

    /// Every mailbox of `LIST "" "*"`, in the server's order, each once.
    [[nodiscard]] std::vector<ListEntry> list();

    /// The same, with the status of each where the server tells it in the same answer
    /// (LIST-STATUS, RFC 5819).
    [[nodiscard]] std::vector<ListEntry> list_with_status();

    /// The same, with what each is for (RFC 6154) where the server tells it.
    [[nodiscard]] std::vector<ListEntry> list_with_roles();

    /// The octets that the server says are left for INBOX (RFC 9208).
    [[nodiscard]] std::optional<std::uint64_t> free_octets();

    /// Asks for the status of those that have none yet and can be opened, several at once. What the
    /// server does not tell stays nothing. No mailbox may be open.
    void ask_status(std::span<ListEntry* const> entries);

    /// Whether the server keeps mod-sequences of flags (CONDSTORE, RFC 7162).
    [[nodiscard]] bool has_mod_seqs() const;

    /// ENABLE QRESYNC when it is offered. Returns whether the server resynchronizes from now on.
    bool enable_resync();

    /// Opens read-only. Error{refused} when the server does not.
    SelectData examine(std::string_view mailbox);

    /// Opens read-only and has the server tell mod-sequences when it keeps them; after
    /// enable_resync(), what changed since the known state as well.
    SelectData examine_changes(std::string_view mailbox, const std::optional<KnownState>& known);

    /// How many messages the server said were removed since the mailbox was opened.
    [[nodiscard]] std::uint32_t expunged() const;

    /// UID, FLAGS and RFC822.SIZE of everything in the open mailbox from UID `first` on, ascending,
    /// each UID once.
    [[nodiscard]] std::vector<UidFlags> fetch_flags(Uid first = 1);

    /// The same without flags: 16 octets a message, however many there are.
    [[nodiscard]] std::vector<UidSize> fetch_sizes(Uid first = 1);

    /// UID and FLAGS of those up to `last` that changed since. Requires: has_mod_seqs().
    [[nodiscard]] std::vector<UidFlags> fetch_changed_flags(Uid last, ModSeq since);

    /// Whether search_uids() is safe to ask of a mailbox of this size: without ESEARCH (RFC 4731)
    /// the answer is one line with every number in it.
    [[nodiscard]] bool can_search_uids(std::uint32_t messages) const;

    /// Every UID of the open mailbox; nothing when the server does not tell all.
    [[nodiscard]] std::optional<UidSet> search_uids();

    /// Whether the server has a name of its own for the octets of a message, the same for every
    /// copy: EMAILID (RFC 8474) or X-GM-MSGID.
    [[nodiscard]] bool tells_object_ids() const;

    /// Size, INTERNALDATE and object id of these messages, as far as the server tells.
    [[nodiscard]] std::vector<Identity> fetch_identities(const UidSet& uids);

    /// BODY.PEEK[HEADER] of these messages, each handed over as it comes; what the server will not
    /// give is left out.
    void fetch_headers(const UidSet& uids, const std::function<void(Uid, std::string&&)>& sink);

    /// The same of the field Message-ID alone.
    void fetch_message_ids(const UidSet& uids, const std::function<void(Uid, std::string&&)>& sink);

    /// BODY.PEEK[], INTERNALDATE and FLAGS of the wanted messages, newest first, several commands
    /// in flight, each handed over as soon as it is whole. What the server will not give is in the
    /// result; it never stops the rest. The size in UidFlags only shapes the commands. A message
    /// that is said to be large comes last, in parts where the server gives them, after what came
    /// of it before.
    [[nodiscard]] std::vector<Unfetched> fetch_raw(
        std::span<const UidFlags> wanted, const FetchWindow& window,
        const std::function<void(FetchedMessage&&)>& sink, const LargeMessages& large = {});
    /// The same of what the source hands out, each UID once.
    [[nodiscard]] std::vector<Unfetched> fetch_raw(
        const FetchSource& source, const FetchWindow& window,
        const std::function<void(FetchedMessage&&)>& sink, const LargeMessages& large = {});

    /// Whether the server says that it tells of changes by itself: in the open mailbox (IDLE, RFC
    /// 2177), in several while none is open (NOTIFY, RFC 5465).
    [[nodiscard]] bool can_idle() const;
    [[nodiscard]] bool can_notify() const;

    /// Waits until a change in the open mailbox is told, at most so long.
    [[nodiscard]] Told idle(std::chrono::milliseconds most);

    /// Whether the server is going to tell of changes in these mailboxes (UTF-8 names).
    [[nodiscard]] bool notify(const std::vector<std::string>& mailboxes);

    /// Waits until a change is told after notify(), at most so long.
    [[nodiscard]] Told await_notice(std::chrono::milliseconds most);

    /// NOOP: the server may tell what it has not told yet.
    [[nodiscard]] Told poll();

    /// LOGOUT; errors are of no interest any more.
    void logout() noexcept;

  private:
    friend class PurgeSession;
    friend class ScratchSession;
    friend class WriteSession;
    std::unique_ptr<Connection> connection_;
    Compression compression_ = Compression::automatic;
    bool is_compressed_ = false;
    bool resyncs_ = false;  ///< QRESYNC is enabled
};

}  // namespace mailkeep::imap
