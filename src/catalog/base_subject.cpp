// SPDX-License-Identifier: Apache-2.0
#include "base_subject.hpp"

#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace mailkeep::catalog {

namespace {

// English, German, Scandinavian, Dutch, Spanish, French, Polish, Chinese.
constexpr std::array<std::string_view, 16> prefixes{"re",   "fwd",  "fw",   "aw",  "wg", "antw",
                                                    "sv",   "vs",   "vb",   "rv",  "tr", "odp",
                                                    "回复", "答复", "转发", "回覆"};
constexpr std::array<std::string_view, 2> colons{":", "："};

/// Behind "[…]" and spaces, or nothing when it does not begin so.
std::optional<std::string_view> without_blob(std::string_view text) {
    const auto end = text.find_first_of("[]", 1);
    if (!text.starts_with('[') || end == std::string_view::npos || text[end] != ']') {
        return std::nullopt;
    }
    return trim(text.substr(end + 1));
}

/// Behind "Re:", "Fwd [2]:" and the like.
std::optional<std::string_view> without_prefix(std::string_view text) {
    const auto prefix = std::find_if(prefixes.begin(), prefixes.end(), [&](std::string_view one) {
        return starts_with_ignoring_case(text, one);
    });
    if (prefix == prefixes.end()) {
        return std::nullopt;
    }
    auto rest = trim(text.substr(prefix->size()));
    rest = without_blob(rest).value_or(rest);
    const auto colon = std::find_if(colons.begin(), colons.end(),
                                    [&](std::string_view one) { return rest.starts_with(one); });
    return colon == colons.end() ? std::nullopt : std::optional(trim(rest.substr(colon->size())));
}

/// The inside of "[Fwd: …]", or what stands before "(fwd)".
std::optional<std::string_view> without_wrapping(std::string_view text) {
    constexpr std::string_view opening = "[fwd:";
    constexpr std::string_view trailer = "(fwd)";
    if (starts_with_ignoring_case(text, opening) && text.ends_with(']')) {
        return trim(text.substr(opening.size(), text.size() - opening.size() - 1));
    }
    const auto size = text.size();
    if (size >= trailer.size() &&
        equals_ignoring_case(text.substr(size - trailer.size()), trailer)) {
        return trim(text.substr(0, size - trailer.size()));
    }
    return std::nullopt;
}

}  // namespace

BaseSubject base_subject(std::string_view subject) {
    BaseSubject base{trim(subject), false};
    for (bool is_changed = true; is_changed;) {
        auto shorter = without_prefix(base.text);
        if (!shorter) {
            shorter = without_wrapping(base.text);
        }
        base.is_reply = base.is_reply || shorter;
        if (!shorter) {
            shorter = without_blob(base.text);
            shorter = shorter && !shorter->empty() ? shorter : std::nullopt;
        }
        is_changed = shorter.has_value();
        base.text = shorter.value_or(base.text);
    }
    return base;
}

}  // namespace mailkeep::catalog
