// SPDX-License-Identifier: Apache-2.0
// What the catalog knows without looking: it must be what looking gives.
#include "mailkeep/catalog/catalog.hpp"

#include "archive_story.hpp"
#include "database_numbers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <tuple>

namespace mailkeep::catalog::test {

namespace {

/// Messages, unread ones, octets of each mailbox.
using Counts = std::map<std::string, std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>>;

Counts known(const Catalog& catalog, std::optional<Timestamp> as_of) {
    Counts counts;
    for (const auto& mailbox : catalog.mailboxes(std::nullopt, as_of)) {
        if (mailbox.messages > 0) {
            counts[mailbox.name] = {mailbox.messages, mailbox.unread, mailbox.size};
        }
    }
    return counts;
}

Counts looked_at(const Catalog& catalog, std::optional<Timestamp> as_of) {
    Counts counts;
    Selection selection;
    selection.as_of = as_of;
    catalog.for_each_placement(selection, story_begins, [&](const Placement& placement) {
        auto& [messages, unread, size] = counts[placement.mailbox];
        ++messages;
        unread += placement.flags.seen ? 0 : 1;
        size += placement.message.size;
    });
    return counts;
}

/// Mail that comes, is read, moves, is forgotten and comes again, from noon past midnight.
class Months {
  public:
    Months() { story.account(1, "home").mailbox("INBOX").mailbox("Other").apply(); }

    void step() {
        const auto number = std::to_string(pick(60));
        const std::string mailbox = pick(3) == 0 ? "Other" : "INBOX";
        switch (pick(6)) {
            case 0:
                story.flags(mailbox, uid(), pick(2) == 0 ? "\\Seen" : "\\Flagged");
                break;
            case 1:
                story.gone(mailbox, {uid()},
                           pick(3) == 0 ? GoneReason::deleted_by_us : GoneReason::vanished);
                break;
            case 2:
                story.event(Expired{id_of(number), AccountId{1}, mailbox, "30d from ingest"}, {});
                break;
            default:
                story.letter({.name = number, .subject = "s", .size = 100 + pick(100)});
                story.seen(number, mailbox, uid(), pick(2) == 0 ? "\\Seen" : "");
        }
        moments.push_back(story.apply());
    }

    std::uint32_t pick(std::uint32_t below) {
        return static_cast<std::uint32_t>(random_() % below);
    }

    Story story;
    std::vector<Timestamp> moments;

  private:
    Uid uid() { return 1 + pick(30); }

    std::mt19937 random_{4};  // NOLINT(bugprone-random-generator-seed): the same each time
};

}  // namespace

TEST(MailboxCounts, are_those_of_placements_now_and_then) {
    Months months;
    for (int i = 0; i < 900; ++i) {
        months.step();
    }
    const auto& catalog = months.story.catalog;
    EXPECT_EQ(known(catalog, std::nullopt), looked_at(catalog, std::nullopt));
    for (std::size_t i = 0; i < months.moments.size(); i += 30) {
        EXPECT_EQ(known(catalog, months.moments[i]), looked_at(catalog, months.moments[i])) << i;
    }
    std::uint64_t standing = 0;
    for (const auto& [name, counts] : known(catalog, std::nullopt)) {
        standing += std::get<0>(counts);
    }
    EXPECT_EQ(catalog.totals().placements, standing);
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;
    catalog.for_each_stored([&](const StoredMessage& stored) {
        ++messages;
        octets += stored.size;
    });
    EXPECT_EQ(catalog.totals().messages, messages);
    EXPECT_EQ(catalog.totals().octets, octets);
}

TEST(MailboxCounts, are_the_same_when_an_older_catalog_is_brought_up_to_date) {
    Months months;
    for (int i = 0; i < 200; ++i) {
        months.step();
    }
    Database database(months.story.dir.path() / "mailkeep.db", Access::read_write, {});
    const auto differing = [&] {
        return number_from(database,
                           "SELECT count(*) FROM (SELECT mailbox_id, at / 86400000 AS day,"
                           " sum(messages) AS messages, sum(unread) AS unread, sum(size) AS size"
                           " FROM mailbox_steps GROUP BY 1, 2) AS s FULL JOIN mailbox_days AS d"
                           " USING (mailbox_id, day) WHERE (s.messages, s.unread, s.size)"
                           " IS NOT (d.messages, d.unread, d.size)"
                           " AND coalesce(d.messages, d.unread, d.size, 0) <> 0");
    };
    EXPECT_EQ(differing(), 0);
}

TEST(DateBounds, leave_out_nothing_of_a_crowded_minute) {
    Story story;
    story.account(1, "home").mailbox("INBOX");
    for (Uid i = 1; i <= 200; ++i) {  // keys of three minutes
        const auto name = std::to_string(i);
        story.letter({.name = name, .subject = "crowd", .sent_date = at("2024-04-30T23:59:30Z")});
        story.seen(name, "INBOX", i);
    }
    story.letter({.name = "next", .subject = "crowd", .sent_date = at("2024-05-01T00:00:00Z")});
    story.seen("next", "INBOX", 201).apply();
    const auto found = [&](std::string_view query) {
        return story.catalog.search(SearchQuery::parse(query), std::nullopt, story_begins, {})
            .total;
    };
    for (const std::string word : {"", "crowd "}) {
        EXPECT_EQ(found(word + "before:2024-05"), 200U);
        EXPECT_EQ(found(word + "on:2024-04-30"), 200U);
        EXPECT_EQ(found(word + "after:2024-05"), 1U);
        EXPECT_EQ(found(word + "after:2024-05 before:2024-05-02"), 1U);
    }
}

TEST(DateBounds, leave_out_nothing_that_says_it_was_sent_later_than_it_was_seen) {
    Story story;
    story.account(1, "home").mailbox("INBOX");
    story.letter({.name = "1", .subject = "future", .sent_date = at("2030-01-01T00:00:00Z")});
    const auto then = story.seen("1", "INBOX", 1).apply();
    story.letter({.name = "2", .subject = "future"}).seen("2", "INBOX", 2).apply();
    for (const std::string query : {"", "future"}) {
        EXPECT_EQ(story.catalog.search(SearchQuery::parse(query), then, story_begins, {}).total,
                  1U);
    }
}

}  // namespace mailkeep::catalog::test
