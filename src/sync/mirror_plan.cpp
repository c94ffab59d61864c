// SPDX-License-Identifier: Apache-2.0
// What to do with a mailbox, message by message (both sides ascending by UID):
//
//   server   known    UIDVALIDITY   decision
//   here     -        same          fetch
//   here     here     same          keep; note the flags when they differ
//   -        here     same          gone (its octets stay archived)
//   here     any      another       fetch: the number means nothing any more, the octets will tell
//   any      here     another       gone
#include "mailkeep/sync/plan.hpp"

#include <algorithm>

namespace mailkeep::sync {

namespace {

void add_gone(MirrorPlan& plan, const MirrorState& known) {
    for (const auto& message : known.messages) {
        plan.gone.add(message.uid);
    }
}

}  // namespace

MirrorPlan plan_mirror(const ServerView& server, const MirrorState& known) {
    MirrorPlan plan;
    plan.starts_over = known.uid_validity != 0 && known.uid_validity != server.uid_validity;
    if (plan.starts_over || known.uid_validity == 0) {
        plan.fetch = server.messages;
        add_gone(plan, known);
    } else {
        auto old = known.messages.begin();
        for (const auto& message : server.messages) {
            for (; old != known.messages.end() && old->uid < message.uid; ++old) {
                plan.gone.add(old->uid);
            }
            if (old == known.messages.end() || old->uid != message.uid) {
                plan.fetch.push_back(message);
                continue;
            }
            if (old->flags != message.flags) {
                plan.flags.push_back(message);
            }
            ++old;
        }
        for (; old != known.messages.end(); ++old) {
            plan.gone.add(old->uid);
        }
    }
    std::reverse(plan.fetch.begin(), plan.fetch.end());
    return plan;
}

}  // namespace mailkeep::sync
