// SPDX-License-Identifier: Apache-2.0
// Whom mail came from and went to.
#include "mailkeep/catalog/catalog.hpp"

#include "archive_story.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::catalog::test {

using testing::ElementsAre;
using testing::IsEmpty;

namespace {

class Correspondents : public testing::Test {
  protected:
    Correspondents() {
        story_.account(1, "post");
        story_.mailbox("INBOX");
        letter("1", "Zoë Quincey <zoe@example.org>",
               "Doe, John <john@example.net>, ann@example.net");
        letter("2", "z@example.org", "\"Zoe\" <ZOE@example.org>, bob@example.net");
        letter("3", "Annabel Lee <lee@example.com>", "zoe@example.org");
        story_.apply();
    }

    std::vector<std::string> found(std::string_view beginning, std::size_t most = 10) {
        std::vector<std::string> people;
        for (const auto& who : story_.catalog.correspondents(beginning, most)) {
            people.push_back(who.name + "|" + who.address + "|" + std::to_string(who.messages));
        }
        return people;
    }

  private:
    void letter(const std::string& name, const std::string& from, const std::string& to) {
        story_.letter({.name = name,
                       .subject = name,
                       .from = from,
                       .to = to,
                       .sent_date = at("2024-05-0" + name + "T10:00:00Z"),
                       .size = 100});
    }

    Story story_;
};

TEST_F(Correspondents, are_found_by_the_beginning_of_a_word_and_counted_by_address) {
    EXPECT_THAT(found("ZO"), ElementsAre("Zoe|zoe@example.org|3"));
    EXPECT_THAT(found("ann"), ElementsAre("|ann@example.net|1", "Annabel Lee|lee@example.com|1"));
    EXPECT_THAT(found("quincey"), ElementsAre("Zoë Quincey|zoe@example.org|1"));
}

TEST_F(Correspondents, may_have_a_comma_in_the_name) {
    EXPECT_THAT(found("doe, jo"), ElementsAre("Doe, John|john@example.net|1"));
}

TEST_F(Correspondents, are_those_of_the_most_messages_first) {
    EXPECT_THAT(found("example", 1), ElementsAre("Zoe|zoe@example.org|3"));
    EXPECT_EQ(found("example").size(), 6U);
}

TEST_F(Correspondents, are_nobody_without_a_word) {
    EXPECT_THAT(found(""), IsEmpty());
    EXPECT_THAT(found("\" *"), IsEmpty());
    EXPECT_EQ(found("\"zo"), found("zo"));
    EXPECT_THAT(found(std::string_view("\0", 1)), IsEmpty());
}

}  // namespace

}  // namespace mailkeep::catalog::test
