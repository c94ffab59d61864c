// SPDX-License-Identifier: Apache-2.0
// What people write, as terms; and what cannot be read, with its place.
#include "mailkeep/base/error.hpp"
#include "mailkeep/catalog/query.hpp"

#include "fields.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace mailkeep::catalog {

namespace {

using Kind = Term::Kind;

Term word(const std::string& value, const std::string& field = "") {
    return {Kind::word, field, value, {}};
}

Term phrase(const std::string& value, const std::string& field = "") {
    return {Kind::phrase, field, value, {}};
}

Term prefix(const std::string& value, const std::string& field = "") {
    return {Kind::prefix, field, value, {}};
}

Term part(const std::string& value, const std::string& field = "") {
    return {Kind::part, field, value, {}};
}

Term field(const std::string& name, const std::string& value) {
    return {Kind::field, name, value, {}};
}

Term all(std::vector<Term> terms) {
    return {Kind::all_of, "", "", std::move(terms)};
}

Term any(std::vector<Term> terms) {
    return {Kind::any_of, "", "", std::move(terms)};
}

Term none(Term term) {
    return {Kind::none_of, "", "", {std::move(term)}};
}

Term parsed(std::string_view text) {
    return SearchQuery::parse(text).term;
}

std::string complaint(std::string_view text) {
    try {
        (void)SearchQuery::parse(text);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::invalid);
        return error.what();
    }
    return "";
}

std::string at_character(int place, const std::string& what) {
    return "the search cannot be read at character " + std::to_string(place) + ": " + what;
}

}  // namespace

TEST(SearchQuery, reads_nothing_as_everything) {
    EXPECT_EQ(parsed(""), Term{});
    EXPECT_EQ(parsed(" \t\n"), Term{});
    EXPECT_EQ(parsed("").kind, Kind::all);
}

TEST(SearchQuery, reads_words_phrases_and_beginnings) {
    EXPECT_EQ(parsed("word"), word("word"));
    EXPECT_EQ(parsed("\"a phrase\""), phrase("a phrase"));
    EXPECT_EQ(parsed("\"\""), phrase(""));
    EXPECT_EQ(parsed("wor*"), prefix("wor"));
    EXPECT_EQ(parsed("w*rd"), word("w*rd"));
    EXPECT_EQ(parsed("e-mail"), word("e-mail"));
    EXPECT_EQ(parsed("-"), word("-"));
    EXPECT_EQ(parsed("a - b"), all({word("a"), word("-"), word("b")}));
    EXPECT_EQ(parsed(":"), word(":"));
    EXPECT_EQ(parsed("ORDER ANDY"), all({word("ORDER"), word("ANDY")}));
    EXPECT_EQ(parsed("or and"), all({word("or"), word("and")}));
}

TEST(SearchQuery, reads_parts_of_words) {
    EXPECT_EQ(parsed("*part*"), part("part"));
    EXPECT_EQ(parsed("*part"), part("part"));
    EXPECT_EQ(parsed("*東京都"), part("東京都"));
    EXPECT_EQ(parsed("**a**"), part("*a*"));
    EXPECT_EQ(parsed("from:*@example.*"), part("@example.", "from"));
    EXPECT_EQ(parsed("-filename:*scan*"), none(part("scan", "filename")));
    EXPECT_EQ(parsed("\"*part*\""), phrase("*part*"));
    EXPECT_EQ(complaint("a *ab*"), at_character(3, "a part of a word needs 3 characters"));
    EXPECT_EQ(complaint("*東京*"), at_character(1, "a part of a word needs 3 characters"));
    EXPECT_EQ(complaint("subject:**"), at_character(9, "a part of a word needs 3 characters"));
    EXPECT_EQ(complaint("body:*part*"),
              at_character(6, "body: knows whole words and their beginnings only"));
}

TEST(SearchQuery, joins_terms) {
    EXPECT_EQ(parsed("a b"), all({word("a"), word("b")}));
    EXPECT_EQ(parsed("a AND b"), all({word("a"), word("b")}));
    EXPECT_EQ(parsed("a OR b"), any({word("a"), word("b")}));
    EXPECT_EQ(parsed("a b OR c"), any({all({word("a"), word("b")}), word("c")}));
    EXPECT_EQ(parsed("a (b OR c)"), all({word("a"), any({word("b"), word("c")})}));
    EXPECT_EQ(parsed("a(b)c"), all({word("a"), word("b"), word("c")}));
    EXPECT_EQ(parsed("-a"), none(word("a")));
    EXPECT_EQ(parsed("--a"), none(none(word("a"))));
    EXPECT_EQ(parsed("-(a b)"), none(all({word("a"), word("b")})));
    EXPECT_EQ(parsed("-from:bob"), none(word("bob", "from")));
}

