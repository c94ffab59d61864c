// SPDX-License-Identifier: Apache-2.0
// What a POP3 server says of its maildrops (RFC 2449 sections 6.5 and 6.7).
#pragma once

#include "mailkeep/model/account.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace mailkeep {

struct MaildropRules {
    std::chrono::seconds login_delay{0};  ///< between two logins at least
    std::optional<int> expires_after;     ///< days mail stays there; 0: not once it was retrieved

    friend bool operator==(const MaildropRules&, const MaildropRules&) = default;
};

/// What people should know: the server deletes sooner than the account would. Empty: it does not.
[[nodiscard]] std::string expiry_warning(const MaildropRules& rules, const DeletePolicy& policy);

}  // namespace mailkeep
