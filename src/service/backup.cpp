// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/backup.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/sync/collect.hpp"
#include "mailkeep/sync/compact.hpp"
#include "mailkeep/sync/mirror.hpp"
#include "mailkeep/sync/purge.hpp"

#include "connector.hpp"
#include "patience.hpp"
#include "rest.hpp"

#include <algorithm>
#include <functional>

namespace mailkeep::service {

namespace {

RunKind kind_for(Protocol protocol) {
    return protocol == Protocol::imap ? RunKind::mirror : RunKind::collect;
}

using Work = std::function<std::vector<std::string>(catalog::Catalog&, sync::Ingest&)>;

/// Runs the work and turns whatever comes of it into the run's state and text.
void carry_out(Run& run, sync::Ingest& ingest, catalog::Catalog& catalog, const Clock& clock,
               const Work& work) {
    const auto fail = [&](const Error& error) {
        run.state = error.code() == Errc::cancelled ? RunState::cancelled : RunState::failed;
        run.error = error.what();
        run.hint = error.hint();
        run.error_code = error.code();
    };
    try {
        const auto problems = work(catalog, ingest);
        run.state = problems.empty() ? RunState::done : RunState::partial;
        run.error = join(problems, "\n");
    } catch (const Error& error) {
        fail(error);
    }
    run.finished = clock.now();
    try {
        ingest.finish(run);
    } catch (const Error& error) {
        fail(error);
    }
}

Run perform(Depot& depot, RunId id, const Work& work) {
    auto catalog = depot.open_catalog();
    auto run = catalog.run(id).value();
    sync::Ingest ingest(depot.keeper(), catalog, run);
    carry_out(run, ingest, catalog, depot.clock(), work);
    depot.catch_up_log();
    sync::observe_clock(catalog, sync::read_clocks(depot.clock()));
    catalog.finish_run(run);  // last: who sees the end may count on it
    log_info("run.finished", {{"run", run.id.value},
                              {"account", run.account.value},
                              {"kind", name_of(run.kind)},
                              {"state", name_of(run.state)},
                              {"seen", run.counts.seen},
                              {"appended", run.counts.appended}});
    return run;
}

/// The second copy is renewed before the run ends, so that the run can say when it could not be.
void renew_replica(Depot& depot, std::vector<std::string>& problems, const std::stop_token& stop) {
    if (const auto hindrance = depot.renew_replica(stop)) {
        problems.push_back("the replica was not renewed: " + std::string(hindrance->what()) + ". " +
                           hindrance->hint());
    }
}

/// Deletes on the server what the policy lets go of, and ends the session.
void purge(imap::ReadSession session, const Account& account, const catalog::Catalog& catalog,
           sync::Ingest& ingest, sync::Progress& progress, std::vector<std::string>& problems,
           const std::stop_token& stop) {
    if (account.delete_policy.kind == DeletePolicy::Kind::never) {
        session.logout();
        return;
    }
    imap::PurgeSession purging(std::move(session));
    for (auto& problem : sync::purge(purging, account, catalog, ingest, progress, stop)) {
        problems.push_back(std::move(problem));
    }
    purging.logout();
}

/// One pass over an IMAP account. Where the server wanted a pause, one connection has to do.
std::vector<std::string> follow_imap(Depot& depot, const Account& account, Patience& patience,
                                     const Waited& waited, catalog::Catalog& catalog,
                                     sync::Ingest& ingest, sync::Progress& progress,
                                     const std::stop_token& stop) {
    const auto open = [&] {
        auto session = open_imap(depot, account, stop);
        session.set_compression(depot.compression());
        return session;
    };
    auto session = patience.reach(open);
    if (plan_insisting(waited)) {
        session.insist();
    }
    sync::FurtherSessions further{{}, open};
    if (depot.connections() > 1 && waited.in_all.count() == 0) {
        further.to_fetch = open;
        further.scouts = depot.connections() - 2;  // besides the first, and one that fetches
    }
    auto problems = sync::mirror(session, account, catalog, ingest, progress, stop, further);
    purge(std::move(session), account, catalog, ingest, progress, problems, stop);
    return problems;
}

/// Remembers what the server says of its maildrops, and tells what is new about it.
void note_rules(const MaildropRules& rules, const Account& account, catalog::Catalog& catalog) {
    if (rules == catalog.maildrop(account.id)) {
        return;
    }
    catalog.note_maildrop(account.id, rules);
    if (const auto warning = expiry_warning(rules, account.delete_policy); !warning.empty()) {
        log_warning("maildrop.expires", {{"account", account.name}, {"problem", warning}});
    }
}

/// One pass over a POP3 account.
std::vector<std::string> follow_pop3(Depot& depot, const Account& account, Patience& patience,
                                     sync::MaildropTrail& trail, catalog::Catalog& catalog,
                                     sync::Ingest& ingest, sync::Progress& progress,
                                     const std::stop_token& stop) {
    const auto open = [&] {
        auto session = patience.reach([&] { return open_pop3(depot, account, stop); });
        note_rules(session->rules(), account, catalog);
        return session;
    };
    return sync::collect(open, account, catalog, ingest, progress, stop, trail);
}

/// However it ends.
struct KeptAtTheEnd {
    catalog::Catalog& catalog;
    RunId run;
    const ReportText& text;
    sync::RestoreReport report = {};

