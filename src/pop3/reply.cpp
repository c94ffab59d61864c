// SPDX-License-Identifier: Apache-2.0
#include "reply.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace mailkeep::pop3 {

namespace {

constexpr std::size_t longest_text = 300;
constexpr std::uint64_t longest_login_delay = 24UL * 60 * 60;
constexpr std::uint64_t longest_expiry = 100UL * 366;

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/// Up to the next space or tab; `text` loses it and what separates it from the rest.
std::string_view take_word(std::string_view& text) {
    const auto end = std::find_if(text.begin(), text.end(), is_blank);
    const std::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text = trim(text.substr(word.size()));
    return word;
}

Status status_of(std::string_view word) {
    if (equals_ignoring_case(word, "+OK")) {
        return Status::ok;
    }
    if (equals_ignoring_case(word, "-ERR")) {
        return Status::err;
    }
    if (word == "+") {
        return Status::go_on;
    }
    throw Error(Errc::protocol, "the server's answer is neither +OK nor -ERR");
}

}  // namespace

Reply parse_reply(std::string_view line) {
    Reply reply;
    reply.line_end = line.ends_with("\r\n") ? LineEnd::crlf : LineEnd::lf;
    std::string_view rest = line.substr(0, line.find_last_not_of("\r\n") + 1);
    reply.status = status_of(take_word(rest));
    const std::size_t bracket = rest.find(']');
    if (rest.starts_with('[') && bracket != rest.npos) {
        reply.code = to_upper_ascii(rest.substr(1, bracket - 1));
        rest = trim(rest.substr(bracket + 1));
    }
    reply.text = rest;
    return reply;
}

std::string for_people(std::string_view text) {
    if (text.empty()) {
        return "no reason given";
    }
    std::string shown = to_valid_utf8(text);
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, ' ');
    return std::string(clip(shown, longest_text));
}

std::optional<std::string_view> Unstuffer::take(std::string_view piece) {
    const bool is_begin = !is_in_line_;
    const bool is_crlf = piece.ends_with("\r\n");
    if (is_begin && piece == ".\r\n") {
        return std::nullopt;
    }
    if (is_begin && piece == ".\n" && of_status_ == LineEnd::lf) {
        return std::nullopt;
    }
    has_crlf_ = has_crlf_ || is_crlf;
    is_in_line_ = !piece.ends_with('\n') || (has_crlf_ && !is_crlf);
    return is_begin && piece.starts_with('.') ? piece.substr(1) : piece;
}

NumberedLine parse_numbered_line(std::string_view line) {
    std::string_view rest = trim(line);
    std::string_view word = take_word(rest);
    if (equals_ignoring_case(word, "+OK")) {
        word = take_word(rest);
    }
    const auto number = parse_number(word);
    if (!number || *number == 0 || *number > std::numeric_limits<Number>::max()) {
        throw Error(Errc::protocol, "the server lists a message without a number");
    }
    return {static_cast<Number>(*number), rest};
}

std::uint64_t parse_size(std::string_view value) {
    return parse_number(take_word(value)).value_or(0);
}

void add_capability(std::set<std::string>& capabilities, std::string_view line) {
    const std::string upper = to_upper_ascii(trim(line));
    std::string_view rest = upper;
    const std::string name(take_word(rest));
    if (name.empty()) {
        return;
    }
    capabilities.insert(name);
    while (!rest.empty()) {
        capabilities.insert(name + " " + std::string(take_word(rest)));
    }
}

MaildropRules maildrop_rules(const std::set<std::string>& capabilities) {
    const auto number_behind = [&](const std::string& name) -> std::optional<std::uint64_t> {
        for (const std::string& capability : capabilities) {
            if (capability.starts_with(name + " ")) {
                if (const auto number = parse_number(capability.substr(name.size() + 1))) {
                    return number;
                }
            }
        }
        return std::nullopt;
    };
    MaildropRules rules;
    rules.login_delay = std::chrono::seconds(
        std::min(number_behind("LOGIN-DELAY").value_or(0), longest_login_delay));
    if (const auto days = number_behind("EXPIRE")) {
        rules.expires_after = static_cast<int>(std::min(*days, longest_expiry));
    }
    return rules;
}

bool wants_a_pause(const Reply& reply) {
    return reply.code == "IN-USE" || reply.code == "LOGIN-DELAY" || reply.code == "SYS/TEMP";
}

bool is_temporary(const Reply& reply) {
    if (reply.code == "AUTH") {
        return false;
    }
    if (wants_a_pause(reply) || reply.code.starts_with("SYS/")) {
        return true;
    }
    constexpr std::array<std::string_view, 11> words{
        "maildrop",       "mailbox lock",   "mailbox is locked",
        "already locked", "to lock",        "lock busy",
        "in use",         "busy",           "another session",
        "another pop3",   "try again later"};
    const std::string text = to_lower_ascii(reply.text);
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return text.find(word) != text.npos; });
}

}  // namespace mailkeep::pop3
