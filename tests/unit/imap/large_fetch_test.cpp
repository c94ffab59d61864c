// SPDX-License-Identifier: Apache-2.0
// A message in parts, and what servers make of them. A part has four octets here.
#include "mailkeep/base/error.hpp"

#include "raw_fetch.hpp"
#include "support/failure_of.hpp"
#include "support/scripted_stream.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace mailkeep::imap {

namespace {

using test::Script;

constexpr std::string_view whole = "C: A9 UID FETCH 5 (FLAGS INTERNALDATE BODY.PEEK[])\n";

class LargeFetchTest : public testing::Test {
  protected:
    /// Of a message of so many octets with UID 5.
    std::vector<FetchedMessage> fetch(std::string_view dialogue, std::uint64_t size) {
        Script script("S: * PREAUTH [CAPABILITY IMAP4rev1] joe\n" + std::string(dialogue));
        ReadSession session(script.open(), Security::tls);
        session.greet();
        const LargeMessages large{.above = 8,
                                  .make = [&] { return Spool(folder.path()); },
                                  .resume =
                                      [&](const UidFlags&) {
                                          Spool spool(folder.path());
                                          spool.append(came_before);
                                          return spool;
                                      },
                                  .part_octets = 4,
                                  .in_flight = 2};
        std::vector<FetchedMessage> fetched;
        const std::vector<UidFlags> wanted{{5, {}, size}};
        missing = session.fetch_raw(
            wanted, {}, [&](FetchedMessage&& message) { fetched.push_back(std::move(message)); },
            large);
        return fetched;
    }

    /// Octets, or why there are none.
    std::string text_of(std::string_view dialogue, std::uint64_t size) {
        const auto fetched = fetch(dialogue, size);
        if (fetched.size() != 1) {
            return missing.empty() ? "nothing" : missing.front().reason;
        }
        std::string text = fetched[0].raw;
        if (fetched[0].spool) {
            fetched[0].spool->read([&](std::string_view piece) {
                text += piece;
                return true;
            });
            EXPECT_EQ(fetched[0].spool->digest(), sha256(text));
        }
        return text;
    }

    static std::string first(std::string_view tag, std::string_view range) {
        return "C: " + std::string(tag) + " UID FETCH 5 (FLAGS INTERNALDATE BODY.PEEK[]<" +
               std::string(range) + ">)\n";
    }

    static std::string next(std::string_view tag, std::string_view range) {
        return "C: " + std::string(tag) + " UID FETCH 5 (UID BODY.PEEK[]<" + std::string(range) +
               ">)\n";
    }

    static std::string gives(std::string_view tag, std::string_view section,
                             std::string_view octets) {
        return "S: * 1 FETCH (UID 5 BODY[]" + std::string(section) + " {" +
               std::to_string(octets.size()) + "}\nS: " + std::string(octets) +
               ")\nS: " + std::string(tag) + " OK\n";
    }

    /// Asked for whole after all, by this tag.
    static std::string gives_whole(std::string_view tag) {
        std::string command(whole);
        command.replace(command.find("A9"), 2, tag);
        return command + gives(tag, "", "abcdefghij");
    }

    test::TempDir folder;
    std::string came_before;
    std::vector<Unfetched> missing;
};

}  // namespace

TEST_F(LargeFetchTest, joins_parts_asked_for_ahead) {
    const auto fetched =
        fetch(first("A1", "0.4") +
                  "S: * 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE \" 1-Feb-2020 10:00:00 +0000\" "
                  "BODY[]<0> {4}\nS: abcd)\nS: A1 OK\n" +
                  next("A2", "4.4") + next("A3", "8.4") + gives("A2", "<4>", "efgh") +
                  gives("A3", "<8>", "ij"),
              10);
    ASSERT_EQ(fetched.size(), 1U);
    EXPECT_EQ(fetched[0].spool->read_from(0), "abcdefghij");
    EXPECT_EQ(fetched[0].size(), 10U);
    EXPECT_EQ(to_text(fetched[0].flags), "\\Seen");
    EXPECT_EQ(to_rfc3339(fetched[0].internal_date.at), "2020-02-01T10:00:00Z");
}

TEST_F(LargeFetchTest, looks_behind_the_end) {
    EXPECT_EQ(text_of(first("A1", "0.4") + gives("A1", "<0>", "abcd") + next("A2", "4.4") +
                          next("A3", "8.4") + gives("A2", "<4>", "efgh") + next("A4", "12.4") +
                          gives("A3", "<8>", "ijkl") + "S: * 1 FETCH (UID 5 BODY[]<12> NIL)\n" +
                          "S: A4 OK\n",
                      12),
              "abcdefghijkl");
}