TEST(SearchQuery, reads_fields) {
    EXPECT_EQ(parsed("from:bob"), word("bob", "from"));
    EXPECT_EQ(parsed("From:Bob"), word("Bob", "from"));
    EXPECT_EQ(parsed("subject:\"a b\""), phrase("a b", "subject"));
    EXPECT_EQ(parsed("subject:rep*"), prefix("rep", "subject"));
    EXPECT_EQ(parsed("in:\"Sent Items\""), field("in", "Sent Items"));
    EXPECT_EQ(parsed("IS:Unread"), field("is", "unread"));
    EXPECT_EQ(parsed("message-id:<a:b@c>"), field("message-id", "<a:b@c>"));
}

TEST(SearchQuery, reads_the_example_of_every_field) {
    for (const auto& row : all_fields()) {
        const auto term = parsed(row.example);
        EXPECT_EQ(term.field, row.name.substr(0, row.name.find(':')));
        EXPECT_EQ(find_field(term.field, term.value), &row);
        EXPECT_FALSE(row.meaning.empty());
    }
}

TEST(SearchQuery, tells_the_place_of_what_it_cannot_read) {
    EXPECT_EQ(complaint("a \"b"), at_character(3, "this quotation mark is never closed"));
    EXPECT_EQ(complaint("é (b"), at_character(3, "this parenthesis is never closed"));
    EXPECT_EQ(complaint("a ) b"), at_character(3, "this parenthesis closes nothing"));
    EXPECT_EQ(complaint("a ()"), at_character(4, "a word or a field is missing"));
    EXPECT_EQ(complaint("OR a"), at_character(1, "a word or a field is missing"));
    EXPECT_EQ(complaint("a OR"), at_character(5, "a word or a field is missing"));
    EXPECT_EQ(complaint("OR\"b\""), at_character(1, "a word or a field is missing"));
    EXPECT_EQ(complaint("a OR OR b"), at_character(6, "a word or a field is missing"));
    EXPECT_EQ(complaint("a AND"), at_character(6, "a word or a field is missing"));
    EXPECT_EQ(complaint("a AND OR b"), at_character(7, "a word or a field is missing"));
    EXPECT_EQ(complaint("a *"), at_character(3, "the beginning of a word must stand before the *"));
    EXPECT_EQ(complaint("from:"), at_character(6, "from: needs a value right behind the colon"));
    EXPECT_EQ(complaint("from: bob"),
              at_character(6, "from: needs a value right behind the colon"));
    EXPECT_EQ(complaint("see http://example.org"),
              at_character(5,
                           "there is no field \"http\"; to find it as text, put it in quotation "
                           "marks"));
    EXPECT_EQ(complaint("is:lost"),
              at_character(4, "is: knows read, unread, flagged, answered, gone"));
    EXPECT_EQ(complaint("has:\"\""), at_character(5, "has: knows attachment"));
}

TEST(SearchQuery, refuses_values_that_are_not_what_the_field_takes) {
    const std::vector<std::string> wrong{"before:yesterday",
                                         "after:2024-13",
                                         "on:2024-02-30",
                                         "on:2024-01-01T10:00:00Z",
                                         "newer_than:30",
                                         "newer_than:d",
                                         "older_than:3x",
                                         "older_than:-1d",
                                         "larger:M",
                                         "larger:10T",
                                         "smaller:1.5M",
                                         "larger:99999999999999999999",
                                         "larger:9999999999G",
                                         "newer_than:99999999999999y",
                                         "id:1234567",
                                         "id:12345678x",
                                         "on:\"\""};
    for (const auto& text : wrong) {
        const auto value_at = static_cast<int>(text.find(':')) + 2;
        const auto name = text.substr(0, text.find(':'));
        const auto* row = find_field(name, "");
        ASSERT_NE(row, nullptr);
        EXPECT_EQ(complaint(text),
                  at_character(value_at, name + ": is written like " + std::string(row->example)));
    }
}

TEST(SearchQuery, refuses_what_is_too_much) {
    std::string nested;
    for (int i = 0; i < 22; ++i) {
        nested += "(";
    }
    EXPECT_NE(complaint(nested), "");
    EXPECT_NE(complaint(std::string(3000, '-') + "a"), "");
    EXPECT_NE(complaint(std::string(5000, 'a')), "");
    std::string many;
    for (int i = 0; i < 100; ++i) {
        many += "a ";
    }
    EXPECT_EQ(parsed(many).terms.size(), 100U);
    EXPECT_NE(complaint(many + "a"), "");
}

