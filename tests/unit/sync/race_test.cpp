// SPDX-License-Identifier: Apache-2.0
// Runs, rewrites, readers and checks at the same time, as the service has them: nothing that stands
// is ever missing, nothing whole is called damaged.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/sync/check.hpp"
#include "mailkeep/sync/compact.hpp"
#include "mailkeep/sync/seal.hpp"

#include "sync_fixture.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <random>
#include <thread>

namespace mailkeep::sync {
namespace {

namespace fs = std::filesystem;

constexpr int mails = 6;

/// Two and two have the same attachment, one that is stored by itself.
std::string mail(int number) {
    std::mt19937 random(static_cast<unsigned>(number / 2));
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    auto text =
        "Subject: " + std::to_string(number) + "\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    for (int line = 0; line < 400; ++line) {
        for (int i = 0; i < 76; ++i) {
            text += digits[random() % digits.size()];
        }
        text += "\r\n";
    }
    return text;
}

class RaceTest : public SyncFixture {
  protected:
    RaceTest() : SyncFixture(Protocol::imap) {
        set_log_level(LogLevel::error);
        account.server.host = "mail.example.org";
        account.retention.keep = keep_rule_from_text("0d");
        note(AccountSaved{account});
    }

    void note(decltype(Event::what) what) {
        archive::Batch batch;
        batch.add_event({clock.now(), {}, std::move(what)});
        keeper->keep(batch);
    }

    /// A run that sees the message. What expires meanwhile is seen again by the next run.
    void see(int number, Uid uid) {
        for (;;) {
            try {
                mailkeep::Run run;
                run.account = account.id;
                Ingest ingest(*keeper, own, run);
                ingest.add(Seen{account.id, "INBOX", 1, uid, "", {}, {clock.now(), {}}, {}},
                           mail(number));
                ingest.flush();
                return;
            } catch (const Error& error) {
                ASSERT_EQ(error.code(), Errc::conflict) << error.what();
            }
        }
    }

    void vanish(Uid uid) {
        note(Gone{account.id, "INBOX", 1, UidSet::of({uid}), GoneReason::vanished});
    }

    /// An error ends the thread and fails the test.
    template <class Work>
    static std::jthread beside(const Work& work) {
        return std::jthread([work] {
            try {
                work();
            } catch (const Error& error) {
                ADD_FAILURE() << error.what();
            }
        });
    }

    /// Seals and compacts, one after the other, until it is told to stop.
    void rewrite(const std::atomic<bool>& is_done) {
        catalog::Catalog own(data, catalog::Access::read_write);
        while (!is_done) {
            keeper->close_journal();
            static_cast<void>(seal(*archive, *keeper, own, {}, [] {}));
            static_cast<void>(
                compact(*archive, *keeper, own, {.now = {clock.now(), "boot", {}}}, {}));
        }
    }

    /// What has expired since it was told of cannot be read; then it is begun again.
    void build(const fs::path& place) {
        try {
            catalog::Catalog fresh(place, catalog::Access::read_write);
            apply_missing(*archive, fresh);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Errc::corrupt) << error.what();
        }
    }

    /// Every message stands for a while, some of them always.
    void come_and_go() {
        for (Uid uid = 1; uid <= 30; ++uid) {
            see(static_cast<int>(uid) % mails, uid);
            if (uid > 3) {
                vanish(uid - 3);
            }
        }
    }

    void expect_whole() {
        keeper->catch_up();
        catalog->for_each_stored([&](const StoredMessage& message) {
            EXPECT_EQ(sha256(archive->get(message)), message.content_id);
        });
        EXPECT_THAT(archive->verify(archive::Depth::full).damaged, testing::IsEmpty());
        const auto place = folder.path() / "again";
        fs::create_directory(place);
        catalog::Catalog again(place, catalog::Access::read_write);
        apply_missing(*archive, again);
        EXPECT_EQ(again.fingerprint(), catalog->fingerprint());
    }

    std::atomic<bool> is_done = false;
    catalog::Catalog own{data, catalog::Access::read_write};  ///< of the thread of the test
};

/// Test of the moment between mark and sweep: whatever a run has kept can be read from then on.
TEST_F(RaceTest, mail_that_comes_back_while_it_is_dropped_is_there) {
    auto rewriting = beside([&] { rewrite(is_done); });
    Uid uid = 0;
    for (int round = 0; round < 40; ++round) {
        const int number = round % mails;
        see(number, ++uid);
        for (int times = 0; times < 3; ++times) {
            EXPECT_NO_THROW(keeper->prove(sha256(mail(number)))) << round;
        }
        vanish(uid);
        if (round % 3 == 0) {
            see(number, ++uid);
            EXPECT_NO_THROW(keeper->prove(sha256(mail(number)))) << round;
            vanish(uid);
        }
    }
    for (int number = 0; number < mails; ++number) {
        see(number, ++uid);
    }
    is_done = true;
    rewriting.join();
    EXPECT_EQ(catalog->totals().messages, static_cast<std::uint64_t>(mails));
    expect_whole();
}

TEST_F(RaceTest, readers_find_everything_while_it_moves_into_packs) {
    see(0, 1);
    const auto first = *catalog->stored(sha256(mail(0)));
    const auto read = [&] {
        const catalog::Catalog own(data, catalog::Access::read_only);
        while (!is_done) {
            EXPECT_EQ(archive->get(first), mail(0));
            own.for_each_stored([&](const StoredMessage& message) {
                EXPECT_EQ(sha256(archive->get(message)), message.content_id);
            });
        }
    };
    {
        const auto one = beside(read);
        const auto other = beside(read);
        const auto rewriting = beside([&] { rewrite(is_done); });
        for (Uid uid = 2; uid <= 20; ++uid) {
            see(static_cast<int>(uid), uid);
        }
        is_done = true;
    }
    EXPECT_EQ(catalog->totals().messages, 20U);
    expect_whole();
}

TEST_F(RaceTest, checks_find_no_fault_while_packs_are_written_again) {
    const auto expect_none = [](const archive::Verdict& verdict) {
        for (const auto& finding : verdict.damaged) {
            ADD_FAILURE() << finding.object << ": " << finding.what;
        }
    };
    {
        const auto within = beside([&] {
            while (!is_done) {
                expect_none(archive->verify(archive::Depth::full));
            }
        });
        // As `mailkeep verify` does it, beside the service.
        const auto from_outside = beside([&] {
            while (!is_done) {
                expect_none(check(data, archive::Depth::full));
            }
        });
        const auto rewriting = beside([&] { rewrite(is_done); });
        come_and_go();
        is_done = true;
    }
    expect_none(check(data, archive::Depth::full));
    expect_whole();
}

/// What a rebuild does, over and over, while batches come in.
TEST_F(RaceTest, a_catalog_made_anew_while_mail_comes_in_is_the_same) {
    const auto place = folder.path() / "beside";
    fs::create_directory(place);
    {
        const auto building = beside([&] {
            while (!is_done) {
                for (const auto& name : catalog::file_names()) {
                    fs::remove(place / name);
                }
                build(place);
            }
        });
        const auto rewriting = beside([&] { rewrite(is_done); });
        come_and_go();
        is_done = true;
    }
    catalog::Catalog fresh(place, catalog::Access::read_write);
    apply_missing(*archive, fresh);
    keeper->catch_up();
    EXPECT_EQ(fresh.fingerprint(), catalog->fingerprint());
    expect_whole();
}

}  // namespace
}  // namespace mailkeep::sync
