// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"

#include "response.hpp"
#include "text_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace mailkeep::imap {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// Responses of every kind, from RFC 9051 and from servers; each is well-formed.
constexpr std::string_view samples[] = {
    "* OK IMAP4rev1 Service Ready\r\n",
    "* PREAUTH IMAP4rev2 server logged in as Smith\r\n",
    "* BYE Autologout; idle for too long\r\n",
    "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n",
    "* OK [PERMANENTFLAGS (\\Deleted \\Seen \\*)] Limited\r\n",
    "* CAPABILITY IMAP4rev2 STARTTLS AUTH=GSSAPI LITERAL + XPIG-LATIN\r\n",
    "* LIST (\\NonExistent \"quoted\") \"/\" \"foo \\\"bar\\\"\" (\"CHILDINFO\" "
    "(\"SUBSCRIBED\"))\r\n",
    "* LIST () \"/\" {5}\r\na\r\nbc\r\n",
    "* NAMESPACE ((\"INBOX.\" \".\" \"X-PARAM\" (\"FLAG1\"))(\"#mh/\" \"/\")) NIL NIL\r\n",
    "* 172 EXISTS\r\n",
    "* 44 EXPUNGE\r\n",
    "* 12 FETCH (FLAGS (\\Seen) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 4286 "
    "ENVELOPE (\"Wed, 17 Jul 1996\" NIL ((NIL NIL \"gray\" {3}\r\ncac))) BODY[HEADER.FIELDS "
    "(DATE \"FROM]\")] {4}\r\n\r\n\r\n BODY[] {7}\r\nhi (\"\r\n MODSEQ (-1) UID 7)\r\n",
    "* 3 FETCH (UID 9 EMAILID (M6d99ac3275bb4e) X-GM-MSGID 1278455344230334865 X-GM-LABELS "
    "(\"\\\\Inbox\" Work {4}\r\nr&d&) BODY[HEADER] {4}\r\na\r\nb)\r\n",
    "* SEARCH 2 84 882\r\n",
    "* ESEARCH (TAG \"A1\") UID MIN 1 ALL 1:3,7\r\n",
    "* VANISHED (EARLIER) 41,43:116\r\n",
    "* STATUS {3}\r\na b (MESSAGES 1 X (1 \"2\") HIGHESTMODSEQ 7)\r\n",
    "+ Ready for additional command text\r\n",
    "A44 BAD No such command as \"BLURDYBLOOP\"\r\n",
    "A3 OK [APPENDUID 38505 3955] APPEND completed\r\n",
};

}  // namespace

TEST(Response, is_tagged_when_it_begins_with_a_tag) {
    const auto ok = parsed_as<Tagged>("A142 OK [READ-WRITE] SELECT completed\r\n");
    EXPECT_EQ(ok.tag, "A142");
    EXPECT_EQ(ok.status, Status::ok);
    EXPECT_EQ(ok.code.name, "READ-WRITE");
    EXPECT_EQ(ok.text, "SELECT completed");
    EXPECT_EQ(parsed_as<Tagged>("A223 no COPY failed: disk is full\r\n").status, Status::no);
    EXPECT_EQ(parsed_as<Tagged>("A44 BAD\r\n").status, Status::bad);
}

TEST(FetchResponse, tells_what_the_server_calls_the_octets) {
    EXPECT_EQ(parsed_as<FetchData>("* 3 FETCH (EMAILID (M6d99ac3275bb4e) UID 9)\r\n").object_id,
              "M6d99ac3275bb4e");
    EXPECT_EQ(parsed_as<FetchData>("* 3 FETCH (X-GM-MSGID 1278455344230334865)\r\n").object_id,
              "1278455344230334865");
    EXPECT_EQ(parsed_as<FetchData>("* 3 FETCH (UID 9 EMAILID )\r\n").object_id, "");
    EXPECT_EQ(
        parsed_as<FetchData>("* 3 FETCH (EMAILID (" + std::string(256, 'x') + "))\r\n").object_id,
        "");
}

