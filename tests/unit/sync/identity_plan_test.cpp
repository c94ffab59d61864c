// SPDX-License-Identifier: Apache-2.0
#include "identity_plan.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace mailkeep::sync;

namespace {

constexpr std::string_view head_a = "Message-ID: <a@x>\r\nSubject: a\r\n\r\n";
constexpr std::string_view head_b = "Message-ID: <b@x>\r\nSubject: b\r\n\r\n";

Timestamp at_second(int number) {
    return Timestamp(std::chrono::seconds{1'700'000'000 + number});
}

Arrival arrival(Uid uid, std::uint64_t size = 100, int date = 1) {
    return {.uid = uid, .size = size, .internal_date = at_second(date)};
}

Archived in_archive(char content, std::uint64_t size = 100, int date = 1) {
    return {.content_id = sha256({&content, 1}), .size = size, .internal_date = at_second(date)};
}

/// Both sides told their headers.
std::vector<Match> with_heads(Arrival message, std::string_view theirs, Archived known,
                              std::string_view ours) {
    message.head = head_of(theirs);
    known.head = head_of(ours);
    return match_heads(std::vector{message}, std::vector{known});
}

Arrival called(Arrival message, const char* object_id) {
    message.object_id = object_id;
    return message;
}

Archived called(Archived message, const char* object_id) {
    message.object_id = object_id;
    return message;
}

struct Verdict {
    std::size_t proven;
    std::size_t likely;

    friend bool operator==(const Verdict&, const Verdict&) = default;
};

Verdict verdict(const Arrival& message, const std::vector<Archived>& known) {
    const auto plan = plan_identity(std::vector{message}, known);
    return {plan.proven.size(), plan.likely.size()};
}

}  // namespace

TEST(IdentityPlan, fetches_what_has_no_equal_in_size_and_date) {
    EXPECT_EQ(verdict(arrival(1), {}), (Verdict{0, 0}));
    EXPECT_EQ(verdict(arrival(1), {in_archive('a', 101)}), (Verdict{0, 0}));
    EXPECT_EQ(verdict(arrival(1), {in_archive('a', 100, 2)}), (Verdict{0, 0}));
}

TEST(IdentityPlan, asks_for_the_header_where_size_and_date_are_equal) {
    EXPECT_EQ(verdict(arrival(1), {in_archive('a')}), (Verdict{0, 1}));
    EXPECT_EQ(verdict(arrival(1), {in_archive('a'), in_archive('b')}), (Verdict{0, 1}));
}

TEST(IdentityPlan, takes_no_message_without_size_or_date_for_a_known_one) {
    auto message = called(arrival(1, 0), "M1");
    EXPECT_EQ(verdict(message, {called(in_archive('a', 0), "M1")}), (Verdict{0, 0}));
    message = called(arrival(1), "M1");
    message.internal_date.reset();
    EXPECT_EQ(verdict(message, {called(in_archive('a'), "M1")}), (Verdict{0, 0}));
}

TEST(IdentityPlan, believes_what_the_server_calls_it) {
    const auto plan = plan_identity(std::vector{called(arrival(9), "M1")},
                                    std::vector{called(in_archive('a'), "M1"), in_archive('b')});
    ASSERT_EQ(plan.proven.size(), 1U);
    EXPECT_EQ(plan.proven[0], (Match{9, sha256("a")}));
}

TEST(IdentityPlan, believes_no_name_of_another_size_or_date) {
    const auto message = called(arrival(1), "M1");
    EXPECT_EQ(verdict(message, {called(in_archive('a', 99), "M1")}), (Verdict{0, 0}));
    EXPECT_EQ(verdict(message, {called(in_archive('a', 100, 2), "M1")}), (Verdict{0, 0}));
}

TEST(IdentityPlan, believes_no_name_that_two_contents_have) {
    EXPECT_EQ(verdict(called(arrival(1), "M1"),
                      {called(in_archive('a'), "M1"), called(in_archive('b'), "M1")}),
              (Verdict{0, 1}));
    EXPECT_EQ(verdict(called(arrival(1), "M1"),
                      {called(in_archive('a'), "M1"), called(in_archive('a'), "M1")}),
              (Verdict{1, 0}))
        << "two copies of one content are no doubt";
}

TEST(IdentityPlan, asks_where_the_name_is_another_one) {
    EXPECT_EQ(verdict(called(arrival(1), "M2"), {called(in_archive('a'), "M1")}), (Verdict{0, 1}));
    EXPECT_EQ(verdict(called(arrival(1), "M2"), {in_archive('a')}), (Verdict{0, 1}));
}

TEST(IdentityPlan, fetches_a_draft_whose_header_may_outlive_its_text) {
    auto draft = arrival(1);
    draft.is_draft = true;
    EXPECT_EQ(verdict(draft, {in_archive('a')}), (Verdict{0, 0}));
    EXPECT_EQ(verdict(called(draft, "M1"), {called(in_archive('a'), "M1")}), (Verdict{1, 0}));
    EXPECT_TRUE(with_heads(draft, head_a, in_archive('a'), head_a).empty());
}

TEST(MatchHeads, believes_an_equal_header) {
    EXPECT_EQ(with_heads(arrival(4), head_a, in_archive('a'), head_a),
              (std::vector{Match{4, sha256("a")}}));
}

TEST(MatchHeads, believes_no_other_header_size_or_date) {
    EXPECT_TRUE(with_heads(arrival(4), head_a, in_archive('a'), head_b).empty());
    EXPECT_TRUE(with_heads(arrival(4), head_a, in_archive('a', 101), head_a).empty());
    EXPECT_TRUE(with_heads(arrival(4), head_a, in_archive('a', 100, 2), head_a).empty());
}

TEST(MatchHeads, believes_no_header_that_two_contents_have) {
    auto message = arrival(4);
    message.head = head_of(head_a);
    auto one = in_archive('a');
    auto other = in_archive('b');
    one.head = other.head = message.head;
    EXPECT_TRUE(match_heads(std::vector{message}, std::vector{one, other}).empty());
    other.content_id = one.content_id;
    EXPECT_EQ(match_heads(std::vector{message}, std::vector{one, other}).size(), 1U);
}

TEST(MatchHeads, takes_nothing_for_equal_that_has_no_header) {
    EXPECT_TRUE(with_heads(arrival(4), "", in_archive('a'), "").empty());
    EXPECT_TRUE(with_heads(arrival(4), "Subject: x\r\n\r\n", in_archive('a'), "Subject: x\r\n\r\n")
                    .empty());
}

TEST(HeadOf, is_the_same_of_a_message_and_of_its_header) {
    EXPECT_TRUE(head_of(head_a));
    EXPECT_EQ(head_of(std::string(head_a) + "text\r\n\r\nmore"), head_of(head_a));
    EXPECT_NE(head_of(head_a), head_of(head_b));
}

TEST(HeadOf, needs_a_message_id_and_an_end) {
    EXPECT_FALSE(head_of("Message-ID: <a@x>\r\n"));
    EXPECT_FALSE(head_of("Message-ID:  \r\n\r\n"));
    EXPECT_FALSE(head_of("X-Message-ID: <a@x>\r\n\r\n"));
    EXPECT_FALSE(head_of("Subject: x\r\n\r\nMessage-ID: <a@x>\r\n\r\n"));
    EXPECT_TRUE(head_of("Subject: x\r\nMESSAGE-id: <a@x>\r\n\r\n"));
}

TEST(SpotChecks, are_one_in_a_hundred_within_bounds_and_spread) {
    const auto count_of = [](std::size_t matches) {
        return plan_spot_checks(std::vector<Match>(matches)).size();
    };
    EXPECT_EQ(count_of(0), 0U);
    EXPECT_EQ(count_of(2), 2U);
    EXPECT_EQ(count_of(4), 3U);
    EXPECT_EQ(count_of(1000), 10U);
    EXPECT_EQ(count_of(1001), 11U);
    EXPECT_EQ(count_of(100'000), 50U);
    std::vector<Match> matches;
    for (Uid uid = 1; uid <= 300; ++uid) {
        matches.push_back({uid, {}});
    }
    const auto checks = plan_spot_checks(matches);
    ASSERT_EQ(checks.size(), 3U);
    EXPECT_EQ(checks[0].uid, 51U);
    EXPECT_EQ(checks[1].uid, 151U);
    EXPECT_EQ(checks[2].uid, 251U);
}

TEST(SpotChecks, would_be_all_there_is_of_a_few) {
    EXPECT_TRUE(is_cheaper_to_fetch(3));
    EXPECT_FALSE(is_cheaper_to_fetch(4));
}

namespace {

MailboxTrace trace_of(UidValidity uid_validity, Uid uid_next, std::vector<Arrival> messages) {
    return {uid_validity, uid_next, std::move(messages)};
}

const std::vector<Arrival> five_arrivals{arrival(1, 11), arrival(2, 12), arrival(3, 13),
                                         arrival(4, 14), arrival(7, 17)};

std::vector<Arrival> without_first(std::size_t count) {
    return {five_arrivals.begin() + static_cast<std::ptrdiff_t>(count), five_arrivals.end()};
}

}  // namespace

TEST(RenamedMailbox, has_its_uidvalidity_and_its_messages) {
    EXPECT_TRUE(is_renamed(trace_of(7, 8, five_arrivals), trace_of(7, 8, five_arrivals)));
    EXPECT_FALSE(is_renamed(trace_of(7, 8, five_arrivals), trace_of(8, 8, five_arrivals)));
    EXPECT_FALSE(is_renamed(trace_of(0, 8, five_arrivals), trace_of(0, 8, five_arrivals)))
        << "none was told";
    EXPECT_FALSE(is_renamed(trace_of(7, 8, five_arrivals), trace_of(7, 7, five_arrivals)))
        << "UIDs never go back";
}

TEST(RenamedMailbox, may_have_gained_and_lost_a_little) {
    auto more = five_arrivals;
    more.push_back(arrival(8, 18));
    EXPECT_TRUE(is_renamed(trace_of(7, 8, five_arrivals), trace_of(7, 9, more)));
    EXPECT_TRUE(is_renamed(trace_of(7, 8, five_arrivals), trace_of(7, 8, without_first(1))));
    EXPECT_FALSE(is_renamed(trace_of(7, 8, five_arrivals), trace_of(7, 8, without_first(2))));
}

TEST(RenamedMailbox, is_not_one_with_other_messages_under_these_uids) {
    auto other = five_arrivals;
    other[2].size = 99;
    EXPECT_FALSE(is_renamed(trace_of(7, 8, five_arrivals), trace_of(7, 8, other)));
    other[2] = five_arrivals[2];
    other[2].internal_date.reset();
    EXPECT_FALSE(is_renamed(trace_of(7, 8, five_arrivals), trace_of(7, 8, other)));
}

TEST(RenamedMailbox, is_not_seen_in_an_empty_one) {
    EXPECT_FALSE(is_renamed(trace_of(7, 8, {}), trace_of(7, 8, {})));
    EXPECT_FALSE(is_renamed(trace_of(7, 8, five_arrivals), trace_of(7, 8, {})));
    EXPECT_FALSE(is_renamed(trace_of(7, 8, {}), trace_of(7, 9, {arrival(8)})));
}
