// SPDX-License-Identifier: Apache-2.0
// Mail servers in memory that answer whatever is asked of them, as RFC 3501 without extensions and
// RFC 1939 do, and whose line can be cut or fall silent at any octet. For tests that compare what a
// server holds with what came of a run; what a client says, octet for octet, is for Script.
#pragma once

#include "mailkeep/net/stream.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::test {

/// What a server answers to a line, and what it says first.
class ModelServer {
  public:
    virtual ~ModelServer() = default;

    virtual std::string greeting() = 0;
    /// To a line without its CRLF, or to as many octets as were awaited.
    virtual std::string answer(std::string_view said) = 0;

    /// How many octets of a literal come next; 0: a line.
    [[nodiscard]] virtual std::size_t awaited() const { return 0; }

    /// The line is gone: whatever a session had begun is dropped.
    virtual void hang_up() {}
};

/// A message on a server; its number is its place.
struct ModelMessage {
    std::uint32_t uid = 0;
    std::string raw;
    std::string flags;
    bool is_deleted = false;
};

/// One mailbox, INBOX. A message is appended when the last octet of its command has come.
class ModelImap final : public ModelServer {
  public:
    std::vector<ModelMessage> messages;
    std::uint32_t uid_validity = 7;

    std::string greeting() override { return "* OK [CAPABILITY IMAP4rev1] ready\r\n"; }

    std::string answer(std::string_view said) override;

    [[nodiscard]] std::size_t awaited() const override { return awaited_; }

    void hang_up() override;

  private:
    [[nodiscard]] std::string selected() const;
    [[nodiscard]] std::string fetched(std::string_view set, std::string_view items) const;
    std::string begin_append(std::string_view line);
    std::string end_append();
    [[nodiscard]] std::uint32_t next_uid() const;

    std::size_t awaited_ = 0;
    std::string append_tag_;  ///< empty: no APPEND has begun
    std::string appended_;
};

/// Deletes when QUIT has come, whether or not its answer arrives.
class ModelPop3 final : public ModelServer {
  public:
    std::vector<ModelMessage> messages;
    bool can_top = false;
    std::vector<std::uint32_t> retrieved;  ///< UIDs of what RETR was said for

    std::string greeting() override { return "+OK ready\r\n"; }

    std::string answer(std::string_view said) override;
    void hang_up() override;

  private:
    [[nodiscard]] std::string listed(bool as_uidl) const;
};

/// After so many octets in either direction the line is cut, or silent; or what the server sends
/// comes an octet a second, by the clock of the stream.
struct LineFault {
    enum class Kind { cut, silence, trickle };

    Kind kind = Kind::cut;
    std::size_t server_octets = std::numeric_limits<std::size_t>::max();
    std::size_t client_octets = std::numeric_limits<std::size_t>::max();
};

/// How far a session went.
struct LineCount {
    std::size_t server_octets = 0;
    std::size_t client_octets = 0;
};

/// One session. Both the server and the count must outlive it.
[[nodiscard]] std::unique_ptr<net::Stream> connect_to(ModelServer& server, LineFault fault,
                                                      LineCount& count);

}  // namespace mailkeep::test
