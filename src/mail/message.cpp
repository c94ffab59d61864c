// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/mail/message.hpp"

#include "mailkeep/base/text.hpp"

#include "header.hpp"
#include "protection.hpp"
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

/// Octets that mean nothing without a charset: 8-bit ones, and the escapes of ISO-2022.
bool needs_charset(std::string_view header) {
    return std::any_of(header.begin(), header.end(), [](const char octet) {
        return static_cast<unsigned char>(octet) >= 0x80 || octet == '\x1b';
    });
}

}  // namespace

Message read_message(std::string_view raw, Reading reading) {
    const auto header = header_octets(raw);
    Message message;
    std::string charset;
    if (reading != Reading::header) {
        message.parts = read_parts(raw, reading);
        charset = charset_of_text(message.parts);
    } else if (needs_charset(header)) {
        charset = charset_of_text(read_parts(raw, Reading::summary));
    }
    const auto fields = fields_of(header);
    if (reading == Reading::whole) {
        message.protection = protection_of(message.parts);
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
    message.references = decode_references(fields);
    return message;
}

Message parse(std::string_view raw) {
    return read_message(raw, Reading::whole);
}

std::string_view header_octets(std::string_view raw) {
    return split_entity(raw).header;
}

}  // namespace mailkeep::mail
