// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/mail/summary.hpp"

#include "mailkeep/mail/body.hpp"

#include "reader.hpp"

namespace mailkeep::mail {

MessageSummary summarize(const ContentId& content_id, std::string_view raw) {
    auto message = read_message(raw, Reading::summary);
    MessageSummary summary{.content_id = content_id};
    summary.text = searchable_text(message);
    for (auto& part : message.parts) {
        if (part.is_attachment) {
            summary.attachments.push_back(std::move(part.file_name));
        }
    }
    summary.subject = std::move(message.subject);
    summary.from = std::move(message.from);
    summary.to = std::move(message.to);
    summary.cc = std::move(message.cc);
    summary.bcc = std::move(message.bcc);
    summary.message_id = std::move(message.message_id);
    summary.list_id = std::move(message.list_id);
    summary.sent_date = message.sent_date;
    return summary;
}

}  // namespace mailkeep::mail
