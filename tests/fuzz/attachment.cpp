// SPDX-License-Identifier: Apache-2.0
// Any octets can be attached under any name: what comes of them is valid UTF-8 of no more than it
// may be.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "attachment_text.hpp"
#include "targets.hpp"

namespace mailkeep::fuzz {

void attachment(std::string_view octets) {
    using extract::Format;
    mail::Part part;
    part.body = octets;
    for (const auto format :
         {Format::office, Format::html, Format::message, Format::folded, Format::text}) {
        const auto extracted = extract::attachment_text(part, format);
        MAILKEEP_ASSERT(is_valid_utf8(extracted.text));
        MAILKEEP_ASSERT(extracted.text.size() <= extract::most_text);
    }
}

}  // namespace mailkeep::fuzz
