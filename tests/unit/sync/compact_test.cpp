// SPDX-License-Identifier: Apache-2.0
// Retention carried out on a real archive: what expires, what comes back, what is dropped, and that
// a catalog made anew afterwards is the same.
#include "mailkeep/base/error.hpp"
#include "mailkeep/sync/compact.hpp"
#include "mailkeep/sync/indexing.hpp"

#include "sync_fixture.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

using namespace mailkeep;
using namespace mailkeep::sync;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

namespace fs = std::filesystem;
constexpr std::chrono::hours day{24};

std::string mail(std::string_view name) {
    return "Subject: " + std::string(name) + "\r\nDate: Thu, 1 Jan 1970 00:00:00 +0000\r\n\r\n" +
           std::string(name) + "\r\n";
}

class CompactTest : public SyncFixture {
  protected:
    CompactTest() : SyncFixture(Protocol::imap) {
        account.server.host = "mail.example.org";
        catalog->note_clock(reading());
    }

    void keep(std::string_view rule) {
        account.retention.keep = keep_rule_from_text(rule);
        note(AccountSaved{account});
    }

    void note(decltype(Event::what) what) {
        archive::Batch batch;
        batch.add_event({clock.now(), {}, std::move(what)});
        keeper->keep(batch);
    }

    /// A run that sees the message; whether its octets were stored.
    bool see(std::string_view name, Uid uid) {
        mailkeep::Run run;
        run.account = account.id;
        Ingest ingest(*keeper, *catalog, run);
        ingest.add(Seen{account.id, "INBOX", 1, uid, "", {}, {clock.now(), {}}, {}}, mail(name));
        ingest.flush();
        return ingest.counts().stored == 1;
    }

    void vanish(Uid uid) {
        note(Gone{account.id, "INBOX", 1, UidSet::of({uid}), GoneReason::vanished});
    }

    [[nodiscard]] catalog::ClockReading reading() const {
        const auto uptime = clock.now() - started;
        return {clock.now(), "boot", uptime};
    }

    Compacted compact(Effect effect = Effect::apply) {
        return sync::compact(*archive, *keeper, *catalog, {.now = reading(), .effect = effect}, {});
    }

    [[nodiscard]] bool knows(std::string_view name) const {
        return catalog->message(sha256(mail(name))).has_value();
    }

    void expect_rebuild_is_the_same() {
        const fs::path place = folder.path() / "again";
        fs::create_directory(place);
        {
            catalog::Catalog again(place, catalog::Access::read_write);
            apply_missing(*archive, again);
            EXPECT_EQ(again.fingerprint(), catalog->fingerprint());
        }
        fs::remove_all(place);
        EXPECT_THAT(archive->verify(archive::Depth::full).damaged, IsEmpty());
    }

    void seal(const std::set<ContentId>& dead) {
        archive->close_journal();
        for (;;) {
            const auto rewritten = archive->seal({dead, clock.now()}, {});
            if (rewritten.is_empty()) {
                return;
            }
            for (const auto& pack : rewritten.packs) {
                std::vector<StoredMessage> messages;
                archive->for_each_packed(pack.name, [&](const auto& m) { messages.push_back(m); });
                catalog->adopt(pack.name, messages, clock.now());
            }
            archive->retire(rewritten);
        }
    }

    [[nodiscard]] std::size_t files_in_trash() const {
        std::error_code ignored;
        const fs::directory_iterator files(data / "trash", ignored);
        return static_cast<std::size_t>(std::distance(begin(files), end(files)));
    }

    Timestamp started = clock.now();
};

}  // namespace

TEST_F(CompactTest, does_nothing_when_all_is_kept_forever) {
    see("a", 1);
    vanish(1);
    clock.advance(4000 * day);
    const auto batches = archive->last_batch();
    const auto done = compact();
    EXPECT_THAT(done.portions, IsEmpty());
    EXPECT_EQ(done.dead, 0U);
    EXPECT_EQ(archive->last_batch(), batches);
    EXPECT_FALSE(has_retention(*catalog));
}

