// SPDX-License-Identifier: Apache-2.0
#include "header.hpp"

#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/body.hpp"
#include "mailkeep/mail/message.hpp"

#include "encoded_word.hpp"

#include <gmime/gmime.h>

#include <algorithm>
#include <memory>

namespace mailkeep::mail {

namespace {

/// GMime calls itself for each ":" of an address list; 500 levels are some 200 KB of stack.
constexpr std::ptrdiff_t most_groups = 500;

struct Release {
    void operator()(gpointer object) const { g_object_unref(object); }

    void operator()(GDateTime* date) const { g_date_time_unref(date); }

    void operator()(GMimeParserOptions* options) const { g_mime_parser_options_free(options); }
};

template <class Object>
using Held = std::unique_ptr<Object, Release>;

/// GMime has to be initialised once in a process; the static does that, whichever thread is first.
/// Options are only ever read.
GMimeParserOptions* gmime_options() {
    static const Held<GMimeParserOptions> options = [] {
        g_mime_init();
        return Held<GMimeParserOptions>(g_mime_parser_options_new());
    }();
    return options.get();
}

/// From C; null is empty.
std::string text_from(const char* text) {
    return text == nullptr ? std::string() : std::string(text);
}

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

bool is_control(char c) {
    return (c >= 0 && c < ' ') || c == '\x7F';
}

/// field-name = 1*%d33-57 / %d59-126, then ":" (RFC 5322 section 3.6.8). Old mailers put blanks
/// before the colon (obsolete syntax, section 4.5). 0 when the line is no field.
std::size_t field_name_length(std::string_view line) {
    std::size_t length = 0;
    while (length < line.size() && line[length] > ' ' && line[length] < '\x7F' &&
           line[length] != ':') {
        ++length;
    }
    const auto colon = line.find_first_not_of(" \t", length);
    return colon != std::string_view::npos && line[colon] == ':' ? length : 0;
}

bool belongs_to_header(std::string_view line) {
    return !line.empty() && (is_blank(line.front()) || field_name_length(line) > 0);
}

/// The separator of an mbox, which some servers and exports leave in front of the message.
bool is_mbox_line(std::string_view line) {
    return line.starts_with("From ") || line.starts_with(">From ");
}

/// A stray line between fields is skipped; anything else that is no field begins the body.
bool is_stray(std::string_view rest_after) {
    return !rest_after.empty() && field_name_length(take_line(rest_after)) > 0;
}

/// Line ends go and the blanks that begin a continuation become one (RFC 5322 section 2.2.3).
std::string unfold(std::string_view value) {
    std::string line;
    while (!value.empty()) {
        const auto piece = value.substr(0, value.find_first_of("\r\n"));
        line += piece;
        value.remove_prefix(piece.size());
        const auto next = std::min(value.size(), value.find_first_not_of(" \t\r\n"));
        line += next > 0 && next < value.size() ? " " : "";
        value.remove_prefix(next);
    }
    return line;
}

/// One line that is safe to show anywhere, a terminal included.
std::string printable(std::string text) {
    std::replace_if(text.begin(), text.end(), is_control, ' ');
    return std::string(trim(text));
}

/// Unfolded, words as text, safe to show.
std::string shown(std::string_view value, std::string_view charset_hint) {
    return printable(decode_words(unfold(value), charset_hint));
}

/// Unfolded, words sound, valid UTF-8 without NUL (to_utf8 sees to that): fit for GMime.
std::string normalized(std::string_view value, std::string_view charset_hint) {
    return normalize_words(unfold(value), charset_hint);
}

/// `Name <address>`, groups by their members; an empty group by its name.
void append_addresses(InternetAddressList* list, std::vector<std::string>& addresses) {
    for (int i = 0; i < internet_address_list_length(list); ++i) {
        auto* const address = internet_address_list_get_address(list, i);
        const auto name = shown(text_from(internet_address_get_name(address)), {});
        if (INTERNET_ADDRESS_IS_GROUP(address)) {
            auto* const members =
                internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address));
            if (internet_address_list_length(members) == 0) {
                addresses.push_back(name + ":;");
            }
            append_addresses(members, addresses);
            continue;
        }
        const auto* const addr =
            internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address));
        const auto where = shown(text_from(addr), {});
        addresses.push_back(name.empty() ? where : name + " <" + where + ">");
    }
}

