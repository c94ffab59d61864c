// SPDX-License-Identifier: Apache-2.0
// Which messages are one thread: by references, by subject, and whatever the order they come in.
#include "archive_story.hpp"
#include "base_subject.hpp"
#include "migrate.hpp"
#include "sqlite.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace mailkeep::catalog::test {

using testing::ElementsAre;
using testing::IsEmpty;

namespace {

/// The subjects of a letter's thread, oldest first.
std::vector<std::string> thread_of(const Catalog& catalog, std::string_view name) {
    std::vector<std::string> subjects;
    for (const auto& message : catalog.thread(id_of(name))) {
        subjects.push_back(message.subject);
    }
    return subjects;
}

/// Dated by their order, so that a thread lists them as they are told here.
Letter note(const std::string& name, const std::string& message_id,
            std::vector<std::string> references, const std::string& subject = "") {
    static int minutes = 0;
    return {.name = name,
            .subject = subject.empty() ? name : subject,
            .message_id = message_id,
            .sent_date = at("2024-05-01T10:00:00Z") + std::chrono::minutes{++minutes},
            .references = std::move(references)};
}

std::string base_of(std::string_view subject) {
    const auto base = base_subject(subject);
    return std::string(base.text) + (base.is_reply ? "|reply" : "");
}

}  // namespace

TEST(BaseSubject, is_what_stands_within) {
    EXPECT_EQ(base_of("  Plan "), "Plan");
    EXPECT_EQ(base_of(""), "");
    EXPECT_EQ(base_of("Re: Plan"), "Plan|reply");
    EXPECT_EQ(base_of("RE : Fwd: FW:Plan"), "Plan|reply");
    EXPECT_EQ(base_of("Re[2]: Plan"), "Plan|reply");
    EXPECT_EQ(base_of("[list] Plan"), "Plan");
    EXPECT_EQ(base_of("Re: [list] AW: Plan (fwd)"), "Plan|reply");
    EXPECT_EQ(base_of("[Fwd: Plan]"), "Plan|reply");
    EXPECT_EQ(base_of("回复：计划"), "计划|reply");
    EXPECT_EQ(base_of("[Plan]"), "[Plan]");
    EXPECT_EQ(base_of("Re:"), "|reply");
    EXPECT_EQ(base_of("Reports: all"), "Reports: all");
    EXPECT_EQ(base_of("[a[b] Plan"), "[a[b] Plan");
    EXPECT_EQ(base_of("[Fwd:"), "[Fwd:");
    EXPECT_EQ(base_of("Re"), "Re");
}

TEST(Threads, join_what_refers_to_each_other) {
    Story story;
    story.letter(note("question", "q@x", {}));
    story.letter(note("answer", "a@x", {"q@x"}));
    story.letter(note("thanks", "t@x", {"q@x", "a@x"}));
    story.letter(note("other", "o@x", {}));
    story.apply();
    for (const std::string name : {"question", "answer", "thanks"}) {
        EXPECT_THAT(thread_of(story.catalog, name), ElementsAre("question", "answer", "thanks"));
    }
    EXPECT_THAT(thread_of(story.catalog, "other"), ElementsAre("other"));
    EXPECT_THAT(thread_of(story.catalog, "unknown"), IsEmpty());
}

TEST(Threads, become_one_when_a_parent_comes_late) {
    Story story;
    story.letter(note("question", "q@x", {}));
    story.letter(note("thanks", "t@x", {"a@x"})).apply();
    EXPECT_THAT(thread_of(story.catalog, "thanks"), ElementsAre("thanks"));
    story.letter(note("answer", "a@x", {"q@x"})).apply();
    EXPECT_THAT(thread_of(story.catalog, "question"), ElementsAre("question", "thanks", "answer"));
}

TEST(Threads, join_by_a_message_that_nobody_has) {
    Story story;
    story.letter(note("one", "1@x", {"lost@x"})).letter(note("two", "", {"lost@x"})).apply();
    EXPECT_THAT(thread_of(story.catalog, "one"), ElementsAre("one", "two"));
}

