// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/model/maildrop.hpp"

namespace mailkeep {

std::string expiry_warning(const MaildropRules& rules, const DeletePolicy& policy) {
    const bool would_stay = policy.kind == DeletePolicy::Kind::never ||
                            (policy.kind == DeletePolicy::Kind::days &&
                             policy.days > rules.expires_after.value_or(policy.days));
    if (!rules.expires_after || !would_stay) {
        return {};
    }
    return *rules.expires_after == 0 ? "the server itself deletes mail once it was retrieved"
                                     : "the server itself deletes mail after " +
                                           std::to_string(*rules.expires_after) + " days";
}

}  // namespace mailkeep
