// SPDX-License-Identifier: Apache-2.0
// Header fields: where they are in the octets, and what they say once decoded. The only file of the
// house that asks GMime, one field at a time: GMime's parser for whole messages overflows the stack
// on nested address groups and is quadratic in nested multiparts, and both arrive by mail.
#pragma once

#include "mailkeep/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::mail {

/// A message or MIME part taken apart; both views into its octets.
struct Entity {
    std::string_view header;  ///< without the empty line
    std::string_view body;
};

/// A header that runs into the body without an empty line ends where its fields end.
[[nodiscard]] Entity split_entity(std::string_view octets);

/// A line without its end (CRLF or LF), taken off the front. Requires: not empty.
[[nodiscard]] std::string_view take_line(std::string_view& octets);

/// Views into the header; value is still folded and encoded.
struct Field {
    std::string_view name;
    std::string_view value;
};

/// Fields in order, at most most_header_octets of them; lines that are none are left out.
[[nodiscard]] std::vector<Field> fields_of(std::string_view header);

/// The value of the first field of that name, or empty.
[[nodiscard]] std::string_view find_field(const std::vector<Field>& fields, std::string_view name);

/// Text of a field: unfolded, words decoded, control characters blanked. Octets that are not UTF-8
/// are read in charset_hint, which may be empty.
[[nodiscard]] std::string decode_text(std::string_view value, std::string_view charset_hint);

/// All fields of that name as one list, `Name <address>` each, comma-separated. What cannot be read
/// as addresses is shown as written.
[[nodiscard]] std::string decode_addresses(const std::vector<Field>& fields, std::string_view name,
                                           std::string_view charset_hint);

/// What stands between angle brackets, else everything.
[[nodiscard]] std::string decode_id(std::string_view value);

/// RFC 5322, section 3.6.4: each msg-id once, in order; a parent stands last.
[[nodiscard]] std::vector<std::string> decode_references(const std::vector<Field>& fields);

/// The Date field, else the topmost Received. A date without zone is UTC.
[[nodiscard]] std::optional<Timestamp> sent_date_of(const std::vector<Field>& fields);

enum class Disposition { unstated, shown, attachment };

/// What the Content-* fields of a part say.
struct Content {
    std::string type;  ///< "text/plain", lower case
    std::string charset;
    std::string boundary;
    std::string file_name;
    std::string id;
    std::string transfer_encoding;  ///< lower case
    bool is_flowed = false;         ///< format=flowed (RFC 3676); likewise DelSp
    bool deletes_space = false;
    Disposition disposition = Disposition::unstated;
};

/// default_type stands in for a missing Content-Type (RFC 2046 section 5.1.5: it depends on the
/// multipart around).
[[nodiscard]] Content content_of(const std::vector<Field>& fields, std::string_view default_type);

}  // namespace mailkeep::mail