TEST(FetchResponse, tells_labels_of_gmail) {
    const auto data = parsed_as<FetchData>(
        "* 3 FETCH (X-GM-LABELS (\"\\\\Sent\" \"R&-D; two\" b \"\\\\Inbox\" b) UID 9)\r\n");
    EXPECT_THAT(data.labels.value(), ElementsAre("R&D; two", "\\Inbox", "\\Sent", "b"));
    EXPECT_THAT(parsed_as<FetchData>("* 3 FETCH (X-GM-LABELS ())\r\n").labels.value(), IsEmpty());
    EXPECT_FALSE(parsed_as<FetchData>("* 3 FETCH (UID 9)\r\n").labels);
}

TEST(Response, may_have_a_code_without_text_and_no_text_at_all) {
    EXPECT_EQ(parsed_as<Tagged>("A1 NO [CONTACTADMIN]\r\n").code.name, "CONTACTADMIN");
    EXPECT_EQ(parsed_as<Condition>("* OK [HIGHESTMODSEQ 12]\r\n").code.name, "HIGHESTMODSEQ");
    EXPECT_EQ(parsed_as<Tagged>("A1 OK\r\n").text, "");
    EXPECT_EQ(parsed_as<Condition>("* BYE\r\n").status, Status::bye);
}

TEST(Response, that_is_tagged_has_one_of_three_states) {
    for (const std::string_view line : {"A1 PREAUTH x\r\n", "A1 BYE\r\n", "A1 FETCH\r\n", "A1\r\n",
                                        "Server Unavailable. 15\r\n", "(\r\n"}) {
        EXPECT_THROW(response_of(line), Error) << line;
    }
}

TEST(Response, may_be_a_continuation_with_little_or_nothing) {
    EXPECT_EQ(parsed_as<Continuation>("+ Ready\r\n").text, "Ready");
    EXPECT_EQ(parsed_as<Continuation>("+ \r\n").text, "");
    EXPECT_EQ(parsed_as<Continuation>("+\r\n").text, "");
}

TEST(Response, tells_the_values_of_codes) {
    const auto code_of = [](const std::string& text) {
        return parsed_as<Condition>("* OK " + text + "\r\n").code.value;
    };
    EXPECT_EQ(std::get<std::uint32_t>(code_of("[UIDVALIDITY 3857529045] UIDs valid")), 3857529045U);
    EXPECT_EQ(std::get<std::uint32_t>(code_of("[uidnext 4392 ]")), 4392U);
    EXPECT_EQ(std::get<std::uint32_t>(code_of("[MESSAGELIMIT 1000 23221] Partial")), 23221U);
    EXPECT_THAT(std::get<std::vector<std::string>>(code_of("[PERMANENTFLAGS (\\Seen a] \\*)] x")),
                ElementsAre("\\Seen", "a]", "\\*"));
    EXPECT_THAT(std::get<Capabilities>(code_of("[CAPABILITY imap4rev1 Id] x")).names,
                UnorderedElementsAre("IMAP4REV1", "ID"));
    const auto appended = std::get<AppendUids>(code_of("[APPENDUID 38505 5,7:8] done"));
    EXPECT_EQ(appended.uid_validity, 38505U);
    EXPECT_THAT(appended.uids.to_vector(), ElementsAre(5U, 7U, 8U));
    EXPECT_FALSE(std::holds_alternative<AppendUids>(code_of("[APPENDUID 38505 8,7] no order")));
}

TEST(Response, leaves_out_a_value_it_cannot_read) {
    for (const std::string_view code :
         {"UIDVALIDITY", "UIDVALIDITY x", "UIDVALIDITY -1", "UIDNEXT 4294967296", "APPENDUID 14  ",
          "APPENDUID 1 2 3", "APPENDUID 1 3:2", "MESSAGELIMIT 1000", "PERMANENTFLAGS",
          "COPYUID 14  "}) {
        const auto condition = parsed_as<Condition>("* OK [" + std::string(code) + "] text\r\n");
        EXPECT_TRUE(std::holds_alternative<std::monostate>(condition.code.value)) << code;
        EXPECT_EQ(condition.text, "text") << code;
    }
}

