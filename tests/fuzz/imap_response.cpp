// SPDX-License-Identifier: Apache-2.0
// Any octets can come from an IMAP server: they are responses or Error{protocol} or Error{network},
// the same however few of them come at once, and never more of them than were sent.
#include "mailkeep/base/error.hpp"

#include "response.hpp"
#include "support/text_stream.hpp"
#include "targets.hpp"

#include <cstdint>
#include <vector>

namespace mailkeep::fuzz {

namespace {

struct Told {
    std::vector<std::size_t> kinds;
    std::size_t octets = 0;  ///< of texts and literals

    friend bool operator==(const Told&, const Told&) = default;
};

Told told_by(std::string_view octets, std::size_t chunk) {
    Told told;
    test::TextStream stream{std::string(octets), chunk};
    net::LineReader reader(stream);
    try {
        while (!stream.is_read() || reader.has_buffered()) {
            imap::RawResponse raw = imap::read_response(reader);
            told.octets += raw.text.size();
            for (const auto& literal : raw.literals) {
                told.octets += literal.size();
            }
            const auto response = imap::parse_response(std::move(raw));
            told.kinds.push_back(response.index());
        }
    } catch (const Error& error) {
        MAILKEEP_ASSERT(error.code() == Errc::protocol || error.code() == Errc::network);
    }
    return told;
}

}  // namespace

void imap_response(std::string_view octets) {
    if (octets.empty())
        return;
    const std::size_t chunk = static_cast<unsigned char>(octets.front()) % 16U + 1U;
    octets.remove_prefix(1);
    const Told whole = told_by(octets, octets.size() + 1);
    MAILKEEP_ASSERT(whole.octets <= octets.size());
    MAILKEEP_ASSERT(told_by(octets, chunk) == whole);
}

}  // namespace mailkeep::fuzz
