// SPDX-License-Identifier: Apache-2.0
#include "summaries.hpp"

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

}  // namespace mailkeep::sync
