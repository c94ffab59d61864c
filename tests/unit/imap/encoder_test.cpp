// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"

#include "encoder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::imap {

namespace {

using testing::SizeIs;

/// The command as it would go out if nothing had to wait.
std::string text_of(const Encoder& command) {
    std::string text;
    for (const Fragment& fragment : command.fragments()) {
        text += fragment.literal;
        text += fragment.text;
    }
    return text;
}

std::string astring_of(std::string_view text) {
    return text_of(Encoder("X").astring(text)).substr(2);
}

}  // namespace

TEST(Encoder, writes_a_command_with_single_spaces) {
    Encoder command("UID FETCH");
    command.uid_set(UidSet::of({9, 1, 2, 3, 5})).list({"FLAGS", "BODY.PEEK[]"});
    EXPECT_EQ(text_of(command), "UID FETCH 1:3,5,9 (FLAGS BODY.PEEK[])");
    EXPECT_THAT(command.fragments(), SizeIs(1));
}

TEST(Encoder, writes_an_empty_list) {
    EXPECT_EQ(text_of(Encoder("X").list({})), "X ()");
}

TEST(Encoder, takes_an_atom_where_one_is_enough) {
    EXPECT_EQ(astring_of("INBOX.Sent"), "INBOX.Sent");
    EXPECT_EQ(astring_of("Entw&APw-rfe"), "Entw&APw-rfe");
}

TEST(Encoder, quotes_what_is_no_atom) {
    EXPECT_EQ(astring_of(""), "\"\"");
    EXPECT_EQ(astring_of("Sent Items"), "\"Sent Items\"");
    EXPECT_EQ(astring_of("a\"b\\c"), R"("a\"b\\c")");
    EXPECT_EQ(astring_of("nIl"), "\"nIl\"");
    for (const char c : std::string_view("(){%*]")) {
        EXPECT_EQ(astring_of(std::string(1, c)), '"' + std::string(1, c) + '"');
    }
}

TEST(Encoder, sends_what_cannot_be_quoted_as_a_literal_that_waits) {
    for (const std::string_view text : {"a\r\nA9 LOGOUT", "Entw\xC3\xBCrfe", "tab\t"}) {
        Encoder command("X");
        command.astring(text).atom("Y");
        ASSERT_THAT(command.fragments(), SizeIs(2));
        EXPECT_EQ(command.fragments()[0].text, "X {" + std::to_string(text.size()) + "}\r\n");
        EXPECT_EQ(command.fragments()[1].start, Fragment::Start::after_continuation);
        EXPECT_EQ(command.fragments()[1].literal, text);
        EXPECT_EQ(command.fragments()[1].text, " Y");
    }
}

TEST(Encoder, refuses_nul) {
    EXPECT_THROW(astring_of(std::string_view("a\0b", 3)), Error);
}

TEST(Encoder, never_takes_text_for_a_bare_word) {
    EXPECT_THROW(Encoder("X").atom("a b"), Error);
    EXPECT_THROW(Encoder("X").atom("a\r\nA9"), Error);
    EXPECT_THROW(Encoder("X").atom(""), Error);
    EXPECT_THROW(Encoder("X").list({"\\Seen", "a) b"}), Error);
    EXPECT_THROW(Encoder("X").uid_set({}), Error);
}

TEST(Encoder, waits_before_a_literal_as_the_form_says) {
    const std::string small(4096, 'a');
    const std::string large(4097, 'a');
    const auto start_of = [](std::string_view octets, LiteralForm form) {
        Encoder command("X");
        command.literal(octets, form);
        return command.fragments().at(1).start;
    };
    constexpr auto waits = Fragment::Start::after_continuation;
    EXPECT_EQ(start_of(small, LiteralForm::synchronizing), waits);
    EXPECT_EQ(start_of(small, LiteralForm::minus), Fragment::Start::at_once);
    EXPECT_EQ(start_of(large, LiteralForm::minus), waits);
    EXPECT_EQ(start_of(large, LiteralForm::plus), Fragment::Start::at_once);
}

TEST(Encoder, announces_a_literal_in_its_form) {
    EXPECT_EQ(text_of(Encoder("X").literal("hello", LiteralForm::plus)), "X {5+}\r\nhello");
    EXPECT_EQ(text_of(Encoder("X").literal("hello", LiteralForm::synchronizing)), "X {5}\r\nhello");
}

TEST(Encoder, does_not_copy_a_literal) {
    const std::string octets = "hello";
    Encoder command("X");
    command.literal(octets, LiteralForm::plus);
    EXPECT_EQ(command.fragments().at(1).literal.data(), octets.data());
}

TEST(Encoder, takes_the_literal_form_the_server_offers) {
    EXPECT_EQ(literal_form_of({{"IMAP4REV1"}}), LiteralForm::synchronizing);
    EXPECT_EQ(literal_form_of({{"LITERAL-"}}), LiteralForm::minus);
    EXPECT_EQ(literal_form_of({{"LITERAL+", "LITERAL-"}}), LiteralForm::plus);
}

TEST(Encoder, knows_an_atom) {
    EXPECT_TRUE(is_atom("$Forwarded"));
    EXPECT_TRUE(is_atom("a[b"));
    for (const std::string_view text :
         {"", "a b", "\\Seen", "a]", "a\x80", "a\"", "*", "%", "\x7F"}) {
        EXPECT_FALSE(is_atom(text)) << text;
    }
}

}  // namespace mailkeep::imap
