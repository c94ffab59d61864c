// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"

#include "event_codec.hpp"
#include "event_fields.hpp"
#include "octets.hpp"

#include <gtest/gtest.h>

#include <set>

namespace mailkeep::archive {
namespace {

const Timestamp some_time = from_unix_ms(1'795'435'200'123);

Event event(decltype(Event::what) what) {
    return {.at = some_time, .run = RunId{42}, .what = std::move(what)};
}

Flags some_flags() {
    Flags flags;
    flags.add("\\Seen");
    flags.add("\\Answered");
    flags.add("$Forwarded");
    flags.add("with space");
    flags.labels = {"\\Inbox", "große Dinge"};
    return flags;
}

Account full_account() {
    return {.id = AccountId{3},
            .name = "post",
            .server = {.protocol = Protocol::pop3,
                       .security = Security::plaintext,
                       .host = "mail.example",
                       .port = 65535,
                       .user = "me@example",
                       .ca_file = "/ca.pem",
                       .tls_fingerprint = "aa:bb"},
            .auth = Auth::oauth,
            .oauth = {"mailkeep", "https://login.example/token"},
            .sealed_password = std::string("\0\1\xFF", 3),
            .include = {"INBOX", "", "Work/*"},
            .exclude = {"Spam"},
            .watch = {"INBOX", "Sent"},
            .schedule = {std::chrono::seconds{90}},
            .delete_policy = {DeletePolicy::Kind::days, 30},
            .retention = {{KeepRule::Unit::years, 7},
                          KeepFrom::internal_date,
                          {{"Tr=sh*", {KeepRule::Unit::days, 30}}, {"Contracts", {}}}}};
}

RunCounts different_counts() {
    return {.seen = 1,
            .stored = 2,
            .flag_changes = 3,
            .vanished = 4,
            .deleted_from_server = 5,
            .bytes = std::uint64_t{6} << 40,
            .appended = 7,
            .already_there = 8,
            .failed = 9};
}

UidSet some_uids() {
    UidSet uids;
    uids.add(1, 5);
    uids.add(4'000'000'000, 4'294'967'295);
    return uids;
}

/// Each kind twice: all members at their defaults, and no member at its default.
std::vector<Event> every_variant() {
    const InternalDate before_1970{from_unix_ms(-86'400'000), std::chrono::minutes{-570}};
    return {
        event(AccountSaved{}),
        event(AccountSaved{full_account()}),
        event(AccountSaved{{.watch = {}}}),
        event(AccountRemoved{}),
        event(AccountRemoved{AccountId{3}}),
        event(UserSaved{}),
        event(UserSaved{"ann", "$argon2id$x"}),
        event(UserRemoved{}),
        event(UserRemoved{"ann"}),
        event(RunStarted{}),
        event(RunStarted{AccountId{3}, RunKind::restore}),
        event(RunFinished{}),
        event(RunFinished{RunState::partial, different_counts(), "mailbox X: refused\nY: lost"}),
        event(MailboxSeen{}),
        event(MailboxSeen{AccountId{3},
                          "Entw&APw-rfe",
                          "Entw\xC3\xBCrfe",
                          '/',
                          {"\\Drafts", "\\HasNoChildren"},
                          4'294'967'295,
                          "F2212ea87-6097"}),
        event(MailboxGone{}),
        event(MailboxGone{AccountId{3}, "Old"}),
        event(MailboxRenamed{}),
        event(MailboxRenamed{AccountId{3}, "Old", "N&APY-w", "Nöw", '.'}),
        event(Seen{}),
        event(Seen{AccountId{3}, "INBOX", 7, 8, "uidl-1", sha256("x"), before_1970, some_flags(),
                   "M6d99ac3275bb4e"}),
        event(FlagsChanged{}),
        event(FlagsChanged{AccountId{3}, "INBOX", 7, 8, some_flags()}),
        event(Gone{}),
        event(Gone{AccountId{3}, "INBOX", 7, some_uids(), GoneReason::deleted_by_us,
                   RemovalProof::replicated}),
        event(Restored{}),
        event(Restored{"imaps://me@b.example", "INBOX", 7, 8, sha256("x")}),
        event(Expired{.content_id = sha256("")}),
        event(Expired{sha256("x"), AccountId{3}, "Entw\xC3\xBCrfe", "7y from ingest"}),
        event(HoldPlaced{}),
        event(HoldPlaced{{"case 7", AccountId{3}, "Contracts*", "court order"}}),
        event(HoldLifted{}),
        event(HoldLifted{"case 7"}),
    };
}

std::string record(std::uint8_t kind, const std::string& fields) {
    std::string octets;
    put_number(octets, 1 + fields.size(), 4);
    put_number(octets, kind, 1);
    return octets + fields;
}

std::string field(Field tag, std::string_view octets) {
    std::string text;
    put_number(text, static_cast<std::uint8_t>(tag), 1);
    put_number(text, octets.size(), 4);
    return text + std::string(octets);
}

TEST(EventCodec, knows_every_variant) {
    std::set<std::size_t> kinds;
    for (const auto& e : every_variant()) {
        kinds.insert(e.what.index());
    }
    EXPECT_EQ(kinds.size(), std::variant_size_v<decltype(Event::what)>);
}

TEST(EventCodec, gives_back_every_variant) {
    for (const auto& e : every_variant()) {
        const auto decoded = decode_events(encode(e));
        ASSERT_TRUE(decoded);
        EXPECT_EQ(decoded->records, 1U);
        ASSERT_EQ(decoded->events.size(), 1U);
        EXPECT_EQ(decoded->events[0], e) << e.what.index();
    }
}

TEST(EventCodec, gives_back_many_in_order) {
    std::string payload;
    for (const auto& e : every_variant()) {
        payload += encode(e);
    }
    const auto decoded = decode_events(payload);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->events, every_variant());
}

TEST(EventCodec, writes_the_octets_that_are_documented) {
    EXPECT_EQ(to_hex(encode({.at = {}, .run = {}, .what = UserRemoved{"ann"}})),
              "09000000"
              "04"
              "0d"
              "03000000"
              "616e6e");
}

TEST(EventCodec, refuses_every_truncated_prefix) {
    for (const auto& e : every_variant()) {
        const auto octets = encode(e);
        for (std::size_t size = 1; size < octets.size(); ++size) {
            EXPECT_FALSE(decode_events(octets.substr(0, size))) << e.what.index() << " " << size;
        }
    }
}

TEST(EventCodec, passes_over_kinds_of_the_future) {
    const auto known = event(UserRemoved{"ann"});
    const auto decoded = decode_events(record(200, field(Field::name, "x")) + encode(known));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->records, 2U);
    EXPECT_EQ(decoded->events, std::vector<Event>{known});
}

