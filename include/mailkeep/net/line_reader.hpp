// SPDX-License-Identifier: Apache-2.0
// Lines and counted octets over a Stream. Knows nothing of any protocol's syntax.
#pragma once

#include "mailkeep/net/stream.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::net {

/// Borrows the stream, which must outlive it. One thread.
class LineReader {
  public:
    explicit LineReader(Stream& stream);

    /// A line without its CRLF (or bare LF, which some servers send). Error{protocol} when it is
    /// longer than `most` octets, Error{network} when the stream ends first.
    [[nodiscard]] std::string read_line(std::size_t most);

    /// As read_line, but the line end is kept, exactly as sent.
    [[nodiscard]] std::string read_line_with_end(std::size_t most);

    /// The next octets of a line of any length: to its end, which is kept exactly as sent, or
    /// `most` of them, never between CR and LF. Valid until the next call. Requires: at least 2.
    [[nodiscard]] std::string_view read_piece_of_line(std::size_t most);

    /// Appends exactly `count` octets to `into`. Memory grows with what arrives, not with
    /// `count`, save for the first MiB.
    void read_exact(std::size_t count, std::string& into);

    /// What comes next is one answer: once it has begun it must come at a pace. A peer that gives
    /// an octet a second never lets a time-out of the stream end; after five minutes of waiting for
    /// less than 32 octets a second it is Error{timeout}.
    void begin_answer();

    /// Whether octets were received that nobody has asked for yet.
    [[nodiscard]] bool has_buffered() const { return begin_ < end_; }

    /// From now on it reads from this one. Returns what was received and not asked for.
    [[nodiscard]] std::string change_to(Stream& stream);

  private:
    void fill();
    [[nodiscard]] std::string_view take_of_line(std::size_t most);

    Stream* stream_;
    std::vector<char> buffer_;
    std::string piece_;  ///< of a line that did not come at once
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool is_paced_ = false;   ///< begin_answer() was called
    bool has_begun_ = false;  ///< something of the answer is here
    std::uint64_t octets_ = 0;
    std::chrono::steady_clock::duration waited_{};
};

}  // namespace mailkeep::net
