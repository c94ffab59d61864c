// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/mail/message.hpp"

#include "mailkeep/base/text.hpp"

#include "header.hpp"
#include "reader.hpp"

#include <algorithm>

namespace mailkeep::mail {

namespace {

/// Raw octets in the header are most likely in the charset of the text (the first that says one).
std::string charset_of_text(const std::vector<Part>& parts) {
    const auto part = std::find_if(parts.begin(), parts.end(), [](const Part& candidate) {
        return !candidate.charset.empty();
    });
    return part == parts.end() ? std::string() : part->charset;
}

}  // namespace

Message read_message(std::string_view raw, Reading reading) {
    Message message;
    message.parts = read_parts(raw, reading);
    const auto charset = charset_of_text(message.parts);
    const auto fields = fields_of(header_octets(raw));
    if (reading == Reading::whole) {
        for (const auto& field : fields) {
            message.header.emplace_back(field.name, decode_text(field.value, charset));
        }
    }
    message.subject = decode_text(find_field(fields, "Subject"), charset);
    message.from = decode_addresses(fields, "From", charset);
    message.to = decode_addresses(fields, "To", charset);
    message.cc = decode_addresses(fields, "Cc", charset);
    message.bcc = decode_addresses(fields, "Bcc", charset);
    message.message_id = decode_id(find_field(fields, "Message-ID"));
    message.list_id = decode_id(find_field(fields, "List-Id"));
    message.sent_date = sent_date_of(fields);
    return message;
}

Message parse(std::string_view raw) {
    return read_message(raw, Reading::whole);
}

std::string_view header_octets(std::string_view raw) {
    return split_entity(raw).header;
}

}  // namespace mailkeep::mail
