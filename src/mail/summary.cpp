// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/mail/summary.hpp"

#include "mailkeep/mail/body.hpp"

#include "reader.hpp"

namespace mailkeep::mail {

namespace {

MessageSummary summary_of(const ContentId& content_id, Message message) {
    MessageSummary summary{.content_id = content_id};
    summary.subject = std::move(message.subject);
    summary.from = std::move(message.from);
    summary.to = std::move(message.to);
    summary.cc = std::move(message.cc);
    summary.bcc = std::move(message.bcc);
    summary.message_id = std::move(message.message_id);
    summary.list_id = std::move(message.list_id);
    summary.sent_date = message.sent_date;
    summary.references = std::move(message.references);
    return summary;
}

}  // namespace

MessageSummary summarize(const ContentId& content_id, std::string_view raw) {
    auto message = read_message(raw, Reading::summary);
    auto text = searchable_text(message);
    std::vector<std::string> attachments;
    for (auto& part : message.parts) {
        if (part.is_attachment) {
            attachments.push_back(std::move(part.file_name));
        }
    }
    auto summary = summary_of(content_id, std::move(message));
    summary.attachments = std::move(attachments);
    summary.text = std::move(text);
    return summary;
}

MessageSummary summarize_header(const ContentId& content_id, std::string_view raw) {
    return summary_of(content_id, read_message(raw, Reading::header));
}

}  // namespace mailkeep::mail