    ~KeptAtTheEnd() {
        try {
            catalog.note_restore_report(run, text(report));
        } catch (const Error& error) {
            log_error("restore.report_lost", {{"run", run.value}, {"error", error.what()}});
        }
    }
};

imap::ReadSession open_target(Depot& depot, const RestoreTarget& target,
                              const std::stop_token& stop) {
    return target.account ? open_imap(depot, *target.account, stop)
                          : open_imap(target.server, target.password, stop);
}

}  // namespace

RunId begin_backup(Depot& depot, const Account& account) {
    return depot.open_catalog().start_run(account.id, kind_for(account.server.protocol),
                                          depot.clock().now());
}

Run perform_backup(Depot& depot, RunId id, const Account& account, sync::Progress& progress,
                   const std::stop_token& stop) {
    return perform(depot, id, [&](catalog::Catalog& catalog, sync::Ingest& ingest) {
        Patience patience(id, catalog, ingest, progress, stop, rest);
        sync::MaildropTrail trail;
        auto problems = patience.complete([&](const Waited& waited) {
            return account.server.protocol == Protocol::pop3
                       ? follow_pop3(depot, account, patience, trail, catalog, ingest, progress,
                                     stop)
                       : follow_imap(depot, account, patience, waited, catalog, ingest, progress,
                                     stop);
        });
        renew_replica(depot, problems, stop);
        return problems;
    });
}

RestoreTarget restore_target(const Account& account) {
    if (account.server.protocol != Protocol::imap) {
        throw Error(Errc::invalid,
                    "mail can be given back to an IMAP server only, and the account \"" +
                        account.name + "\" has another one");
    }
    return {account.server, {}, account};
}

RunId begin_restore(Depot& depot) {
    return depot.open_catalog().start_run({}, RunKind::restore, depot.clock().now());
}

Run perform_restore(Depot& depot, RunId id, const RestoreTarget& target,
                    const sync::RestoreRequest& request, sync::Progress& progress,
                    const std::stop_token& stop, const ReportText& text) {
    depot.catch_up_index(stop, [] {});  // what is chosen by its words is chosen from all
    return perform(depot, id, [&](catalog::Catalog& catalog, sync::Ingest& ingest) {
        const sync::RestoreServer server{
            .target = to_url(target.server),
            .open = [&] { return imap::WriteSession(open_target(depot, target, stop)); }};
        KeptAtTheEnd kept{catalog, id, text};
        sync::Restore restore(server, request, catalog, ingest, progress, stop, kept.report);
        Patience patience(id, catalog, ingest, progress, stop, rest);
        return patience.complete([&](const Waited& waited) {
            return restore.pass(
                waited.in_all.count() == 0 ? std::min<std::size_t>(depot.connections(), 2) : 1);
        });
    });
}

RunId begin_import(Depot& depot, AccountId account) {
    return depot.open_catalog().start_run(account, RunKind::import, depot.clock().now());
}

Run perform_import(Depot& depot, RunId id, const Account& account,
                   const sync::ImportRequest& request, const std::function<void()>& afterwards,
                   sync::Progress& progress, const std::stop_token& stop) {
    return perform(depot, id, [&](const catalog::Catalog& catalog, sync::Ingest& ingest) {
        auto problems = sync::import_mail(account, request, catalog, ingest, progress, stop);
        ingest.flush();
        if (problems.empty() && afterwards) {
            afterwards();
        }
        renew_replica(depot, problems, stop);
        return problems;
    });
}

}  // namespace mailkeep::service
