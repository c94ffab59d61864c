// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/restore.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/imap/mailbox_name.hpp"

#include "delivery.hpp"
#include "problems.hpp"
#include "restore_desk.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <utility>

namespace mailkeep::sync {

namespace {

/// Messages over which the session ends, one after the other: then it is not the messages.
constexpr std::size_t most_fruitless = 4;

}  // namespace

class Restore::State {
  public:
    State(const RestoreServer& server, const RestoreRequest& request,
          const catalog::Catalog& catalog, Ingest& ingest, Progress& progress,
          const std::stop_token& stop, RestoreReport& report)
        : server_(server),
          ingest_(ingest),
          desk_(server_.target, request, catalog, ingest, progress, stop,
                [this] { return open(); }),
          report_(report) {
        report_ = {};
        report_.is_verified = request.verifies && request.effect == Effect::apply;
    }

    std::vector<std::string> pass(std::size_t connections) {
        for (;;) {
            const auto before = appended();
            try {
                restore_all(connections);
                count();
                return problems();
            } catch (const Error& error) {
                count();
                if (!may_try_again(error, appended() > before)) {
                    throw;
                }
            }
        }
    }

  private:
    struct Place {
        std::vector<RestoreSource> sources;
        bool is_done = false;
    };

    /// A server that answered BAD may have heard commands in what it refused, and one that ended
    /// the session over a message does it again: so each goes alone from then on, and over which
    /// the session ends, that is given up.
    bool may_try_again(const Error& error, bool has_gone_on) {
        const bool is_of_session = error.code() == Errc::network || error.code() == Errc::timeout ||
                                   error.code() == Errc::protocol;
        if (!is_of_session) {
            return false;
        }
        fruitless_ = has_gone_on ? 0 : fruitless_ + 1;
        const bool has_given_up =
            desk_.give_up_suspects("the session ended over it: " + std::string(error.what()));
        const bool was_wary = is_wary_;
        is_wary_ = is_wary_ || error.code() == Errc::protocol || !has_gone_on;
        return has_gone_on || !was_wary || (has_given_up && fruitless_ <= most_fruitless);
    }

    void restore_all(std::size_t connections) {
        auto first = open();
        if (places_.empty()) {
            plan_all(first);
        }
        next_ = 0;
        has_failed_ = false;
        std::vector<std::future<void>> helpers;
        const auto waiting = static_cast<std::size_t>(std::count_if(
            places_.begin(), places_.end(), [](const Place& place) { return !place.is_done; }));
        const auto most = desk_.request().effect == Effect::apply ? connections : 1;
        const auto together = std::max<std::size_t>(most_mailboxes(most, waiting), 1);
        desk_.allow_sessions(most - together);
        for (std::size_t i = 1; i < together; ++i) {
            helpers.push_back(std::async(std::launch::async, [this] {
                auto session = open();
                work(session);
            }));
        }
        work(first);
        for (auto& helper : helpers) {
            helper.get();
        }
    }

    /// Where labels are set, the next mailbox may have its messages by the labels of this one.
    std::size_t most_mailboxes(std::size_t sessions, std::size_t waiting) const {
        return std::min(limits_.has_labels ? 1 : sessions, waiting);
    }

    imap::WriteSession open() const {
        auto session = server_.open();
        if (is_wary_) {
            session.be_wary();
        }
        return session;
    }

    void plan_all(imap::WriteSession& session) {
        TargetServer target{.personal = session.reading().personal_namespace(),
                            .entries = session.reading().list_with_roles(),
                            .account = desk_.account_there(),
                            .prefix = desk_.request().prefix};
        report_.free_octets = session.reading().free_octets();
        report_.append_limit = session.append_limit();
        limits_ = {report_.append_limit, target.personal.delimiter, session.has_labels()};
        const auto sources = desk_.sources();
        for (const auto& goal : plan_targets(sources, target)) {
            MailboxRestore mailbox;
            mailbox.mailbox = goal.mailbox;
            mailbox.name = imap::display_mailbox_name(goal.mailbox);
            mailbox.remark = goal.remark;
            mailbox.is_created = !goal.is_there;
            mailbox.role = goal.role;
            Place place;
            for (const auto source : goal.sources) {
                mailbox.sources.push_back({sources[source].account_name, sources[source].name});
                place.sources.push_back(sources[source]);
            }
            report_.mailboxes.push_back(std::move(mailbox));
            places_.push_back(std::move(place));
        }
    }

    /// Whoever fails keeps the others from beginning another mailbox.
    void work(imap::WriteSession& session) {
        struct Watch {
            std::atomic<bool>& has_failed;
            bool is_well = false;

            ~Watch() { has_failed = has_failed || !is_well; }
        } watch{has_failed_};

        const SessionOnLoan loan(desk_);
        for (auto at = next_++; at < places_.size() && !has_failed_; at = next_++) {
            if (!places_[at].is_done) {
                desk_.require_going_on();
                restore_mailbox(session, places_[at].sources, report_.mailboxes[at]);
                places_[at].is_done = true;
            }
        }
        session.logout();
        watch.is_well = true;
    }

    void restore_mailbox(imap::WriteSession& session, const std::vector<RestoreSource>& sources,
                         MailboxRestore& mailbox) {
        desk_.progress().enter(mailbox.name);
        try {
            Delivery(desk_, session, limits_, sources, mailbox).run();
        } catch (const Error& error) {
            if (error.code() != Errc::refused) {
                throw error.at("mailbox " + mailbox.name);
            }
            mailbox.problem = error.what();
        }
    }

    std::vector<std::string> problems() const {
        Problems problems("restore.problem", {"target", server_.target});
        for (const auto& mailbox : report_.mailboxes) {
            const auto place = "mailbox " + mailbox.name;
            for (const auto& hindrance : mailbox.hindrances) {
                problems.note(place + ", message " + hindrance.message.hex() + ": " +
                              hindrance.reason);
            }
            if (!mailbox.problem.empty()) {
                problems.note(place + ": " + mailbox.problem);
            }
        }
        return problems.take();
    }

    std::uint64_t appended() const {
        std::uint64_t sum = 0;
        for (const auto& mailbox : report_.mailboxes) {
            sum += mailbox.appended;
        }
        return sum;
    }

    void count() {
        auto& counts = ingest_.counts();
        counts.appended = counts.already_there = counts.failed = counts.bytes = 0;
        const bool is_dry = desk_.request().effect == Effect::dry_run;
        for (const auto& mailbox : report_.mailboxes) {
            counts.appended += is_dry ? mailbox.to_append : mailbox.appended;
            counts.already_there += mailbox.already_there;
            counts.failed += failed(mailbox);
            counts.bytes += mailbox.sent_octets;
        }
    }

    RestoreServer server_;
    Ingest& ingest_;
    RestoreDesk desk_;
    TargetLimits limits_;
    RestoreReport& report_;      // of each mailbox one session writes at a time
    std::vector<Place> places_;  // of the same order
    std::atomic<std::size_t> next_{0};
    std::atomic<bool> has_failed_{false};
    bool is_wary_ = false;
    std::size_t fruitless_ = 0;  // sessions that ended before anything more was appended
};

Restore::Restore(const RestoreServer& server, const RestoreRequest& request,
                 const catalog::Catalog& catalog, Ingest& ingest, Progress& progress,
                 const std::stop_token& stop, RestoreReport& report)
    : state_(std::make_unique<State>(server, request, catalog, ingest, progress, stop, report)) {}

Restore::~Restore() = default;

std::vector<std::string> Restore::pass(std::size_t connections) {
    return state_->pass(connections);
}

}  // namespace mailkeep::sync