TEST(Response, finds_the_end_of_a_code) {
    const auto badcharset =
        parsed_as<Tagged>("t BAD [BADCHARSET (US-ASCII \"[x\\\"]\")] unsupported\r\n");
    EXPECT_EQ(badcharset.code.name, "BADCHARSET");
    EXPECT_EQ(badcharset.text, "unsupported");
    const auto gmail = parsed_as<Tagged>("A1 OK [READ-WRITE] [Gmail]/Sent Mail selected.\r\n");
    EXPECT_EQ(gmail.text, "[Gmail]/Sent Mail selected.");
    const auto open = parsed_as<Tagged>("A1 OK [never closed\r\n");
    EXPECT_EQ(open.code.name, "");
    EXPECT_EQ(open.text, "[never closed");
}

TEST(Response, lists_capabilities_in_upper_case) {
    EXPECT_THAT(parsed_as<Capabilities>("* capability imap4rev1 starttls Auth=Plain\r\n").names,
                UnorderedElementsAre("IMAP4REV1", "STARTTLS", "AUTH=PLAIN"));
}

TEST(Response, joins_a_plus_that_stands_apart) {
    EXPECT_THAT(parsed_as<Capabilities>("* CAPABILITY IMAP4rev1 LITERAL + ID\r\n").names,
                UnorderedElementsAre("IMAP4REV1", "LITERAL+", "ID"));
    EXPECT_THAT(parsed_as<Capabilities>("* CAPABILITY + ID\r\n").names,
                UnorderedElementsAre("+", "ID"));
}

TEST(Response, keeps_a_bounded_number_of_capabilities) {
    std::string line = "* CAPABILITY " + std::string(capability_length_limit + 1, 'A');
    for (std::size_t i = 0; i < 2 * capability_count_limit; ++i) {
        line += " X" + std::to_string(i);
    }
    EXPECT_EQ(parsed_as<Capabilities>(line + "\r\n").names.size(), capability_count_limit);
}

TEST(Response, lists_a_mailbox) {
    const auto entry =
        parsed_as<ListEntry>("* LIST (\\Sent \\HasNoChildren) \"/\" \"Entw&APw-rfe\"\r\n");
    EXPECT_EQ(entry.mailbox, "Entw&APw-rfe");
    EXPECT_EQ(entry.name, "Entwürfe");
    EXPECT_EQ(entry.delimiter, '/');
    EXPECT_THAT(entry.attributes, ElementsAre("\\HasNoChildren", "\\Sent"));
}

TEST(Response, lists_a_mailbox_in_every_form_of_name_and_delimiter) {
    struct Row {
        std::string_view line;
        std::string_view mailbox;
        char delimiter;
    };

    constexpr Row rows[] = {
        {"* LIST () \"/\" INBOX\r\n", "INBOX", '/'},
        {"* List () \"\\\\\" \"a\\\\b\"\r\n", "a\\b", '\\'},
        {"* LIST () NIL \"Folder1\"\r\n", "Folder1", 0},
        {"* LIST () \"\" \"Folder2\"\r\n", "Folder2", 0},
        {"* LIST () nil NIL\r\n", "NIL", 0},
        {"* LIST () / a\r\n", "a", '/'},
        {"* LIST NIL \"/\" a \r\n", "a", '/'},
        {"* LIST () \"/\" {8}\r\na\r\nb (c)\r\n", "a\r\nb (c)", '/'},
        {"* LIST () \"/\" \"\"\r\n", "", '/'},
        {"* LIST () \"/\" \"trailing \"\r\n", "trailing ", '/'},
        {"* LIST () \"/\" a%b*[c]\r\n", "a%b*[c]", '/'},
        {"* LIST () \"/\" a (\"OLDNAME\" (\"b\"))\r\n", "a", '/'},
        // Exchange: control characters, unquoted
        {"* LIST (\\HasNoChildren) \"/\" Folder/tab\there\r\n", "Folder/tab\there", '/'},
        {"* LIST () \"/\" \x01 two words\r\n", "\x01 two words", '/'},
        {"* LIST () \"/\" two words\r\n", "two words", '/'},
    };
    for (const auto& [line, mailbox, delimiter] : rows) {
        const auto entry = parsed_as<ListEntry>(line);
        EXPECT_EQ(entry.mailbox, mailbox) << line;
        EXPECT_EQ(entry.delimiter, delimiter) << line;
    }
}

