// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/mirror.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/sync/plan.hpp"

#include "observe.hpp"
#include "problems.hpp"

#include <algorithm>
#include <set>

namespace mailkeep::sync {

namespace {

/// Without \Marked and \Unmarked, which say what was read lately, not what the mailbox is.
std::vector<std::string> lasting(std::vector<std::string> attributes) {
    std::erase_if(attributes, [](const std::string& attribute) {
        return equals_ignoring_case(attribute, "\\Marked") ||
               equals_ignoring_case(attribute, "\\Unmarked");
    });
    return attributes;
}

/// As the mailbox of a loss.
constexpr const char* whole_account = "";

/// For people: the first of them, and how many more.
std::string shown(const UidSet& uids) {
    constexpr std::size_t most = 20;
    std::string text;
    UidSet rest = uids;
    for (const auto& [first, last] : uids.ranges()) {
        if (text.size() / 4 > most) {
            return text + " and " + std::to_string(rest.count()) + " more";
        }
        text += (text.empty() ? "UID " : ", ") + std::to_string(first);
        text += first == last ? "" : "-" + std::to_string(last);
        UidSet range;
        range.add(first, last);
        rest = rest - range;
    }
    return text;
}

UidSet uids_of(const std::vector<UidFlags>& messages) {
    UidSet uids;
    for (const auto& message : messages) {
        uids.add(message.uid);
    }
    return uids;
}

class Mirror {
  public:
    Mirror(imap::ReadSession& session, const Account& account, catalog::Catalog& catalog,
           Ingest& ingest, Progress& progress, const std::stop_token& stop)
        : session_(session),
          account_(account),
          catalog_(catalog),
          ingest_(ingest),
          progress_(progress),
          stop_(stop),
          problems_("mirror.problem", {"account", account.name}) {}

    std::vector<std::string> run() {
        abilities_ = {session_.enable_resync(), session_.has_mod_seqs()};
        losses_ = catalog_.losses(account_.id);
        auto listed = session_.list_with_status();
        ask_status(listed);
        if (holds_back_everything(listed)) {
            return problems_.take();
        }
        for (const auto& entry : listed) {
            if (is_wanted(entry)) {
                mirror_or_note(entry);
            }
        }
        note_gone_mailboxes(listed);
        ingest_.flush();
        settle(whole_account);
        return problems_.take();
    }

  private:
    [[nodiscard]] bool is_wanted(const imap::ListEntry& entry) const {
        return entry.is_selectable() && wants_mailbox(account_, entry.name);
    }

    /// Only of mailboxes that were followed before, for only they can be unchanged.
    void ask_status(std::vector<imap::ListEntry>& listed) {
        std::vector<imap::ListEntry*> followed;
        for (auto& entry : listed) {
            if (is_wanted(entry) && catalog_.cursor(account_.id, entry.mailbox)) {
                followed.push_back(&entry);
            }
        }
        session_.ask_status(followed);
    }

    /// No mailbox at all, or only empty ones.
    [[nodiscard]] bool shows_nothing(const std::vector<imap::ListEntry>& listed) const {
        const auto can_be_opened = [](const auto& entry) { return entry.is_selectable(); };
        if (std::none_of(listed.begin(), listed.end(), can_be_opened)) {
            return true;
        }
        std::size_t empty = 0;
        for (const auto& entry : listed) {
            if (is_wanted(entry)) {
                ++empty;
                if (!entry.status || entry.status->messages != 0U) {
                    return false;
                }
            }
        }
        return empty > 0;
    }

    /// A server that suddenly shows nothing where there was mail says nothing about the mail.
    bool holds_back_everything(const std::vector<imap::ListEntry>& listed) {
        if (!shows_nothing(listed) || is_accepted(whole_account)) {
            return false;
        }
        std::uint64_t held = 0;
        for (const auto& mailbox : catalog_.mailboxes(account_.id, std::nullopt)) {
            held += catalog_.count_on_server(account_.id, mailbox.mailbox);
        }
        if (held > 0) {
            note_loss({whole_account, "", held, held, ingest_.keeper().clock().now(), {}});
        }
        return held > 0;
    }

    [[nodiscard]] std::optional<Loss> loss_of(const std::string& mailbox) const {
        const auto found = std::find_if(losses_.begin(), losses_.end(),
                                        [&](const Loss& loss) { return loss.mailbox == mailbox; });
        return found == losses_.end() ? std::nullopt : std::optional(*found);
    }