TEST_F(LargeFetchTest, asks_for_all_where_a_part_was_short) {
    EXPECT_EQ(text_of(first("A1", "0.4") + gives("A1", "<0>", "ab") + gives_whole("A2"), 10),
              "abcdefghij");
    EXPECT_EQ(text_of(first("A1", "0.4") + gives("A1", "<0>", "abcd") + next("A2", "4.4") +
                          next("A3", "8.4") + gives("A2", "<4>", "ef") +
                          gives("A3", "<6>", "ghij") + gives_whole("A4"),
                      10),
              "abcdefghij");
}

TEST_F(LargeFetchTest, asks_for_all_where_parts_are_refused) {
    for (const std::string_view answer : {"NO", "BAD", "OK"}) {
        EXPECT_EQ(text_of(first("A1", "0.4") + "S: A1 " + std::string(answer) + " hm\n" +
                              gives_whole("A2"),
                          10),
                  "abcdefghij");
    }
}

TEST_F(LargeFetchTest, asks_for_all_where_a_later_part_is_missing) {
    EXPECT_EQ(
        text_of(first("A1", "0.4") + gives("A1", "<0>", "abcd") + next("A2", "4.4") +
                    next("A3", "8.4") + "S: A2 OK\n" + gives("A3", "<8>", "ij") + gives_whole("A4"),
                10),
        "abcdefghij");
}

TEST_F(LargeFetchTest, asks_for_all_where_parts_do_not_add_up) {
    EXPECT_EQ(text_of(first("A1", "0.4") + gives("A1", "<0>", "abcd") + next("A2", "4.4") +
                          next("A3", "8.4") + gives("A2", "<4>", "efgh") +
                          gives("A3", "<8>", "ij") + gives_whole("A4"),
                      9),
              "abcdefghij");
    EXPECT_EQ(text_of(first("A1", "0.4") + gives("A1", "<0>", "abcd") + next("A2", "4.4") +
                          next("A3", "8.4") + gives("A2", "<4>", "efgh") + gives("A3", "<8>", "") +
                          gives_whole("A4"),
                      10),
              "abcdefghij");
}

TEST_F(LargeFetchTest, takes_all_where_it_comes_in_place_of_a_part) {
    EXPECT_EQ(text_of(first("A1", "0.4") + gives("A1", "", "abcdefghij"), 10), "abcdefghij");
}

TEST_F(LargeFetchTest, passes_over_parts_that_begin_elsewhere) {
    EXPECT_EQ(text_of(first("A1", "0.4") + gives("A1", "<4>", "efgh") + gives_whole("A2"), 10),
              "abcdefghij");
}

TEST_F(LargeFetchTest, goes_on_with_what_came_before) {
    came_before = "abcdef";
    EXPECT_EQ(text_of(first("A1", "0.6") + gives("A1", "<0>", "abcdef") + next("A2", "6.4") +
                          next("A3", "10.4") + gives("A2", "<6>", "ghij") + gives("A3", "<10>", ""),
                      10),
              "abcdefghij");
}

TEST_F(LargeFetchTest, starts_over_when_the_server_has_something_else_there) {
    came_before = "ABCDEF";
    EXPECT_EQ(text_of(first("A1", "0.6") + gives("A1", "<0>", "abcdef") + first("A2", "0.4") +
                          gives("A2", "<0>", "abcd") + next("A3", "4.4") + next("A4", "8.4") +
                          gives("A3", "<4>", "efgh") + gives("A4", "<8>", "ij"),
                      10),
              "abcdefghij");
}

TEST_F(LargeFetchTest, says_what_the_server_said_when_it_gives_neither) {
    EXPECT_EQ(text_of(first("A1", "0.4") + "S: A1 NO hm\n" +
                          "C: A2 UID FETCH 5 (FLAGS INTERNALDATE BODY.PEEK[])\nS: A2 NO gone\n",
                      10),
              "the mail server refused it: gone");
}

TEST_F(LargeFetchTest, keeps_a_large_literal_out_of_memory) {
    const auto fetched = fetch(
        "C: A1 UID FETCH 5 (FLAGS INTERNALDATE BODY.PEEK[])\n" + gives("A1", "", "abcdefghij"), 0);
    ASSERT_EQ(fetched.size(), 1U);
    ASSERT_TRUE(fetched[0].spool);
    EXPECT_EQ(fetched[0].raw, "");
    EXPECT_EQ(fetched[0].spool->digest(), sha256("abcdefghij"));
}

TEST_F(LargeFetchTest, takes_no_two_large_texts_in_one_answer) {
    const auto error = test::failure_of([&] {
        fetch(
            "C: A1 UID FETCH 5 (FLAGS INTERNALDATE BODY.PEEK[])\n"
            "S: * 1 FETCH (UID 5 BODY[] {10}\nS: abcdefghij BODY[] {10}\nS: abcdefghij)\n",
            0);
    });
    EXPECT_EQ(error.code(), Errc::protocol);
}

}  // namespace mailkeep::imap
