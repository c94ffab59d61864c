// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"

#include "reply.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailkeep::pop3 {
namespace {

using ::testing::ElementsAre;

/// The text as it was, or "unended: " and what came so far.
std::string unstuffed(const std::vector<std::string>& lines, LineEnd of_status = LineEnd::crlf) {
    Unstuffer unstuffer(of_status);
    std::string text;
    for (const std::string& line : lines) {
        const auto piece = unstuffer.take(line);
        if (!piece) {
            return text;
        }
        text += *piece;
    }
    return "unended: " + text;
}

TEST(Pop3Reply, reads_status_and_text) {
    const Reply reply = parse_reply("+OK 2 messages\r\n");
    EXPECT_EQ(reply.status, Status::ok);
    EXPECT_EQ(reply.code, "");
    EXPECT_EQ(reply.text, "2 messages");
    EXPECT_EQ(reply.line_end, LineEnd::crlf);
}

TEST(Pop3Reply, takes_sloppy_forms) {
    EXPECT_EQ(parse_reply("+ok\n").status, Status::ok);
    EXPECT_EQ(parse_reply("+ok\n").line_end, LineEnd::lf);
    EXPECT_EQ(parse_reply("+OK\t done \r\n").text, "done");
    EXPECT_EQ(parse_reply("-err\r\n").status, Status::err);
    EXPECT_EQ(parse_reply("+\r\n").status, Status::go_on);
    EXPECT_EQ(parse_reply("+ \r\n").status, Status::go_on);
}

TEST(Pop3Reply, reads_the_response_code) {
    const Reply reply = parse_reply("-ERR [in-use] Maildrop is locked\r\n");
    EXPECT_EQ(reply.status, Status::err);
    EXPECT_EQ(reply.code, "IN-USE");
    EXPECT_EQ(reply.text, "Maildrop is locked");
    EXPECT_EQ(parse_reply("-ERR [SYS/TEMP]\r\n").code, "SYS/TEMP");
    EXPECT_EQ(parse_reply("-ERR [broken\r\n").code, "");
}

TEST(Pop3Reply, refuses_what_is_no_status_line) {
    for (const char* line :
         {"\r\n", "OK\r\n", "+OKAY\r\n", "* OK IMAP4rev1\r\n", ".\r\n", "HTTP/1.1\r\n"}) {
        EXPECT_THROW((void)parse_reply(line), Error) << line;
    }
}

TEST(Pop3Reply, shows_text_without_control_characters_and_clipped) {
    EXPECT_EQ(for_people("a\x1b[31mb\xff"), "a [31mb\xef\xbf\xbd");
    EXPECT_EQ(for_people(""), "no reason given");
    EXPECT_LT(for_people(std::string(5000, 'x')).size(), 1000U);
}

TEST(Unstuffer, removes_one_dot_and_ends_at_a_single_one) {
    EXPECT_EQ(unstuffed({"a\r\n", "..\r\n", "..b\r\n", "...\r\n", "c.\r\n", ".\r\n"}),
              "a\r\n.\r\n.b\r\n..\r\nc.\r\n");
    EXPECT_EQ(unstuffed({".\r\n"}), "");
    EXPECT_EQ(unstuffed({"\r\n", ".\r\n"}), "\r\n");
    EXPECT_EQ(unstuffed({"a\r\n"}), "unended: a\r\n");
}

TEST(Unstuffer, removes_the_dot_of_a_server_that_stuffed_nothing_else) {
    EXPECT_EQ(unstuffed({".a\r\n", ".\r\n"}), "a\r\n");
}

TEST(Unstuffer, keeps_line_ends_as_sent) {
    EXPECT_EQ(unstuffed({"a\n", "b\r\r\n", "c\r\n", ".\r\n"}), "a\nb\r\r\nc\r\n");
}

TEST(Unstuffer, takes_a_dot_behind_a_bare_lf_for_text) {
    EXPECT_EQ(unstuffed({"a\r\n", "b\n", ".\r\n", "..c\r\n", ".\r\n"}), "a\r\nb\n.\r\n.c\r\n");
    EXPECT_EQ(unstuffed({"a\r\n", "b\n", ".\n", "..c\n", "d\r\n", ".\r\n"}),
              "a\r\nb\n.\n..c\nd\r\n");
}

TEST(Unstuffer, takes_text_of_bare_lf_lines) {
    EXPECT_EQ(unstuffed({"a\n", "..b\n", ".\r\n"}), "a\n.b\n");
    EXPECT_EQ(unstuffed({"a\n", "..b\n", ".\n"}, LineEnd::lf), "a\n.b\n");
    EXPECT_EQ(unstuffed({"a\n", ".\n", ".\r\n"}), "a\n\n");
}

TEST(Unstuffer, begins_no_line_within_a_long_one) {
    EXPECT_EQ(unstuffed({"..long", ".\r\n", "a", ".b", "..c\r\n", ".", ".\r\n", ".\r\n"}),
              ".long.\r\na.b..c\r\n.\r\n");
    EXPECT_EQ(unstuffed({"a\n", "b", ".\n", "..c\n", ".\r\n"}), "a\nb.\n.c\n");
}

TEST(NumberedLine, reads_listings_of_all_kinds) {
    EXPECT_EQ(parse_numbered_line("1 abc").number, 1U);
    EXPECT_EQ(parse_numbered_line("1 abc").value, "abc");
    EXPECT_EQ(parse_numbered_line("  12 \t  a b ").number, 12U);
    EXPECT_EQ(parse_numbered_line("  12 \t  a b ").value, "a b");
    EXPECT_EQ(parse_numbered_line("+OK 7 whqtswO00WBw418f9t5JxYwZ").number, 7U);
    EXPECT_EQ(parse_numbered_line("4294967295").number, 4294967295U);
    EXPECT_EQ(parse_numbered_line("3").value, "");
}

TEST(NumberedLine, refuses_a_line_without_a_number) {
    for (const char* line : {"", "x", "0 a", "-1 a", "4294967296 a", "1a b", "+OK"}) {
        EXPECT_THROW((void)parse_numbered_line(line), Error) << line;
    }
}

TEST(NumberedLine, takes_a_size_for_a_hint) {
    EXPECT_EQ(parse_size("1024"), 1024U);
    EXPECT_EQ(parse_size("1024 octets"), 1024U);
    EXPECT_EQ(parse_size(""), 0U);
    EXPECT_EQ(parse_size("-1"), 0U);
}

TEST(Pop3Capabilities, are_names_and_names_with_each_argument) {
    std::set<std::string> capabilities;
    add_capability(capabilities, "Sasl plain  LOGIN ");
    add_capability(capabilities, "pipelining");
    add_capability(capabilities, "");
    EXPECT_THAT(capabilities, ElementsAre("PIPELINING", "SASL", "SASL LOGIN", "SASL PLAIN"));
}

TEST(Pop3Refusal, is_temporary_by_code_or_by_words) {
    const auto is_temporary_line = [](const std::string& line) {
        return is_temporary(parse_reply("-ERR " + line + "\r\n"));
    };
    EXPECT_TRUE(is_temporary_line("[IN-USE] no"));
    EXPECT_TRUE(is_temporary_line("[LOGIN-DELAY] wait"));
    EXPECT_TRUE(is_temporary_line("[SYS/TEMP] wait"));
    EXPECT_TRUE(is_temporary_line("Maildrop already locked"));
    EXPECT_TRUE(is_temporary_line("Your mailbox is locked by another program"));
    EXPECT_TRUE(is_temporary_line("unable to lock it"));
    EXPECT_FALSE(is_temporary_line("Your account is locked"));
    EXPECT_TRUE(is_temporary_line("Another POP3 session is running"));
    EXPECT_TRUE(is_temporary_line("[X-UNHEARD-OF] maildrop is busy"));
    EXPECT_FALSE(is_temporary_line("[X-UNHEARD-OF] no"));
    EXPECT_FALSE(is_temporary_line("[AUTH] mailbox locked"));
    EXPECT_FALSE(is_temporary_line("invalid password"));
    EXPECT_FALSE(is_temporary_line(""));
}

MaildropRules rules_in(std::initializer_list<std::string_view> lines) {
    std::set<std::string> capabilities;
    for (const std::string_view line : lines) {
        add_capability(capabilities, line);
    }
    return maildrop_rules(capabilities);
}

TEST(Pop3Rules, are_read_from_capabilities) {
    EXPECT_EQ(rules_in({"UIDL", "LOGIN-DELAY"}), MaildropRules{});
    EXPECT_EQ(rules_in({"LOGIN-DELAY 900 USER", "EXPIRE 60"}),
              (MaildropRules{std::chrono::seconds(900), 60}));
    EXPECT_EQ(rules_in({"EXPIRE 0 USER"}), (MaildropRules{std::chrono::seconds(0), 0}));
    EXPECT_EQ(rules_in({"EXPIRE NEVER"}), MaildropRules{});
    EXPECT_EQ(rules_in({"LOGIN-DELAY 999999999999", "EXPIRE 999999999999"}),
              (MaildropRules{std::chrono::seconds(86400), 36600}));
}

}  // namespace
}  // namespace mailkeep::pop3
