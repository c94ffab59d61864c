// SPDX-License-Identifier: Apache-2.0
// Summaries of messages of any size with bounded memory.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/mail/summary.hpp"

namespace mailkeep::sync {

/// mail::summarize_header, the same wherever the octets come from.
[[nodiscard]] MessageSummary summarize_header(const archive::Batch::Message& message);
[[nodiscard]] MessageSummary summarize_header(const archive::Archive& archive,
                                              const StoredMessage& message);

/// mail::summarize
[[nodiscard]] MessageSummary summarize(const archive::Archive& archive,
                                       const StoredMessage& message);

}  // namespace mailkeep::sync
