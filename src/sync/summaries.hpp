// SPDX-License-Identifier: Apache-2.0
// Summaries of messages of any size with bounded memory.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/extract/extractor.hpp"
#include "mailkeep/mail/summary.hpp"

#include <stop_token>
#include <string>

namespace mailkeep::sync {

/// All octets, or of a large message what its summary is made from: the beginnings of its parts.
[[nodiscard]] std::string summarized_octets(const archive::Archive& archive,
                                            const StoredMessage& message);

/// mail::summarize_header, the same wherever the octets come from.
[[nodiscard]] MessageSummary summarize_header(const archive::Batch::Message& message);
[[nodiscard]] MessageSummary summarize_header(const archive::Archive& archive,
                                              const StoredMessage& message);

/// mail::summarize
[[nodiscard]] MessageSummary summarize(const archive::Archive& archive,
                                       const StoredMessage& message);

/// Adds the text of the attachments. Throws Error{cancelled}.
void add_attachments(const archive::Archive& archive, const StoredMessage& message,
                     extract::Extractor& extractor, const std::stop_token& stop,
                     MessageSummary& summary);

}  // namespace mailkeep::sync
