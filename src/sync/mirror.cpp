// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/mirror.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/sync/plan.hpp"

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

class Mirror {
  public:
    Mirror(imap::ReadSession& session, const Account& account, const catalog::Catalog& catalog,
           Ingest& ingest, Progress& progress, const std::stop_token& stop)
        : session_(session),
          account_(account),
          catalog_(catalog),
          ingest_(ingest),
          progress_(progress),
          stop_(stop) {}

    std::vector<std::string> run() {
        const auto listed = session_.list();
        for (const auto& entry : listed) {
            if (entry.is_selectable() && wants_mailbox(account_, entry.name)) {
                mirror_or_note(entry);
            }
        }
        note_gone_mailboxes(listed);
        ingest_.flush();
        return std::move(problems_);
    }

  private:
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
            note_problem("mailbox " + entry.name + ": " + error.what());
        }
    }

    void mirror_mailbox(const imap::ListEntry& entry) {
        const auto selected = session_.examine(entry.mailbox);
        // QQ and some others send no UIDVALIDITY or 0; to the catalog 0 means a mailbox never seen.
        ServerView server{std::max<UidValidity>(selected.uid_validity, 1), session_.fetch_flags()};
        const auto known = catalog_.mirror_state(account_.id, entry.mailbox);
        auto plan = plan_mirror(server, known);
        note_mailbox(entry, server.uid_validity);
        if (server.messages.size() < selected.exists && !plan.starts_over && !plan.gone.empty()) {
            // Servers have been seen to leave messages out; what is missing now is asked for again.
            plan.gone = {};
            note_problem("mailbox " + entry.name + ": the server says it holds " +
                         std::to_string(selected.exists) + " messages but lists only " +
                         std::to_string(server.messages.size()));
        }
        if (plan.starts_over) {
            note_gone(entry.mailbox, known.uid_validity, plan.gone, GoneReason::uid_validity);
        } else if (!plan.gone.empty()) {
            const auto ours = due_for_removal(entry.mailbox, plan.gone);
            note_gone(entry.mailbox, known.uid_validity, ours, GoneReason::deleted_by_us);
            note_gone(entry.mailbox, known.uid_validity, plan.gone - ours, GoneReason::vanished);
        }
        for (const auto& message : plan.flags) {
            ++ingest_.counts().flag_changes;
            ingest_.note(FlagsChanged{account_.id, entry.mailbox, server.uid_validity, message.uid,
                                      message.flags});
        }
        fetch(entry, server.uid_validity, plan);
    }

    /// What we were about to delete there ourselves: the answer to our EXPUNGE may have been lost.
    UidSet due_for_removal(const std::string& mailbox, const UidSet& gone) {
        UidSet due;
        if (account_.delete_policy.kind == DeletePolicy::Kind::never) {
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

    void fetch(const imap::ListEntry& entry, UidValidity uid_validity, const MirrorPlan& plan) {
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
        for (const auto& [uid, reason] : unfetched) {
            ++ingest_.counts().failed;
            note_problem("mailbox " + entry.name + ", UID " + std::to_string(uid) + ": " + reason);
        }
    }

    void note_gone_mailboxes(const std::vector<imap::ListEntry>& listed) {
        std::set<std::string> names;
        for (const auto& entry : listed) {
            if (entry.is_selectable()) {
                names.insert(entry.mailbox);
            }
        }
        if (names.empty()) {  // every account has an INBOX (RFC 9051 section 5.1)
            note_problem("the server lists no mailbox at all; nothing was taken for deleted");
            return;
        }
        for (const auto& mailbox : catalog_.mailboxes(account_.id, std::nullopt)) {
            if (mailbox.is_gone || names.contains(mailbox.mailbox)) {
                continue;
            }
            const auto known = catalog_.mirror_state(account_.id, mailbox.mailbox);
            UidSet gone;
            for (const auto& message : known.messages) {
                gone.add(message.uid);
            }
            note_gone(mailbox.mailbox, known.uid_validity, gone, GoneReason::mailbox);
            ingest_.note(MailboxGone{account_.id, mailbox.mailbox});
        }
    }

    void note_problem(std::string text) {
        log_warning("mirror.problem", {{"account", account_.name}, {"problem", text}});
        problems_.push_back(std::move(text));
    }

    imap::ReadSession& session_;
    const Account& account_;
    const catalog::Catalog& catalog_;
    Ingest& ingest_;
    Progress& progress_;
    const std::stop_token& stop_;
    std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> mirror(imap::ReadSession& session, const Account& account,
                                const catalog::Catalog& catalog, Ingest& ingest, Progress& progress,
                                const std::stop_token& stop) {
    return Mirror(session, account, catalog, ingest, progress, stop).run();
}

}  // namespace mailkeep::sync
