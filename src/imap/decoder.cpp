// SPDX-License-Identifier: Apache-2.0
#include "decoder.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace mailkeep::imap {

namespace {

constexpr auto npos = std::string_view::npos;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_atom_end(char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7F || c == '(' || c == ')' || c == '{' ||
           c == '"';
}

/// Free text may end in "{5}" and announces nothing: status responses and continuations.
bool ends_in_free_text(std::string_view line) {
    if (line.starts_with('+'))
        return true;
    const std::string_view after_tag = line.substr(std::min(line.find(' '), line.size()));
    const std::string_view rest = trim(after_tag);
    const std::string_view word = rest.substr(0, rest.find(' '));
    constexpr std::array<std::string_view, 5> conditions{"OK", "NO", "BAD", "PREAUTH", "BYE"};
    return std::any_of(conditions.begin(), conditions.end(),
                       [&](auto condition) { return equals_ignoring_case(word, condition); });
}

/// In "BODY[]" or "BODY[]<7>".
bool ends_in_body(std::string_view text) {
    if (text.ends_with('>'))
        text = text.substr(0, std::min(text.rfind('<'), text.size()));
    constexpr std::string_view item = "BODY[]";
    return text.size() >= item.size() &&
           equals_ignoring_case(text.substr(text.size() - item.size()), item);
}

struct Announcement {
    std::uint64_t octets = 0;
    bool is_body = false;
};

// literal = "{" number64 ["+"] "}" CRLF *CHAR8
std::optional<Announcement> announced_by(std::string_view line) {
    if (!line.ends_with('}'))
        return std::nullopt;
    const auto open = line.rfind('{');
    if (open == npos)
        return std::nullopt;
    std::string_view digits = line.substr(open + 1, line.size() - open - 2);
    if (digits.ends_with('+'))
        digits.remove_suffix(1);
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit))
        return std::nullopt;
    const auto octets = parse_number(digits);
    if (!octets)
        throw Error(Errc::protocol, "the mail server announced more octets than there can be");
    const std::string_view before = trim(line.substr(0, open));
    return Announcement{*octets, ends_in_body(before)};
}

/// What may still come of one response.
struct Budget {
    std::size_t text = response_limit;
    std::size_t body = body_limit;

    void spend(const Announcement& literal) {
        std::size_t& left = literal.is_body ? body : text;
        if (literal.octets > left)
            throw Error(Errc::protocol, "the mail server announced a text of " +
                                            std::to_string(literal.octets) +
                                            " octets, more than mailkeep takes");
        left -= literal.octets;
    }
};

void read_large(net::LineReader& reader, std::uint64_t octets, std::optional<Spool>& into,
                const LargeMessages& large) {
    if (into)
        throw Error(Errc::protocol, "the mail server sends two large texts at once");
    into.emplace(large.make());
    constexpr std::uint64_t piece_octets = std::uint64_t{64} << 10;
    for (std::string piece; octets > 0; octets -= piece.size()) {
        piece.clear();
        reader.read_exact(std::min(octets, piece_octets), piece);
        into->append(piece);
    }
    into->close();
}

std::string read_line(net::LineReader& reader, Budget& budget) {
    std::string line = reader.read_line(budget.text);
    budget.text -= line.size();
    return line;
}

}  // namespace

void expected(std::string_view what) {
    throw Error(Errc::protocol,
                "the mail server's answer cannot be read: " + std::string(what) + " expected");
}

RawResponse read_response(net::LineReader& reader, const LargeMessages& large) {
    Budget budget;
    RawResponse response;
    reader.begin_answer();
    std::string line = read_line(reader, budget);
    line.erase(0, line.find_first_not_of('\0'));  // imapflow tells of servers that pad with NULs
    const bool is_free = ends_in_free_text(line);
    for (;;) {
        const auto literal = is_free ? std::nullopt : announced_by(line);
        response.text += line;
        if (!literal)
            return response;
        budget.spend(*literal);
        response.text += '\n';
        auto& octets = response.literals.emplace_back();
        if (literal->is_body && literal->octets > large.above) {
            read_large(reader, literal->octets, response.spool, large);
        } else {
            reader.read_exact(literal->octets, octets);
        }
        line = read_line(reader, budget);
        // A FETCH cannot end right after its body; MailKit #954 tells of servers that count two
        // octets too few, so that the message's last CRLF follows outside.
        if (line.empty() && literal->is_body)
            line = read_line(reader, budget);
    }
}

