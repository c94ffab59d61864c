// SPDX-License-Identifier: Apache-2.0
#include "throttling.hpp"

#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

namespace mailkeep::imap {

namespace {

using std::chrono::milliseconds;

template <std::size_t size>
using Words = std::array<std::string_view, size>;

/// Exchange, Gmail, Dovecot, Yahoo and Zoho, in this order.
constexpr Words<10> words_of_throttling{"throttled",
                                        "backoff time",
                                        "authenticated but not connected",
                                        "bandwidth limit",
                                        "too many simultaneous connections",
                                        "maximum number of connections",
                                        "rate limit",
                                        "too many connections",
                                        "too many requests",
                                        "try again in "};

/// What a wrong password is told with; words beside it change nothing.
constexpr Words<3> refusals{"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED"};

/// To these a quota or a limit means the mailbox, and does not pass by itself.
constexpr Words<3> writing{"APPEND", "CREATE", "UID STORE"};

/// To others "unavailable" means one mailbox (Zimbra: a locked one), and the rest goes on.
constexpr Words<3> where_unavailable_passes{"LOGIN", "AUTHENTICATE", "UID FETCH"};

struct Unit {
    std::string_view name;
    std::uint64_t milliseconds;
};

/// What begins with the name of another stands before it.
constexpr std::array<Unit, 5> units{
    {{"milli", 1}, {"ms", 1}, {"sec", 1000}, {"min", 60'000}, {"hour", 3'600'000}}};

constexpr Words<4> before_a_time{"backoff time", "again in", "again after", "retry after"};

template <std::size_t size>
bool is_one_of(const Words<size>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool speaks_of_throttling(std::string_view text) {
    const std::string lower = to_lower_ascii(text);
    return std::any_of(
        words_of_throttling.begin(), words_of_throttling.end(),
        [&](std::string_view words) { return lower.find(words) != std::string::npos; });
}

bool is_decimal(char c) {
    return c >= '0' && c <= '9';
}

// 1*DIGIT *SP unit
milliseconds leading_time(std::string_view text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_decimal);
    const auto digits = static_cast<std::size_t>(end - text.begin());
    const auto number = parse_number(text.substr(0, digits));
    text.remove_prefix(std::min(text.find_first_not_of(' ', digits), text.size()));
    const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& candidate) {
        return text.starts_with(candidate.name);
    });
    constexpr auto most = std::uint64_t{std::numeric_limits<std::uint32_t>::max()};
    if (!number || unit == units.end() || *number > most)
        return milliseconds(0);
    return milliseconds(static_cast<milliseconds::rep>(*number * unit->milliseconds));
}

}  // namespace

bool wants_pause(std::string_view command, std::string_view code, std::string_view text) {
    if (is_one_of(refusals, code))
        return false;
    if (code == "THROTTLED" || speaks_of_throttling(text))
        return true;
    if (code == "LIMIT" || code == "OVERQUOTA")
        return !is_one_of(writing, command);
    return (code == "UNAVAILABLE" || code == "INUSE") &&
           (command.empty() || is_one_of(where_unavailable_passes, command));
}

bool is_doubtful_pause(std::string_view code, std::string_view text) {
    return (code == "UNAVAILABLE" || code == "INUSE") && !speaks_of_throttling(text);
}

milliseconds pause_told(std::string_view text) {
    const std::string lower = to_lower_ascii(text);
    for (const std::string_view cue : before_a_time) {
        const auto at = lower.find(cue);
        if (at == std::string::npos)
            continue;
        const auto number =
            std::find_if(lower.begin() + static_cast<std::ptrdiff_t>(at), lower.end(), is_decimal);
        return leading_time({number, lower.end()});
    }
    return milliseconds(0);
}

}  // namespace mailkeep::imap