TEST(SearchQuery, is_written_as_it_is_read) {
    const auto again = [](std::string_view text) { return SearchQuery::parse(text).to_text(); };
    EXPECT_EQ(again(""), "");
    EXPECT_EQ(again("  a\tAND b "), "a b");
    EXPECT_EQ(again("((a)) (b OR (c d)) -(e)"), "a (b OR c d) -e");
    EXPECT_EQ(again("a OR (b OR c)"), "a OR (b OR c)");
    EXPECT_EQ(again("-(a b) -(c OR d)"), "-(a b) -(c OR d)");
    EXPECT_EQ(again("FROM:Bob* subject:*port \"x  y\""), "from:Bob* subject:*port* \"x  y\"");
    EXPECT_EQ(again("in:\"Sent Items\" in:\"INBOX\" in:\"(a\" IS:Read"),
              "in:\"Sent Items\" in:INBOX in:\"(a\" is:read");
    EXPECT_EQ(again("a AND AND"), "a AND AND");
    const Term narrowed{Kind::all_of, "", "", {Term{}, field("in", "INBOX")}};
    EXPECT_EQ(SearchQuery{narrowed}.to_text(), "in:INBOX");
}

TEST(SearchQuery, takes_a_dash_before_a_closing_parenthesis_as_a_word) {
    EXPECT_EQ(parsed("(-)"), word("-"));
    EXPECT_EQ(parsed("(a -)"), all({word("a"), word("-")}));
    EXPECT_EQ(parsed("(a --)"), all({word("a"), none(word("-"))}));
    EXPECT_EQ(complaint("-)"), at_character(2, "this parenthesis closes nothing"));
}

/// Text of the language and much that is nearly such.
TEST(SearchQuery, is_read_again_as_what_it_was) {
    const std::vector<std::string> pieces{
        "a",        "AND",     "OR",        "-",       "(",          ")",        " ",
        "\"",       "*",       ":",         "from:",   "in:",        "body:",    "subject:",
        "is:read",  "é*",      "*abc*",     "*abc",    "\"x  y\"",   "x:y",      "b**",
        "larger:1", "on:2024", "\t",        "東京",    "in:\"a b\"", "(a OR b)", "-(c d)",
        "-is:gone", "\xFF",    "list:-x:y", "to:*a.b*"};
    std::mt19937 random(1);
    int read = 0;
    for (int i = 0; i < 30'000; ++i) {
        std::string text;
        for (auto left = random() % 9; left > 0; --left) {
            text += pieces[random() % pieces.size()] + (random() % 2 == 0 ? " " : "");
        }
        if (complaint(text).empty()) {
            ++read;
            const auto query = SearchQuery::parse(text);
            const auto written = query.to_text();
            ASSERT_EQ(complaint(written), "") << text << " was written as " << written;
            ASSERT_EQ(SearchQuery::parse(written), query) << text << " was written as " << written;
        }
    }
    EXPECT_GT(read, 3000);
}

namespace {

Term random_leaf(std::mt19937& random) {
    const std::vector<Term> leaves{word("a"),
                                   word("AND"),
                                   word("-"),
                                   word("-x:", "from"),
                                   phrase(""),
                                   phrase("( OR -", "subject"),
                                   prefix("b*"),
                                   prefix("é", "to"),
                                   part("*c*"),
                                   part("a:b", "filename"),
                                   field("in", "Sent (old)"),
                                   field("in", "-"),
                                   field("is", "gone"),
                                   field("after", "2024-05")};
    return leaves[random() % leaves.size()];
}

/// As parse() would make it: nothing joined has fewer than two terms.
Term random_tree(std::mt19937& random, int depth) {
    const auto kind = depth == 0 ? 0 : random() % 4;
    if (kind == 0) {
        return random_leaf(random);
    }
    if (kind == 1) {
        return none(random_tree(random, depth - 1));
    }
    std::vector<Term> terms;
    for (auto left = 2 + random() % 2; left > 0; --left) {
        terms.push_back(random_tree(random, depth - 1));
    }
    return kind == 2 ? all(std::move(terms)) : any(std::move(terms));
}

}  // namespace

TEST(SearchQuery, of_any_tree_is_read_again_as_that_tree) {
    std::mt19937 random(2);
    for (int i = 0; i < 20'000; ++i) {
        const SearchQuery query{random_tree(random, 3)};
        const auto written = query.to_text();
        ASSERT_EQ(complaint(written), "") << written;
        ASSERT_EQ(SearchQuery::parse(written), query) << written;
    }
}

TEST(SearchQuery, has_help_whose_examples_can_be_searched_for) {
    const auto help = query_help();
    EXPECT_EQ(help.size(), 8U + all_fields().size());
    for (const auto& line : help) {
        EXPECT_EQ(complaint(line.example), "") << line.written;
        EXPECT_FALSE(line.meaning.empty());
    }
}

TEST(SearchQuery, reads_or_refuses_every_beginning_of_a_search) {
    const std::string text = "a OR -(from:\"b c\" is:read) \xC3\xA9* before:2024-01 \xFF\"x\"";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        EXPECT_NO_THROW((void)complaint(text.substr(0, size)));
    }
}

}  // namespace mailkeep::catalog
