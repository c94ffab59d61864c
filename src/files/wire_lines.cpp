// SPDX-License-Identifier: Apache-2.0
#include "wire_lines.hpp"

#include <algorithm>

namespace mailkeep::files {

LineEnds line_ends_of(std::string_view beginning) {
    const auto end = beginning.find('\n');
    const bool is_bare = end != std::string_view::npos && (end == 0 || beginning[end - 1] != '\r');
    return is_bare ? LineEnds::wire : LineEnds::kept;
}

bool WireLines::is_quoted(std::string_view line) const {
    if (line.empty() || line.front() != '>') {
        return false;
    }
    const auto quotes = std::min(line.find_first_not_of('>'), line.size());
    return (quotes == 1 || quoting_ == Quoting::any_from) &&
           line.substr(quotes).starts_with("From ");
}

std::string_view WireLines::take(std::string_view piece) {
    const bool has_quotes =
        quoting_ != Quoting::none && piece.find(">From ") != std::string_view::npos;
    if (line_ends_ == LineEnds::kept && !has_quotes) {
        is_in_line_ = !piece.empty() && piece.back() != '\n';
        return piece;
    }
    converted_.clear();
    while (!piece.empty()) {
        const auto end = piece.find('\n');
        const bool ends = end != std::string_view::npos;
        auto line = piece.substr(0, ends ? end + 1 : piece.size());
        piece.remove_prefix(line.size());
        if (has_quotes && !is_in_line_ && is_quoted(line)) {
            line.remove_prefix(1);
        }
        const bool has_cr = line.size() > 1 ? line[line.size() - 2] == '\r' : ended_with_cr_;
        if (ends && line_ends_ == LineEnds::wire && !has_cr) {
            converted_.append(line.substr(0, line.size() - 1)).append("\r\n");
        } else {
            converted_.append(line);
        }
        is_in_line_ = !ends;
        ended_with_cr_ = !ends && line.back() == '\r';
    }
    return converted_;
}

}  // namespace mailkeep::files
