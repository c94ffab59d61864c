// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/mirror.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/sync/plan.hpp"

#include "brake.hpp"
#include "departures.hpp"
#include "fetch_pipeline.hpp"
#include "identify.hpp"
#include "imported.hpp"
#include "observe.hpp"
#include "problems.hpp"
#include "renames.hpp"
#include "scouts.hpp"
#include "second_look.hpp"
#include "uids.hpp"
#include "visits.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <utility>

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

/// Another session may do better.
bool is_of_the_line(Errc code) {
    return code == Errc::network || code == Errc::timeout || code == Errc::throttled;
}

/// Bounds the memory that finding out takes, whatever the mailbox.
constexpr std::size_t identified_at_once = 10'000;

/// Messages of a mailbox that is looked into before its turn.
constexpr std::uint32_t most_ahead = 20'000;

/// So many messages may take long enough for a run to be cut short: more than a batch.
constexpr std::size_t long_fetch = batch_messages;

class Mirror {
  public:
    Mirror(imap::ReadSession& session, const Account& account, catalog::Catalog& catalog,
           Ingest& ingest, Progress& progress, const std::stop_token& stop,
           const FurtherSessions& further)
        : session_(session),
          large_mail_(ingest.keeper().archive()),
          pipeline_(session, further.to_fetch, large_mail_),
          second_look_(further.to_look_again),
          account_(account),
          catalog_(catalog),
          ingest_(ingest),
          progress_(progress),
          stop_(stop),
          problems_("mirror.problem", {"account", account.name}),
          brake_(account, catalog, problems_, ingest.keeper().clock()),
          departures_(account, catalog, ingest, brake_, second_look_, problems_),
          visits_(account, catalog, ingest, brake_, departures_, problems_),
          known_(catalog.mailbox_names(account.id)),
          tells_object_ids_(session.tells_object_ids()),
          comes_plain_(session.compression() == imap::Compression::never),
          scouts_(session, further.to_fetch, large_mail_, session.is_slow() ? further.scouts : 0) {}

    std::vector<std::string> run() {
        abilities_ = {session_.enable_resync(), session_.has_mod_seqs()};
        auto listed = session_.list_with_status();
        ask_status(listed);
        if (holds_back_everything(listed)) {
            return problems_.take();
        }
        put_all_mail_first(listed);
        follow_renames(listed);
        for (const auto& entry : listed) {
            if (is_wanted(entry)) {
                ahead_.push_back(&entry);
            }
        }
        for (const auto* entry : std::vector(ahead_.begin(), ahead_.end())) {
            scouts_.let_go();
            send_scouts();
            if (!ahead_.empty() && ahead_.front() == entry) {
                ahead_.pop_front();
            }
            mirror_or_note(*entry);
        }
        visits_.settle();
        add_gone_mailboxes(listed);
        departures_.decide();
        yield_to_server(account_.id, catalog_, ingest_);
        brake_.settle(whole_account);
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
        if (!shows_nothing(listed)) {
            return false;
        }
        std::uint64_t held = 0;
        for (const auto& mailbox : known_) {
            held += catalog_.count_on_server(account_.id, mailbox.mailbox);
        }
        if (held > 0 && second_look_.is_possible()) {
            const auto again = second_look_.list();
            if (again && !shows_nothing(*again)) {
                problems_.note(
                    "the server shows no mail in one session and some in another; none was taken "
                    "for gone");
                return true;
            }
        }
        return brake_.holds_back_all(held);
    }

    /// Gmail's "All Mail" has nearly everything the others have: it gives the octets, and the
    /// messages of the others are known then.
    void put_all_mail_first(std::vector<imap::ListEntry>& listed) const {
        if (tells_object_ids_) {
            std::stable_partition(listed.begin(), listed.end(), [](const auto& entry) {
                const auto& words = entry.attributes;
                return std::any_of(words.begin(), words.end(), [](const std::string& word) {
                    return equals_ignoring_case(word, "\\All");
                });
            });
        }
    }

    /// Mailboxes listed under another name are known by it from then on.
    void follow_renames(const std::vector<imap::ListEntry>& listed) {
        Renames renames(session_, account_, catalog_, known_, listed);
        for (const auto& entry : listed) {
            if (!is_wanted(entry) || !renames.may_be_renamed(entry)) {
                continue;
            }
            try {
                if (auto* const mailbox = renames.find(entry)) {
                    rename(*mailbox, entry);
                }
            } catch (const Error& error) {
                if (error.code() != Errc::refused) {
                    throw error.at("mailbox " + entry.name);
                }
            }
        }
    }