TEST_F(CompactTest, says_what_would_go_and_why_and_changes_nothing) {
    keep("30d");
    see("a", 1);
    see("b", 2);
    vanish(1);
    clock.advance(31 * day);
    const auto before = catalog->fingerprint();
    const auto noted = catalog->clock_reading();
    const auto done = compact(Effect::dry_run);
    ASSERT_THAT(done.portions, SizeIs(1));
    EXPECT_EQ(done.portions[0].fate, Fate::expired);
    EXPECT_EQ(done.portions[0].account, account.id);
    EXPECT_EQ(done.portions[0].mailbox, "INBOX");
    EXPECT_EQ(done.portions[0].rule, "30d from ingest");
    EXPECT_EQ(done.portions[0].octets, mail("a").size());
    EXPECT_THAT(done.portions[0].messages, testing::ElementsAre(sha256(mail("a"))));
    EXPECT_EQ(done.expired, 1U);
    EXPECT_EQ(catalog->fingerprint(), before);
    EXPECT_EQ(catalog->clock_reading(), noted);
}

TEST_F(CompactTest, lets_go_and_a_rebuild_agrees) {
    keep("30d");
    see("a", 1);
    see("b", 2);
    vanish(1);
    clock.advance(31 * day);
    EXPECT_EQ(compact().expired, 1U);
    EXPECT_FALSE(knows("a"));
    EXPECT_TRUE(knows("b"));
    expect_rebuild_is_the_same();
}

TEST_F(CompactTest, is_done_once_however_often_it_is_called) {
    keep("30d");
    see("a", 1);
    vanish(1);
    clock.advance(31 * day);
    EXPECT_EQ(compact().expired, 1U);
    const auto batches = archive->last_batch();
    const auto size = archive->size_on_disk();
    for (int i = 0; i < 100; ++i) {
        const auto again = compact();
        EXPECT_EQ(again.expired, 0U);
        EXPECT_EQ(again.dead, 1U);
    }
    EXPECT_EQ(archive->last_batch(), batches);
    EXPECT_EQ(archive->size_on_disk(), size);
}

TEST_F(CompactTest, goes_on_where_it_was_interrupted) {
    keep("30d");
    for (Uid uid = 1; uid <= 3; ++uid) {
        see(std::to_string(uid), uid);
        vanish(uid);
    }
    clock.advance(31 * day);
    std::stop_source stop;
    stop.request_stop();
    for (int i = 0; i < 20; ++i) {
        EXPECT_THROW(static_cast<void>(sync::compact(*archive, *keeper, *catalog,
                                                     {.now = reading()}, stop.get_token())),
                     Error);
    }
    EXPECT_TRUE(knows("1"));
    EXPECT_EQ(compact().expired, 3U);
    expect_rebuild_is_the_same();
}

TEST_F(CompactTest, respects_a_hold_until_it_is_lifted) {
    keep("30d");
    see("a", 1);
    vanish(1);
    note(HoldPlaced{{"case 7", account.id, "INBOX", "court order"}});
    clock.advance(31 * day);
    for (int i = 0; i < 10; ++i) {
        const auto done = compact();
        EXPECT_EQ(done.expired, 0U);
        ASSERT_THAT(done.portions, SizeIs(1));
        EXPECT_EQ(done.portions[0].fate, Fate::held);
        EXPECT_EQ(done.portions[0].hold, "case 7");
    }
    EXPECT_TRUE(knows("a"));
    note(HoldLifted{"case 7"});
    EXPECT_EQ(compact().expired, 1U);
}

TEST_F(CompactTest, does_not_drop_what_expired_before_it_was_held) {
    keep("30d");
    see("a", 1);
    vanish(1);
    clock.advance(31 * day);
    EXPECT_EQ(compact().dead, 1U);
    note(HoldPlaced{{"all", {}, "", ""}});
    EXPECT_THAT(dead_messages(*catalog), IsEmpty());
    note(HoldLifted{"all"});
    EXPECT_THAT(dead_messages(*catalog), SizeIs(1));
}

