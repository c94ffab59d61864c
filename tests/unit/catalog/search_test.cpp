// SPDX-License-Identifier: Apache-2.0
// Searching a real index: each field, joined terms, what must not break out of its quotes, pages,
// and the past.
#include "mailkeep/base/error.hpp"
#include "mailkeep/catalog/catalog.hpp"

#include "archive_story.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace mailkeep::catalog::test {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

const Timestamp search_time = at("2024-06-01T12:00:00Z");

std::vector<std::string> subjects_of(const SearchPage& found) {
    std::vector<std::string> subjects;
    for (const auto& item : found.page.items) {
        subjects.push_back(item.subject);
    }
    return subjects;
}

/// Subjects found, newest first; the total must say how many.
std::vector<std::string> search(const Catalog& catalog, std::string_view query,
                                std::optional<Timestamp> as_of = std::nullopt) {
    const auto found = catalog.search(SearchQuery::parse(query), as_of, search_time, {});
    EXPECT_EQ(found.total, found.page.items.size()) << query;
    return subjects_of(found);
}

/// Four messages in a shared story that tests only read, newest first: four, three, two, one.
class Search : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        story_ = std::make_unique<Story>();
        auto& story = *story_;
        story.account(1, "Büro").account(2, "home");
        story.mailbox("INBOX").mailbox("Work/Clients").mailbox("Archive");
        story.letter({.name = "1",
                      .subject = "one",
                      .from = "Zoë Quincey <zoe@example.org>",
                      .to = "bob@example.net",
                      .cc = "carol@example.net",
                      .bcc = "dave@example.net",
                      .text = "The monthly report is late. Müller",
                      .message_id = "One.1@example.org",
                      .list_id = "Announce.lists.example.org",
                      .sent_date = at("2022-12-31T23:59:59Z"),
                      .size = 100});
        story.letter({.name = "2",
                      .subject = "two",
                      .to = "carol@example.net",
                      .text = "report monthly",
                      .sent_date = at("2023-01-01T00:00:00Z"),
                      .attachments = {"Quarterly Report.PDF"},
                      .size = 102400});
        story.letter({.name = "3",
                      .subject = "three report",
                      .text = "reporting from bob",
                      .sent_date = at("2024-05-01T00:00:00Z"),
                      .attachments = {"", "archive.tar.gz"},
                      .size = 102401});
        story.letter({.name = "4",
                      .subject = "four",
                      .from = "bob@example.net",
                      .sent_date = at("2024-05-31T23:59:59.999Z"),
                      .size = 20U << 20U});
        story.seen("1", "INBOX", 1, "\\Seen \\Answered").seen("2", "INBOX", 2);
        story.seen("3", "Work/Clients", 1, "\\Flagged").seen("4", "INBOX", 9, "\\Seen", 2);
        story.seen("1", "Archive", 1);
        story.apply();
        story.gone("INBOX", {2}).apply();
    }

    static void TearDownTestSuite() { story_.reset(); }

    static std::vector<std::string> found(std::string_view query) {
        return search(story_->catalog, query);
    }

    static std::unique_ptr<Story> story_;
};

std::unique_ptr<Story> Search::story_;

}  // namespace

TEST_F(Search, finds_everything_newest_first) {
    EXPECT_THAT(found(""), ElementsAre("four", "three report", "two", "one"));
}

TEST_F(Search, finds_words_everywhere_without_case_and_accents) {
    EXPECT_THAT(found("REPORT"), ElementsAre("three report", "two", "one"));
    EXPECT_THAT(found("muller"), ElementsAre("one"));
    EXPECT_THAT(found("zoe"), ElementsAre("one"));
    EXPECT_THAT(found("ZOË"), ElementsAre("one"));
    EXPECT_THAT(found("nothing"), IsEmpty());
}

TEST_F(Search, finds_phrases_and_beginnings) {
    EXPECT_THAT(found("\"monthly report\""), ElementsAre("one"));
    EXPECT_THAT(found("report*"), ElementsAre("three report", "two", "one"));
    EXPECT_THAT(found("reporti*"), ElementsAre("three report"));
}