    void rename(catalog::MailboxName& mailbox, const imap::ListEntry& entry) {
        ingest_.note(MailboxRenamed{account_.id, mailbox.mailbox, entry.mailbox, entry.name,
                                    entry.delimiter});
        ingest_.flush();
        brake_.settle(mailbox.mailbox);
        log_info("mirror.renamed", {{"from", mailbox.name}, {"to", entry.name}});
        mailbox.mailbox = entry.mailbox;
        mailbox.name = entry.name;
    }

    /// A mailbox that the server does not open does not stop the others; damage of the archive
    /// does.
    void mirror_or_note(const imap::ListEntry& entry) {
        if (stop_.stop_requested()) {
            visits_.settle();
            throw Error(Errc::cancelled, "cancelled");
        }
        progress_.enter(entry.name);
        try {
            mirror_mailbox(entry);
        } catch (const Error& error) {
            if (is_of_the_line(error.code())) {
                visits_.settle();  // so that who calls again need not look through them again
            }
            if (error.code() != Errc::refused) {
                throw error.at("mailbox " + entry.name);
            }
            problems_.note("mailbox " + entry.name + ": " + error.what());
        }
    }

    /// Nothing: it need not be looked into.
    [[nodiscard]] std::optional<Errand> errand_for(const imap::ListEntry& entry) const {
        Recollection before{catalog_.cursor(account_.id, entry.mailbox), {}, {}};
        if (before.cursor) {
            before.quarantined =
                catalog_.quarantined(account_.id, entry.mailbox, before.cursor->uid_validity);
        }
        const auto pass = plan_pass(before.cursor, entry.status, !before.quarantined.empty(),
                                    abilities_, ingest_.keeper().clock().now());
        if (pass == Pass::none) {
            return std::nullopt;
        }
        before.known = catalog_.mirror_state(account_.id, entry.mailbox);
        return Errand{entry.mailbox, pass, std::move(before), comes_plain_ && !may_be_known()};
    }

    /// Of an account of which nothing was ever seen, only what the server calls the same as a
    /// message of this run may be known.
    [[nodiscard]] bool may_be_known() const { return !known_.empty() || tells_object_ids_; }

    /// What is known of them waits in memory, so large mailboxes are looked into in their turn.
    [[nodiscard]] static bool can_wait(const imap::ListEntry& entry) {
        return entry.status && entry.status->messages && *entry.status->messages <= most_ahead;
    }

    /// Into mailboxes that come next. What the run does meanwhile changes nothing of them.
    void send_scouts() {
        while (scouts_.can_send() && !ahead_.empty() && can_wait(*ahead_.front())) {
            if (auto errand = errand_for(*ahead_.front())) {
                scouts_.send(*std::move(errand));
            }
            ahead_.pop_front();
        }
    }

    /// The mailbox is open then, in the session that is used until the next one.
    [[nodiscard]] Found look_into(const Errand& errand) {
        auto found = scouts_.look(errand);
        open_ = found.session;
        pipeline_.use(*open_);
        send_scouts();
        return found;
    }

    void mirror_mailbox(const imap::ListEntry& entry) {
        const auto now = ingest_.keeper().clock().now();
        const auto errand = errand_for(entry);
        if (!errand) {
            brake_.settle(entry.mailbox);
            return;
        }
        auto found = look_into(*errand);
        const auto& before = errand->before;
        auto& seen = found.seen;
        auto plan = plan_mirror(seen.view, before.known);
        const bool is_whole = keep_what_may_be_there(entry, seen, plan);
        auto departure = departure_of(entry, before.known, plan);
        if (plan.starts_over && !plan.gone.empty()) {
            stand_beside(entry, seen, plan, departure);
        } else {
            note_mailbox(entry, seen.view.uid_validity, seen.opened.object_id);
        }
        plan.gone = {};
        note_flags(entry, seen.view.uid_validity, plan);
        place_known(entry, seen.view.uid_validity, plan);
        announce(entry, seen, plan, before.quarantined);
        Visit visit{.mailbox = entry.mailbox, .name = entry.name};
        visit.quarantined = fetch(entry, seen.view.uid_validity, plan, std::move(found.early));
        if (is_whole) {
            visit.cursor = cursor_of(entry, seen, seen.is_full ? now : before.cursor->full_at);
        }
        if (!departure.uids.empty()) {
            visit.departure = std::move(departure);
        }
        visit.seen = sight_of(seen);
        visits_.add(std::move(visit));
    }