auto count_at_signs(std::string_view text) {
    return std::count(text.begin(), text.end(), '@');
}

std::string decode_address_list(std::string_view value, std::string_view charset_hint) {
    auto as_written = shown(value, charset_hint);
    if (std::count(value.begin(), value.end(), ':') > most_groups) {
        return as_written;
    }
    const auto list_text = normalized(value, charset_hint);
    const Held<InternetAddressList> list(
        internet_address_list_parse(gmime_options(), list_text.c_str()));
    if (!list) {
        return as_written;
    }
    std::vector<std::string> addresses;
    append_addresses(list.get(), addresses);
    auto text = join(addresses, ", ");
    // GMime drops what it cannot read, such as all after a ";" (Outlook's separator).
    return count_at_signs(text) < count_at_signs(as_written) ? as_written : text;
}

std::optional<Timestamp> parse_date(std::string_view value) {
    const auto text = shown(value, {});
    gmime_options();  // initialises GMime
    const Held<GDateTime> date(g_mime_utils_header_decode_date(text.c_str()));
    return date ? std::optional(from_unix_ms(g_date_time_to_unix(date.get()) * 1000))
                : parse_rfc3339(text);
}

/// Where the token ends that starts at `begin` (RFC 2045 section 5.1), or a `;` is missing.
std::size_t token_end(std::string_view value, std::size_t begin) {
    begin = std::min(value.size(), value.find_first_not_of(" \t", begin));
    return std::min(value.size(), value.find_first_of(" \t;", begin));
}

/// "text/plain charset=utf-8": puts in the ";" that was forgotten after the token at `begin`.
std::string with_semicolon(std::string value, std::size_t begin) {
    const auto end = token_end(value, begin);
    const auto next = value.find_first_not_of(" \t", end);
    if (next != std::string::npos && value[next] != ';' && value[next] != '(') {
        value.insert(end, ";");
    }
    return value;
}

void read_content_type(std::string_view field, Content& content) {
    auto value = normalized(field, {});
    const auto slash = value.find('/');
    if (slash == std::string::npos) {
        content.type = "text/plain";  // RFC 2045 section 5.2
        return;
    }
    value = with_semicolon(std::move(value), slash + 1);
    const Held<GMimeContentType> type(g_mime_content_type_parse(gmime_options(), value.c_str()));
    const auto parameter = [&](const char* name) {
        return text_from(g_mime_content_type_get_parameter(type.get(), name));
    };
    content.type = to_lower_ascii(text_from(g_mime_content_type_get_media_type(type.get())) + "/" +
                                  text_from(g_mime_content_type_get_media_subtype(type.get())));
    content.charset = decode_text(parameter("charset"), {});
    content.boundary = parameter("boundary");
    content.file_name = parameter("name");
    content.is_flowed = equals_ignoring_case(parameter("format"), "flowed");
    content.deletes_space = equals_ignoring_case(parameter("delsp"), "yes");
}

void read_disposition(std::string_view field, Content& content) {
    const auto value = with_semicolon(normalized(field, {}), 0);
    const Held<GMimeContentDisposition> parsed(
        g_mime_content_disposition_parse(gmime_options(), value.c_str()));
    const auto kind = text_from(g_mime_content_disposition_get_disposition(parsed.get()));
    const auto name = text_from(g_mime_content_disposition_get_parameter(parsed.get(), "filename"));
    // An unknown disposition counts as attachment (RFC 2183 section 2.8).
    if (!kind.empty()) {
        content.disposition =
            equals_ignoring_case(kind, "inline") ? Disposition::shown : Disposition::attachment;
    }
    if (!name.empty()) {
        content.file_name = name;
    }
}

/// GMime leaves a quote that was never closed, and words in continued parameters.
std::string clean_file_name(std::string_view name) {
    auto text = decode_text(name, {});
    text.erase(std::remove(text.begin(), text.end(), '"'), text.end());
    return text;
}

}  // namespace

