// SPDX-License-Identifier: Apache-2.0
#include "fields.hpp"

#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace mailkeep::catalog {

namespace {

using namespace std::chrono;

/// Each list is looked at once: from one to the next, through the index.
constexpr std::string_view lists_sql =
    "m.list_id <> '' AND m.list_id IN (WITH RECURSIVE lists (list) AS (SELECT min(list_id) FROM"
    " messages WHERE list_id <> '' UNION ALL SELECT (SELECT min(list_id) FROM messages"
    " WHERE list_id <> '' AND list_id > list) FROM lists WHERE list IS NOT NULL)"
    " SELECT list FROM lists WHERE instr(lower(list), lower($1)) > 0)";

/// What stands after the last dot is looked up; what was asked for may have one itself.
constexpr std::string_view types_sql =
    "lower(substr(t.name, length(rtrim(t.name, replace(t.name, '.', ''))) + 1))"
    " = lower(substr($1, length(rtrim($1, replace($1, '.', ''))) + 1))"
    " AND substr(lower(t.name), -1 - length($1)) = '.' || lower($1)";

// The flag bits are those of flag_columns.hpp, and a mailbox's name is @called. A placement that
// has ended speaks for its message only when none of that stands any more (moment.hpp): is:gone.
constexpr std::array table{
    Field{"from", "words of the sender", "from:alice@example.org", Takes::words, About::words,
          "sender", Dates::none, Values::people},
    Field{"to", "words of the To field", "to:bob", Takes::words, About::words, "recipients",
          Dates::none, Values::people},
    Field{"cc", "words of the Cc field", "cc:carol", Takes::words, About::words, "cc", Dates::none,
          Values::people},
    Field{"bcc", "words of the Bcc field", "bcc:dave", Takes::words, About::words, "bcc",
          Dates::none, Values::people},
    Field{"subject", "words of the subject", "subject:\"monthly report\"", Takes::words,
          About::words, "subject"},
    Field{"body", "words of the text", "body:invoice", Takes::words, About::words, "body"},
    Field{"filename", "words of an attachment's name", "filename:report*", Takes::words,
          About::words, "attachments"},
    Field{"has:attachment", "with an attachment", "has:attachment", Takes::fixed, About::attachment,
          "TRUE"},
    Field{"is:read", "read", "is:read", Takes::fixed, About::flags, "(@flags & 1) <> 0"},
    Field{"is:unread", "not read", "is:unread", Takes::fixed, About::flags, "(@flags & 1) = 0"},
    Field{"is:flagged", "flagged", "is:flagged", Takes::fixed, About::flags, "(@flags & 4) <> 0"},
    Field{"is:answered", "answered", "is:answered", Takes::fixed, About::flags,
          "(@flags & 2) <> 0"},
    Field{"is:gone", "in no mailbox any more", "is:gone", Takes::fixed, About::placement,
          "(p.stands_until IS NOT NULL AND p.stands_until <= ?1)"},
    Field{"account", "of the account with this name", "account:work", Takes::name, About::mailbox,
          "p.mailbox_id IN (SELECT b.id FROM mailboxes AS b JOIN accounts AS a"
          " ON a.id = b.account_id WHERE a.name = $1"
          " OR (folded($1) <> '' AND folded(a.name) = folded($1)))",
          Dates::none, Values::accounts},
    Field{"in", "in the mailbox with this name", "in:\"Sent Items\"", Takes::name, About::mailbox,
          "p.mailbox_id IN (SELECT b.id FROM mailboxes AS b WHERE @called = $1"
          " OR (folded($1) <> '' AND folded(@called) = folded($1)))",
          Dates::none, Values::mailboxes},
    Field{"message-id", "with exactly this Message-ID", "message-id:1234@example.org", Takes::name,
          About::message, "m.message_id = trim($1, '<>')"},
    Field{"list", "of the mailing list whose List-Id holds this", "list:announce.example.org",
          Takes::name, About::message, lists_sql},
    Field{"before", "sent before this day, month or year (UTC)", "before:2024-05", Takes::date,
          About::message, "m.date < $1", Dates::until},
    Field{"after", "sent in this day, month or year or later (UTC)", "after:2024-05-31",
          Takes::date, About::message, "m.date >= $1", Dates::from},
    Field{"on", "sent in this day, month or year (UTC)", "on:2024-05-31", Takes::span,
          About::message, "m.date >= $1 AND m.date < $2", Dates::within},
    Field{"newer_than", "sent since then (h, d, w, m, y)", "newer_than:30d", Takes::age,
          About::message, "m.date >= $1", Dates::from},
    Field{"older_than", "sent before then (h, d, w, m, y)", "older_than:1y", Takes::age,
          About::message, "m.date < $1", Dates::until},
    Field{"larger", "with more octets (K, M, G)", "larger:10M", Takes::size, About::size,
          "s.size > $1"},
    Field{"smaller", "with fewer octets (K, M, G)", "smaller:100K", Takes::size, About::size,
          "s.size < $1"},
    Field{"type", "with an attachment whose name ends so", "type:pdf", Takes::name,
          About::attachment, types_sql},
    Field{"id", "the message whose id begins so", "id:9f86d081", Takes::id, About::message,
          "m.content_id BETWEEN $1 AND $2"},
};

std::optional<Timestamp> date_from(std::string_view text) {
    const bool is_short = text.size() <= std::string_view("YYYY-MM-DD").size();
    return is_short ? parse_rfc3339(text) : std::nullopt;
}

/// Requires: date_from(text) is `start`.
Timestamp end_of_span(std::string_view text, Timestamp start) {
    const year_month_day first{floor<days>(start)};
    if (text.size() == std::string_view("YYYY").size()) {
        return sys_days{first + years{1}};
    }
    if (text.size() == std::string_view("YYYY-MM").size()) {
        return sys_days{first + months{1}};
    }
    return start + days{1};
}

struct Unit {
    char letter;
    std::int64_t factor;
};

// A month and a year are those of the Gregorian calendar on average.
constexpr std::array<Unit, 5> ages{{{'h', milliseconds{hours{1}}.count()},
                                    {'d', milliseconds{days{1}}.count()},
                                    {'w', milliseconds{weeks{1}}.count()},
                                    {'m', milliseconds{months{1}}.count()},
                                    {'y', milliseconds{years{1}}.count()}}};
constexpr std::array<Unit, 3> sizes{{{'K', 1LL << 10}, {'M', 1LL << 20}, {'G', 1LL << 30}}};

std::optional<std::int64_t> scaled(std::string_view number, std::int64_t factor) {
    const auto value = parse_number(number);
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 4;
    if (!value || *value > static_cast<std::uint64_t>(most / factor)) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(*value) * factor;
}

std::optional<std::int64_t> with_unit(std::string_view text, std::span<const Unit> units) {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& candidate) {
        return equals_ignoring_case({&candidate.letter, 1}, text.substr(text.size() - 1));
    });
    return unit == units.end() ? std::nullopt
                               : scaled(text.substr(0, text.size() - 1), unit->factor);
}

