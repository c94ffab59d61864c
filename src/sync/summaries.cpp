// SPDX-License-Identifier: Apache-2.0
#include "summaries.hpp"

#include "mailkeep/base/log.hpp"
#include "mailkeep/mail/abridgement.hpp"

namespace mailkeep::sync {

std::string summarized_octets(const archive::Archive& archive, const StoredMessage& message) {
    if (message.size <= mail::summarized_whole) {
        return archive.get(message);
    }
    mail::Abridgement abridgement;
    archive.read(message, [&](std::string_view piece) { abridgement.add(piece); });
    return abridgement.text();
}

MessageSummary summarize_header(const archive::Batch::Message& message) {
    if (message.size() <= mail::summarized_whole && message.spool == nullptr) {
        return mail::summarize_header(message.content_id, message.raw);
    }
    mail::Abridgement abridgement;
    message.read([&](std::string_view piece) { abridgement.add(piece); });
    return mail::summarize_header(message.content_id, abridgement.text());
}

MessageSummary summarize_header(const archive::Archive& archive, const StoredMessage& message) {
    return mail::summarize_header(message.content_id, summarized_octets(archive, message));
}

MessageSummary summarize(const archive::Archive& archive, const StoredMessage& message) {
    return mail::summarize(message.content_id, summarized_octets(archive, message));
}

void add_attachments(const archive::Archive& archive, const StoredMessage& message,
                     extract::Extractor& extractor, const std::stop_token& stop,
                     MessageSummary& summary) {
    if (summary.attachments.empty()) {
        return;
    }
    std::vector<extract::Extracted> found(summary.attachments.size(),
                                          {{}, extract::Trouble::too_large});
    if (message.size <= extract::most_message) {
        found = extractor.read(
            found.size(),
            [&](const extract::Extractor::Sink& sink) { archive.read(message, sink); }, stop);
    }
    for (const auto& attachment : found) {
        if (attachment.trouble != extract::Trouble::none) {
            log_info("index.attachment_unread", {{"id", message.content_id.hex()},
                                                 {"reason", extract::name_of(attachment.trouble)}});
        }
        summary.troubles.emplace_back(extract::name_of(attachment.trouble));
        if (!attachment.text.empty()) {
            summary.text.append("\n\n").append(attachment.text);
        }
    }
}

}  // namespace mailkeep::sync
