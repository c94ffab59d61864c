// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/collect.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/sync/plan.hpp"

#include "problems.hpp"
#include "removal_guard.hpp"

#include <algorithm>
#include <map>

namespace mailkeep::sync {

namespace {

class Collect {
  public:
    Collect(pop3::Session& session, const Account& account, const catalog::Catalog& catalog,
            Ingest& ingest, Progress& progress, const std::stop_token& stop)
        : session_(session),
          account_(account),
          catalog_(catalog),
          ingest_(ingest),
          progress_(progress),
          stop_(stop),
          next_uid_(catalog.next_uid(account.id, maildrop_mailbox)),
          absence_(account.delete_policy.kind == DeletePolicy::Kind::never
                       ? GoneReason::vanished
                       : GoneReason::deleted_by_us),
          problems_("collect.problem", {"account", account.name}),
          guard_(ingest.keeper(), problems_, stop) {}

    std::vector<std::string> run() {
        const auto ledger = catalog_.collected(account_.id);
        for (const auto& known : ledger) {
            if (known.unique_id.empty()) {
                nameless_.emplace(known.content_id, known);
            }
        }
        const auto plan = plan_collect(session_.listing(), ledger, account_.delete_policy,
                                       ingest_.keeper().clock().now());
        note_mailbox();
        note_gone(plan.gone, absence_);
        progress_.enter(maildrop_mailbox);
        progress_.expect(plan.steps.size());
        for (auto steps = std::span(plan.steps); !steps.empty();) {
            const auto size = batch_size(steps);
            collect_batch(steps.first(size));
            steps = steps.subspan(size);
        }
        note_nameless_gone();
        ingest_.flush();
        quit();
        return problems_.take();
    }

  private:
    struct Pending {
        const CollectStep* step;
        CollectedMessage message;
    };

    /// As many steps as make one archive batch, by the sizes the server announced.
    static std::size_t batch_size(std::span<const CollectStep> steps) {
        std::uint64_t octets = 0;
        std::size_t size = 0;
        while (size < steps.size() && size < batch_messages && octets < batch_octets) {
            octets += steps[size].octets;
            ++size;
        }
        return size;
    }

    void note_mailbox() {
        if (!catalog_.mailbox(account_.id, maildrop_mailbox)) {
            ingest_.note(MailboxSeen{
                account_.id, maildrop_mailbox, maildrop_mailbox, 0, {}, maildrop_uid_validity});
        }
    }

    void collect_batch(std::span<const CollectStep> steps) {
        if (stop_.stop_requested()) {
            throw Error(Errc::cancelled, "cancelled");
        }
        std::map<pop3::Number, const CollectStep*> by_number;
        std::vector<pop3::Number> numbers;
        for (const auto& step : steps) {
            by_number.emplace(step.number, &step);
            numbers.push_back(step.number);
        }
        std::vector<Pending> pending;
        session_.retrieve(
            numbers,
            [&](pop3::Number number, std::string&& raw) {
                const auto& step = *by_number.at(number);
                const auto octets = raw.size();
                pending.push_back({&step, take(step, std::move(raw))});
                progress_.advance(octets);
            },
            [&](pop3::Number number, const std::string& reason) {
                ++ingest_.counts().failed;
                problems_.note("message " + std::to_string(number) + ": " + reason);
            });
        ingest_.flush();  // order of writes, steps 1 to 3
        remove(pending);
    }

    /// Hands the octets in, unless they are those of a placement that stands already.
    CollectedMessage take(const CollectStep& step, std::string raw) {
        const auto content_id = sha256(raw);
        if (step.known && step.known->content_id == content_id) {
            return *step.known;
        }
        if (step.unique_id.empty()) {
            if (auto node = nameless_.extract(content_id)) {
                return node.mapped();
            }
        }
        if (step.known) {  // the server used the unique-id again for another message
            note_gone({*step.known}, absence_);
        }
        const auto now = ingest_.keeper().clock().now();
        CollectedMessage message{next_uid_++, step.unique_id, content_id, raw.size(), now};
        ingest_.add(Seen{account_.id,
                         maildrop_mailbox,
                         maildrop_uid_validity,
                         message.uid,
                         message.unique_id,
                         content_id,
                         InternalDate{now, {}},
                         {}},
                    std::move(raw));
        return message;
    }

