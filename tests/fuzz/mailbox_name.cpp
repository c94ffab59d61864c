// SPDX-License-Identifier: Apache-2.0
// A name that is encoded comes back; no two wire names decode to the same name; and what is shown
// of any octets is printable UTF-8.
#include "mailkeep/imap/mailbox_name.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "targets.hpp"

#include <algorithm>

namespace mailkeep::fuzz {

namespace {

bool is_printable_ascii(char c) {
    return c >= ' ' && c <= '~';
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7F';
}

}  // namespace

void mailbox_name(std::string_view octets) {
    const std::string wire = imap::encode_mailbox_name(octets);
    MAILKEEP_ASSERT(std::all_of(wire.begin(), wire.end(), is_printable_ascii));
    const auto back = imap::decode_mailbox_name(wire);
    MAILKEEP_ASSERT(back.has_value());
    if (octets.find('\0') == std::string_view::npos)
        MAILKEEP_ASSERT(*back == to_valid_utf8(octets));
    MAILKEEP_ASSERT(imap::encode_mailbox_name(*back) == wire);

    if (const auto name = imap::decode_mailbox_name(octets)) {
        MAILKEEP_ASSERT(is_valid_utf8(*name) && imap::encode_mailbox_name(*name) == octets);
    } else {
        const std::string shown = imap::display_mailbox_name(octets);
        MAILKEEP_ASSERT(is_valid_utf8(shown) &&
                        std::none_of(shown.begin(), shown.end(), is_control));
    }
}

}  // namespace mailkeep::fuzz
