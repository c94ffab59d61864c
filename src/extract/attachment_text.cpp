// SPDX-License-Identifier: Apache-2.0
#include "attachment_text.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/body.hpp"

#include "office_text.hpp"

#include <algorithm>
#include <array>

namespace mailkeep::extract {

namespace {

/// Properties that hold octets, not words (RFC 6350 sections 6.2.4, 6.6.3, 6.7.5, 6.8.1).
bool holds_octets(std::string_view line) {
    constexpr std::array<std::string_view, 5> names{"PHOTO", "LOGO", "SOUND", "KEY", "ATTACH"};
    return std::any_of(names.begin(), names.end(),
                       [&](const auto name) { return starts_with_ignoring_case(line, name); });
}

std::string unfolded(const std::string& folded) {
    std::string text;
    for (const auto line : split(folded, '\n')) {
        const auto content = line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
        const bool goes_on = content.starts_with(' ') || content.starts_with('\t');
        if (!goes_on && !text.empty()) {
            text += '\n';
        }
        text += goes_on ? content.substr(1) : content;
    }
    return text;
}

/// "\n" and "\," stand for what a line cannot hold.
void append_unescaped(std::string& text, std::string_view line) {
    for (std::size_t at = 0; at < line.size(); ++at) {
        const bool is_escape = line[at] == '\\' && at + 1 < line.size();
        at += is_escape ? 1 : 0;
        text += is_escape && (line[at] == 'n' || line[at] == 'N') ? ' ' : line[at];
    }
}

std::string folded_text(const std::string& folded) {
    const auto lines = unfolded(folded);
    std::string text;
    for (const auto line : split(lines, '\n')) {
        if (!holds_octets(line)) {
            append_unescaped(text, line);
            text += '\n';
        }
    }
    return text;
}

std::string heading_of(const mail::Message& message) {
    return join({message.subject, message.from, message.to, message.cc}, "\n") + "\n\n";
}

std::string full_text(const mail::Part& part, Format format) {
    switch (format) {
        case Format::html:
            return mail::html_to_text(mail::to_utf8(part.body, part.charset));
        case Format::folded:
            return folded_text(mail::to_utf8(part.body, part.charset));
        case Format::text:
            return mail::to_utf8(part.body, part.charset);
        case Format::message: {
            const auto message = mail::parse(part.body);
            return heading_of(message) + mail::searchable_text(message);
        }
        case Format::office:
        case Format::pdf:
        case Format::none:
            break;
    }
    broken_promise("a format that is text", __FILE__, __LINE__);
}

}  // namespace

Extracted attachment_text(const mail::Part& part, Format format) {
    if (part.body.size() > most_attachment) {
        return {{}, Trouble::too_large};
    }
    if (format == Format::office) {
        return office_text(part.body);
    }
    auto text = full_text(part, format);
    const bool is_cut = text.size() > most_text;
    text.resize(clip(text, most_text).size());
    return {std::move(text), is_cut ? Trouble::cut : Trouble::none};
}

}  // namespace mailkeep::extract
