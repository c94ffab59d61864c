// SPDX-License-Identifier: Apache-2.0
// What a change makes of an account that is there already.
#include "mailkeep/base/error.hpp"

#include "options.hpp"

#include <gtest/gtest.h>

namespace mailkeep::app {

namespace {

Account kept_account() {
    Account account;
    account.id = AccountId{7};
    account.name = "post";
    account.server = server_from_url("imaps://me@old.example");
    account.server.ca_file = "/etc/ca.pem";
    account.sealed_password = "sealed";
    account.include = {"INBOX"};
    return account;
}

TEST(AccountChange, leaves_all_as_it_is_when_nothing_was_given) {
    EXPECT_EQ(changed(kept_account(), {}), kept_account());
}

TEST(AccountChange, moves_to_another_server_and_keeps_what_certificate_is_trusted) {
    AccountChange change;
    change.server = server_from_url("imaps://me@new.example");
    const auto account = changed(kept_account(), change);
    EXPECT_EQ(account.server.host, "new.example");
    EXPECT_EQ(account.server.ca_file, "/etc/ca.pem");
    EXPECT_EQ(account.sealed_password, "sealed");
    EXPECT_EQ(account.id, AccountId{7});
}

TEST(AccountChange, takes_patterns_and_certificates_away_again) {
    AccountChange change;
    change.include = std::vector<std::string>{};
    change.ca_file = "";
    const auto account = changed(kept_account(), change);
    EXPECT_TRUE(account.include.empty());
    EXPECT_TRUE(account.server.ca_file.empty());
}

TEST(AccountChange, never_changes_the_protocol) {
    AccountChange change;
    change.server = server_from_url("pop3s://me@old.example");
    EXPECT_THROW(static_cast<void>(changed(kept_account(), change)), Error);
}

TEST(AccountChange, refuses_a_certificate_where_there_is_no_tls) {
    AccountChange change;
    change.server = server_from_url("imap://me@localhost");
    change.server->security = Security::plaintext;
    EXPECT_THROW(static_cast<void>(changed(kept_account(), change)), Error);
    change.ca_file = "";
    EXPECT_EQ(changed(kept_account(), change).server.security, Security::plaintext);
}

TEST(AccountChange, takes_no_network_name_for_this_machine) {
    for (const auto* host :
         {"localhost.example.org", "10.0.0.1", "1270.0.0.1", "127.example.org"}) {
        AccountChange change;
        change.server = server_from_url(std::string("imap://me@") + host);
        change.server->security = Security::plaintext;
        EXPECT_THROW(static_cast<void>(changed(Account{}, change)), Error) << host;
    }
}

}  // namespace

}  // namespace mailkeep::app
