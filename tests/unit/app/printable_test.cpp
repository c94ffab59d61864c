// SPDX-License-Identifier: Apache-2.0
// Hostile text on its way to a terminal.
#include "printable.hpp"

#include <gtest/gtest.h>

namespace mailkeep::app {

namespace {

TEST(Printable, leaves_ordinary_text_alone) {
    EXPECT_EQ(printable_line("Grüße, 你好 🙂 ~"), "Grüße, 你好 🙂 ~");
    EXPECT_EQ(printable_text("a\n\tb\n"), "a\n\tb\n");
    EXPECT_EQ(printable_line(""), "");
}

TEST(Printable, shows_escape_sequences_instead_of_obeying_them) {
    EXPECT_EQ(printable_line("\x1b[2J\x07"), "\\x1B[2J\\x07");
    EXPECT_EQ(printable_text("\x1b]0;title\x07"), "\\x1B]0;title\\x07");
    EXPECT_EQ(printable_text("a\rb\x08\x7f"), "a\\x0Db\\x08\\x7F");
    EXPECT_EQ(printable_text(std::string_view("\0", 1)), "\\x00");
}

TEST(Printable, knows_the_control_characters_beyond_ascii) {
    EXPECT_EQ(printable_line("\u009b2J"), "\\u009B2J");
    EXPECT_EQ(printable_line("a\u2028b"), "a\\u2028b");
}

TEST(Printable, shows_what_would_turn_the_reading_direction) {
    EXPECT_EQ(printable_line("exe.\u202Etxt"), "exe.\\u202Etxt");
    EXPECT_EQ(printable_line("\u2066\u200F"), "\\u2066\\u200F");
}

TEST(Printable, replaces_octets_that_are_no_utf8) {
    EXPECT_EQ(printable_line("a\xff\xc3"), "a\uFFFD\uFFFD");
    EXPECT_EQ(printable_line("\x9b"), "\uFFFD");
}

TEST(Printable, keeps_one_line_one_line) {
    EXPECT_EQ(printable_line("a\nb\tc\rd\r\ne"), "a b c d e");
    EXPECT_EQ(printable_text("a\r\nb"), "a\nb");
}

TEST(Printable, clips_between_code_points) {
    EXPECT_EQ(clip_columns("Grüße", 3), "Grü");
    EXPECT_EQ(clip_columns("Grüße", 5), "Grüße");
    EXPECT_EQ(clip_columns("Grüße", 99), "Grüße");
    EXPECT_EQ(clip_columns("Grüße", 0), "");
    EXPECT_EQ(clip_columns("受信箱", 5), "受信");
}

TEST(Printable, writes_sizes_as_people_read_them) {
    EXPECT_EQ(size_text(0), "0 B");
    EXPECT_EQ(size_text(999), "999 B");
    EXPECT_EQ(size_text(1000), "1.0 kB");
    EXPECT_EQ(size_text(1'250'000), "1.2 MB");
    EXPECT_EQ(size_text(999'999), "1.0 MB");
    EXPECT_EQ(size_text(UINT64_MAX), "18446.7 PB");
}

TEST(Printable, counts_in_words) {
    EXPECT_EQ(count_text(0, "message"), "0 messages");
    EXPECT_EQ(count_text(1, "message"), "1 message");
}

TEST(ShellWord, quotes_what_a_shell_would_take_apart) {
    EXPECT_EQ(shell_word("home"), "home");
    EXPECT_EQ(shell_word("jo@example.org"), "jo@example.org");
    EXPECT_EQ(shell_word("Old post (POP3)"), "'Old post (POP3)'");
    EXPECT_EQ(shell_word("it's $HOME"), "'it'\\''s $HOME'");
    EXPECT_EQ(shell_word(""), "''");
}

TEST(Table, aligns_columns_by_what_is_seen) {
    Table table({"NAME", "N"});
    table.add({"Grüße", "1"});
    table.add({"x", ""});
    EXPECT_EQ(table.text(), "NAME   N\nGrüße  1\nx\n");
}

TEST(Table, gives_wide_characters_two_columns_and_accents_none) {
    Table table({"受信箱", "1"});
    table.add({"📬", "2"});
    table.add({"e\u0301", "3"});
    EXPECT_EQ(table.text(), "受信箱  1\n📬      2\ne\u0301       3\n");
}

TEST(Table, keeps_a_hostile_cell_in_its_row) {
    Table table({"A", "B"});
    table.add({"x\ny", "\x1b[H"});
    EXPECT_EQ(table.text(), "A    B\nx y  \\x1B[H\n");
}

}  // namespace

}  // namespace mailkeep::app