    [[nodiscard]] static Departure departure_of(const imap::ListEntry& entry,
                                                const MirrorState& known, const MirrorPlan& plan) {
        return {.mailbox = entry.mailbox,
                .name = entry.name,
                .uid_validity = known.uid_validity,
                .uids = plan.gone,
                .held = known.messages.size(),
                .reason = plan.starts_over ? GoneReason::uid_validity : GoneReason::vanished};
    }

    /// What comes under another UIDVALIDITY stands beside what stood there before, and the mailbox
    /// is known by the old one, until it is decided that the old is gone. A run that was cut short,
    /// or a loss that waits, may have left some of it there.
    void stand_beside(const imap::ListEntry& entry, const Observation& seen, MirrorPlan& plan,
                      Departure& departure) {
        const auto& view = seen.view;
        const auto beside = catalog_.mirror_state(account_.id, entry.mailbox, view.uid_validity);
        plan = plan_mirror(view, beside);
        if (!plan.gone.empty()) {
            departures_.add({.mailbox = entry.mailbox,
                             .name = entry.name,
                             .uid_validity = view.uid_validity,
                             .uids = plan.gone,
                             .held = beside.messages.size()});
        }
        departure.note = [this, entry, uid_validity = view.uid_validity,
                          object_id = seen.opened.object_id] {
            note_mailbox(entry, uid_validity, object_id);
        };
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

    void note_flags(const imap::ListEntry& entry, UidValidity uid_validity,
                    const MirrorPlan& plan) {
        for (const auto& message : plan.flags) {
            ++ingest_.counts().flag_changes;
            ingest_.note(
                FlagsChanged{account_.id, entry.mailbox, uid_validity, message.uid, message.flags});
        }
    }

    /// What the server said when the mailbox was opened, not what came in since: that is for the
    /// next run. All of it is durable and catalogued by then, or in quarantine.
    [[nodiscard]] static MailboxCursor cursor_of(const imap::ListEntry& entry,
                                                 const Observation& seen, Timestamp full_at) {
        const auto& messages = seen.view.messages;
        const Uid behind_last = messages.empty() ? 1 : messages.back().uid + 1;
        const auto told = entry.status ? entry.status->uid_next : std::nullopt;
        return {seen.view.uid_validity, seen.opened.uid_next.value_or(told.value_or(behind_last)),
                seen.opened.exists, seen.opened.mod_seq, full_at};
    }

    /// Only what is new or different, so that a run over an unchanged server writes nothing.
    void note_mailbox(const imap::ListEntry& entry, UidValidity uid_validity,
                      const std::string& told_id) {
        const auto attributes = lasting(entry.attributes);
        const auto known = catalog_.mailbox(account_.id, entry.mailbox);
        const auto object_id = told_id.empty() && known ? known->object_id : told_id;
        if (!known || known->is_gone || known->uid_validity != uid_validity ||
            known->delimiter != entry.delimiter || known->attributes != attributes ||
            known->object_id != object_id) {
            ingest_.note(MailboxSeen{account_.id, entry.mailbox, entry.name, entry.delimiter,
                                     attributes, uid_validity, object_id});
        }
    }

    /// What the archive holds already is not fetched.
    void place_known(const imap::ListEntry& entry, UidValidity uid_validity, MirrorPlan& plan) {
        if (plan.fetch.empty() || !may_be_known()) {
            return;
        }
        visits_.settle();  // so that what came in this run is known, too
        std::vector<Uid> placed;
        const std::span<const UidFlags> wanted(plan.fetch);
        for (std::size_t at = 0; at < wanted.size(); at += identified_at_once) {
            const auto part = wanted.subspan(at, std::min(identified_at_once, wanted.size() - at));
            Identifier identifier(*open_, account_.id, catalog_, ingest_.keeper().archive(),
                                  large_mail_);
            for (auto& known : identifier.identify(part)) {
                placed.push_back(known.message.uid);
                ingest_.place(Seen{account_.id,
                                   entry.mailbox,
                                   uid_validity,
                                   known.message.uid,
                                   {},
                                   known.content_id,
                                   known.internal_date,
                                   std::move(known.message.flags),
                                   std::move(known.object_id)});
            }
        }
        const auto known = UidSet::of(placed);
        std::erase_if(plan.fetch,
                      [&](const UidFlags& message) { return known.contains(message.uid); });
    }

    void take(const imap::ListEntry& entry, UidValidity uid_validity, DigestedMessage&& arrival) {
        auto& message = arrival.message;
        const auto octets = message.size();
        Seen seen{account_.id,
                  entry.mailbox,
                  uid_validity,
                  message.uid,
                  {},
                  arrival.content_id,
                  message.internal_date,
                  message.flags,
                  std::move(message.object_id)};
        if (message.spool) {
            ingest_.add_large(std::move(seen), *message.spool);
        } else {
            ingest_.add_digested(std::move(seen), std::move(message.raw));
        }
        progress_.advance(octets);
    }

    /// Returns what did not come. Some of it may have come early.
    std::vector<Quarantined> fetch(const imap::ListEntry& entry, UidValidity uid_validity,
                                   MirrorPlan& plan, std::vector<DigestedMessage> early) {
        progress_.expect(plan.fetch.size());
        const auto wanted = uids_of(plan.fetch);
        std::erase_if(early, [&](const auto& each) { return !wanted.contains(each.message.uid); });
        std::vector<Uid> came;
        for (const auto& arrival : early) {
            came.push_back(arrival.message.uid);
        }
        const auto taken = UidSet::of(came);
        std::erase_if(plan.fetch, [&](const UidFlags& each) { return taken.contains(each.uid); });
        if (plan.fetch.empty()) {
            scouts_.let_go();
            send_scouts();
        }
        for (auto& arrival : early) {
            take(entry, uid_validity, std::move(arrival));
        }
        std::vector<imap::Unfetched> unfetched;
        if (!plan.fetch.empty()) {
            unfetched = pipeline_.fetch(
                account_.id, entry.mailbox, uid_validity, plan.fetch,
                [&](DigestedMessage&& arrival) { take(entry, uid_validity, std::move(arrival)); });
        }
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
        if (plan.fetch.size() > long_fetch) {
            visits_.settle();
            auto said =
                completeness_of(sight_of(seen), quarantined.size(), ingest_.keeper().clock().now());
            said.archived = seen.view.messages.size() - plan.fetch.size();
            said.to_come = said.on_server - said.archived - said.quarantined;
            catalog_.note_quarantined(account_.id, entry.mailbox, seen.view.uid_validity,
                                      quarantined, said);
        }
    }

    void add_gone_mailboxes(const std::vector<imap::ListEntry>& listed) {
        std::set<std::string> names;
        for (const auto& entry : listed) {
            if (entry.is_selectable()) {
                names.insert(entry.mailbox);
            }
        }
        for (const auto& mailbox : known_) {
            const bool was_imported = mailbox.uid_validity == imported_uid_validity;
            if (mailbox.is_gone || was_imported || names.contains(mailbox.mailbox)) {
                continue;
            }
            const auto gone = uids_of(catalog_.mirror_state(account_.id, mailbox.mailbox).messages);
            const auto note = [this, wire_name = mailbox.mailbox] {
                ingest_.note(MailboxGone{account_.id, wire_name});
            };
            const auto settle = [this, wire_name = mailbox.mailbox] { brake_.settle(wire_name); };
            departures_.add({mailbox.mailbox, mailbox.name, mailbox.uid_validity, gone,
                             gone.count(), GoneReason::mailbox, note, settle});
        }
    }

    imap::ReadSession& session_;
    LargeMail large_mail_;
    FetchPipeline pipeline_;
    SecondLook second_look_;
    const Account& account_;
    catalog::Catalog& catalog_;
    Ingest& ingest_;
    Progress& progress_;
    const std::stop_token& stop_;
    Problems problems_;
    Brake brake_;
    Departures departures_;
    Visits visits_;
    std::vector<catalog::MailboxName> known_;  ///< when the run began
    Abilities abilities_;
    // What the session says; later a scout may be using it.
    bool tells_object_ids_;
    bool comes_plain_;                          ///< nothing is to be compressed
    std::deque<const imap::ListEntry*> ahead_;  ///< mailboxes no scout was sent to
    imap::ReadSession* open_ = nullptr;         ///< that has the mailbox open
    Scouts scouts_;                             ///< last: its threads use the others
};

}  // namespace

std::vector<std::string> mirror(imap::ReadSession& session, const Account& account,
                                catalog::Catalog& catalog, Ingest& ingest, Progress& progress,
                                const std::stop_token& stop, const FurtherSessions& further) {
    return Mirror(session, account, catalog, ingest, progress, stop, further).run();
}

}  // namespace mailkeep::sync