TEST(Response, refuses_a_mailbox_it_cannot_read) {
    const std::string long_name(mailbox_name_limit + 1, 'a');
    for (const std::string& line :
         {std::string("* LIST"), std::string("* LIST ()"), std::string("* LIST () \"/\""),
          std::string("* LIST () \"/\" "), std::string("* LIST (\\A \"/\" a"),
          std::string("* LIST () \"//\" a"), std::string("* LIST () \"/\" \"a"),
          "* LIST () \"/\" " + long_name}) {
        EXPECT_THROW(response_of(line + "\r\n"), Error) << line.substr(0, 80);
    }
}

TEST(Response, tells_selectable_mailboxes) {
    const auto is_selectable = [](const std::string& attributes) {
        return parsed_as<ListEntry>("* LIST (" + attributes + ") \"/\" a\r\n").is_selectable();
    };
    EXPECT_TRUE(is_selectable("\\HasChildren"));
    EXPECT_FALSE(is_selectable("\\HasChildren \\noSelect"));
    EXPECT_FALSE(is_selectable("\\NONEXISTENT"));
}

TEST(Response, tells_the_first_personal_namespace) {
    const auto first = [](const std::string& namespaces) {
        return parsed_as<NamespaceData>("* NAMESPACE " + namespaces + "\r\n").personal;
    };
    EXPECT_EQ(first("((\"INBOX.\" \".\")) NIL NIL")->prefix, "INBOX.");
    EXPECT_EQ(first("((\"INBOX.\" \".\")) NIL NIL")->delimiter, '.');
    EXPECT_EQ(first("((\"\" NIL)) NIL")->delimiter, '\0');
    EXPECT_EQ(first("((\"\" \"/\")(\"#mh/\" \"/\" \"X\" (\"F\"))) NIL NIL")->prefix, "");
    EXPECT_FALSE(first("NIL NIL ((\"\" \".\"))").has_value());
    EXPECT_THROW(first("(())"), Error);
}

TEST(Response, counts_messages) {
    EXPECT_EQ(parsed_as<Exists>("* 23 EXISTS\r\n").count, 23U);
    EXPECT_EQ(parsed_as<Exists>("* 0 exists\r\n").count, 0U);
    EXPECT_THROW(response_of("* 4294967296 EXISTS\r\n"), Error);
}

TEST(Response, reads_fetched_items) {
    const auto data = parsed_as<FetchData>(
        "* 23 FETCH (FLAGS (\\Seen $Forwarded) RFC822.SIZE 44827 INTERNALDATE \" 1-Feb-2020 "
        "10:00:00 +0100\" UID 7 BODY[] {5}\r\na\r\n)\r)\r\n");
    EXPECT_EQ(data.uid, 7U);
    EXPECT_EQ(data.size, 44827U);
    EXPECT_EQ(to_text(data.flags.value()), "\\Seen $Forwarded");
    EXPECT_EQ(to_rfc3339(data.internal_date->at), "2020-02-01T09:00:00Z");
    EXPECT_EQ(data.internal_date->zone, std::chrono::minutes(60));
    EXPECT_EQ(data.body, "a\r\n)\r");
}

TEST(Response, reads_fetched_items_in_any_order_and_spacing) {
    const auto data = parsed_as<FetchData>("* 0 fetch ( body[] \"\"  uid 7 flags () )\r\n");
    EXPECT_EQ(data.uid, 7U);
    EXPECT_EQ(data.body, "");
    EXPECT_EQ(data.flags, Flags());
    EXPECT_FALSE(data.size.has_value());
    EXPECT_FALSE(data.internal_date.has_value());
}

