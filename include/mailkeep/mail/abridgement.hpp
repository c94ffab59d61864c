// SPDX-License-Identifier: Apache-2.0
// What a summary needs of a message that is too large to be held: all but the rest of its long
// parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailkeep::mail {

/// Messages up to this size are summarized from all of their octets, larger ones from an
/// abridgement.
inline constexpr std::uint64_t summarized_whole = std::uint64_t{8} << 20;

/// Takes a message in pieces and keeps the first MiB of its header, of its body, and of what stands
/// behind each line that begins with "--", as those between parts do; summarized_whole at most. One
/// thread.
class Abridgement {
  public:
    void add(std::string_view octets);

    /// A message with the same parts, some of them cut.
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    void begin_part();
    void keep(std::string_view octets);

    std::string text_;
    std::string start_;  ///< of a line, up to the two octets that tell what it is
    bool is_in_header_ = true;
    std::size_t left_ = std::size_t{1} << 20;
};

}  // namespace mailkeep::mail