    /// Step 4 of the order of writes: DELE for what is proven to be whole on the disk, and only
    /// for that. Messages of this batch were read back when it was committed; others are read now.
    void remove(const std::vector<Pending>& pending) {
        const bool wants_removal = std::any_of(pending.begin(), pending.end(),
                                               [](const auto& one) { return one.step->removes; });
        if (!wants_removal || !guard_.is_ready()) {
            return;
        }
        std::vector<pop3::Number> numbers;
        std::vector<CollectedMessage> messages;
        for (const auto& [step, message] : pending) {
            if (!step->removes || !is_complete(*step, message)) {
                continue;
            }
            if (const auto proof =
                    guard_.prove(message.content_id, "message " + std::to_string(step->number))) {
                proof_ = *proof;
                numbers.push_back(step->number);
                messages.push_back(message);
            }
        }
        const auto accepted = session_.dele(numbers);
        for (std::size_t i = 0; i < messages.size(); ++i) {
            if (accepted[i]) {
                marked_.push_back(messages[i]);
            } else {
                problems_.note("message " + std::to_string(numbers[i]) +
                               ": the server refused to delete it; it is archived");
            }
        }
    }

    /// A server that hands over less than half of what it announced has lost attachments on the way
    /// (MailMax, InterChange: fetchmail's FAQ, S5 and S6): its copy may be the better one.
    bool is_complete(const CollectStep& step, const CollectedMessage& message) {
        if (message.size >= step.octets / 2) {
            return true;
        }
        problems_.note("message " + std::to_string(step.number) +
                       ": stays on the server, for it came with " + std::to_string(message.size) +
                       " of the " + std::to_string(step.octets) + " octets announced");
        return false;
    }

    /// Messages without a unique-id are known by their octets, which are only known after RETR.
    void note_nameless_gone() {
        if (ingest_.counts().failed > 0) {
            return;  // one that could not be retrieved may be one of them
        }
        std::vector<CollectedMessage> gone;
        for (const auto& [content_id, message] : nameless_) {
            gone.push_back(message);
        }
        note_gone(gone, absence_);
    }

    void note_gone(const std::vector<CollectedMessage>& messages, GoneReason reason,
                   RemovalProof proof = RemovalProof::none) {
        if (messages.empty()) {
            return;
        }
        Gone gone{account_.id, maildrop_mailbox, maildrop_uid_validity, {}, reason, proof};
        for (const auto& message : messages) {
            gone.uids.add(message.uid);
        }
        auto& counts = ingest_.counts();
        (reason == GoneReason::deleted_by_us ? counts.deleted_from_server : counts.vanished) +=
            messages.size();
        ingest_.note(std::move(gone));
    }

    /// QUIT is what deletes. When its answer is lost, nothing is noted: the next listing tells.
    void quit() {
        if (session_.quit()) {
            note_gone(marked_, GoneReason::deleted_by_us, proof_);
            ingest_.flush();
        } else {
            problems_.note("the server could not delete every message; the next run tries again");
        }
    }

    pop3::Session& session_;
    const Account& account_;
    const catalog::Catalog& catalog_;
    Ingest& ingest_;
    Progress& progress_;
    const std::stop_token& stop_;
    Uid next_uid_;
    GoneReason absence_;  // what "no longer listed" means: our DELE, if its QUIT was not answered
    std::multimap<ContentId, CollectedMessage> nameless_;  // of the ledger, not yet met again
    Problems problems_;
    RemovalGuard guard_;                       // borrows problems_
    RemovalProof proof_ = RemovalProof::none;  // the same for all that is removed in a run
    std::vector<CollectedMessage> marked_;     // DELE was accepted
};

}  // namespace

std::vector<std::string> collect(pop3::Session& session, const Account& account,
                                 const catalog::Catalog& catalog, Ingest& ingest,
                                 Progress& progress, const std::stop_token& stop) {
    return Collect(session, account, catalog, ingest, progress, stop).run();
}

}  // namespace mailkeep::sync
