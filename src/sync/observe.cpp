// SPDX-License-Identifier: Apache-2.0
#include "observe.hpp"

#include "uids.hpp"

#include <algorithm>

namespace mailkeep::sync {

namespace {

std::optional<UidSet> search(imap::ReadSession& session, const imap::SelectData& opened) {
    return session.can_search_uids(opened.exists) ? session.search_uids() : std::nullopt;
}

/// What the server tells of the messages before the cursor and behind it. Requires: the pass is
/// not full.
Delta ask(imap::ReadSession& session, Pass pass, const Recollection& before,
          const imap::SelectData& opened) {
    const auto& cursor = *before.cursor;
    const Uid last = cursor.uid_next - 1;
    Delta delta{opened.changed, opened.vanished, cursor.uid_next, {}, {}};
    if (pass == Pass::newest) {
        delta.first_listed = plan_first_listed(before.known, cursor);
    } else if (pass == Pass::changes && opened.mod_seq != cursor.mod_seq && last > 0) {
        delta.changed = session.fetch_changed_flags(last, *cursor.mod_seq);
    }
    if (pass == Pass::newest || opened.uid_next != cursor.uid_next) {
        delta.listed = session.fetch_flags(delta.first_listed);
    }
    return delta;
}

/// Where the numbers do not add up, a search tells what there is; where they still do not, only
/// everything will do.
std::optional<ServerView> follow(imap::ReadSession& session, Pass pass, const Recollection& before,
                                 const imap::SelectData& opened) {
    const auto quarantined = uids_of(before.quarantined);
    auto delta = ask(session, pass, before, opened);
    auto view = view_after(before.known, quarantined, delta);
    if (!adds_up(view, opened)) {
        delta.found = search(session, opened);
        view = view_after(before.known, quarantined, delta);
    }
    return adds_up(view, opened) ? std::optional(std::move(view)) : std::nullopt;
}

/// Exchange leaves damaged messages out of a FETCH, and a search names them.
ServerView list_all(imap::ReadSession& session, const imap::SelectData& opened) {
    ServerView view{opened.uid_validity, session.fetch_flags()};
    if (view.messages.size() < opened.exists) {
        view = with_found(std::move(view), search(session, opened).value_or(UidSet()));
    }
    return view;
}

}  // namespace

Observation observe(imap::ReadSession& session, std::string_view mailbox, Pass pass,
                    const Recollection& before) {
    const auto& cursor = before.cursor;
    std::optional<imap::KnownState> state;
    if (pass == Pass::resync) {
        state = {cursor->uid_validity, cursor->mod_seq.value_or(0), cursor->uid_next - 1};
    }
    Observation seen{session.examine_changes(mailbox, state), {}, false};
    // QQ and some others send no UIDVALIDITY or 0; to the catalog 0 means a mailbox never seen.
    seen.opened.uid_validity = std::max<UidValidity>(seen.opened.uid_validity, 1);
    const bool fits = cursor && before.known.uid_validity == cursor->uid_validity;
    pass = plan_opened_pass(fits ? pass : Pass::full, cursor, seen.opened);
    const bool lists_all = pass == Pass::full ||
                           (pass == Pass::newest && plan_first_listed(before.known, *cursor) == 1);
    auto view = lists_all ? std::nullopt : follow(session, pass, before, seen.opened);
    seen.is_full = !view;
    if (view) {
        seen.view = *std::move(view);
        return seen;
    }
    seen.view = list_all(session, seen.opened);
    // A message somebody removed between the opening and the listing is no message left out.
    seen.opened.exists -= std::min(session.expunged(), seen.opened.exists);
    return seen;
}

}  // namespace mailkeep::sync
