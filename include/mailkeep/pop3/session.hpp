// SPDX-License-Identifier: Apache-2.0
// A POP3 session (RFC 1939, RFC 2449, STLS of RFC 2595, AUTH of RFC 5034). Nothing is deleted
// before quit(): a session that ends in any other way leaves the maildrop whole.
#pragma once

#include "mailkeep/model/account.hpp"
#include "mailkeep/net/line_reader.hpp"
#include "mailkeep/net/stream.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace mailkeep::pop3 {

/// Message numbers are valid for one session only.
using Number = std::uint32_t;

struct ListLine {
    Number number = 0;
    std::uint64_t octets = 0;  ///< a hint
    std::string unique_id;     ///< empty: the server has no UIDL or gave none for this message
};

/// One connection, one thread. Error{refused} (-ERR) leaves the session usable. The constructor
/// does no I/O; the destructor closes without QUIT.
class Session {
  public:
    Session(std::unique_ptr<net::Stream> stream, Security security);
    ~Session();

    /// Greeting, CAPA, STLS when the account asks for it (Error{tls} when it cannot be had), CAPA.
    void greet();
    /// AUTH PLAIN when offered, else USER/PASS; CAPA again. Error{authentication} when refused;
    /// Error{refused} when the maildrop is locked or the server asks to come back later.
    void login(const std::string& user, const Secret& password);

    [[nodiscard]] const std::set<std::string>& capabilities() const { return capabilities_; }

    /// LIST and UIDL together, ascending by number. Messages that appear in only one of the two
    /// answers are left for the next session; without UIDL every unique_id is empty.
    [[nodiscard]] std::vector<ListLine> listing();

    /// RETR, pipelined when the server offers it, each message handed over whole, dot-unstuffed,
    /// line ends as sent. A -ERR for one message goes to `refused` and does not stop the rest.
    void retrieve(std::span<const Number> numbers,
                  const std::function<void(Number, std::string&& raw)>& sink,
                  const std::function<void(Number, const std::string& reason)>& refused);

    /// Marks for deletion; true for each number the server accepted.
    [[nodiscard]] std::vector<bool> dele(std::span<const Number> numbers);

    /// QUIT: the server enters the UPDATE state and deletes. Returns false on -ERR (some deletions
    /// failed); Error when the answer never came: then only the next listing tells.
    [[nodiscard]] bool quit();

  private:
    std::unique_ptr<net::Stream> stream_;
    net::LineReader reader_;
    Security security_;
    std::set<std::string> capabilities_;  ///< upper case; "SASL PLAIN" is {"SASL", "SASL PLAIN"}
};

}  // namespace mailkeep::pop3