TEST(EventCodec, passes_over_fields_of_the_future) {
    const auto decoded =
        decode_events(record(4, field(static_cast<Field>(222), "?") + field(Field::name, "ann")));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->events.at(0).what, decltype(Event::what)(UserRemoved{"ann"}));
}

TEST(EventCodec, passes_over_records_with_words_of_the_future) {
    const auto decoded = decode_events(record(5, field(Field::run_kind, "teleport")));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->records, 1U);
    EXPECT_TRUE(decoded->events.empty());
}

TEST(EventCodec, refuses_fields_that_cannot_be_what_they_say) {
    EXPECT_FALSE(decode_events(record(4, field(Field::at, "1234567"))));
    EXPECT_FALSE(decode_events(record(12, field(Field::content_id, "short"))));
    const std::string too_large("\0\0\0\0\1\0\0\0", 8);
    EXPECT_FALSE(decode_events(
        record(9, field(Field::uid, too_large) + field(Field::content_id, std::string(32, 'x')))));
    for (const std::string uids :
         {std::string("1234567"), std::string(8, '\0'), std::string("\5\0\0\0\4\0\0\0", 8)}) {
        EXPECT_FALSE(
            decode_events(record(11, field(Field::uids, uids) + field(Field::reason, "vanished"))));
    }
    EXPECT_FALSE(decode_events(std::string(4, '\0')));
}

}  // namespace
}  // namespace mailkeep::archive