std::string_view take_line(std::string_view& octets) {
    const auto end = octets.find('\n');
    auto line = octets.substr(0, end);
    octets.remove_prefix(end == std::string_view::npos ? octets.size() : end + 1);
    if (end != std::string_view::npos && line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

Entity split_entity(std::string_view octets) {
    auto rest = octets;
    while (!rest.empty()) {
        const auto header_length = octets.size() - rest.size();
        const auto from_here = rest;
        const auto line = take_line(rest);
        if (line.empty()) {
            return {.header = octets.substr(0, header_length), .body = rest};
        }
        const bool is_first = header_length == 0;
        if (!belongs_to_header(line) && !(is_first && is_mbox_line(line)) && !is_stray(rest)) {
            return {.header = octets.substr(0, header_length), .body = from_here};
        }
    }
    return {.header = octets, .body = {}};
}

std::vector<Field> fields_of(std::string_view header) {
    std::vector<Field> fields;
    bool is_in_field = false;
    header = header.substr(0, most_header_octets);
    while (!header.empty()) {
        const auto line = take_line(header);
        const bool is_continuation = !line.empty() && is_blank(line.front());
        if (is_continuation && is_in_field) {
            auto& value = fields.back().value;
            const auto* const end = line.data() + line.size();
            value = {value.data(), static_cast<std::size_t>(end - value.data())};
        }
        if (is_continuation) {
            continue;
        }
        const auto length = field_name_length(line);
        is_in_field = length > 0;
        if (is_in_field) {
            const auto value = line.substr(line.find(':', length) + 1);
            fields.push_back({.name = line.substr(0, length), .value = value});
        }
    }
    return fields;
}

std::string_view find_field(const std::vector<Field>& fields, std::string_view name) {
    for (const auto& field : fields) {
        if (equals_ignoring_case(field.name, name)) {
            return field.value;
        }
    }
    return {};
}

std::string decode_text(std::string_view value, std::string_view charset_hint) {
    return shown(value, charset_hint);
}

std::string decode_addresses(const std::vector<Field>& fields, std::string_view name,
                             std::string_view charset_hint) {
    std::vector<std::string> lists;
    for (const auto& field : fields) {
        if (equals_ignoring_case(field.name, name) && !trim(field.value).empty()) {
            lists.push_back(decode_address_list(field.value, charset_hint));
        }
    }
    return join(lists, ", ");
}

std::string decode_id(std::string_view value) {
    const auto text = decode_text(value, {});
    const auto open = text.rfind('<');
    if (open == std::string::npos) {
        return text;
    }
    return std::string(trim(text.substr(open + 1, text.find('>', open) - open - 1)));
}

std::vector<std::string> decode_references(const std::vector<Field>& fields) {
    constexpr std::size_t most = 50;
    std::vector<std::string> ids;
    for (const auto* const name : {"References", "In-Reply-To"}) {
        const auto text = decode_text(find_field(fields, name), {});
        for (auto open = text.find('<'); open != std::string::npos; open = text.find('<', open)) {
            const auto close = std::min(text.find('>', open), text.size());
            std::string id(trim(std::string_view(text).substr(open + 1, close - open - 1)));
            std::replace(id.begin(), id.end(), '\n', ' ');
            open = close;
            if (!id.empty() && std::find(ids.begin(), ids.end(), id) == ids.end()) {
                ids.push_back(std::move(id));
                if (ids.size() > most) {
                    ids.erase(ids.begin() + 1);
                }
            }
        }
    }
    return ids;
}

std::optional<Timestamp> sent_date_of(const std::vector<Field>& fields) {
    for (const auto& field : fields) {
        if (equals_ignoring_case(field.name, "Date")) {
            if (const auto date = parse_date(field.value)) {
                return date;
            }
        }
    }
    const auto received = find_field(fields, "Received");
    const auto semicolon = received.rfind(';');
    return semicolon == std::string_view::npos ? std::nullopt
                                               : parse_date(received.substr(semicolon + 1));
}

Content content_of(const std::vector<Field>& fields, std::string_view default_type) {
    Content content;
    const auto type = find_field(fields, "Content-Type");
    if (trim(type).empty()) {
        content.type = default_type;
    } else {
        read_content_type(type, content);
    }
    const auto disposition = find_field(fields, "Content-Disposition");
    if (!trim(disposition).empty()) {
        read_disposition(disposition, content);
    }
    content.file_name = clean_file_name(content.file_name);
    content.id = decode_id(find_field(fields, "Content-ID"));
    const auto encoding = to_lower_ascii(trim(find_field(fields, "Content-Transfer-Encoding")));
    content.transfer_encoding = encoding.substr(0, encoding.find_first_of(" \t\r\n;("));
    return content;
}

}  // namespace mailkeep::mail