TEST_F(CompactTest, decides_nothing_by_a_clock_that_jumped) {
    keep("30d");
    see("a", 1);
    vanish(1);
    for (const auto jump : {2 * day, 3650 * day, -2 * day, -3650 * day}) {
        const catalog::ClockReading wrong{clock.now() + jump, "boot", {}};
        EXPECT_THROW(
            static_cast<void>(sync::compact(*archive, *keeper, *catalog, {.now = wrong}, {})),
            Error);
        const auto told = sync::compact(*archive, *keeper, *catalog,
                                        {.now = wrong, .effect = Effect::dry_run}, {});
        EXPECT_FALSE(told.clock_problem.empty());
        EXPECT_THAT(told.portions, IsEmpty());
        observe_clock(*catalog, wrong);  // not believed, so not noted
    }
    EXPECT_TRUE(knows("a"));
    const catalog::ClockReading right{clock.now() + 40 * day, "boot", {}};
    const auto done =
        sync::compact(*archive, *keeper, *catalog, {.now = right, .trust = ClockTrust::given}, {});
    EXPECT_EQ(done.expired, 1U);
}

/// mail() is from 1970; here two more, of yesterday and of a time to come.
TEST_F(CompactTest, takes_no_notice_of_the_date_its_sender_wrote) {
    keep("30d");
    const auto dated = [](std::string_view year) {
        return "Subject: x\r\nDate: Thu, 1 Jan " + std::string(year) + " 00:00:00 +0000\r\n\r\n" +
               std::string(year) + "\r\n";
    };
    mailkeep::Run run;
    run.account = account.id;
    Ingest ingest(*keeper, *catalog, run);
    Uid uid = 0;
    for (const auto* const year : {"1970", "2026", "2099"}) {
        ingest.add(Seen{account.id, "INBOX", 1, ++uid, "", {}, {clock.now(), {}}, {}}, dated(year));
    }
    ingest.flush();
    note(Gone{account.id, "INBOX", 1, UidSet::of({1, 2, 3}), GoneReason::vanished});
    clock.advance(29 * day);
    EXPECT_EQ(compact().expired, 0U);
    clock.advance(2 * day);
    EXPECT_EQ(compact().expired, 3U);
}

TEST_F(CompactTest, stores_anew_what_is_seen_again) {
    keep("30d");
    see("a", 1);
    vanish(1);
    clock.advance(31 * day);
    EXPECT_EQ(compact().expired, 1U);
    EXPECT_TRUE(see("a", 7));
    EXPECT_TRUE(knows("a"));
    EXPECT_EQ(compact().dead, 0U);
    EXPECT_EQ(archive->get(*catalog->stored(sha256(mail("a")))), mail("a"));
    expect_rebuild_is_the_same();
}

TEST_F(CompactTest, refuses_a_sighting_whose_octets_expired_meanwhile) {
    keep("30d");
    see("a", 1);
    vanish(1);
    clock.advance(31 * day);
    mailkeep::Run run;
    run.account = account.id;
    Ingest ingest(*keeper, *catalog, run);
    ingest.add(Seen{account.id, "INBOX", 1, 9, "", {}, {clock.now(), {}}, {}}, mail("a"));
    EXPECT_EQ(ingest.counts().stored, 0U);  // it is there still
    EXPECT_EQ(compact().expired, 1U);
    EXPECT_THROW(ingest.flush(), Error);
    EXPECT_FALSE(knows("a"));
    EXPECT_TRUE(see("a", 9));
    EXPECT_TRUE(knows("a"));
}

TEST_F(CompactTest, leaves_the_dead_out_when_journals_are_sealed) {
    keep("30d");
    see("a", 1);
    see("b", 2);
    vanish(1);
    clock.advance(31 * day);
    const auto stored = *catalog->stored(sha256(mail("a")));
    EXPECT_EQ(compact().expired, 1U);
    seal(dead_messages(*catalog));
    EXPECT_THROW(static_cast<void>(archive->get(stored)), Error);
    EXPECT_EQ(archive->get(*catalog->stored(sha256(mail("b")))), mail("b"));
    expect_rebuild_is_the_same();
}

