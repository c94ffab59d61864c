// SPDX-License-Identifier: Apache-2.0
// Whether a message is encrypted or signed, by OpenPGP (RFC 3156, and written into text) or S/MIME
// (RFC 8551). Signatures are not checked.
#pragma once

#include "mailkeep/mail/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::mail {

/// S/MIME's type for what is encrypted, or signed and wrapped.
[[nodiscard]] bool is_pkcs7(std::string_view content_type);

/// As Message::protection says it. Parts of attached messages do not count.
[[nodiscard]] std::string protection_of(const std::vector<Part>& parts);

}  // namespace mailkeep::mail
