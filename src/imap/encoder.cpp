// SPDX-License-Identifier: Apache-2.0
#include "encoder.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/imap/mailbox_name.hpp"

#include "internal_date.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::imap {

namespace {

constexpr std::size_t literal_minus_limit = 4096;  // RFC 7888 section 5

// ATOM-CHAR = <any CHAR except atom-specials>
// atom-specials = "(" / ")" / "{" / SP / CTL / list-wildcards / quoted-specials / resp-specials
bool is_atom_char(char c) {
    return c > ' ' && c <= '~' && std::string_view("(){%*\"\\]").find(c) == std::string_view::npos;
}

/// What may stand bare in a command of ours: flags, fetch items, "*" too.
bool is_bare_char(char c) {
    return c > ' ' && c <= '~' && std::string_view("(){\"").find(c) == std::string_view::npos;
}

// QUOTED-CHAR; 8-bit octets only after ENABLE UTF8=ACCEPT, which we never send.
bool is_quotable(char c) {
    return c >= ' ' && c <= '~';
}

void append_quoted(std::string& to, std::string_view text) {
    to += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\')
            to += '\\';
        to += c;
    }
    to += '"';
}

bool is_nil(std::string_view text) {
    return text.size() == 3 && (text[0] | 0x20) == 'n' && (text[1] | 0x20) == 'i' &&
           (text[2] | 0x20) == 'l';
}

}  // namespace

LiteralForm literal_form_of(const Capabilities& capabilities) {
    if (capabilities.has("LITERAL+"))
        return LiteralForm::plus;
    return capabilities.has("LITERAL-") ? LiteralForm::minus : LiteralForm::synchronizing;
}

bool is_atom(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_atom_char);
}

Encoder::Encoder(std::string_view command) : name_(command) {
    fragments_.emplace_back().text = command;
}

std::string& Encoder::next_argument() {
    return fragments_.back().text += ' ';
}

Encoder& Encoder::atom(std::string_view word) {
    MAILKEEP_ASSERT(!word.empty() && std::all_of(word.begin(), word.end(), is_bare_char));
    next_argument() += word;
    return *this;
}

Encoder& Encoder::list(const std::vector<std::string>& words) {
    std::string& text = next_argument() += '(';
    for (const std::string& word : words) {
        MAILKEEP_ASSERT(!word.empty() && std::all_of(word.begin(), word.end(), is_bare_char));
        if (&word != &words.front())
            text += ' ';
        text += word;
    }
    text += ')';
    return *this;
}

Encoder& Encoder::nested_list(std::string_view word, const std::vector<std::string>& words) {
    next_argument() += '(';
    fragments_.back().text += word;
    list(words);
    fragments_.back().text += ')';
    return *this;
}

// event-group = "(" filter-mailboxes SP "(" event *(SP event) ")" ")"
// filter-mailboxes = "personal" / "mailboxes" SP "(" mailbox *(SP mailbox) ")"
Encoder& Encoder::event_group(const std::vector<std::string>& mailboxes,
                              const std::vector<std::string>& events) {
    std::string& text = next_argument() += mailboxes.empty() ? "(personal" : "(mailboxes";
    for (const std::string& mailbox : mailboxes) {
        MAILKEEP_ASSERT(std::all_of(mailbox.begin(), mailbox.end(), is_quotable));
        text += &mailbox == &mailboxes.front() ? " (" : " ";
        append_quoted(text, mailbox);
    }
    text += mailboxes.empty() ? "" : ")";
    list(events);
    fragments_.back().text += ')';
    return *this;
}

// astring = 1*ASTRING-CHAR / string
Encoder& Encoder::astring(std::string_view text) {
    if (!is_atom(text) || is_nil(text))
        return string(text);
    next_argument() += text;
    return *this;
}

// string = quoted / literal
Encoder& Encoder::string(std::string_view text) {
    if (!std::all_of(text.begin(), text.end(), is_quotable)) {
        if (text.find('\0') != std::string_view::npos)
            throw Error(Errc::invalid, "an argument for the mail server holds a NUL");
        return literal(text, LiteralForm::synchronizing);
    }
    append_quoted(next_argument(), text);
    return *this;
}

Encoder& Encoder::labels(const std::vector<std::string>& labels) {
    std::string& text = next_argument() += '(';
    for (const std::string& label : labels) {
        text += &label == &labels.front() ? "" : " ";
        if (label.starts_with('\\') && is_atom(label.substr(1)))
            text += label;
        else
            append_quoted(text, encode_mailbox_name(label));
    }
    text += ')';
    return *this;
}

Encoder& Encoder::uid_set(const UidSet& uids) {
    MAILKEEP_ASSERT(!uids.empty());
    next_argument() += to_sequence_set(uids);
    return *this;
}

Encoder& Encoder::date_time(const InternalDate& date) {
    next_argument() += '"' + to_date_time(date) + '"';
    return *this;
}

// literal = "{" number64 ["+"] "}" CRLF *CHAR8 ; literal8 = "~{" number64 ["+"] "}" CRLF *OCTET
Fragment& Encoder::announce(std::uint64_t octets, std::string_view mark, LiteralForm form) {
    const bool waits = form == LiteralForm::synchronizing ||
                       (form == LiteralForm::minus && octets > literal_minus_limit);
    next_argument() += fmt::format("{}{{{}{}}}\r\n", mark, octets, waits ? "" : "+");
    auto& fragment = fragments_.emplace_back();
    fragment.start = waits ? Fragment::Start::after_continuation : Fragment::Start::at_once;
    return fragment;
}

Encoder& Encoder::literal(std::string_view octets, LiteralForm form) {
    announce(octets.size(), "", form).literal = octets;
    return *this;
}

Encoder& Encoder::literal(const LongText& text, LiteralForm form) {
    announce(text.size, text.is_binary ? "~" : "", form).stream = &text;
    return *this;
}

Encoder& Encoder::header_field(std::string_view name) {
    MAILKEEP_ASSERT(is_atom(name));
    next_argument() += fmt::format("(BODY.PEEK[HEADER.FIELDS ({})])", name);
    return *this;
}

std::string to_sequence_set(const UidSet& uids) {
    std::string text;
    for (const UidSet::Range& range : uids.ranges()) {
        if (!text.empty())
            text += ',';
        text += std::to_string(range.first);
        if (range.last != range.first)
            text += ':' + std::to_string(range.last);
    }
    return text;
}

}  // namespace mailkeep::imap
