// SPDX-License-Identifier: Apache-2.0
// What one session shows no more and another still does, with a real archive and a real catalog.
#include "mailkeep/base/error.hpp"
#include "mailkeep/sync/mirror.hpp"

#include "support/scripted_stream.hpp"
#include "sync_fixture.hpp"

#include <gmock/gmock.h>

using namespace mailkeep;
using namespace mailkeep::sync;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

constexpr std::string_view hello = "S: * PREAUTH [CAPABILITY IMAP4rev1] joe\n";

/// INBOX with UIDs 4 and 5.
constexpr std::string_view first_run =
    "C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: A1 OK\n"
    "C: A2 EXAMINE INBOX\nS: * 2 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: A2 OK\n"
    "C: A3 UID FETCH 1:* (FLAGS RFC822.SIZE)\n"
    "S: * 1 FETCH (UID 4 FLAGS () RFC822.SIZE 3)\n"
    "S: * 2 FETCH (UID 5 FLAGS () RFC822.SIZE 3)\nS: A3 OK\n"
    "C: A4 UID FETCH 4:5 (FLAGS INTERNALDATE BODY.PEEK[])\n"
    "S: * 1 FETCH (UID 4 FLAGS () BODY[] {3}\nS: a\nS: )\n"
    "S: * 2 FETCH (UID 5 FLAGS () BODY[] {3}\nS: b\nS: )\nS: A4 OK\n";

constexpr std::string_view inbox_is_empty =
    "C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: A1 OK\n"
    "C: A2 STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY)\nS: A2 OK\n"
    "C: A3 EXAMINE INBOX\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: A3 OK\n";

class SecondLookTest : public SyncFixture {
  protected:
    SecondLookTest() : SyncFixture(Protocol::imap) {
        EXPECT_THAT(run(first_run, {}), IsEmpty());
        EXPECT_EQ(standing(), 2U);
    }

    static imap::ReadSession session_of(test::Script& script) {
        imap::ReadSession session(script.open(), Security::tls);
        session.greet();
        return session;
    }

    std::vector<std::string> run(std::string_view body, const FurtherSession& look_again) {
        test::Script script(joined({hello, body}));
        auto session = session_of(script);
        Progress progress;
        return perform(RunKind::mirror, [&](catalog::Catalog& reading, Ingest& ingest) {
            return mirror(session, account, reading, ingest, progress, {}, {{}, look_again});
        });
    }

    /// A run, and what another session says when it is asked.
    std::vector<std::string> run_twice_seen(std::string_view first, std::string_view second) {
        test::Script script(joined({hello, second}));
        return run(first, [&] {
            ++looks;
            return session_of(script);
        });
    }

    std::size_t standing() { return catalog->mirror_state(account.id, "INBOX").messages.size(); }

    int looks = 0;
};

}  // namespace

TEST_F(SecondLookTest, keeps_what_another_session_still_shows) {
    EXPECT_THAT(run_twice_seen(inbox_is_empty,
                               "C: A1 EXAMINE INBOX\nS: * 2 EXISTS\nS: * OK [UIDVALIDITY 7]\n"
                               "S: A1 OK\nC: A2 UID SEARCH ALL\nS: * SEARCH 4 5\nS: A2 OK\n"),
                ElementsAre(HasSubstr("another session still shows 2 of them")));
    EXPECT_EQ(counts.vanished, 0U);
    EXPECT_EQ(standing(), 2U);
}

TEST_F(SecondLookTest, believes_what_another_session_shows_too) {
    EXPECT_THAT(run_twice_seen(inbox_is_empty,
                               "C: A1 EXAMINE INBOX\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 7]\n"
                               "S: A1 OK\n"),
                IsEmpty());
    EXPECT_EQ(counts.vanished, 2U);
    EXPECT_EQ(standing(), 0U);
    EXPECT_EQ(looks, 1);
}

TEST_F(SecondLookTest, believes_nothing_where_no_other_session_can_be_had) {
    EXPECT_THAT(run(inbox_is_empty,
                    []() -> imap::ReadSession { throw Error(Errc::network, "no more of them"); }),
                ElementsAre(HasSubstr("another session could not be asked")));
    EXPECT_EQ(standing(), 2U);
}

TEST_F(SecondLookTest,
       believes_nothing_of_a_session_that_does_not_tell_all_or_shows_another_mailbox) {
    for (const std::string_view second :
         {"C: A1 EXAMINE INBOX\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: A1 OK\n"
          "C: A2 UID SEARCH ALL\nS: * SEARCH 6\nS: A2 OK\n",
          "C: A1 EXAMINE INBOX\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 8]\nS: A1 OK\n",
          "C: A1 EXAMINE INBOX\nS: A1 NO not now\n"}) {
        EXPECT_THAT(run_twice_seen(inbox_is_empty, second),
                    ElementsAre(HasSubstr("could not be asked")))
            << second;
        EXPECT_EQ(standing(), 2U);
    }
}

TEST_F(SecondLookTest, is_not_taken_when_a_part_is_gone) {
    EXPECT_THAT(run_twice_seen("C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: A1 OK\n"
                               "C: A2 STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY)\nS: A2 OK\n"
                               "C: A3 EXAMINE INBOX\nS: * 1 EXISTS\nS: * OK [UIDVALIDITY 7]\n"
                               "S: A3 OK\nC: A4 UID FETCH 1:* (FLAGS RFC822.SIZE)\n"
                               "S: * 1 FETCH (UID 4 FLAGS () RFC822.SIZE 3)\nS: A4 OK\n",
                               ""),
                IsEmpty());
    EXPECT_EQ(standing(), 1U);
    EXPECT_EQ(looks, 0);
}

TEST_F(SecondLookTest, keeps_a_mailbox_that_another_session_lists) {
    constexpr std::string_view other_alone =
        "C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" Other\nS: A1 OK\n"
        "C: A2 EXAMINE Other\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 9]\nS: A2 OK\n"
        "C: A3 EXAMINE Other\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 9]\nS: A3 OK\n";
    EXPECT_THAT(
        run_twice_seen(other_alone, "C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: A1 OK\n"),
        ElementsAre(HasSubstr("still shows 2 of them")));
    EXPECT_EQ(standing(), 2U);
}

TEST_F(SecondLookTest, keeps_an_account_of_which_one_session_shows_nothing) {
    constexpr std::string_view no_mailbox = "C: A1 LIST \"\" \"*\"\nS: A1 OK\n";
    EXPECT_THAT(run_twice_seen(no_mailbox,
                               "C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: A1 OK\n"
                               "C: A2 STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY)\n"
                               "S: * STATUS INBOX (MESSAGES 2)\nS: A2 OK\n"),
                ElementsAre(HasSubstr("no mail in one session and some in another")));
    EXPECT_THAT(catalog->losses(account.id), IsEmpty());
    EXPECT_THAT(run_twice_seen(no_mailbox, no_mailbox),
                ElementsAre(HasSubstr("the server shows no mail")));
    EXPECT_THAT(catalog->losses(account.id), testing::SizeIs(1));
    EXPECT_EQ(standing(), 2U);
}
