// SPDX-License-Identifier: Apache-2.0
// What people write, as terms; and what cannot be read, with its place.
#include "mailkeep/base/error.hpp"
#include "mailkeep/catalog/query.hpp"

#include "fields.hpp"

#include <gtest/gtest.h>

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

TEST(SearchQuery, reads_or_refuses_every_beginning_of_a_search) {
    const std::string text = "a OR -(from:\"b c\" is:read) \xC3\xA9* before:2024-01 \xFF\"x\"";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        EXPECT_NO_THROW((void)complaint(text.substr(0, size)));
    }
}

}  // namespace mailkeep::catalog
