// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/purge.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/sync/plan.hpp"

#include "problems.hpp"
#include "removal_guard.hpp"

#include <algorithm>

namespace mailkeep::sync {

namespace {

/// UIDs in one command: some servers take no line of more than 1,000 octets.
constexpr std::size_t purge_batch = 64;

bool keeps_deleted_flag(const imap::SelectData& selected) {
    const auto& flags = selected.permanent_flags;
    return !flags || std::any_of(flags->begin(), flags->end(), [](const std::string& flag) {
        return equals_ignoring_case(flag, "\\Deleted");
    });
}

class Purge {
  public:
    Purge(imap::PurgeSession& session, const Account& account, const catalog::Catalog& catalog,
          Ingest& ingest, Progress& progress, const std::stop_token& stop)
        : session_(session),
          account_(account),
          catalog_(catalog),
          ingest_(ingest),
          progress_(progress),
          stop_(stop),
          problems_("purge.problem", {"account", account.name}),
          guard_(ingest.keeper(), problems_, stop) {}

    std::vector<std::string> run() {
        const auto losses = catalog_.losses(account_.id);
        if (!std::all_of(losses.begin(), losses.end(),
                         [](const Loss& loss) { return loss.accepted_at.has_value(); })) {
            return {};  // a person has to look first, and the mirror has said so
        }
        const auto now = ingest_.keeper().clock().now();
        for (const auto& mailbox : catalog_.mailbox_names(account_.id)) {
            if (mailbox.is_gone || !wants_mailbox(account_, mailbox.name)) {
                continue;
            }
            const auto removable = plan_purge(catalog_.collected(account_.id, mailbox.mailbox),
                                              account_.delete_policy, now);
            if (removable.empty()) {
                continue;
            }
            if (!session_.can_purge()) {
                problems_.note(
                    "nothing is deleted on the server: it cannot expunge single messages "
                    "(UIDPLUS), and all others that are marked would go with them");
                break;
            }
            purge_or_note(mailbox, removable);
        }
        return problems_.take();
    }

  private:
    /// A mailbox in which nothing can be deleted does not stop the others.
    void purge_or_note(const catalog::MailboxName& mailbox,
                       std::span<const CollectedMessage> removable) {
        progress_.enter(mailbox.name);
        try {
            purge_mailbox(mailbox, removable);
        } catch (const Error& error) {
            if (error.code() != Errc::refused) {
                throw error.at("mailbox " + mailbox.name);
            }
            problems_.note("mailbox " + mailbox.name + ": " + error.what());
        }
    }

    void purge_mailbox(const catalog::MailboxName& mailbox,
                       std::span<const CollectedMessage> removable) {
        const auto selected = session_.select(mailbox.mailbox);
        if (selected.uid_validity == 0 || selected.uid_validity != mailbox.uid_validity) {
            problems_.note("mailbox " + mailbox.name +
                           ": nothing is deleted there, for its UIDVALIDITY is not the one its "
                           "messages were archived under");
            return;
        }
        if (!keeps_deleted_flag(selected)) {
            problems_.note("mailbox " + mailbox.name + ": the server lets nobody delete there");
            return;
        }
        while (!removable.empty() && guard_.is_ready()) {
            if (stop_.stop_requested()) {
                throw Error(Errc::cancelled, "cancelled");
            }
            const auto size = std::min(purge_batch, removable.size());
            purge_batch_of(mailbox, removable.first(size));
            removable = removable.subspan(size);
        }
    }

    void purge_batch_of(const catalog::MailboxName& mailbox,
                        std::span<const CollectedMessage> messages) {
        UidSet proven;
        auto proof = RemovalProof::none;
        for (const auto& message : messages) {
            const auto name = "mailbox " + mailbox.name + ", UID " + std::to_string(message.uid);
            if (const auto found = guard_.prove(message.content_id, name)) {
                proof = *found;
                proven.add(message.uid);
            }
        }
        if (proven.empty()) {
            return;
        }
        const auto gone = session_.purge(proven);
        if (const auto kept = proven - gone; !kept.empty()) {
            problems_.note("mailbox " + mailbox.name + ": the server said it deleted " +
                           std::to_string(kept.count()) + " messages that are still there");
        }
        if (!gone.empty()) {
            ingest_.counts().deleted_from_server += gone.count();
            ingest_.note(Gone{account_.id, mailbox.mailbox, mailbox.uid_validity, gone,
                              GoneReason::deleted_by_us, proof});
            ingest_.flush();
        }
    }

    imap::PurgeSession& session_;
    const Account& account_;
    const catalog::Catalog& catalog_;
    Ingest& ingest_;
    Progress& progress_;
    const std::stop_token& stop_;
    Problems problems_;
    RemovalGuard guard_;  // borrows problems_
};

}  // namespace

std::vector<std::string> purge(imap::PurgeSession& session, const Account& account,
                               const catalog::Catalog& catalog, Ingest& ingest, Progress& progress,
                               const std::stop_token& stop) {
    return Purge(session, account, catalog, ingest, progress, stop).run();
}

}  // namespace mailkeep::sync
