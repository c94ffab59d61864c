// SPDX-License-Identifier: Apache-2.0
// A peer that follows a script: what the client must say, what the server answers, octet for octet,
// in memory. A client that says something else, or speaks before it has read the answer, fails the
// test with the step it should have taken.
//
//     Script script(R"(
//         S: +OK ready
//         C: QUIT
//         S: +OK bye
//         X
//     )");
//     pop3::Session session(script.open(), Security::plaintext);
#pragma once

#include "mailkeep/net/stream.hpp"

#include <cstddef>
#include <deque>
#include <limits>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>

namespace mailkeep::test {

/// Must outlive the stream it opens. Its end fails the test when steps are left over, unless the
/// peer was gone by then or a failure has been reported already.
class Script {
  public:
    using Place = std::source_location;

    Script() = default;
    /// One step a line, indentation and empty lines ignored: "C: text" and "S: text" are lines with
    /// CRLF, "C- text" and "S- text" the text without; "TLS" expects start_tls; "X" is the peer
    /// closing in order.
    explicit Script(std::string_view text, Place place = Place::current());
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;
    ~Script();

    /// Octets exactly as given: CRLF included, any octet, several lines or half of one.
    Script& server(std::string_view octets);
    Script& client(std::string_view octets, Place place = Place::current());
    Script& tls(Place place = Place::current());
    Script& close();
    /// The peer says nothing: the read ends with Error{timeout}.
    Script& silence();

    /// The most octets one read gives. Default: all there are.
    Script& chunk(std::size_t octets);
    /// How long each read takes by the clock of the stream. Default: no time.
    Script& delay(std::chrono::milliseconds time);
    /// The peer closes once it has sent so many octets, wherever the script is then; for tests that
    /// cut at 0, 1, 2 … server_octets() - 1.
    Script& cut_after(std::size_t server_octets);

    /// Steps may be left over: for a client that must give up.
    Script& may_be_left();

    /// How many octets the server says from the first step to the last.
    [[nodiscard]] std::size_t server_octets() const { return server_octets_; }

    /// Whether every step was taken; a last "X" need not have been seen.
    [[nodiscard]] bool is_finished() const;

    /// Whether the client closed the stream (or destroyed it).
    [[nodiscard]] bool is_closed_by_client() const { return closed_by_client_; }

    /// The stream to hand to a session. Once.
    [[nodiscard]] std::unique_ptr<net::Stream> open();

  private:
    friend class ScriptedStream;

    enum class Kind { server, client, tls, close, silence };

    struct Step {
        Kind kind;
        std::string octets;
        Place place;
        std::size_t line = 0;  ///< of the text form; 0: made by a call
    };

    void add_line(std::string_view line, std::size_t number, const Place& place);
    void add(Kind kind, std::string_view octets, const Place& place, std::size_t line);
    std::size_t read(char* into, std::size_t room);
    [[nodiscard]] bool wait_readable();
    void write(std::string_view octets);
    void start_tls();
    const Step& step_for(const std::string& deed);
    void take(std::size_t count);
    void leave();
    [[nodiscard]] std::size_t sendable() const;
    [[nodiscard]] bool is_gone() const;
    [[nodiscard]] std::string description_of(const Step& step) const;
    [[noreturn]] void fail(const std::string& what);

    std::deque<Step> steps_;
    std::size_t next_ = 0;    ///< the step being taken
    std::size_t within_ = 0;  ///< octets of it already taken
    std::size_t sent_ = 0;    ///< octets the server has said so far
    std::size_t server_octets_ = 0;
    std::size_t chunk_ = std::numeric_limits<std::size_t>::max();
    std::size_t cut_after_ = std::numeric_limits<std::size_t>::max();
    std::chrono::milliseconds delay_{0};
    std::chrono::steady_clock::time_point now_{};
    bool opened_ = false;
    bool may_be_left_ = false;
    bool failed_ = false;
    bool gone_ = false;
    bool closed_by_client_ = false;
};

}  // namespace mailkeep::test
