// SPDX-License-Identifier: Apache-2.0
// One message of an mbox (RFC 4155, the variant mboxrd), piece by piece, its octets as they are.
// See export_index.hpp.
#pragma once

#include "mailkeep/base/time.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace mailkeep::files {

/// The line before a message, in UTC, with its line end. A year that has not four digits becomes
/// the nearest that has.
[[nodiscard]] std::string from_line(Timestamp internal_date);

/// The octets of one message: ">" before each ">"*"From " at the beginning of a line. One thread.
class MboxrdBody {
  public:
    /// The sink is called with pieces that lie in `piece`, or are constants.
    void write(std::string_view piece, const std::function<void(std::string_view)>& sink);
    /// What was held back, and the line ends between messages. Returns how many octets are the
    /// message's.
    std::uint64_t finish(const std::function<void(std::string_view)>& sink);

  private:
    bool is_in_quotes_ = true;  // nothing but ">" in this line so far
    std::size_t matched_ = 0;   // octets of "From " behind them, held back
    bool ends_with_lf_ = false;
    std::uint64_t octets_ = 0;
};

}  // namespace mailkeep::files