TEST(Threads, join_replies_without_references_by_subject_and_correspondents) {
    Story story;
    auto plan = note("plan", "p@x", {}, "Plan");
    auto reply = note("reply", "r@x", {}, "AW: [team] plan");
    std::swap(reply.from, reply.to);
    auto stranger = note("stranger", "s@x", {}, "Re: Plan");
    stranger.from = "eve@example.org";
    auto further = note("further", "f@x", {"r@x"}, "Re: Plan");
    story.letter(plan).letter(stranger).letter(further).apply();
    EXPECT_THAT(thread_of(story.catalog, "plan"), ElementsAre("Plan"));
    story.letter(reply).apply();
    EXPECT_THAT(thread_of(story.catalog, "plan"),
                ElementsAre("Plan", "AW: [team] plan", "Re: Plan"));
    EXPECT_THAT(thread_of(story.catalog, "stranger"), ElementsAre("Re: Plan"));
}

TEST(Threads, begin_anew_with_the_same_subject_where_nobody_replied) {
    Story story;
    story.letter(note("may", "1@x", {}, "Report")).letter(note("june", "2@x", {}, "Report"));
    story.letter(note("empty", "3@x", {}, "Re:")).letter(note("empty too", "4@x", {}, "Re: "));
    story.apply();
    EXPECT_THAT(thread_of(story.catalog, "may"), ElementsAre("Report"));
    EXPECT_THAT(thread_of(story.catalog, "empty"), ElementsAre("Re:"));
}

TEST(Threads, fall_apart_when_what_joined_them_expires) {
    Story story;
    story.letter(note("a", "a@x", {})).letter(note("b", "b@x", {"a@x"}));
    story.letter(note("c", "c@x", {"b@x"})).letter(note("d", "d@x", {"b@x"})).apply();
    EXPECT_THAT(thread_of(story.catalog, "a"), ElementsAre("a", "b", "c", "d"));
    story.event(Expired{id_of("b"), AccountId{1}, "INBOX", "30d"}, RunId{}).apply();
    EXPECT_THAT(thread_of(story.catalog, "a"), ElementsAre("a"));
    EXPECT_THAT(thread_of(story.catalog, "d"), ElementsAre("c", "d"));
}

/// Random mail that expires now and then, told whole to another catalog in another order: which
/// messages are left decides.
TEST(Threads, are_the_same_in_any_order) {
    std::mt19937 random(7);
    for (int round = 0; round < 20; ++round) {
        std::vector<Letter> letters;
        for (int i = 0; i < 24; ++i) {
            std::vector<std::string> references;
            for (auto left = random() % 3; left > 0; --left) {
                references.push_back(std::to_string(random() % 40) + "@x");
            }
            const auto about = std::to_string(random() % 8);
            letters.push_back(note(std::to_string(i), std::to_string(i) + "@x", references,
                                   random() % 2 == 0 ? about : "Re: " + about));
        }
        Story story;
        Story other;
        std::vector<std::size_t> gone;
        for (std::size_t i = 0; i < letters.size(); ++i) {
            story.letter(letters[i]);
            if (random() % 4 == 0) {
                story.apply();
                gone.push_back(random() % (i + 1));
                const auto& name = letters[gone.back()].name;
                story.event(Expired{id_of(name), AccountId{1}, "INBOX", "30d"}, RunId{});
            }
        }
        story.apply();
        std::shuffle(letters.begin(), letters.end(), random);
        const auto is_gone = [&](const Letter& letter) {
            return std::find(gone.begin(), gone.end(), std::stoul(letter.name)) != gone.end();
        };
        for (const auto& letter : letters) {
            if (!is_gone(letter)) {
                other.letter(letter);
                if (random() % 3 == 0) {
                    other.apply();
                }
            }
        }
        other.apply();
        ASSERT_EQ(story.catalog.fingerprint().at("threads"),
                  other.catalog.fingerprint().at("threads"))
            << round;
    }
}

TEST(Threads, of_an_older_catalog_are_found_when_the_index_comes_to_them) {
    Story story;
    story.letter(note("question", "q@x", {})).letter(note("answer", "a@x", {"q@x"})).apply();
    const auto before = story.catalog.fingerprint();
    {
        Database older(story.dir / "mailkeep.db", Access::read_write);
        older.execute(
            "UPDATE messages SET refs = NULL, thread = NULL, subject_name = NULL;"
            "DELETE FROM threads");
    }
    EXPECT_THAT(thread_of(story.catalog, "question"), ElementsAre("question"));
    story.catalog.drop_search_index();
    story.catalog.index(story.told.back().summaries);
    EXPECT_THAT(thread_of(story.catalog, "question"), ElementsAre("question", "answer"));
    EXPECT_EQ(story.catalog.fingerprint(), before);
}

}  // namespace mailkeep::catalog::test