TEST_F(Search, finds_parts_of_header_fields_and_file_names) {
    EXPECT_THAT(found("*quarter*"), ElementsAre("two"));
    EXPECT_THAT(found("*UARTERL"), ElementsAre("two"));
    EXPECT_THAT(found("*e@exam*"), ElementsAre("three report", "two", "one"));
    EXPECT_THAT(found("from:*oe*@*"), IsEmpty());  // a * within is itself
    EXPECT_THAT(found("from:*zoë*"), ElementsAre("one"));
    EXPECT_THAT(found("to:*ob@ex*"), ElementsAre("four", "three report", "one"));
    EXPECT_THAT(found("cc:*aro*"), ElementsAre("one"));
    EXPECT_THAT(found("bcc:*ave*"), ElementsAre("one"));
    EXPECT_THAT(found("cc:*ave*"), IsEmpty());
    EXPECT_THAT(found("subject:*epor*"), ElementsAre("three report"));
    EXPECT_THAT(found("filename:*chive.tar.*"), ElementsAre("three report"));
    EXPECT_THAT(found("*epor*"), ElementsAre("three report", "two"));
    EXPECT_THAT(found("*onthl*"), IsEmpty());  // of the text only whole words
    EXPECT_THAT(found("*epor* reporting"), ElementsAre("three report"));
    EXPECT_THAT(found("report -*epor*"), ElementsAre("one"));
    EXPECT_THAT(found("*chive.tar* OR late"), ElementsAre("three report", "one"));
    EXPECT_THAT(found("*!!!*"), IsEmpty());
    EXPECT_THAT(found("*'}+^*"), IsEmpty());
}

TEST_F(Search, joins_terms) {
    EXPECT_THAT(found("report monthly"), ElementsAre("two", "one"));
    EXPECT_THAT(found("report -monthly"), ElementsAre("three report"));
    EXPECT_THAT(found("-report"), ElementsAre("four"));
    EXPECT_THAT(found("late OR four"), ElementsAre("four", "one"));
    EXPECT_THAT(found("report (late OR reporting)"), ElementsAre("three report", "one"));
    EXPECT_THAT(found("report -(late OR reporting)"), ElementsAre("two"));
    EXPECT_THAT(found("late OR is:flagged"), ElementsAre("three report", "one"));
    EXPECT_THAT(found("report -is:flagged"), ElementsAre("two", "one"));
    EXPECT_THAT(found("report -late -is:flagged"), ElementsAre("two"));
    EXPECT_THAT(found("-(late is:read)"), ElementsAre("four", "three report", "two"));
    EXPECT_THAT(found("--late"), ElementsAre("one"));
}

TEST_F(Search, looks_into_header_fields) {
    EXPECT_THAT(found("from:zoe@example.org"), ElementsAre("one"));
    EXPECT_THAT(found("from:bob"), ElementsAre("four"));
    EXPECT_THAT(found("from:\"Zoe Quincey\""), ElementsAre("one"));
    EXPECT_THAT(found("from:quin*"), ElementsAre("one"));
    EXPECT_THAT(found("to:carol"), ElementsAre("two"));
    EXPECT_THAT(found("cc:carol"), ElementsAre("one"));
    EXPECT_THAT(found("bcc:dave"), ElementsAre("one"));
    EXPECT_THAT(found("cc:dave"), IsEmpty());
    EXPECT_THAT(found("subject:report"), ElementsAre("three report"));
    EXPECT_THAT(found("body:report"), ElementsAre("two", "one"));
    EXPECT_THAT(found("message-id:<one.1@EXAMPLE.org>"), ElementsAre("one"));
    EXPECT_THAT(found("message-id:1@example.org"), IsEmpty());
    EXPECT_THAT(found("list:announce"), ElementsAre("one"));
}

TEST_F(Search, looks_at_attachments) {
    EXPECT_THAT(found("has:attachment"), ElementsAre("three report", "two"));
    EXPECT_THAT(found("-has:attachment"), ElementsAre("four", "one"));
    EXPECT_THAT(found("filename:quarterly"), ElementsAre("two"));
    EXPECT_THAT(found("filename:\"report pdf\""), ElementsAre("two"));
    EXPECT_THAT(found("type:pdf"), ElementsAre("two"));
    EXPECT_THAT(found("type:PDF"), ElementsAre("two"));
    EXPECT_THAT(found("type:gz"), ElementsAre("three report"));
    EXPECT_THAT(found("type:tar.gz"), ElementsAre("three report"));
    EXPECT_THAT(found("type:df"), IsEmpty());
}

