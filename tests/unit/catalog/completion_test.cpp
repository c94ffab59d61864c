// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/catalog/catalog.hpp"

#include "archive_story.hpp"
#include "fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::catalog::test {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

class Completions : public testing::Test {
  protected:
    Completions() {
        story_.account(1, "Büro").account(2, "home office");
        story_.mailbox("INBOX").mailbox("Sent Items").mailbox("Entwürfe");
        story_.letter(
            {.name = "1", .from = "Zoë Quincey <zoe@example.org>", .to = "bob@example.net"});
        story_.apply();
    }

    std::vector<std::string> of(std::string_view query, std::size_t most = 50) {
        std::vector<std::string> queries;
        for (const auto& each : story_.catalog.completions(query, most)) {
            queries.push_back(each.query);
        }
        return queries;
    }

    Story story_;
};

}  // namespace

TEST_F(Completions, are_the_fields_that_begin_so) {
    EXPECT_THAT(of("fr"), ElementsAre("from:"));
    EXPECT_THAT(of("invoice -(SUB"), ElementsAre("invoice -(subject:"));
    EXPECT_THAT(of("-h"), ElementsAre("-has:attachment"));
    EXPECT_THAT(story_.catalog.completions("fr", 5),
                ElementsAre(Completion{"from:", "from:alice@example.org"}));
}

TEST_F(Completions, know_every_field_of_the_language) {
    for (const auto& field : all_fields()) {
        const auto begun = field.name.substr(0, field.name.size() - 1);
        const auto whole = std::string(field.name) + (field.takes == Takes::fixed ? "" : ":");
        EXPECT_THAT(of(begun), Contains(whole)) << field.name;
    }
}

TEST_F(Completions, are_the_values_of_a_field_that_has_some) {
    EXPECT_THAT(of("is:"),
                ElementsAre("is:read", "is:unread", "is:flagged", "is:answered", "is:gone"));
    EXPECT_THAT(of("is:un"), ElementsAre("is:unread"));
    EXPECT_THAT(of("x account:bu"), ElementsAre("x account:Büro"));
    EXPECT_THAT(of("account:OFF"), ElementsAre("account:\"home office\""));
    EXPECT_THAT(of("in:\"sent it"), ElementsAre("in:\"Sent Items\""));
    EXPECT_THAT(of("in:entwu"), ElementsAre("in:Entwürfe"));
    EXPECT_THAT(of("in:"), SizeIs(3));
    EXPECT_THAT(of("in:", 2), SizeIs(2));
}

TEST_F(Completions, are_people_in_fields_of_people) {
    EXPECT_THAT(
        story_.catalog.completions("late -from:quin", 5),
        ElementsAre(Completion{"late -from:zoe@example.org", "Zoë Quincey <zoe@example.org>"}));
    EXPECT_THAT(of("to:bo"), ElementsAre("to:bob@example.net"));
    EXPECT_THAT(of("to:b"), IsEmpty());
}

TEST_F(Completions, are_none_where_nothing_is_begun_or_all_is_open) {
    for (const auto* const query :
         {"", "word ", "\"from", "xyz", "subject:z", "before:20", "nofield:x", "("}) {
        EXPECT_THAT(of(query), IsEmpty()) << query;
    }
}

}  // namespace mailkeep::catalog::test
