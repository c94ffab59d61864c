// SPDX-License-Identifier: Apache-2.0
#include "text_files.hpp"

#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/message.hpp"

#include "header.hpp"

#include <algorithm>
#include <optional>

namespace mailkeep::mail {

namespace {

/// Octets of a file that one line of uuencode holds: its first character says so.
std::size_t octets_in(std::string_view line) {
    return line.empty() ? 0 : (static_cast<unsigned char>(line.front()) - 32U) & 63U;
}

/// Blanks at the end may be lost, and some encoders add a check character.
bool is_uu_line(std::string_view line) {
    constexpr std::size_t most_octets = 45;
    const bool is_in_alphabet =
        std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '`'; });
    const auto octets = octets_in(line);
    return is_in_alphabet && octets <= most_octets && line.size() <= 1 + (octets + 2) / 3 * 4 + 2;
}

bool is_full_uu_line(std::string_view line) {
    const auto octets = octets_in(line);
    return is_uu_line(line) && octets > 0 && line.size() >= 1 + (octets * 4 + 2) / 3;
}

void append_uu_line(std::string& content, std::string_view line) {
    const auto sextet = [&](std::size_t at) {
        return at < line.size() ? (static_cast<unsigned char>(line[at]) - 32U) & 63U : 0U;
    };
    const auto octets = octets_in(line);
    for (std::size_t octet = 0; octet < octets; ++octet) {
        const auto first = 1 + octet / 3 * 4 + octet % 3;
        const auto shift = 2 * (octet % 3);
        const auto bits = sextet(first) << (shift + 2) | sextet(first + 1) >> (4 - shift);
        content += static_cast<char>(bits & 0xFFU);
    }
}

/// "begin" mode name; the name, when it is one.
std::optional<std::string_view> uu_name(std::string_view line) {
    constexpr std::string_view begin = "begin ";
    if (!line.starts_with(begin)) {
        return std::nullopt;
    }
    line.remove_prefix(begin.size());
    const auto mode = line.substr(0, line.find_first_not_of("01234567"));
    const auto name = trim(line.substr(mode.size()));
    const bool is_mode = (mode.size() == 3 || mode.size() == 4) && line.size() > mode.size() &&
                         line[mode.size()] == ' ';
    return is_mode && !name.empty() ? std::optional(name) : std::nullopt;
}

/// Takes a file off the front of rest, which stands behind the line with its name.
std::optional<std::string> take_uu_content(std::string_view& rest) {
    auto after = rest;
    std::string content;
    while (!after.empty()) {
        auto next = after;
        const auto line = take_line(next);
        if (trim(line) == "end") {
            after = next;
            break;
        }
        if (content.empty() ? !is_full_uu_line(line) : !is_uu_line(line)) {
            break;
        }
        append_uu_line(content, line);
        after = next;
    }
    if (content.empty()) {
        return std::nullopt;
    }
    rest = after;
    return content;
}

/// "=ybegin line=128 size=123 name=..."; the name, which goes to the end of the line.
std::optional<std::string_view> yenc_name(std::string_view line) {
    constexpr std::string_view name = " name=";
    const auto at = line.find(name);
    const bool is_begin = line.starts_with("=ybegin ") && line.find(" size=") != line.npos;
    return is_begin && at != line.npos ? std::optional(trim(line.substr(at + name.size())))
                                       : std::nullopt;
}

void append_yenc_line(std::string& content, std::string_view line) {
    bool is_escaped = false;
    for (const char c : line) {
        if (c == '=' && !is_escaped) {
            is_escaped = true;
            continue;
        }
        content += static_cast<char>(static_cast<unsigned char>(c) - (is_escaped ? 106U : 42U));
        is_escaped = false;
    }
}

/// Ends with "=yend"; a "=ypart" is passed over.
std::string take_yenc_content(std::string_view& rest) {
    std::string content;
    while (!rest.empty()) {
        const auto line = take_line(rest);
        if (line.starts_with("=yend ")) {
            break;
        }
        if (!line.starts_with("=ypart ")) {
            append_yenc_line(content, line);
        }
    }
    return content;
}

/// Takes a file off the front of rest, which stands behind `line`.
std::optional<TextFile> take_file(std::string_view line, std::string_view& rest) {
    if (const auto name = uu_name(line)) {
        if (auto content = take_uu_content(rest)) {
            return TextFile{.name = std::string(*name), .content = std::move(*content)};
        }
    } else if (const auto yname = yenc_name(line)) {
        return TextFile{.name = std::string(*yname), .content = take_yenc_content(rest)};
    }
    return std::nullopt;
}

}  // namespace

TextAndFiles split_files(std::string_view octets) {
    TextAndFiles result;
    if (octets.find("begin ") == std::string_view::npos) {  // both forms say it; most text does not
        result.text = octets;
        return result;
    }
    auto rest = octets;
    while (!rest.empty()) {
        const auto before = rest;
        const auto line = take_line(rest);
        const auto line_octets = before.substr(0, before.size() - rest.size());
        auto file = result.files.size() < most_parts ? take_file(line, rest) : std::nullopt;
        if (file) {
            result.files.push_back(std::move(*file));
        } else {
            result.text += line_octets;
        }
    }
    return result;
}

}  // namespace mailkeep::mail