void Decoder::spaces() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
}

bool Decoder::character(char c) {
    if (!next_is(c))
        return false;
    rest_.remove_prefix(1);
    return true;
}

void Decoder::expect_character(char c) {
    if (!character(c))
        expected("\"" + std::string(1, c) + "\"");
}

// atom = 1*ATOM-CHAR
std::optional<std::string_view> Decoder::atom() {
    const auto end = std::find_if(rest_.begin(), rest_.end(), is_atom_end);
    const auto length = static_cast<std::size_t>(end - rest_.begin());
    if (length == 0)
        return std::nullopt;
    const std::string_view word = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return word;
}

std::string_view Decoder::expect_atom() {
    const auto word = atom();
    if (!word)
        expected("a word");
    return *word;
}

// number = 1*DIGIT ; unsigned 32-bit
std::uint32_t Decoder::expect_number() {
    const auto number = parse_number(expect_atom());
    if (!number || *number > std::numeric_limits<std::uint32_t>::max())
        expected("a number");
    return static_cast<std::uint32_t>(*number);
}

// nil = "NIL"
bool Decoder::nil() {
    const bool is_nil =
        starts_with_ignoring_case(rest_, "NIL") && (rest_.size() == 3 || is_atom_end(rest_[3]));
    if (is_nil)
        rest_.remove_prefix(3);
    return is_nil;
}

// quoted = DQUOTE *QUOTED-CHAR DQUOTE
// A quote inside that is not escaped is taken for text (MailKit #485): only one before a space, a
// closing bracket or the end closes.
std::optional<std::string> Decoder::quoted() {
    if (!character('"'))
        return std::nullopt;
    std::string text;
    while (!rest_.empty() && rest_.front() != '\n') {
        char c = rest_.front();
        rest_.remove_prefix(1);
        if (c == '"' && (rest_.empty() || std::string_view(" )]\n").find(rest_.front()) != npos))
            return text;
        if (c == '\\' && (next_is('"') || next_is('\\'))) {
            c = rest_.front();
            rest_.remove_prefix(1);
        }
        text += c;
    }
    expected("the end of a quoted text");
}

// literal = "{" number64 ["+"] "}" CRLF *CHAR8 ; literal8 = "~" literal
std::optional<std::string> Decoder::literal() {
    const bool is_literal = next_is('{') || rest_.starts_with("~{");
    if (!is_literal)
        return std::nullopt;
    const auto end = rest_.find("}\n");
    if (end == npos || literals_.empty())
        expected("a literal");
    rest_.remove_prefix(end + 2);
    std::string octets = std::move(literals_.front());
    literals_ = literals_.subspan(1);
    return octets;
}

// string = quoted / literal
std::optional<std::string> Decoder::string() {
    auto text = quoted();
    return text ? std::move(text) : literal();
}

// astring = 1*ASTRING-CHAR / string
std::string Decoder::expect_astring() {
    if (auto text = string())
        return std::move(*text);
    return std::string(expect_atom());
}

// nstring = string / nil
std::optional<std::string> Decoder::expect_nstring() {
    if (nil())
        return std::nullopt;
    auto text = string();
    if (!text)
        expected("a text or NIL");
    return text;
}

// flag-list = "(" [flag *(SP flag)] ")"
std::vector<std::string> Decoder::expect_flag_list() {
    std::vector<std::string> flags;
    if (nil())
        return flags;
    expect_character('(');
    for (spaces(); !character(')'); spaces()) {
        if (nil())
            continue;
        const std::string flag = to_valid_utf8(expect_astring());
        const bool is_word = !flag.empty() && std::none_of(flag.begin(), flag.end(), is_atom_end);
        if (is_word && flag.size() <= flag_length_limit && flags.size() < flag_count_limit)
            flags.push_back(flag);
    }
    return flags;
}

void Decoder::skip_value() {
    std::size_t depth = 0;
    do {
        spaces();
        if (character('(')) {
            ++depth;
        } else if (depth > 0 && character(')')) {
            --depth;
        } else if (!string()) {
            expect_atom();
        }
    } while (depth > 0);
}

}  // namespace mailkeep::imap