TEST_F(Search, looks_at_flags_of_where_a_message_stands_or_last_stood) {
    EXPECT_THAT(found("is:read"), ElementsAre("four", "one"));
    EXPECT_THAT(found("is:unread"), ElementsAre("three report", "two", "one"));
    EXPECT_THAT(found("is:flagged"), ElementsAre("three report"));
    EXPECT_THAT(found("is:answered"), ElementsAre("one"));
    EXPECT_THAT(found("is:gone"), ElementsAre("two"));
    EXPECT_THAT(found("-is:gone"), ElementsAre("four", "three report", "one"));
}

TEST_F(Search, looks_into_mailboxes_and_accounts) {
    EXPECT_THAT(found("in:inbox"), ElementsAre("four", "two", "one"));
    EXPECT_THAT(found("in:INBOX -is:gone"), ElementsAre("four", "one"));
    EXPECT_THAT(found("in:work/clients"), ElementsAre("three report"));
    EXPECT_THAT(found("in:Work"), IsEmpty());
    EXPECT_THAT(found("in:INBOX in:Archive"), ElementsAre("one"));
    EXPECT_THAT(found("account:BURO"), ElementsAre("three report", "two", "one"));
    EXPECT_THAT(found("account:home"), ElementsAre("four"));
    EXPECT_THAT(found("in:\"!\""), IsEmpty());
    EXPECT_THAT(found("report in:INBOX"), ElementsAre("two", "one"));
}

TEST_F(Search, looks_at_dates) {
    EXPECT_THAT(found("before:2023"), ElementsAre("one"));
    EXPECT_THAT(found("after:2023"), ElementsAre("four", "three report", "two"));
    EXPECT_THAT(found("on:2024"), ElementsAre("four", "three report"));
    EXPECT_THAT(found("on:2024-05"), ElementsAre("four", "three report"));
    EXPECT_THAT(found("on:2024-05-31"), ElementsAre("four"));
    EXPECT_THAT(found("on:2022-12"), ElementsAre("one"));
    EXPECT_THAT(found("on:2022-12-30"), IsEmpty());
    EXPECT_THAT(found("after:2023-01-01 before:2024-05-01"), ElementsAre("two"));
    EXPECT_THAT(found("newer_than:1d"), ElementsAre("four"));
    EXPECT_THAT(found("newer_than:12h"), IsEmpty());
    EXPECT_THAT(found("newer_than:5w"), ElementsAre("four", "three report"));
    EXPECT_THAT(found("newer_than:2m"), ElementsAre("four", "three report"));
    EXPECT_THAT(found("older_than:1y"), ElementsAre("two", "one"));
}

TEST_F(Search, looks_at_sizes_and_ids) {
    EXPECT_THAT(found("larger:100K"), ElementsAre("four", "three report"));
    EXPECT_THAT(found("smaller:100k"), ElementsAre("one"));
    EXPECT_THAT(found("larger:102400"), ElementsAre("four", "three report"));
    EXPECT_THAT(found("larger:10M"), ElementsAre("four"));
    EXPECT_THAT(found("larger:1G"), IsEmpty());
    EXPECT_THAT(found("id:" + id_of("2").hex()), ElementsAre("two"));
    EXPECT_THAT(found("id:" + id_of("2").hex().substr(0, 9)), ElementsAre("two"));
}

TEST_F(Search, passes_over_words_the_tokenizer_leaves_nothing_of) {
    EXPECT_THAT(found("report & late"), ElementsAre("one"));
    EXPECT_THAT(found("report — late"), ElementsAre("one"));
    EXPECT_THAT(found("late \"\""), ElementsAre("one"));
    EXPECT_THAT(found("late subject:\"!!\""), ElementsAre("one"));
    EXPECT_THAT(found("late -!!"), ElementsAre("one"));
    EXPECT_THAT(found("late OR !!"), ElementsAre("one"));
    EXPECT_THAT(found("!!"), SizeIs(4));
    EXPECT_THAT(found("-!!"), SizeIs(4));
}

TEST_F(Search, takes_what_looks_like_syntax_of_the_index_as_words) {
    for (const std::string text :
         {"NEAR", "NOT", "late NOT four", "a+b", "^late", "{subject}", "late'", "';--", "%",
          "late\\", "\"late* AND\"", "$1", "?1", "@flags", "in:';--", "from:'\"\"", "[x]",
          "subject:\"' OR 1=1\"", "\"late) OR (four\""}) {
        EXPECT_NO_THROW((void)found(text)) << text;
    }
    EXPECT_THAT(found("\"late OR four\""), IsEmpty());
    EXPECT_THAT(found("'late' NOT"), IsEmpty());
    EXPECT_THAT(found("in:$1"), IsEmpty());
}