    [[nodiscard]] bool is_accepted(const std::string& mailbox) const {
        const auto loss = loss_of(mailbox);
        return loss && loss->accepted_at;
    }

    /// Whether so much is missing that a person has to look first; then that is told.
    bool holds_back(const std::string& mailbox, const std::string& name, std::uint64_t lost,
                    std::uint64_t held) {
        if (is_accepted(whole_account) || !needs_a_look(lost, held, loss_of(mailbox))) {
            return false;
        }
        note_loss({mailbox, name, lost, held, ingest_.keeper().clock().now(), {}});
        return true;
    }

    void note_loss(const Loss& loss) {
        const auto known = loss_of(loss.mailbox);
        if (!known || known->lost != loss.lost || known->accepted_at) {
            catalog_.note_loss(account_.id, loss);
        }
        problems_.note(
            (loss.name.empty() ? "the server shows no mail" : "mailbox " + loss.name) + ": " +
            std::to_string(loss.lost) + " of " + std::to_string(loss.held) +
            " messages are missing at once; none was taken for gone. Look at the server; "
            "if that is right: mailkeep account accept " +
            account_.name);
    }

    /// What was missing is back, or is noted as gone: nothing waits any more.
    void settle(const std::string& mailbox) {
        if (loss_of(mailbox)) {
            catalog_.forget_loss(account_.id, mailbox);
        }
    }

    /// A mailbox that cannot be mirrored does not stop the others.
    void mirror_or_note(const imap::ListEntry& entry) {
        if (stop_.stop_requested()) {
            throw Error(Errc::cancelled, "cancelled");
        }
        progress_.enter(entry.name);
        try {
            mirror_mailbox(entry);
        } catch (const Error& error) {
            if (error.code() != Errc::refused && error.code() != Errc::corrupt) {
                throw error.at("mailbox " + entry.name);
            }
            problems_.note("mailbox " + entry.name + ": " + error.what());
        }
    }

    void mirror_mailbox(const imap::ListEntry& entry) {
        const auto now = ingest_.keeper().clock().now();
        Recollection before{catalog_.cursor(account_.id, entry.mailbox), {}, {}};
        if (before.cursor) {
            before.quarantined =
                catalog_.quarantined(account_.id, entry.mailbox, before.cursor->uid_validity);
        }
        const auto pass =
            plan_pass(before.cursor, entry.status, !before.quarantined.empty(), abilities_, now);
        if (pass == Pass::none) {
            settle(entry.mailbox);
            return;
        }
        before.known = catalog_.mirror_state(account_.id, entry.mailbox);
        const auto seen = observe(session_, entry.mailbox, pass, before);
        auto plan = plan_mirror(seen.view, before.known);
        const bool is_whole = keep_what_may_be_there(entry, seen, plan);
        const bool is_held = hold_back_losses(entry, seen.view, before.known, plan);
        if (!is_held || seen.view.uid_validity == before.known.uid_validity) {
            note_mailbox(entry, seen.view.uid_validity);
        }
        note_changes(entry, seen.view.uid_validity, before.known.uid_validity, plan);
        announce(entry, seen, plan, before.quarantined);
        note_completeness(entry, seen, fetch(entry, seen.view.uid_validity, plan));
        if (is_whole && !is_held) {
            note_cursor(entry, seen, seen.is_full ? now : before.cursor->full_at);
            settle(entry.mailbox);
        }
    }

    /// New mail comes in all the same. Under another UIDVALIDITY it is kept beside what stood there
    /// before: the mailbox is known by the old one until the loss is accepted.
    bool hold_back_losses(const imap::ListEntry& entry, const ServerView& view,
                          const MirrorState& known, MirrorPlan& plan) {
        const std::uint64_t held = known.messages.size();
        const std::uint64_t lost =
            plan.starts_over ? held - std::min<std::uint64_t>(held, view.messages.size())
                             : (plan.gone - due_for_removal(entry.mailbox, plan.gone)).count();
        if (!holds_back(entry.mailbox, entry.name, lost, held)) {
            return false;
        }
        if (plan.starts_over) {
            plan = plan_mirror(
                view, catalog_.mirror_state(account_.id, entry.mailbox, view.uid_validity));
        }
        plan.gone = {};
        return true;
    }

