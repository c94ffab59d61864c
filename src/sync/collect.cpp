// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/collect.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/sync/plan.hpp"

#include "imported.hpp"
#include "large_mail.hpp"
#include "problems.hpp"
#include "removal_guard.hpp"
#include "summaries.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <span>

namespace mailkeep::sync {

namespace {

/// What is retrieved before it is settled, that is proven and deleted, which waits for the disk
/// while the server waits for us: seldom, but before it takes us for gone.
constexpr std::size_t round_messages = 20'000;
constexpr std::uint64_t round_octets = std::uint64_t{64} << 20U;

class Collect {
  public:
    Collect(pop3::Session& session, const Account& account, catalog::Catalog& catalog,
            Ingest& ingest, Progress& progress, const std::stop_token& stop, MaildropTrail& trail)
        : session_(session),
          account_(account),
          catalog_(catalog),
          ingest_(ingest),
          progress_(progress),
          stop_(stop),
          trail_(trail),
          large_mail_(ingest.keeper().archive()),
          next_uid_(catalog.next_uid(account.id, maildrop_mailbox)),
          absence_(account.delete_policy.kind == DeletePolicy::Kind::never
                       ? GoneReason::vanished
                       : GoneReason::deleted_by_us),
          problems_("collect.problem", {"account", account.name}),
          guard_(ingest.keeper(), problems_, stop) {}

    std::vector<std::string> run() {
        const auto plan = look();
        progress_.expect(plan.steps.size());
        std::vector<Pending> pending;
        for (auto steps = std::span(plan.steps); !steps.empty() && !is_throttled_;) {
            remove(pending);
            const auto size = round_size(steps);
            pending = retrieve(steps.first(size));
            steps = steps.subspan(size);
        }
        note_missing();
        ingest_.flush();
        yield_to_server(account_.id, catalog_, ingest_);
        quit(pending);
        return problems_.take();
    }

    /// Deletes what an earlier session retrieved, and retrieves nothing.
    std::vector<std::string> remove_retrieved() {
        const auto plan = look();
        ingest_.flush();
        quit(still_there(plan.steps));
        return problems_.take();
    }

  private:
    using Missing = std::multimap<ContentId, CollectedMessage>;

    struct Pending {
        const CollectStep* step;
        CollectedMessage message;
    };

    CollectPlan look() {
        auto ledger = catalog_.collected(account_.id);
        held_ = ledger.size();
        const auto listing = session_.listing();
        note_mailbox();
        const auto renamed = recognise(plan_renamed(listing, ledger));
        ledger = with_new_ids(std::move(ledger), renamed);
        auto plan = plan_collect(listing, ledger, trail_.retrieved, account_.delete_policy,
                                 ingest_.keeper().clock().now());
        for (const auto& known : ledger) {
            if (known.unique_id.empty()) {
                nameless_.emplace(known.content_id, known);
            }
        }
        for (const auto& known : plan.gone) {
            missing_.emplace(known.content_id, known);
        }
        progress_.enter(maildrop_mailbox);
        return plan;
    }

    /// Of what an earlier session retrieved, what the server shows the same header fields of.
    std::vector<Pending> still_there(const std::vector<CollectStep>& steps) {
        std::map<pop3::Number, const CollectStep*> by_number;
        std::vector<pop3::Number> numbers;
        for (const auto& step : steps) {
            if (step.is_known_by_head) {
                by_number.emplace(step.number, &step);
                numbers.push_back(step.number);
            }
        }
        std::vector<Pending> pending;
        session_.top(numbers, [&](pop3::Number number, std::string&& head) {
            const auto* step = by_number.at(number);
            if (has_head(*step->known, head)) {
                pending.push_back({step, *step->known});
            }
        });
        return pending;
    }

    [[nodiscard]] bool has_head(const CollectedMessage& known, std::string_view head) {
        const auto stored = catalog_.stored(known.content_id);
        return stored && !catalog_.damage_of(known.content_id) &&
               is_head_of(head, summarized_octets(ingest_.keeper().archive(), *stored));
    }