TEST_F(Search, keeps_a_quote_and_a_nul_of_a_built_term_inside_its_string) {
    const auto count = [&](const Term& term) {
        return story_->catalog.search({term}, std::nullopt, search_time, {}).total;
    };
    EXPECT_EQ(count({Term::Kind::word, "", "late\" OR \"four", {}}), 0U);
    EXPECT_EQ(count({Term::Kind::word, "", std::string("late\0\" OR four", 14), {}}), 0U);
    EXPECT_EQ(count({Term::Kind::field, "from", "bob", {}}), 1U);
    EXPECT_THROW((void)count({Term::Kind::field, "before", "x", {}}), Error);
    EXPECT_THROW((void)count({Term::Kind::field, "bogus", "x", {}}), Error);
    EXPECT_EQ(count({Term::Kind::all_of, "", "", {}}), 4U);
}

TEST_F(Search, takes_as_many_terms_as_it_may) {
    std::string many;
    std::string others;
    for (int i = 0; i < 49; ++i) {
        many += "late OR four OR ";
        others += "is:read OR larger:1 OR ";
    }
    EXPECT_THAT(found(many + "late"), ElementsAre("four", "one"));
    EXPECT_THAT(found(others + "late"), SizeIs(4));
    EXPECT_THAT(found(std::string(18, '(') + "late" + std::string(18, ')')), ElementsAre("one"));
    EXPECT_THAT(found(std::string(18, '-') + "late"), ElementsAre("one"));
}

TEST_F(Search, lists_what_a_line_shows) {
    const auto page =
        story_->catalog.search(SearchQuery::parse("two"), std::nullopt, search_time, {}).page;
    ASSERT_THAT(page.items, SizeIs(1));
    const auto& line = page.items[0];
    EXPECT_EQ(line.content_id, id_of("2"));
    EXPECT_EQ(line.date, at("2023-01-01T00:00:00Z"));
    EXPECT_EQ(line.from, "Alice <alice@example.org>");
    EXPECT_EQ(line.to, "carol@example.net");
    EXPECT_EQ(line.size, 102400U);
    EXPECT_EQ(line.account, "Büro");
    EXPECT_EQ(line.mailbox, "INBOX");
    EXPECT_TRUE(line.is_gone);
    EXPECT_THAT(line.attachments, ElementsAre("Quarterly Report.PDF"));
    const auto standing =
        story_->catalog.search(SearchQuery::parse("one"), std::nullopt, search_time, {})
            .page.items.at(0);
    EXPECT_FALSE(standing.is_gone);
    EXPECT_EQ(to_text(standing.flags), "\\Answered \\Seen");
}

TEST(SearchPages, have_no_gaps_and_no_doubles) {
    Story story;
    for (int i = 0; i < 150; ++i) {
        story.letter({.name = std::to_string(i), .text = i % 2 == 0 ? "even" : "odd"});
    }
    story.apply();
    for (const std::string query : {"", "even", "even OR odd", "-odd"}) {
        std::set<MessageKey> seen;
        PageRequest request{.limit = 7, .cursor = ""};
        std::uint64_t total = 0;
        do {
            const auto found =
                story.catalog.search(SearchQuery::parse(query), {}, search_time, request);
            total = found.total;
            EXPECT_LE(found.page.items.size(), 7U);
            for (const auto& item : found.page.items) {
                EXPECT_TRUE(seen.empty() || item.key < *seen.begin());
                EXPECT_TRUE(seen.insert(item.key).second);
            }
            request.cursor = found.page.next;
        } while (!request.cursor.empty());
        EXPECT_EQ(seen.size(), total) << query;
        EXPECT_EQ(total, query == "even" || query == "-odd" ? 75U : 150U);
    }
}