    /// Takes back what the plan takes for gone when the server does not tell of all it holds; what
    /// is missing now is asked for again. Returns whether it did tell of all.
    bool keep_what_may_be_there(const imap::ListEntry& entry, const Observation& seen,
                                MirrorPlan& plan) {
        const bool is_whole = seen.view.messages.size() >= seen.opened.exists;
        const bool is_believed =
            plan.starts_over || plan.gone.empty() || believes_vanishing(seen.view, seen.opened);
        if (!is_whole) {
            problems_.note("mailbox " + entry.name + ": the server says it holds " +
                           std::to_string(seen.opened.exists) + " messages but lists only " +
                           std::to_string(seen.view.messages.size()));
        } else if (!is_believed) {
            problems_.note(
                "mailbox " + entry.name + ": the server shows exactly " +
                std::to_string(seen.opened.exists) +
                " messages, perhaps not all; kept as if they were there: " + shown(plan.gone));
        }
        if (!is_believed) {
            plan.gone = {};
        }
        return is_whole && is_believed;
    }

    void note_changes(const imap::ListEntry& entry, UidValidity uid_validity,
                      UidValidity known_validity, const MirrorPlan& plan) {
        if (plan.starts_over) {
            note_gone(entry.mailbox, known_validity, plan.gone, GoneReason::uid_validity);
        } else if (!plan.gone.empty()) {
            const auto ours = due_for_removal(entry.mailbox, plan.gone);
            note_gone(entry.mailbox, known_validity, ours, GoneReason::deleted_by_us);
            note_gone(entry.mailbox, known_validity, plan.gone - ours, GoneReason::vanished);
        }
        for (const auto& message : plan.flags) {
            ++ingest_.counts().flag_changes;
            ingest_.note(
                FlagsChanged{account_.id, entry.mailbox, uid_validity, message.uid, message.flags});
        }
    }

    /// What the server said when the mailbox was opened, not what came in since: that is for the
    /// next run. All of it is durable and catalogued by now, or in quarantine.
    void note_cursor(const imap::ListEntry& entry, const Observation& seen, Timestamp full_at) {
        const auto& messages = seen.view.messages;
        const Uid behind_last = messages.empty() ? 1 : messages.back().uid + 1;
        const auto told = entry.status ? entry.status->uid_next : std::nullopt;
        const MailboxCursor cursor{seen.view.uid_validity,
                                   seen.opened.uid_next.value_or(told.value_or(behind_last)),
                                   seen.opened.exists, seen.opened.mod_seq, full_at};
        if (cursor.uid_next > 0 && cursor != catalog_.cursor(account_.id, entry.mailbox)) {
            catalog_.note_cursor(account_.id, entry.mailbox, cursor);
        }
    }

    /// What we were about to delete there ourselves: the answer to our EXPUNGE may have been lost.
    UidSet due_for_removal(const std::string& mailbox, const UidSet& gone) {
        UidSet due;
        if (gone.empty() || account_.delete_policy.kind == DeletePolicy::Kind::never) {
            return due;
        }
        for (const auto& message :
             plan_purge(catalog_.collected(account_.id, mailbox), account_.delete_policy,
                        ingest_.keeper().clock().now())) {
            if (gone.contains(message.uid)) {
                due.add(message.uid);
            }
        }
        return due;
    }

    void note_gone(const std::string& mailbox, UidValidity uid_validity, const UidSet& uids,
                   GoneReason reason) {
        if (uids.empty()) {
            return;
        }
        auto& counts = ingest_.counts();
        (reason == GoneReason::deleted_by_us ? counts.deleted_from_server : counts.vanished) +=
            uids.count();
        ingest_.note(Gone{account_.id, mailbox, uid_validity, uids, reason});
    }

    /// Only what is new or different, so that a run over an unchanged server writes nothing.
    void note_mailbox(const imap::ListEntry& entry, UidValidity uid_validity) {
        const auto attributes = lasting(entry.attributes);
        const auto known = catalog_.mailbox(account_.id, entry.mailbox);
        if (!known || known->is_gone || known->uid_validity != uid_validity ||
            known->delimiter != entry.delimiter || known->attributes != attributes) {
            ingest_.note(MailboxSeen{account_.id, entry.mailbox, entry.name, entry.delimiter,
                                     attributes, uid_validity});
        }
    }

