// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/log.hpp"

#include "summaries.hpp"

namespace mailkeep::sync {

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
