// SPDX-License-Identifier: Apache-2.0
// From lines as files have them to those of the wire: quoting of mbox undone, CRLF where the file
// has LF (RFC 5322 section 2.3).
#pragma once

#include <string>
#include <string_view>

namespace mailkeep::files {

enum class Quoting { none, from, any_from };  ///< of nothing, ">From ", ">"*"From "
enum class LineEnds { kept, wire };           ///< wire: a bare LF becomes CRLF

/// What the first line end of a message says of the others.
[[nodiscard]] LineEnds line_ends_of(std::string_view beginning);

/// One message. A piece ends with a line, or its line is longer than anything that matters.
class WireLines {
  public:
    WireLines(Quoting quoting, LineEnds line_ends) : quoting_(quoting), line_ends_(line_ends) {}

    /// The view lives until the next call.
    [[nodiscard]] std::string_view take(std::string_view piece);

  private:
    [[nodiscard]] bool is_quoted(std::string_view line) const;

    Quoting quoting_;
    LineEnds line_ends_;
    std::string converted_;
    bool is_in_line_ = false;
    bool ended_with_cr_ = false;
};

}  // namespace mailkeep::files