    /// On return every message that came is durable and catalogued. Returns those that did not.
    std::vector<Quarantined> fetch(const imap::ListEntry& entry, UidValidity uid_validity,
                                   const MirrorPlan& plan) {
        progress_.expect(plan.fetch.size());
        const auto unfetched =
            session_.fetch_raw(plan.fetch, {}, [&](imap::FetchedMessage&& message) {
                const auto octets = message.raw.size();
                ingest_.add(Seen{account_.id,
                                 entry.mailbox,
                                 uid_validity,
                                 message.uid,
                                 {},
                                 {},
                                 message.internal_date,
                                 message.flags},
                            std::move(message.raw));
                progress_.advance(octets);
            });
        ingest_.flush();
        const auto now = ingest_.keeper().clock().now();
        std::vector<Quarantined> quarantined;
        for (const auto& [uid, reason] : unfetched) {
            ++ingest_.counts().failed;
            problems_.note("mailbox " + entry.name + ", UID " + std::to_string(uid) + ": " +
                           reason);
            quarantined.push_back({uid, reason, now});
        }
        return quarantined;
    }

    /// So that a long run that is cut short leaves behind how much was still to come.
    void announce(const imap::ListEntry& entry, const Observation& seen, const MirrorPlan& plan,
                  const std::vector<Quarantined>& quarantined) {
        if (plan.fetch.size() > batch_messages) {
            ingest_.flush();
            auto said = completeness_of(seen, quarantined.size());
            said.archived = seen.view.messages.size() - plan.fetch.size();
            said.to_come = said.on_server - said.archived - said.quarantined;
            catalog_.note_quarantined(account_.id, entry.mailbox, seen.view.uid_validity,
                                      quarantined, said);
        }
    }

    [[nodiscard]] Completeness completeness_of(const Observation& seen,
                                               std::size_t quarantined) const {
        const std::uint64_t told = seen.view.messages.size();
        const auto on_server = std::max<std::uint64_t>(seen.opened.exists, told);
        return {.at = ingest_.keeper().clock().now(),
                .on_server = on_server,
                .archived = told - quarantined,
                .quarantined = quarantined,
                .to_come = on_server - told};
    }

    /// The catalog is asked what stands there, so that the sum does not rest on what this run
    /// believes to have done.
    void note_completeness(const imap::ListEntry& entry, const Observation& seen,
                           const std::vector<Quarantined>& quarantined) {
        auto said = completeness_of(seen, quarantined.size());
        if (catalog_.count_on_server(account_.id, entry.mailbox) != said.archived) {
            const auto standing =
                catalog_.mirror_state(account_.id, entry.mailbox, seen.view.uid_validity);
            auto missing = uids_of(seen.view.messages) - uids_of(standing.messages);
            for (const auto& message : quarantined) {
                missing = missing - UidSet::of({message.uid});
            }
            if (!missing.empty()) {
                problems_.note("mailbox " + entry.name +
                               ": on the server, not in the archive: " + shown(missing));
            }
            said.archived -= missing.count();
            said.to_come += missing.count();
        }
        catalog_.note_quarantined(account_.id, entry.mailbox, seen.view.uid_validity, quarantined,
                                  said);
    }

    void note_gone_mailboxes(const std::vector<imap::ListEntry>& listed) {
        std::set<std::string> names;
        for (const auto& entry : listed) {
            if (entry.is_selectable()) {
                names.insert(entry.mailbox);
            }
        }
        for (const auto& mailbox : catalog_.mailboxes(account_.id, std::nullopt)) {
            if (mailbox.is_gone || names.contains(mailbox.mailbox)) {
                continue;
            }
            const auto known = catalog_.mirror_state(account_.id, mailbox.mailbox);
            const auto gone = uids_of(known.messages);
            if (holds_back(mailbox.mailbox, mailbox.name, gone.count(), gone.count())) {
                continue;
            }
            note_gone(mailbox.mailbox, known.uid_validity, gone, GoneReason::mailbox);
            ingest_.note(MailboxGone{account_.id, mailbox.mailbox});
            ingest_.flush();
            settle(mailbox.mailbox);
        }
    }

    imap::ReadSession& session_;
    const Account& account_;
    catalog::Catalog& catalog_;
    Ingest& ingest_;
    Progress& progress_;
    const std::stop_token& stop_;
    Problems problems_;
    Abilities abilities_;
    std::vector<Loss> losses_;  ///< as they stood when the run began
};

}  // namespace

std::vector<std::string> mirror(imap::ReadSession& session, const Account& account,
                                catalog::Catalog& catalog, Ingest& ingest, Progress& progress,
                                const std::stop_token& stop) {
    return Mirror(session, account, catalog, ingest, progress, stop).run();
}

}  // namespace mailkeep::sync