    /// By the sizes the server announced.
    static std::size_t round_size(std::span<const CollectStep> steps) {
        std::uint64_t octets = 0;
        std::size_t size = 0;
        while (size < steps.size() && size < round_messages && octets < round_octets) {
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

    /// Messages under new unique-ids that are proven to be known ones, without retrieving them: of
    /// the same size, with the same header fields. What cannot be proven so is retrieved, and known
    /// by its octets.
    std::map<Uid, std::string> recognise(const std::vector<RenamedMessage>& renamed) {
        std::map<Uid, std::string> new_ids;
        if (renamed.empty() || !session_.can_top()) {
            return new_ids;
        }
        std::map<pop3::Number, const RenamedMessage*> by_number;
        std::vector<pop3::Number> numbers;
        for (const auto& message : renamed) {
            by_number.emplace(message.number, &message);
            numbers.push_back(message.number);
        }
        session_.top(numbers, [&](pop3::Number number, std::string&& head) {
            const auto& message = *by_number.at(number);
            if (const auto known = same_among(message.candidates, head, new_ids)) {
                new_ids.emplace(known->uid, message.unique_id);
                note_new_id(*known, message.unique_id);
            }
        });
        log_info(
            "collect.renamed",
            {{"account", account_.name}, {"recognised", new_ids.size()}, {"of", renamed.size()}});
        return new_ids;
    }

    [[nodiscard]] std::optional<CollectedMessage> same_among(
        const std::vector<CollectedMessage>& candidates, std::string_view head,
        const std::map<Uid, std::string>& taken) {
        for (const auto& candidate : candidates) {
            if (!taken.contains(candidate.uid) && has_head(candidate, head)) {
                return candidate;
            }
        }
        return std::nullopt;
    }

    /// It stands where it stood; only what the server calls it is new.
    void note_new_id(const CollectedMessage& known, const std::string& unique_id) {
        ingest_.note(Seen{account_.id,
                          maildrop_mailbox,
                          maildrop_uid_validity,
                          known.uid,
                          unique_id,
                          known.content_id,
                          InternalDate{known.seen_at, {}},
                          {}});
    }

    std::vector<Pending> retrieve(std::span<const CollectStep> steps) {
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
        const auto take_one = [&](pop3::Number number, const ContentId& content_id,
                                  std::uint64_t octets, const auto& add) {
            const auto& step = *by_number.at(number);
            pending.push_back({&step, take(step, content_id, octets, add)});
            leave_trail(pending.back());
            progress_.advance(octets);
        };
        const auto spools = large_mail_.unnamed();
        session_.retrieve(
            numbers,
            [&](pop3::Number number, std::string&& raw) {
                take_one(number, sha256(raw), raw.size(), [&](Seen&& seen) {
                    ingest_.add_digested(std::move(seen), std::move(raw));
                });
            },
            [&](pop3::Number number, const std::string& reason) {
                ++ingest_.counts().failed;
                problems_.note("message " + std::to_string(number) + ": " + reason);
            },
            {spools.above, spools.make, [&](pop3::Number number, const Spool& spool) {
                 take_one(number, spool.digest(), spool.size(),
                          [&](Seen&& seen) { ingest_.add_large(std::move(seen), spool); });
             }});
        ingest_.flush();  // order of writes, steps 1 to 3
        if (!session_.throttled().empty()) {
            is_throttled_ = true;
            problems_.note("the server wants a pause, the next run goes on: " +
                           session_.throttled());
        }
        return pending;
    }

    /// What has no unique-id, or may lack its end, is to be retrieved again.
    void leave_trail(const Pending& pending) {
        const auto& step = *pending.step;
        if (step.removes && !step.unique_id.empty() && !session_.unended().contains(step.number)) {
            trail_.retrieved.add(pending.message.uid);
        }
    }

    /// Hands the octets in, unless they are those of a placement that stands already.
    CollectedMessage take(const CollectStep& step, const ContentId& content_id,
                          std::uint64_t octets, const std::function<void(Seen&&)>& add) {
        if (step.known && step.known->content_id == content_id) {
            return *step.known;
        }
        if (const auto known = step.known ? std::nullopt : met_again(step, content_id)) {
            return *known;
        }
        if (step.known) {  // the server used the unique-id again for another message
            note_gone({&*step.known, 1}, absence_);
        }
        const auto now = ingest_.keeper().clock().now();
        CollectedMessage message{next_uid_++, step.unique_id, content_id, octets, now};
        add(Seen{account_.id,
                 maildrop_mailbox,
                 maildrop_uid_validity,
                 message.uid,
                 message.unique_id,
                 content_id,
                 InternalDate{now, {}},
                 {}});
        return message;
    }

    /// One of the ledger that this is, under another unique-id or none.
    std::optional<CollectedMessage> met_again(const CollectStep& step,
                                              const ContentId& content_id) {
        if (step.unique_id.empty()) {
            if (const auto node = nameless_.extract(content_id)) {
                return node.mapped();
            }
        }
        if (const auto node = missing_.extract(content_id)) {
            note_new_id(node.mapped(), step.unique_id);
            return node.mapped();
        }
        return std::nullopt;
    }

    void remove(std::span<const Pending> pending) {
        if (may_remove(pending)) {
            session_.dele(
                [&] { return next_to_remove(pending); },
                [&](pop3::Number number, bool is_accepted) { note_mark(number, is_accepted); });
        }
    }

    [[nodiscard]] bool may_remove(std::span<const Pending> pending) {
        return std::any_of(pending.begin(), pending.end(),
                           [](const auto& one) { return one.step->removes; }) &&
               guard_.is_ready();
    }

    /// Step 4 of the order of writes: DELE for what is proven to be whole on the disk, and only
    /// for that. Octets are read back now, while the server deletes those before.
    std::optional<pop3::Number> next_to_remove(std::span<const Pending>& left) {
        while (!left.empty()) {
            const auto& [step, message] = left.front();
            left = left.subspan(1);
            if (!step->removes || !is_complete(*step, message) || !has_end(*step, message)) {
                continue;
            }
            if (const auto proof =
                    guard_.prove(message.content_id, "message " + std::to_string(step->number))) {
                trail_.proof = *proof;
                trail_.marked.add(message.uid);
                asked_to_remove_.push_back(message);
                return step->number;
            }
        }
        return std::nullopt;
    }

    void note_mark(pop3::Number number, bool is_accepted) {
        auto message = std::move(asked_to_remove_.front());
        asked_to_remove_.pop_front();
        if (is_accepted) {
            marked_.push_back(std::move(message));
        } else {
            problems_.note("message " + std::to_string(number) +
                           ": the server refused to delete it; it is archived");
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

    /// What ended in silence came once more, octet for octet, or its end may be missing.
    bool has_end(const CollectStep& step, const CollectedMessage& message) {
        const bool came_before = step.known && step.known->content_id == message.content_id;
        if (!session_.unended().contains(step.number) || came_before) {
            return true;
        }
        problems_.note("message " + std::to_string(step.number) +
                       ": stays on the server until it has come the same once more, for the "
                       "server fell silent before its end");
        return false;
    }

    /// What is listed no more and was met under no other unique-id. Messages without one are known
    /// by their octets, which are only known after RETR: one that could not be retrieved may be one
    /// of them, and so may one that was not asked for.
    void note_missing() {
        if (is_throttled_) {
            return;
        }
        std::vector<CollectedMessage> gone;
        const auto take_all = [&](const Missing& messages) {
            for (const auto& [content_id, message] : messages) {
                gone.push_back(message);
            }
        };
        take_all(missing_);
        if (ingest_.counts().failed == 0) {
            take_all(nameless_);
        }
        if (holds_back(gone.size())) {
            return;
        }
        const auto others = std::partition(gone.begin(), gone.end(), [&](const auto& message) {
            return trail_.marked.contains(message.uid);
        });
        note_gone({gone.begin(), others}, GoneReason::deleted_by_us, trail_.proof);
        note_gone({others, gone.end()}, absence_);
    }

    /// A server in trouble lists nothing (fetchmail's manual). What we delete ourselves stands on
    /// whatever is noted; where others delete, a person looks first.
    bool holds_back(std::uint64_t lost) {
        const auto losses = catalog_.losses(account_.id);
        const auto before = std::find_if(losses.begin(), losses.end(), [](const Loss& loss) {
            return loss.mailbox == maildrop_mailbox;
        });
        const auto known = before == losses.end() ? std::nullopt : std::optional(*before);
        if (absence_ == GoneReason::deleted_by_us || !needs_a_look(lost, held_, known)) {
            if (known) {
                catalog_.forget_loss(account_.id, maildrop_mailbox);
            }
            return false;
        }
        if (!known || known->lost != lost || known->accepted_at) {
            catalog_.note_loss(account_.id, {maildrop_mailbox,
                                             maildrop_mailbox,
                                             lost,
                                             held_,
                                             ingest_.keeper().clock().now(),
                                             {}});
        }
        problems_.note(std::to_string(lost) + " of " + std::to_string(held_) +
                       " messages are missing at once; none was taken for gone. Look at the "
                       "server; if that is right: mailkeep account accept " +
                       account_.name);
        return true;
    }

    void note_gone(std::span<const CollectedMessage> messages, GoneReason reason,
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

    /// QUIT is what deletes, these too. When its answer is lost, nothing is noted: the next listing
    /// tells.
    void quit(std::span<const Pending> pending) {
        if (!may_remove(pending)) {
            pending = {};
        }
        const bool is_done = session_.quit(
            [&] { return next_to_remove(pending); },
            [&](pop3::Number number, bool is_accepted) { note_mark(number, is_accepted); });
        if (is_done) {
            note_gone(marked_, GoneReason::deleted_by_us, trail_.proof);
            ingest_.flush();
        } else {
            problems_.note("the server could not delete every message; the next run tries again");
        }
    }

    pop3::Session& session_;
    const Account& account_;
    catalog::Catalog& catalog_;
    Ingest& ingest_;
    Progress& progress_;
    const std::stop_token& stop_;
    MaildropTrail& trail_;
    LargeMail large_mail_;
    Uid next_uid_;
    GoneReason absence_;  // what "no longer listed" means: our DELE, if its QUIT was not answered
    std::uint64_t held_ = 0;  // messages of the ledger
    Missing nameless_;        // of the ledger, without a unique-id, not yet met again
    Missing missing_;         // of the ledger, under unique-ids that are listed no more
    Problems problems_;
    RemovalGuard guard_;                            // borrows problems_
    std::deque<CollectedMessage> asked_to_remove_;  // DELE was not answered yet
    std::vector<CollectedMessage> marked_;          // DELE was accepted
    bool is_throttled_ = false;  // the server wants a pause: nothing more is asked for
};

}  // namespace

std::vector<std::string> collect(const OpenMaildrop& open, const Account& account,
                                 catalog::Catalog& catalog, Ingest& ingest, Progress& progress,
                                 const std::stop_token& stop, MaildropTrail& trail) {
    std::vector<std::string> problems;
    auto session = open();
    if (!trail.retrieved.empty() && session->can_top()) {
        problems =
            Collect(*session, account, catalog, ingest, progress, stop, trail).remove_retrieved();
        session = open();
    }
    trail.retrieved = {};
    auto more = Collect(*session, account, catalog, ingest, progress, stop, trail).run();
    problems.insert(problems.end(), std::make_move_iterator(more.begin()),
                    std::make_move_iterator(more.end()));
    return problems;
}

}  // namespace mailkeep::sync
