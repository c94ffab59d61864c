// SPDX-License-Identifier: Apache-2.0
// Any octets can be read as a message, and all text that comes of it is valid UTF-8.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/body.hpp"
#include "mailkeep/mail/summary.hpp"

#include "targets.hpp"

namespace mailkeep::fuzz {

void mime_message(std::string_view raw) {
    const auto summary = mail::summarize(ContentId(), raw);
    for (const auto* text : {&summary.subject, &summary.from, &summary.to, &summary.cc,
                             &summary.bcc, &summary.message_id, &summary.list_id, &summary.text}) {
        MAILKEEP_ASSERT(is_valid_utf8(*text));
    }
    for (const auto& name : summary.attachments) {
        MAILKEEP_ASSERT(is_valid_utf8(name));
    }
    const auto message = mail::parse(raw);
    MAILKEEP_ASSERT(message.parts.size() <= mail::most_parts);
    MAILKEEP_ASSERT(is_valid_utf8(mail::readable_text(message)));
    int number = 0;
    for (const auto& part : message.parts) {
        MAILKEEP_ASSERT(part.number == ++number);
        MAILKEEP_ASSERT(is_valid_utf8(part.content_type + part.file_name));
        MAILKEEP_ASSERT(part.body.size() <= 2 * raw.size() + 64);
    }
    MAILKEEP_ASSERT(mail::searchable_text(message) == summary.text);
}

}  // namespace mailkeep::fuzz
