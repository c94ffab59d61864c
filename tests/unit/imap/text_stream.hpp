// SPDX-License-Identifier: Apache-2.0
// Octets of an IMAP server as the response they are.
#pragma once

#include "mailkeep/net/line_reader.hpp"

#include "response.hpp"
#include "support/text_stream.hpp"

#include <limits>
#include <string>
#include <string_view>

namespace mailkeep::imap {

using test::TextStream;

inline RawResponse raw_of(std::string_view octets,
                          std::size_t chunk = std::numeric_limits<std::size_t>::max()) {
    TextStream stream{std::string(octets), chunk};
    net::LineReader reader(stream);
    return read_response(reader);
}

inline Response response_of(std::string_view octets) {
    return parse_response(raw_of(octets));
}

/// The response as the kind it has to be.
template <class Kind>
Kind parsed_as(std::string_view octets) {
    return std::get<Kind>(response_of(octets));
}

}  // namespace mailkeep::imap
