// SPDX-License-Identifier: Apache-2.0
// A POP3 session (RFC 1939, RFC 2449, STLS of RFC 2595, AUTH of RFC 5034). Nothing is deleted
// before quit(): a session that ends in any other way leaves the maildrop whole.
#pragma once

#include "mailkeep/base/spool.hpp"
#include "mailkeep/model/account.hpp"
#include "mailkeep/model/maildrop.hpp"
#include "mailkeep/net/line_reader.hpp"
#include "mailkeep/net/sasl.hpp"
#include "mailkeep/net/stream.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailkeep::pop3 {

/// Message numbers are valid for one session only.
using Number = std::uint32_t;

/// A larger message is not taken: POP3 has no way to stop a RETR or to ask for a piece.
inline constexpr std::size_t message_cap = std::size_t{512} << 20U;

/// The next message to speak of, asked for when there is room for its command; nothing: no more.
using NextNumber = std::function<std::optional<Number>()>;
[[nodiscard]] NextNumber each_of(std::span<const Number> numbers);  ///< borrows them

struct Reply;

struct ListLine {
    Number number = 0;
    std::uint64_t octets = 0;  ///< a hint
    std::string unique_id;     ///< empty: the server has no UIDL or gave none for this message
};

/// Where messages go that are too large for memory.
struct LargeTexts {
    std::uint64_t above = UINT64_MAX;  ///< octets
    std::function<Spool()> make = {};
    std::function<void(Number, const Spool&)> sink = {};  ///< is given it closed
};

/// One connection, one thread. Error{refused} (-ERR) leaves the session usable. The constructor
/// does no I/O; the destructor closes without QUIT.
class Session {
  public:
    Session(std::unique_ptr<net::Stream> stream, Security security,
            std::size_t largest_message = message_cap);
    ~Session();

    /// Greeting, STLS when the account asks for it (Error{tls} when it cannot be had), CAPA. What
    /// the server says before TLS is not used for anything.
    void greet();
    /// AUTH with the best mechanism that is offered, USER/PASS where there is none, APOP for a
    /// password that is to be proven so; CAPA again. Error{authentication} when refused;
    /// Error{refused} when the maildrop is locked or the server asks to come back later.
    void login(const Credentials& credentials);

    [[nodiscard]] const std::set<std::string>& capabilities() const { return capabilities_; }

    /// LIST and UIDL together, ascending by number. Messages that appear in only one of the two
    /// answers are left for the next session; without UIDL every unique_id is empty. That a server
    /// which offers UIDL refuses it is Error{refused}: all messages would seem new.
    [[nodiscard]] std::vector<ListLine> listing();

    /// RETR, pipelined when the server offers it, each message handed over whole, dot-unstuffed,
    /// line ends as sent. A -ERR for one message goes to `refused` and does not stop the rest; so
    /// does a message that is too large by the listing. One that turns out to be is
    /// Error{protocol}.
    /// What is large goes to large.sink instead.
    void retrieve(std::span<const Number> numbers,
                  const std::function<void(Number, std::string&& raw)>& sink,
                  const std::function<void(Number, const std::string& reason)>& refused,
                  const LargeTexts& large = {});

    /// Of these, the messages whose text never ended: the server fell silent behind a dot at the
    /// end of a line, where it should have stood alone (Exchange 2000: fetchmail's FAQ, S2).
    [[nodiscard]] const std::set<Number>& unended() const { return unended_; }

    /// Why the last retrieve() stopped asking: the server wants a pause ([SYS/TEMP], [IN-USE],
    /// [LOGIN-DELAY]). Empty: it did not; messages it did not ask for are nobody's fault.
    [[nodiscard]] const std::string& throttled() const { return throttled_; }

    /// TOP n 0, as retrieve() does it: header fields and the empty line. Nothing is handed over of
    /// a message the server refuses.
    void top(std::span<const Number> numbers,
             const std::function<void(Number, std::string&& head)>& sink);

    [[nodiscard]] bool can_top() const { return has("TOP"); }

    /// What the server says of itself (RFC 2449 sections 6.5 and 6.7), as told last.
    [[nodiscard]] MaildropRules rules() const;

    /// Whether the server accepted it.
    using TakeMark = std::function<void(Number, bool is_accepted)>;

    /// Marks for deletion, pipelined when the server offers it; `take` is told in the same order.
    void dele(const NextNumber& next, const TakeMark& take);

    /// QUIT: the server enters the UPDATE state and deletes. Returns false on -ERR (some deletions
    /// failed); Error when the answer never came: then only the next listing tells.
    [[nodiscard]] bool quit();
    /// The same right behind a last dele().
    [[nodiscard]] bool quit(const NextNumber& next, const TakeMark& take);

  private:
    enum class Answers { lines, texts, heads };
    using Table = std::map<Number, std::string>;

    /// What has come of a message, or all of it.
    struct Text {
        std::optional<Spool> spool;  ///< its beginning, once it is large
        std::string rest;

        [[nodiscard]] std::uint64_t size() const {
            return (spool ? spool->size() : 0) + rest.size();
        }

        void spill(const LargeTexts& large);
    };

    void start_tls();
    void ask_capabilities();
    // login.cpp
    struct LoginAttempt;
    [[nodiscard]] std::vector<net::LoginWay> login_ways(Proof proof) const;
    [[nodiscard]] LoginAttempt try_login(const net::LoginWay& way, const Credentials& credentials);
    [[nodiscard]] Reply authenticate(net::SaslClient& client, std::string_view mechanism);
    [[nodiscard]] Reply authenticate_user(const Credentials& credentials);
    void authenticate_apop(const Credentials& credentials);
    [[nodiscard]] std::pair<Reply, std::optional<Table>> receive_table();
    [[nodiscard]] Text read_text(const Reply& reply, Number number, const LargeTexts& large);
    [[nodiscard]] bool ends_in_a_glued_dot(const Text& text, Number number);
    void read_lines(const Reply& reply, std::size_t most,
                    const std::function<void(std::string_view)>& take);
    void send_for_each(std::string_view verb, const NextNumber& next, Answers answers,
                       const std::function<void(Number, const Reply&)>& take,
                       std::string_view last = {});
    void send(std::string_view command);
    void expect_silence() const;
    void write_line(std::string_view command);
    [[nodiscard]] Reply receive();
    [[nodiscard]] Reply receive_any();
    [[nodiscard]] bool has(const std::string& capability) const;
    [[nodiscard]] std::uint64_t listed_octets(Number number) const;

    std::unique_ptr<net::Stream> stream_;
    net::LineReader reader_;
    Security security_;
    std::size_t largest_message_;
    std::string greeting_;
    std::set<std::string> capabilities_;  ///< upper case; "SASL PLAIN" is {"SASL", "SASL PLAIN"}
    std::map<Number, std::uint64_t> listed_octets_;  ///< of the last listing()
    std::set<Number> unended_;
    std::string throttled_;
    std::size_t asked_ahead_ = 0;  ///< commands whose answers come after the one being read
};

}  // namespace mailkeep::pop3
