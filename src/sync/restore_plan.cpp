// SPDX-License-Identifier: Apache-2.0
// What to append to a mailbox: every wanted copy that has no partner among the present ones.
//
//   wanted copies   present copies   append
//   2               0                2
//   2               1                1
//   1               3                0 (a restore never removes)
#include "mailkeep/sync/restore_plan.hpp"

#include "mailkeep/sync/plan.hpp"

namespace mailkeep::sync {

RestorePlan plan_restore(std::span<const std::uint32_t> wanted,
                         std::span<const std::uint32_t> present) {
    std::vector<std::uint32_t> partners(wanted.size());
    for (const auto content : present) {
        ++partners[content];
    }
    RestorePlan plan;
    for (std::uint32_t place = 0; place < wanted.size(); ++place) {
        auto& left = partners[wanted[place]];
        if (left > 0) {
            --left;
            ++plan.already_there;
        } else {
            plan.append.push_back(place);
        }
    }
    return plan;
}

std::uint64_t failed(const MailboxRestore& mailbox) {
    return mailbox.hindrances.size() + mailbox.unsent;
}

bool exceeds_quota(const RestoreReport& report) {
    std::uint64_t octets = 0;
    for (const auto& mailbox : report.mailboxes) {
        octets += mailbox.octets;
    }
    return report.free_octets && octets > *report.free_octets;
}

}  // namespace mailkeep::sync
