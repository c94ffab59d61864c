// SPDX-License-Identifier: Apache-2.0
// mbox in all its dialects, streamed. What begins a message is a From_ line behind an empty line,
// with a date as asctime has it and a header field in the next line: others are text. Where
// Content-Length, or who calls, says how long a message is, that is believed if a From_ line or the
// end follows.
#pragma once

#include "mailkeep/base/time.hpp"
#include "mailkeep/files/source.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailkeep::files {

/// automatic: Content-Length where it leads to the next message, else mboxrd. What was quoted:
/// mboxo and mboxcl "From ", mboxrd also ">From " and so on, mboxcl2 nothing.
enum class MboxDialect { automatic, mboxo, mboxrd, mboxcl, mboxcl2 };

struct MboxMessage {
    std::uint64_t line = 0;    ///< where its From_ line begins
    std::uint64_t offset = 0;  ///< of the first octet behind it
    std::optional<Timestamp> date;
    bool has_from_line = true;  ///< no: what stands in front of the first From_ line
};

class MboxSink {
  public:
    virtual ~MboxSink() = default;
    /// How many octets it takes in the file, if that is known: then its line ends are its own.
    [[nodiscard]] virtual std::optional<std::uint64_t> begin(const MboxMessage& message) = 0;
    virtual void piece(std::string_view octets) = 0;
    virtual void end() = 0;
};

/// Octets come as they were before they were put in: unquoted, without the empty line behind them,
/// and where the first line ends with a bare LF, with CRLF for every bare LF. Memory: the longest
/// length believed, 16 MiB. What the source throws goes through; then the message has no end.
void read_mbox(Source& source, MboxDialect dialect, MboxSink& sink);

/// Whether a file that begins so is an mbox.
[[nodiscard]] bool begins_mbox(std::string_view octets);

}  // namespace mailkeep::files
