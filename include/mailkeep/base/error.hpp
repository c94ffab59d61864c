// SPDX-License-Identifier: Apache-2.0
// The one exception of the house. An answer is a value; what ends a unit of work is an Error.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace mailkeep {

/// What went wrong, in the sense of "what can be done about it". How much is lost follows from
/// where it is caught (src/README.md, errors).
enum class Errc {
    refused,         ///< the server said NO or -ERR; the session goes on
    corrupt,         ///< stored bytes are not what they were
    network,         ///< connection lost or not to be had
    timeout,         ///< the peer was silent for too long
    throttled,       ///< the server wants a pause: later it goes on
    protocol,        ///< the peer broke the grammar
    tls,             ///< handshake, certificate or missing encryption
    authentication,  ///< the server refused user name or password
    storage,         ///< disk full, I/O error, SQLite
    in_use,          ///< another process writes to this archive
    invalid,         ///< bad input
    not_found,
    conflict,
    cancelled,
    internal,  ///< a promise of ours is broken
};

/// The code's name as written here, e.g. "authentication".
[[nodiscard]] std::string_view name_of(Errc code);
[[nodiscard]] std::optional<Errc> errc_from(std::string_view name);

/// The usual remedy for a code, one sentence; empty when there is none.
[[nodiscard]] std::string_view hint_for(Errc code);

/// what() is one sentence naming the thing; hint() the remedy. Neither ever holds a secret or
/// octets of a message.
class Error : public std::runtime_error {
  public:
    /// The hint is hint_for(code).
    Error(Errc code, const std::string& text);
    Error(Errc code, const std::string& text, std::string hint);

    /// Errc::throttled; 0: the server does not say how long.
    [[nodiscard]] static Error throttled(const std::string& text, std::chrono::milliseconds pause);

    [[nodiscard]] Errc code() const { return code_; }

    [[nodiscard]] const std::string& hint() const { return hint_; }

    /// What the server wants of one that is throttled.
    [[nodiscard]] std::chrono::milliseconds pause() const { return pause_; }

    /// The same error with "place: " before its text.
    [[nodiscard]] Error at(std::string_view place) const;

  private:
    Errc code_;
    std::string hint_;
    std::chrono::milliseconds pause_{0};
};

/// For our own promises only, never for input. Throws Error{internal}.
[[noreturn]] void broken_promise(std::string_view expression, std::string_view file, int line);

}  // namespace mailkeep

#define MAILKEEP_ASSERT(expression) \
    ((expression) ? void(0) : ::mailkeep::broken_promise(#expression, __FILE__, __LINE__))
