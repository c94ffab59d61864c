// SPDX-License-Identifier: Apache-2.0
// base64 (RFC 4648) at the speed of the disk: whole buffers through tables. What is no letter of
// the alphabet never comes here; body_scan.hpp sees to that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mailkeep::archive {

/// How many characters at the front of text are of the alphabet ("=" is not).
[[nodiscard]] std::size_t count_base64(std::string_view text);

/// The six bits of a character. Requires: it is of the alphabet.
[[nodiscard]] std::uint8_t sextet_of(char character);

/// Writes the text of the octets, padded, and gives how many characters these are. Requires: room.
std::size_t encode_base64(std::string_view octets, char* out);

/// Decodes text that comes in pieces of any size, without padding.
class Base64Decoder {
  public:
    /// Writes the octets that are complete, at most text.size() of them, and gives their number.
    /// Requires: text of the alphabet, room.
    std::size_t add(std::string_view text, char* out);
    /// Writes the octets of an incomplete end: 0 to 2. Bits too many are dropped.
    std::size_t finish(char* out);

  private:
    std::uint32_t bits_ = 0;
    unsigned held_ = 0;  // sextets in bits_, 0 to 3
};

}  // namespace mailkeep::archive