TEST(Response, passes_over_items_nobody_asked_for) {
    const auto data = parsed_as<FetchData>(
        "* 1 FETCH (X-GM-LABELS (\\Inbox \"Muy Importante\") MODSEQ (-1) BODY[HEADER.FIELDS (A "
        "\"B]\" C)] {3}\r\nUID RFC822 {2}\r\nUI X 9.3736e+06 Y NIL BODY[1]<0> \"z\" UID 3)\r\n");
    EXPECT_EQ(data.uid, 3U);
    EXPECT_FALSE(data.body.has_value());
}

TEST(Response, takes_nil_for_an_empty_body) {
    EXPECT_EQ(parsed_as<FetchData>("* 1 FETCH (UID 3 BODY[] NIL)\r\n").body, "");
}

TEST(Response, leaves_out_a_size_or_date_it_cannot_read) {
    const auto data = parsed_as<FetchData>(
        "* 1 FETCH (RFC822.SIZE 9.3736e+06 INTERNALDATE \"00-Jan-0000 00:00:00 +0000\" UID 3)\r\n");
    EXPECT_FALSE(data.size.has_value());
    EXPECT_FALSE(data.internal_date.has_value());
    EXPECT_FALSE(parsed_as<FetchData>("* 1 FETCH (RFC822.SIZE -1)\r\n").size.has_value());
    EXPECT_FALSE(parsed_as<FetchData>("* 1 FETCH (INTERNALDATE NIL)\r\n").internal_date);
}

TEST(Response, reads_an_item_without_its_value_at_the_end) {
    EXPECT_EQ(parsed_as<FetchData>("* 1 FETCH (UID 3016 BODY[2] )\r\n").uid, 3016U);  // Yandex
}

TEST(Response, refuses_a_fetch_it_cannot_read) {
    for (const std::string_view line :
         {"* 1 FETCH\r\n", "* 1 FETCH (\r\n", "* 1 FETCH (UID 3\r\n", "* 1 FETCH (UID x)\r\n",
          "* 1 FETCH (UID -1)\r\n", "* 1 FETCH (FLAGS \\Seen)\r\n", "* 1 FETCH (BODY[] x)\r\n",
          "* 1 FETCH (BODY[A B)\r\n", "* 1 FETCH UID 3\r\n"}) {
        EXPECT_THROW(response_of(line), Error) << line;
    }
}

TEST(Response, ignores_kinds_it_does_not_know) {
    for (const std::string_view line :
         {"* 5 RECENT\r\n", "* FLAGS (\\Seen)\r\n", "* X ((\r\n", "* [COPYUID 1 2 3] done\r\n",
          "*\r\n", "* \r\n", "\r\n", "* 7\r\n", "* LSUB () \"/\" a\r\n"}) {
        EXPECT_TRUE(std::holds_alternative<Ignored>(response_of(line))) << line;
    }
}

TEST(Response, samples_are_all_well_formed) {
    for (const std::string_view sample : samples) {
        EXPECT_NO_THROW(response_of(sample)) << sample;
    }
}

TEST(Response, waits_for_the_rest_of_every_part_of_a_sample) {
    for (const std::string_view sample : samples) {
        for (std::size_t length = 0; length < sample.size(); ++length) {
            try {
                static_cast<void>(response_of(sample.substr(0, length)));
                ADD_FAILURE() << sample.substr(0, length);
            } catch (const Error& error) {
                EXPECT_EQ(error.code(), Errc::network) << sample.substr(0, length);
            }
        }
    }
}

TEST(Response, is_a_value_or_a_protocol_error_for_every_damaged_sample) {
    std::mt19937 random(1);
    constexpr std::string_view signs = "(){}[]\"\\*+ \r\n\0~09A";
    for (int i = 0; i < 20'000; ++i) {
        std::string octets(samples[random() % std::size(samples)]);
        for (auto left = 1 + random() % 3; left > 0; --left) {
            octets[random() % octets.size()] = signs[random() % signs.size()];
        }
        try {
            static_cast<void>(response_of(octets + "\r\n"));
        } catch (const Error& error) {
            ASSERT_TRUE(error.code() == Errc::protocol || error.code() == Errc::network) << octets;
        }
    }
}

}  // namespace mailkeep::imap