TEST(SearchPages, count_up_to_ten_thousand) {
    Story story;
    const auto add = [&](int from, int to) {
        for (int i = from; i < to; ++i) {
            story.letter({.name = std::to_string(i), .sent_date = from_unix_ms(i * 60'000LL)});
        }
        story.apply();
    };
    const auto search = [&](std::string_view query) {
        return story.catalog.search(SearchQuery::parse(query), {}, search_time, {.limit = 1});
    };
    const auto first = static_cast<int>(unix_ms(at("2020")) / 60'000);
    add(first, first + 10'000);
    for (const std::string query : {"", "alice", "smaller:1M"}) {
        EXPECT_EQ(search(query).total, 10'000U) << query;
        EXPECT_TRUE(search(query).total_is_exact) << query;
    }
    add(first + 10'000, first + 10'002);
    for (const std::string query : {"", "alice", "smaller:1M"}) {
        EXPECT_EQ(search(query).total, 10'000U) << query;
        EXPECT_FALSE(search(query).total_is_exact) << query;
    }
}

TEST(SearchPages, hold_at_least_one_and_at_most_five_hundred) {
    Story story;
    for (int i = 0; i < 600; ++i) {
        story.letter({.name = std::to_string(i)});
    }
    story.apply();
    EXPECT_THAT(story.catalog.search({}, {}, search_time, {.limit = 0}).page.items, SizeIs(1));
    EXPECT_THAT(story.catalog.search({}, {}, search_time, {.limit = 9999}).page.items, SizeIs(500));
}

TEST(SearchPages, refuse_a_cursor_that_is_none) {
    const Story story;
    for (const std::string cursor :
         {"x", "-1", "1 OR 1", "99999999999999999999", "5", "-", "5.", ".5", "5.x", "5.10001"}) {
        EXPECT_THROW(
            (void)story.catalog.search({}, {}, search_time, {.limit = 5, .cursor = cursor}), Error);
    }
}

namespace {

/// Subjects by relevance, page by page.
std::vector<std::string> best_of(const Catalog& catalog, std::string_view query,
                                 std::size_t page_size = 50) {
    std::vector<std::string> subjects;
    PageRequest request{.limit = page_size, .cursor = ""};
    do {
        const auto found = catalog.search(SearchQuery::parse(query), {}, search_time, request,
                                          SearchOrder::relevance);
        for (const auto& item : found.page.items) {
            subjects.push_back(item.subject);
        }
        request.cursor = found.page.next;
    } while (!request.cursor.empty());
    return subjects;
}

}  // namespace

TEST(Relevance, puts_first_what_says_most_of_the_words) {
    Story story;
    story.letter({.name = "1", .subject = "a harvest of apples", .text = "nothing else"});
    story.letter(
        {.name = "2",
         .subject = "much text",
         .text = "apples " + std::string(400, 'x') + " one two three four five six seven"});
    story.letter({.name = "3", .subject = "short", .text = "apples, apples, apples"});
    story.letter({.name = "4", .subject = "none", .text = "pears"});
    story.apply();
    EXPECT_THAT(best_of(story.catalog, "apples"),
                ElementsAre("a harvest of apples", "short", "much text"));
    EXPECT_THAT(best_of(story.catalog, "apples -harvest"), ElementsAre("short", "much text"));
    EXPECT_THAT(best_of(story.catalog, "-apples"), ElementsAre("none"));
}

TEST(Relevance, has_the_newest_first_of_like_messages_and_where_no_word_is_asked_for) {
    Story story;
    for (const auto* const name : {"1", "2", "3"}) {
        story.letter({.name = name, .subject = name, .text = "the same"});
    }
    story.apply();
    EXPECT_THAT(best_of(story.catalog, "same"), ElementsAre("3", "2", "1"));
    EXPECT_THAT(best_of(story.catalog, ""), ElementsAre("3", "2", "1"));
    EXPECT_THAT(best_of(story.catalog, "smaller:1M", 2), ElementsAre("3", "2", "1"));
}

TEST(Relevance, has_pages_without_gaps_and_doubles_while_mail_comes_in) {
    Story story;
    for (int i = 0; i < 50; ++i) {
        story.letter({.name = std::to_string(i),
                      .subject = i % 5 == 0 ? "word" : "other",
                      .text = "a word"});
    }
    story.apply();
    const auto page = [&](const std::string& cursor) {
        return story.catalog.search(SearchQuery::parse("word"), {}, search_time,
                                    {.limit = 20, .cursor = cursor}, SearchOrder::relevance);
    };
    const auto first = page("");
    EXPECT_EQ(first.total, 50U);
    EXPECT_TRUE(first.total_is_exact);
    story.letter({.name = "new", .subject = "word", .text = "word"});
    story.apply();
    std::set<MessageKey> seen;
    for (auto found = first;; found = page(found.page.next)) {
        for (const auto& item : found.page.items) {
            EXPECT_TRUE(seen.insert(item.key).second);
        }
        if (found.page.next.empty()) {
            break;
        }
    }
    EXPECT_THAT(seen, SizeIs(50));
    EXPECT_THAT(page("").page.items, SizeIs(20));
    EXPECT_EQ(page("").total, 51U);
}

TEST(Relevance, refuses_a_cursor_of_the_other_order_or_of_a_message_it_does_not_find) {
    Story story;
    for (const auto* const name : {"1", "2", "3"}) {
        story.letter({.name = name, .text = "word"});
    }
    story.apply();
    const auto query = SearchQuery::parse("word");
    const auto next = [&](SearchOrder order) {
        return story.catalog.search(query, {}, search_time, {.limit = 1}, order).page.next;
    };
    const auto take = [&](const std::string& cursor, SearchOrder order) {
        (void)story.catalog.search(query, {}, search_time, {.limit = 1, .cursor = cursor}, order);
    };
    EXPECT_THROW(take(next(SearchOrder::newest), SearchOrder::relevance), Error);
    EXPECT_THROW(take(next(SearchOrder::relevance), SearchOrder::newest), Error);
    for (const std::string cursor :
         {"best", "best.1", "best.x.1", "best.1.1", "best.-1.1", "best.1.1.1"}) {
        EXPECT_THROW(take(cursor, SearchOrder::relevance), Error) << cursor;
    }
}

TEST(SearchOrder, falls_back_from_sent_to_internal_to_batch_date) {
    Story story;
    story.account(1, "work").mailbox("INBOX");
    story.letter({.name = "a", .subject = "internal", .sent_date = std::nullopt});
    story.letter({.name = "b", .subject = "batch", .sent_date = std::nullopt});
    story.letter({.name = "c", .subject = "ancient", .sent_date = at("1970-01-01")});
    story.letter({.name = "d", .subject = "future", .sent_date = at("2999-01-01")});
    const auto happened = story.seen("a", "INBOX", 1).apply();
    const auto found = story.catalog.search({}, {}, search_time, {});
    EXPECT_THAT(subjects_of(found), ElementsAre("future", "batch", "internal", "ancient"));
    EXPECT_EQ(found.page.items[0].date, happened + std::chrono::days{1});
    EXPECT_EQ(found.page.items[1].date, happened);
    EXPECT_EQ(found.page.items[2].date, at("2024-05-20T08:00:00Z"));
    EXPECT_EQ(found.page.items[3].date, at("1990-01-01"));
    EXPECT_EQ(story.catalog.message(id_of("d"))->summary.sent_date, at("2999-01-01"));
}

TEST(SearchOrder, spills_a_crowded_minute_into_the_next) {
    Story story;
    const auto crowded = at("2024-05-01T10:00:00Z");
    story.letter({.name = "next", .sent_date = crowded + std::chrono::minutes{1}});
    for (int i = 0; i < 64; ++i) {
        story.letter({.name = std::to_string(i), .sent_date = crowded});
    }
    story.letter({.name = "spilt", .sent_date = crowded}).apply();
    story.letter({.name = "spilt later", .sent_date = crowded}).apply();
    const auto minute = unix_ms(crowded) / 60000;
    std::set<std::int64_t> keys;
    for (const auto& item : story.catalog.search({}, {}, search_time, {.limit = 500}).page.items) {
        keys.insert(item.key.value);
    }
    EXPECT_THAT(keys, SizeIs(67));
    EXPECT_EQ(*keys.begin(), minute * 64);
    EXPECT_EQ(*keys.rbegin(), minute * 64 + 66);
}

TEST(AsOf, answers_every_search_as_it_was_answered_then) {
    Story story;
    const std::vector<std::string> queries{
        "",         "is:gone",           "is:read",  "is:unread", "in:INBOX",
        "in:Trash", "subject:a is:read", "-is:gone", "a OR b",    "account:work -is:flagged"};
    std::vector<Timestamp> moments;
    std::vector<std::vector<std::vector<std::string>>> answers;
    const auto step = [&] {
        moments.push_back(story.apply());
        auto& then = answers.emplace_back();
        for (const auto& query : queries) {
            then.push_back(search(story.catalog, query));
        }
    };
    story.account(1, "work").mailbox("INBOX").mailbox("Trash");
    step();
    story.letter({.name = "a", .subject = "a"}).seen("a", "INBOX", 1);
    step();
    story.flags("INBOX", 1, "\\Seen").letter({.name = "b", .subject = "b"}).seen("b", "INBOX", 2);
    step();
    story.flags("INBOX", 1, "\\Flagged").gone("INBOX", {2}).seen("b", "Trash", 1, "\\Seen");
    step();
    story.gone("Trash", {1}).flags("INBOX", 1, "\\Seen \\Flagged");
    step();
    story.gone("INBOX", {1}).seen("b", "INBOX", 2);
    step();
    for (std::size_t i = 0; i < moments.size(); ++i) {
        for (std::size_t q = 0; q < queries.size(); ++q) {
            EXPECT_EQ(search(story.catalog, queries[q], moments[i]), answers[i][q])
                << queries[q] << " at " << to_rfc3339(moments[i]);
        }
    }
}

TEST(AsOf, calls_a_mailbox_what_it_was_called_then) {
    Story story;
    story.account(1, "work").mailbox("Plans").letter({.name = "a", .subject = "a"});
    const auto before = story.seen("a", "Plans", 1).apply();
    const auto after =
        story.event(MailboxRenamed{AccountId{1}, "Plans", "Done", "Done", '/'}).apply();
    const auto place = [&](std::optional<Timestamp> as_of) {
        return story.catalog.search({}, as_of, search_time, {}).page.items.at(0).mailbox;
    };
    EXPECT_EQ(place(before), "Plans");
    EXPECT_EQ(place(after), "Done");
    EXPECT_EQ(place(std::nullopt), "Done");
    EXPECT_THAT(search(story.catalog, "in:plans", before), ElementsAre("a"));
    EXPECT_THAT(search(story.catalog, "in:done", before), IsEmpty());
    EXPECT_THAT(search(story.catalog, "in:Plans"), IsEmpty());
    EXPECT_THAT(search(story.catalog, "in:Done"), ElementsAre("a"));
    const auto given_back = [&](const Selection& selection) {
        std::vector<std::string> mailboxes;
        story.catalog.for_each_placement(selection, search_time, [&](const Placement& placement) {
            EXPECT_EQ(placement.mailbox, placement.mailbox_raw);
            mailboxes.push_back(placement.mailbox);
        });
        return mailboxes;
    };
    EXPECT_THAT(given_back({.as_of = before}), ElementsAre("Plans"));
    EXPECT_THAT(given_back({.mailboxes = {"Plans"}, .as_of = before}), ElementsAre("Plans"));
    EXPECT_THAT(given_back({.mailboxes = {"Done"}, .as_of = before}), IsEmpty());
    EXPECT_THAT(given_back({.mailboxes = {"Done"}}), ElementsAre("Done"));
}

TEST(AsOf, counts_mailboxes_and_lists_flags_as_they_were) {
    Story story;
    story.account(1, "work").mailbox("INBOX").letter({.name = "a", .size = 10});
    const auto unread = story.seen("a", "INBOX", 1, "Todo").apply();
    const auto read = story.mailbox("Later").flags("INBOX", 1, "\\Seen").apply();
    const auto gone = story.gone("INBOX", {1}).event(MailboxGone{AccountId{1}, "INBOX"}).apply();
    const auto at_moment = [&](Timestamp moment) {
        return story.catalog.mailboxes(AccountId{1}, moment);
    };
    EXPECT_THAT(at_moment(unread - std::chrono::milliseconds{1}), IsEmpty());
    ASSERT_THAT(at_moment(unread), SizeIs(1));
    EXPECT_EQ(at_moment(unread)[0].messages, 1U);
    EXPECT_EQ(at_moment(unread)[0].unread, 1U);
    EXPECT_EQ(at_moment(unread)[0].size, 10U);
    EXPECT_FALSE(at_moment(unread)[0].is_gone);
    ASSERT_THAT(at_moment(read), SizeIs(2));
    EXPECT_EQ(at_moment(read)[0].unread, 0U);
    EXPECT_EQ(at_moment(gone)[0].messages, 0U);
    EXPECT_TRUE(at_moment(gone)[0].is_gone);
    const auto line = story.catalog.search({}, unread, search_time, {}).page.items.at(0);
    EXPECT_EQ(to_text(line.flags), "Todo");
    EXPECT_FALSE(line.is_gone);
}

}  // namespace mailkeep::catalog::test
