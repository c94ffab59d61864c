// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/mail/body.hpp"

#include "mailkeep/base/text.hpp"

#include "calendar_text.hpp"
#include "flowed_text.hpp"
#include "header.hpp"
#include "reader.hpp"
#include "text_files.hpp"

namespace mailkeep::mail {

namespace {

/// A plain alternative this much shorter than the HTML one only says "see the HTML".
constexpr std::size_t stub_factor = 2;

bool is_html(const Part& part) {
    return part.content_type == "text/html";
}

/// <meta charset="…"> or http-equiv, for HTML whose part declares none.
std::string_view charset_in_html(std::string_view html) {
    constexpr std::size_t searched_octets = 2048;
    constexpr std::string_view key = "charset=";
    const auto start = html.substr(0, searched_octets);
    const auto at = start.find(key);
    if (at == std::string_view::npos) {
        return {};
    }
    const auto value = start.substr(at + key.size());
    return value.substr(0, value.find_first_of(";>/ ", 1));
}

std::string text_of(const Part& part) {
    if (part.content_type == "text/plain") {
        auto text = to_utf8(split_files(part.body).text, part.charset);
        return part.is_flowed ? unflow(text, part.deletes_space) : text;
    }
    if (part.content_type == "text/calendar") {
        return calendar_to_text(to_utf8(unfold_calendar(part.body), part.charset));
    }
    if (!is_html(part)) {
        return to_utf8(part.body, part.charset);
    }
    const auto charset = part.charset.empty() ? charset_in_html(part.body) : part.charset;
    return html_to_text(to_utf8(part.body, charset));
}

void append_text(std::string& text, std::string_view more) {
    more = trim(more);
    if (!more.empty()) {
        text += text.empty() ? "" : "\n\n";
        text += more;
    }
}

/// Who wrote what to whom in an attached message.
std::string heading_of(const Part& attached_message) {
    const auto fields = fields_of(header_octets(attached_message.body));
    std::string heading;
    for (const std::string_view name : {"Subject", "From", "To", "Cc"}) {
        append_text(heading, decode_text(find_field(fields, name), {}));
    }
    return heading;
}

}  // namespace

std::string readable_text(const Message& message) {
    std::string text;
    for (const auto& part : message.parts) {
        if (part.role == Role::text) {
            append_text(text, text_of(part));
        }
    }
    return text;
}

std::string searchable_text(const Message& message) {
    auto text = readable_text(message);
    const auto read_octets = text.size();
    for (const auto& part : message.parts) {
        if (is_attached_message(part.content_type)) {
            append_text(text, heading_of(part));
        } else if (part.role == Role::alternative) {
            const auto other = text_of(part);
            append_text(text, other.size() > stub_factor * read_octets ? other : std::string());
        }
    }
    text.resize(clip(text, most_text_octets).size());
    return text;
}

}  // namespace mailkeep::mail
