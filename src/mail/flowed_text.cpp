// SPDX-License-Identifier: Apache-2.0
#include "flowed_text.hpp"

#include "header.hpp"

#include <algorithm>

namespace mailkeep::mail {

std::string unflow(std::string_view text, bool deletes_space) {
    constexpr std::string_view signature_mark = "-- ";
    std::string result;
    std::size_t open_depth = 0;
    bool is_open = false;  // the last line goes on
    while (!text.empty()) {
        auto line = take_line(text);
        const auto depth = std::min(line.size(), line.find_first_not_of('>'));
        line.remove_prefix(depth);
        line.remove_prefix(line.starts_with(' ') ? 1 : 0);  // space-stuffed (section 4.4)
        const bool is_signature = line == signature_mark;
        if (is_open && (depth != open_depth || is_signature)) {
            result += '\n';
            is_open = false;
        }
        if (!is_open) {
            result.append(depth, '>');
            result += depth > 0 ? " " : "";
        }
        is_open = line.ends_with(' ') && !is_signature;
        open_depth = depth;
        line.remove_suffix(is_open && deletes_space ? 1 : 0);
        result += line;
        result += is_open ? "" : "\n";
    }
    return result;
}

}  // namespace mailkeep::mail