TEST_F(CompactTest, writes_packs_again_and_empties_the_trash_after_its_grace) {
    keep("30d");
    see("a", 1);
    see("b", 2);
    seal({});
    ASSERT_EQ(archive->packs().size(), 1U);
    const auto stored = *catalog->stored(sha256(mail("a")));
    vanish(1);
    clock.advance(31 * day);
    const auto done = compact();
    EXPECT_EQ(done.packs_rewritten, 1U);
    const archive::Archive later(data, archive::Access::read_only);
    EXPECT_THROW(static_cast<void>(later.get(stored)), Error);
    EXPECT_EQ(archive->get(*catalog->stored(sha256(mail("b")))), mail("b"));
    expect_rebuild_is_the_same();
    EXPECT_THAT(done.trash, SizeIs(1));
    EXPECT_FALSE(done.trash[0].waits.empty());
    clock.advance(8 * day);
    EXPECT_THAT(compact().trash, SizeIs(1));
    EXPECT_EQ(files_in_trash(), 1U);  // no run has ended since
    for (int i = 0; i < 3; ++i) {
        auto run = catalog->run(catalog->start_run(account.id, RunKind::mirror, clock.now()));
        run->state = RunState::done;
        run->finished = clock.now();
        catalog->finish_run(*run);
    }
    EXPECT_TRUE(compact(Effect::dry_run).trash.at(0).waits.empty());
    EXPECT_EQ(files_in_trash(), 1U);
    static_cast<void>(sync::compact(*archive, *keeper, *catalog,
                                    {.now = reading(), .copy = SecondCopy::behind}, {}));
    EXPECT_EQ(files_in_trash(), 1U);
    static_cast<void>(compact());
    EXPECT_EQ(files_in_trash(), 0U);
    EXPECT_THAT(catalog->trashed(), IsEmpty());
    expect_rebuild_is_the_same();
}

TEST_F(CompactTest, rescues_what_came_back_between_mark_and_sweep) {
    keep("30d");
    see("a", 1);
    vanish(1);
    clock.advance(31 * day);
    EXPECT_EQ(compact().expired, 1U);
    const auto dead = dead_messages(*catalog);
    EXPECT_TRUE(see("a", 9));
    const auto before = catalog->stored(sha256(mail("a")))->location;
    archive::Rewritten rewritten;
    rescue(*archive, *keeper, dead, rewritten);
    EXPECT_EQ(catalog->stored(sha256(mail("a")))->location, before);  // in no file that goes
    rewritten.journals = {before.file};
    rescue(*archive, *keeper, dead, rewritten);
    const auto after = *catalog->stored(sha256(mail("a")));
    EXPECT_NE(after.location, before);
    EXPECT_EQ(archive->get(after), mail("a"));
    expect_rebuild_is_the_same();
}

TEST_F(CompactTest, makes_the_search_index_anew_when_much_of_it_is_dead) {
    keep("30d");
    see("apple", 1);
    see("berry", 2);
    index_pending(*keeper, {}, [] {});
    vanish(1);
    clock.advance(31 * day);
    static_cast<void>(compact());
    EXPECT_EQ(catalog->dead_words(), 0U);
    EXPECT_EQ(index_pending(*keeper, {}, [] {}), 1U);
    const auto found = [&](std::string_view word) {
        return catalog->search(catalog::SearchQuery::parse(word), {}, clock.now(), {}).total;
    };
    EXPECT_EQ(found("apple"), 0U);
    EXPECT_EQ(found("berry"), 1U);
}

TEST_F(CompactTest, reads_both_clocks_of_this_machine) {
    const auto first = read_clocks(clock);
    const auto second = read_clocks(clock);
    EXPECT_EQ(first.wall, clock.now());
    EXPECT_FALSE(first.boot.empty());
    EXPECT_EQ(first.boot, second.boot);
    EXPECT_GT(first.uptime.count(), 0);
    EXPECT_GE(second.uptime, first.uptime);
}