std::optional<std::vector<Value>> one(std::optional<std::int64_t> value) {
    return value ? std::optional(std::vector<Value>{*value}) : std::nullopt;
}

}  // namespace

std::span<const Field> all_fields() {
    return table;
}

const Field* find_field(std::string_view name, std::string_view value) {
    const std::string fixed = std::string(name).append(":").append(value);
    const auto found = std::find_if(table.begin(), table.end(), [&](const Field& field) {
        return equals_ignoring_case(field.name, field.takes == Takes::fixed ? fixed : name);
    });
    return found == table.end() ? nullptr : &*found;
}

bool has_parts(std::string_view name) {
    return name != "body";
}

std::optional<std::vector<Value>> values_for(const Field& field, std::string_view text,
                                             Timestamp now) {
    switch (field.takes) {
        case Takes::words:
        case Takes::fixed:
            return std::vector<Value>{};
        case Takes::name:
            return std::vector<Value>{std::string(text)};
        case Takes::date:
        case Takes::span: {
            const auto start = date_from(text);
            if (!start || field.takes == Takes::date) {
                return one(start ? std::optional(unix_ms(*start)) : std::nullopt);
            }
            return std::vector<Value>{unix_ms(*start), unix_ms(end_of_span(text, *start))};
        }
        case Takes::age: {
            const auto age = with_unit(text, ages);
            return one(age ? std::optional(unix_ms(now) - *age) : std::nullopt);
        }
        case Takes::size: {
            const auto plain = scaled(text, 1);
            return one(plain ? plain : with_unit(text, sizes));
        }
        case Takes::id: {
            const auto hex = to_lower_ascii(text);
            if (!is_id_prefix(hex)) {
                return std::nullopt;
            }
            const auto [first, last] = id_range(hex);
            return std::vector<Value>{first, last};
        }
    }
    return std::nullopt;
}

bool is_id_prefix(std::string_view hex) {
    return hex.size() >= 8 && hex.size() <= 64 &&
           hex.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::pair<Digest, Digest> id_range(std::string_view hex) {
    constexpr std::size_t digits = 64;
    const std::string prefix(hex);
    return {*Digest::from_hex(prefix + std::string(digits - hex.size(), '0')),
            *Digest::from_hex(prefix + std::string(digits - hex.size(), 'f'))};
}

}  // namespace mailkeep::catalog
