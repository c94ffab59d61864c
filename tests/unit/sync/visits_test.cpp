// SPDX-License-Identifier: Apache-2.0
// What is noted of a mailbox, and when: above all, never a place to go on from that lies behind
// mail which is not in the catalog.
#include "second_look.hpp"
#include "sync_fixture.hpp"
#include "visits.hpp"

#include <gtest/gtest.h>

namespace mailkeep::sync {
namespace {

class VisitsTest : public SyncFixture {
  protected:
    VisitsTest() : SyncFixture(Protocol::imap) {
        archive::Batch batch;
        batch.add_event({clock.now(), {}, MailboxSeen{account.id, "INBOX", "INBOX", '/', {}, 7}});
        keeper->keep(batch);
    }

    /// A run in which INBOX shows these UIDs.
    template <class Do>
    std::vector<std::string> visit(std::initializer_list<Uid> uids, const Do& act) {
        return perform(RunKind::mirror, [&](catalog::Catalog& reading, Ingest& ingest) {
            Problems problems("test", {"account", account.name});
            Brake brake(account, reading, problems, clock);
            const FurtherSession none;
            SecondLook second_look(none);
            Departures departures(account, reading, ingest, brake, second_look, problems);
            Visits visits(account, reading, ingest, brake, departures, problems);
            Visit visit{.mailbox = "INBOX", .name = "INBOX"};
            visit.seen.uid_validity = 7;
            for (const auto uid : uids) {
                visit.seen.uids.add(uid);
            }
            visit.cursor = cursor;
            act(ingest, visits, std::move(visit));
            departures.decide();
            return problems.take();
        });
    }

    void arrive(Ingest& ingest, Uid uid) {
        ingest.add(Seen{.account = account.id, .mailbox = "INBOX", .uid_validity = 7, .uid = uid},
                   "message " + std::to_string(uid));
    }

    /// UIDs 4 and 5.
    void keep_two_without_cursor() {
        visit({4, 5}, [&](Ingest& ingest, Visits& visits, Visit visit) {
            arrive(ingest, 4);
            arrive(ingest, 5);
            visit.cursor.reset();
            visits.add(std::move(visit));
            visits.settle();
        });
    }

    std::uint64_t standing() { return catalog->count_on_server(account.id, "INBOX"); }

    std::optional<MailboxCursor> noted() { return catalog->cursor(account.id, "INBOX"); }

    const MailboxCursor cursor{7, 6, 2, {}, clock.now()};
    const Departure departure{
        .mailbox = "INBOX", .name = "INBOX", .uid_validity = 7, .uids = UidSet::of({4}), .held = 2};
};

TEST_F(VisitsTest, notes_where_to_go_on_when_all_that_was_shown_is_kept) {
    EXPECT_TRUE(visit({4, 5}, [&](Ingest& ingest, Visits& visits, Visit visit) {
                    arrive(ingest, 4);
                    arrive(ingest, 5);
                    visits.add(std::move(visit));
                    EXPECT_EQ(noted(), std::nullopt) << "not yet";
                    visits.settle();
                }).empty());
    EXPECT_EQ(standing(), 2U);
    EXPECT_EQ(noted(), cursor);
}

TEST_F(VisitsTest, goes_on_behind_no_message_that_is_not_in_the_catalog) {
    const auto problems = visit({4, 5}, [&](Ingest& ingest, Visits& visits, Visit visit) {
        arrive(ingest, 4);
        visits.add(std::move(visit));
        visits.settle();
    });
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("not in the archive: UID 5"), std::string::npos);
    EXPECT_EQ(noted(), std::nullopt);
    const auto said = catalog->mailboxes(account.id, {}).at(0).completeness;
    ASSERT_TRUE(said);
    EXPECT_EQ(said->archived, 1U);
    EXPECT_EQ(said->to_come, 1U);
}

TEST_F(VisitsTest, decides_about_what_is_gone_before_it_goes_on) {
    keep_two_without_cursor();
    visit({5}, [&](Ingest&, Visits& visits, Visit visit) {
        visit.departure = departure;
        visits.add(std::move(visit));
        visits.settle();
        EXPECT_EQ(noted(), std::nullopt) << "not yet";
    });
    EXPECT_EQ(standing(), 1U);
    EXPECT_EQ(noted(), cursor);
}

}  // namespace
}  // namespace mailkeep::sync
