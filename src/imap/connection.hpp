// SPDX-License-Identifier: Apache-2.0
// One connection to an IMAP server: the stream, tags and the commands they belong to, capabilities,
// STARTTLS and login. Knows nothing of mailboxes beyond how many messages the open one has.
#pragma once

#include "mailkeep/base/error.hpp"
#include "mailkeep/imap/types.hpp"
#include "mailkeep/model/account.hpp"
#include "mailkeep/net/line_reader.hpp"
#include "mailkeep/net/sasl.hpp"
#include "mailkeep/net/stream.hpp"

#include "encoder.hpp"
#include "response.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::imap {

/// How long a server may stay silent over a command, and over one that makes it read a whole
/// mailbox or all names.
constexpr std::chrono::seconds command_patience{60};
constexpr std::chrono::seconds long_patience{300};

/// Over one that brings it so many octets: by the slowest upload that is still worth waiting for.
constexpr std::chrono::seconds upload_patience(std::uint64_t octets) {
    constexpr std::uint64_t slowest_a_second = 20'000;
    return command_patience + std::chrono::seconds(octets / slowest_a_second);
}

/// For commands whose untagged data is of no interest.
constexpr auto ignore_data = [](const Response&) {};

/// One thread. After any Error but those of require_ok for a NO, every call fails.
class Connection {
  public:
    Connection(std::unique_ptr<net::Stream> stream, Security security);

    /// See ReadSession.
    void greet();
    void log_in(const Credentials& credentials);
    void log_out() noexcept;

    [[nodiscard]] const Capabilities& capabilities() const { return capabilities_; }

    /// Messages in the open mailbox as last told; only grows while it is open.
    [[nodiscard]] std::uint32_t exists() const { return exists_; }

    /// Messages of it that were removed since it was opened, as far as told.
    [[nodiscard]] std::uint32_t expunged() const { return expunged_; }

    /// Messages in it now, as far as told.
    [[nodiscard]] std::uint32_t present() const { return present_; }

    /// Large messages go there from now on. Borrows it, until it is given null.
    void use_spools(const LargeMessages* large) { large_ = large; }

    void forget_mailbox() { exists_ = expunged_ = present_ = uid_validity_ = 0; }

    /// The mailbox is open: from now on another UIDVALIDITY is Error{protocol}, for every UID means
    /// another message then. 0: it was not told.
    void open_mailbox(UidValidity uid_validity) { uid_validity_ = uid_validity; }

    /// COMPRESS: both directions are compressed from now on, unless the server refuses. Requires:
    /// no command waits for its answer.
    [[nodiscard]] bool compress();

    /// The shortest time that the answer to a command took.
    [[nodiscard]] std::chrono::steady_clock::duration round_trip() const { return round_trip_; }

    [[nodiscard]] bool is_near() const { return stream_->is_near(); }

    /// See ReadSession::insist.
    void insist() { is_insisting_ = true; }

    /// Writes a command without literals and returns its tag; the answer comes by receive. Several
    /// commands may wait for theirs.
    std::string send(const Encoder& command);

    /// The next response, already heeded: BYE, an untagged BAD and the answer to a command that was
    /// never sent are errors.
    [[nodiscard]] Response receive();

    /// Sends a command, waiting for "+" where a literal needs it, hands all untagged data to
    /// take(Response&), and returns the answer. Answers to other commands pass unseen.
    template <class Take>
    [[nodiscard]] Tagged run(const Encoder& command, std::chrono::milliseconds patience,
                             Take&& take) {
        stream_->set_timeout(patience);
        const auto sent = stream_->now();
        Outgoing outgoing{new_tag(command), command.fragments()};
        write_next(outgoing);
        for (;;) {
            Response response = receive();
            if (auto* const tagged = std::get_if<Tagged>(&response)) {
                if (tagged->tag != outgoing.tag)
                    continue;
                round_trip_ = std::min(round_trip_, stream_->now() - sent);
                return std::move(*tagged);
            } else if (std::holds_alternative<Continuation>(response)) {
                write_next(outgoing);
            } else {
                take(response);
            }
        }
    }

