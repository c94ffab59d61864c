// SPDX-License-Identifier: Apache-2.0
// Any octets can be a line of a POP3 server; what is shown of it is printable UTF-8; a text that is
// stuffed with dots comes back, and its end is where it was.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/net/line_reader.hpp"

#include "reply.hpp"
#include "support/text_stream.hpp"
#include "targets.hpp"

#include <algorithm>

namespace mailkeep::fuzz {

namespace {

bool is_shown(char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != '\x7F';
}

void read_as_line(std::string_view line) {
    try {
        const auto reply = pop3::parse_reply(line);
        const std::string shown = pop3::for_people(reply.text);
        MAILKEEP_ASSERT(!shown.empty() && is_valid_utf8(shown));
        MAILKEEP_ASSERT(std::all_of(shown.begin(), shown.end(), is_shown));
        static_cast<void>(pop3::is_temporary(reply));
    } catch (const Error& error) {
        MAILKEEP_ASSERT(error.code() == Errc::protocol);
    }
    try {
        const auto entry = pop3::parse_numbered_line(line);
        MAILKEEP_ASSERT(entry.number != 0);
        static_cast<void>(pop3::parse_size(entry.value));
    } catch (const Error& error) {
        MAILKEEP_ASSERT(error.code() == Errc::protocol);
    }
    std::set<std::string> capabilities;
    pop3::add_capability(capabilities, line);
}

/// As RFC 1939 section 3 says: a dot in front of every line that begins with one, behind CRLF only.
std::string stuffed(std::string_view text) {
    std::string wire;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_begin = i == 0 || (i >= 2 && text.substr(i - 2, 2) == "\r\n");
        if (is_begin && text[i] == '.')
            wire += '.';
        wire += text[i];
    }
    return wire;
}

void take_stuffed(std::string_view octets, std::size_t chunk) {
    // With a CRLF before any other line end, lines have CRLF; else the server's may be bare LFs.
    const std::string text = "Subject: x\r\n" + std::string(octets) + "\r\n";
    test::TextStream stream(stuffed(text) + ".\r\n+OK next\r\n", chunk);
    net::LineReader reader(stream);
    pop3::Unstuffer unstuffer(pop3::LineEnd::crlf);
    std::string taken;
    for (;;) {
        const auto piece = unstuffer.take(reader.read_piece_of_line(chunk + 3));
        if (!piece)
            break;
        taken += *piece;
    }
    MAILKEEP_ASSERT(taken == text);
    MAILKEEP_ASSERT(reader.read_line(64) == "+OK next");
}

}  // namespace

void pop3_answer(std::string_view octets) {
    read_as_line(octets);
    const std::size_t chunk =
        octets.empty() ? 1 : static_cast<unsigned char>(octets.front()) % 16U + 1U;
    take_stuffed(octets, chunk);
    take_stuffed(octets, octets.size() + 64);
}

}  // namespace mailkeep::fuzz
