// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"
#include "mailkeep/model/account.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;

namespace {

Errc refusal_of(std::string_view url) {
    try {
        static_cast<void>(server_from_url(url));
    } catch (const Error& error) {
        return error.code();
    }
    return Errc::internal;
}

}  // namespace

TEST(ServerUrl, knows_ports_and_security_of_each_scheme) {
    const auto imaps = server_from_url("imaps://jo@mail.example.org");
    EXPECT_EQ(imaps.security, Security::tls);
    EXPECT_EQ(imaps.port, 993);
    const auto imap = server_from_url("imap://jo@mail.example.org");
    EXPECT_EQ(imap.security, Security::starttls);
    EXPECT_EQ(imap.port, 143);
    const auto pop3s = server_from_url("pop3s://jo@mail.example.org");
    EXPECT_EQ(pop3s.protocol, Protocol::pop3);
    EXPECT_EQ(pop3s.port, 995);
    EXPECT_EQ(server_from_url("pop3://jo@mail.example.org:1110").port, 1110);
}

TEST(ServerUrl, is_written_as_it_was_read) {
    for (const auto* url : {"imaps://jo@example.org@mail.example.org", "pop3://a%3Ab@h:1110",
                            "imap://jo@[::1]:1143"}) {
        EXPECT_EQ(to_url(server_from_url(url)), url);
    }
}

TEST(ServerUrl, refuses_what_is_incomplete_or_holds_a_password) {
    for (const auto* url :
         {"", "mail.example.org", "http://jo@example.org", "imaps://example.org",
          "imaps://@example.org", "imaps://jo@", "imaps://jo:secret@example.org"}) {
        EXPECT_EQ(refusal_of(url), Errc::invalid) << url;
    }
}

TEST(ServerUrl, never_repeats_a_password_in_the_error) {
    try {
        static_cast<void>(server_from_url("imaps://jo:hunter2@example.org"));
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos);
    }
}

TEST(DeletePolicy, reads_what_it_writes) {
    for (const auto* text : {"never", "archived", "30d"}) {
        EXPECT_EQ(to_text(delete_policy_from_text(text)), text);
    }
    for (const auto* text : {"", "always", "0d", "30", "30h", "-1d"}) {
        EXPECT_THROW(static_cast<void>(delete_policy_from_text(text)), Error) << text;
    }
}

TEST(Schedule, reads_what_it_writes) {
    for (const auto* text : {"manual", "@every 15m", "@every 1h", "@every 2d", "@every 45s"}) {
        EXPECT_EQ(to_text(schedule_from_text(text)), text);
    }
    EXPECT_EQ(to_text(schedule_from_text("90m")), "@every 90m");
    EXPECT_EQ(to_text(schedule_from_text("60m")), "@every 1h");
    for (const auto* text : {"", "@every", "@every 0m", "hourly", "@every 1y"}) {
        EXPECT_THROW(static_cast<void>(schedule_from_text(text)), Error) << text;
    }
}

TEST(Account, takes_mailboxes_by_pattern_and_exclude_wins) {
    Account account;
    EXPECT_TRUE(wants_mailbox(account, "INBOX"));
    account.include = {"INBOX", "Lists/*"};
    account.exclude = {"*/spam"};
    EXPECT_TRUE(wants_mailbox(account, "Lists/a"));
    EXPECT_FALSE(wants_mailbox(account, "Lists/spam"));
    EXPECT_FALSE(wants_mailbox(account, "Sent"));
}