    /// Writes a command to its end, waiting for "+" where a literal needs it, and returns its tag;
    /// its answer comes by receive(). All that comes meanwhile is handed over. Where the answer
    /// comes instead of a "+", nothing more is written; where it comes while literals are written
    /// that do not wait, it is Error{protocol} and the connection is dropped, for the server might
    /// take the rest of them for commands.
    [[nodiscard]] std::string start(const Encoder& command, std::chrono::milliseconds patience,
                                    const std::function<void(const Response&)>& take);

    /// How long an answer may take from now on.
    void set_patience(std::chrono::milliseconds patience) { stream_->set_timeout(patience); }

    /// IDLE (RFC 2177) until something was heard that is enough, or for so long. Everything told
    /// meanwhile is handed over.
    [[nodiscard]] Tagged idle(std::chrono::milliseconds most,
                              const std::function<bool(const Response&)>& is_enough);

    /// Whether something is to be received within that time.
    [[nodiscard]] bool hears_within(std::chrono::milliseconds most);

    /// Error{refused} for NO; Error{protocol} for BAD, and the connection is dropped.
    void require_ok(const Tagged& answer, std::string_view command);

    /// The server's words, fit for an error or the log: short, printable; nothing when they hold
    /// the password.
    [[nodiscard]] std::string shown(std::string_view text) const;

    /// ": " and the words, for the end of an error; nothing when there are none.
    [[nodiscard]] std::string because(std::string_view text) const;

  private:
    struct Outgoing {
        std::string tag;
        std::span<const Fragment> fragments;
        std::size_t next = 0;
    };

    struct LoginAttempt {
        Tagged answer;
        bool has_proven = false;     ///< the server was given the proof
        std::optional<Error> fault;  ///< why we gave it up
        std::string refusal;         ///< the status of a refused token
    };

    [[nodiscard]] std::string new_tag(const Encoder& command);
    void write(std::string_view octets);
    void write_gathered();
    void write_next(Outgoing& outgoing);
    void write_fragment(const Fragment& fragment, std::string_view before, std::string_view after);
    [[nodiscard]] bool hear_before(const Outgoing& outgoing,
                                   const std::function<void(const Response&)>& take);
    void drop() noexcept;
    void require_usable() const;
    void heed(const Response& response);
    void heed_answer(const Tagged& answer);
    void heed_condition(const Condition& condition);
    void take_away(std::uint32_t count);
    void heed_code(const ResponseCode& code, std::string_view text);
    void start_tls();
    void ask_capabilities();
    // login.cpp
    [[nodiscard]] net::LoginOffer login_offer() const;
    [[nodiscard]] LoginAttempt try_login(const net::LoginWay& way, const Credentials& credentials);
    [[nodiscard]] Tagged authenticate(net::SaslClient& client, std::string_view mechanism);
    [[noreturn]] void refuse_all_ways(Proof proof) const;
    [[noreturn]] void refuse_login(const LoginAttempt& attempt, Proof proof);
    void introduce_ourselves();

    std::unique_ptr<net::Stream> stream_;
    net::LineReader reader_;
    Security security_;
    Capabilities capabilities_;
    std::map<std::string, std::string> open_commands_;  ///< by tag, until they are answered
    std::chrono::steady_clock::duration round_trip_ = std::chrono::steady_clock::duration::max();
    std::uint32_t last_tag_ = 0;
    std::string unwritten_;  ///< of the command that is being written
    std::uint32_t exists_ = 0;
    std::uint32_t expunged_ = 0;
    std::uint32_t present_ = 0;
    UidValidity uid_validity_ = 0;  ///< of the open mailbox
    const LargeMessages* large_ = nullptr;
    std::array<Secret, 3> hidden_;  ///< never shown while logging in
    bool is_authenticated_ = false;
    bool is_insisting_ = false;
    bool is_leaving_ = false;
    bool is_broken_ = false;
};

}  // namespace mailkeep::imap
