// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/api/requests.hpp"
#include "mailkeep/base/error.hpp"

#include <gtest/gtest.h>

namespace mailkeep::api {
namespace {

template <class Read>
std::string complaint(const Read& read, const std::string& json) {
    try {
        (void)read(json);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::invalid);
        return error.what();
    }
    return "none";
}

TEST(Requests, read_who_signs_in) {
    const SignInRequest request = sign_in_request(R"({"user":"ada","password":"correct horse"})");
    EXPECT_EQ(request.user, "ada");
    EXPECT_EQ(request.password.reveal(), "correct horse");
}

TEST(Requests, name_the_member_at_fault) {
    EXPECT_EQ(complaint(sign_in_request, "[]"), "The body is not a JSON object.");
    EXPECT_EQ(complaint(sign_in_request, ""), "The body is not a JSON object.");
    EXPECT_EQ(complaint(sign_in_request, "{}"), "\"user\" is missing.");
    EXPECT_EQ(complaint(sign_in_request, R"({"user":1})"), "\"user\" is not a text.");
    EXPECT_EQ(complaint(sign_in_request, R"({"user":"a","password":1})"),
              "\"password\" is missing or not a text.");
    EXPECT_EQ(complaint(sign_in_request, R"({"user":"a","password":"b","admin":true})"),
              "\"admin\" is not known here.");
}

TEST(Requests, refuse_every_truncated_body) {
    const std::string whole = R"({"code":"1234","user":"ada","password":"correct horse"})";
    EXPECT_EQ(setup_request(whole).code, "1234");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_EQ(complaint(setup_request, whole.substr(0, length)),
                  "The body is not a JSON object.");
    }
}

TEST(Requests, refuse_a_deeply_nested_body) {
    const std::string deep = R"({"a":)" + std::string(100'000, '[');
    EXPECT_EQ(complaint(sign_in_request, deep), "The body is nested too deeply.");
}

TEST(Requests, read_an_account_with_all_its_settings) {
    const AccountRequest request = account_request(
        R"({"name":"home","url":"pop3s://ada@mail.example.org","password":"p","include":["A*"],)"
        R"("exclude":["B"],"schedule":"@every 15m","delete_from_server":"30d",)"
        R"("keep":"7y","keep_from":"internal-date","keep_mailboxes":["Trash=30d"],)"
        R"("ca_file":"/etc/ca.pem","tls_fingerprint":"ab","auth":"oauth",)"
        R"("oauth_client_id":"id","oauth_token_url":"https://a/t"})");
    const Account& account = request.account;
    EXPECT_EQ(account.name, "home");
    EXPECT_EQ(to_url(account.server), "pop3s://ada@mail.example.org");
    EXPECT_EQ(account.server.ca_file, "/etc/ca.pem");
    EXPECT_EQ(account.server.tls_fingerprint, "ab");
    EXPECT_EQ(account.auth, Auth::oauth);
    EXPECT_EQ(account.oauth, (OAuthClient{"id", "https://a/t"}));
    EXPECT_EQ(account.include, std::vector<std::string>{"A*"});
    EXPECT_EQ(account.exclude, std::vector<std::string>{"B"});
    EXPECT_EQ(to_text(account.schedule), "@every 15m");
    EXPECT_EQ(to_text(account.delete_policy), "30d");
    EXPECT_EQ(to_text(account.retention.keep), "7y");
    EXPECT_EQ(account.retention.from, KeepFrom::internal_date);
    ASSERT_EQ(account.retention.mailboxes.size(), 1U);
    EXPECT_EQ(to_text(account.retention.mailboxes[0]), "Trash=30d");
    EXPECT_EQ(request.password.reveal(), "p");
}

TEST(Requests, follow_inbox_unless_they_say_otherwise) {
    const auto watch = [](const std::string& member) {
        return account_request(R"({"name":"n","url":"imaps://a@b","password":"p")" + member + "}")
            .account.watch;
    };
    EXPECT_EQ(watch(""), std::vector<std::string>{"INBOX"});
    EXPECT_EQ(watch(R"(,"watch":["INBOX","Sent"])"), (std::vector<std::string>{"INBOX", "Sent"}));
    EXPECT_EQ(watch(R"(,"watch":["none"])"), std::vector<std::string>{});
    EXPECT_EQ(watch(R"(,"watch":[])"), std::vector<std::string>{});
}

TEST(Requests, know_no_other_way_to_log_in) {
    EXPECT_EQ(complaint(account_request,
                        R"({"name":"n","url":"imaps://a@b","password":"p","auth":"kerberos"})"),
              "\"auth\" is none of auto, password, apop, oauth.");
}

TEST(Requests, default_to_deleting_what_is_archived_for_pop3_only) {
    const auto policy_of = [](const std::string& url) {
        const std::string json = R"({"name":"n","password":"p","url":")" + url + "\"}";
        return to_text(account_request(json).account.delete_policy);
    };
    EXPECT_EQ(policy_of("pop3s://ada@example.org"), "archived");
    EXPECT_EQ(policy_of("imaps://ada@example.org"), "never");
}

TEST(Requests, take_plaintext_for_loopback_only) {
    const auto server = [](const std::string& url) {
        return server_request(R"({"password":"p","insecure_plaintext":true,"url":")" + url + "\"}")
            .server;
    };
    EXPECT_EQ(server("imap://ada@127.0.0.1:1143").security, Security::plaintext);
    EXPECT_EQ(complaint(server, "imap://ada@example.org"),
              "\"insecure_plaintext\" is for loopback only.");
    EXPECT_EQ(complaint(server, "imap://ada@127.0.0.1.example.org"),
              "\"insecure_plaintext\" is for loopback only.");
}

TEST(Requests, read_what_a_restore_takes) {
    const RestoreRequest request = restore_request(
        R"({"url":"imaps://bob@mail.example.org","password":"p","query":"from:ada",)"
        R"("account":"home","mailboxes":["INBOX","Sent"],"as_of":"2026-01-01",)"
        R"("prefix":"Restored","dry_run":true})");
    EXPECT_EQ(request.account, "home");
    EXPECT_EQ(request.restore.selection.mailboxes, (std::vector<std::string>{"INBOX", "Sent"}));
    EXPECT_EQ(request.restore.selection.query, catalog::SearchQuery::parse("from:ada"));
    EXPECT_EQ(request.restore.selection.as_of, parse_rfc3339("2026-01-01"));
    EXPECT_EQ(request.restore.prefix, "Restored");
    EXPECT_EQ(request.restore.effect, sync::Effect::dry_run);
}

TEST(Requests, read_a_restore_to_an_account) {
    const RestoreRequest request =
        restore_request(R"({"to_account":3,"verify":true,"allow_alterations":true})");
    EXPECT_EQ(request.to_account, AccountId{3});
    EXPECT_TRUE(request.restore.verifies);
    EXPECT_EQ(request.restore.alterations, sync::Alterations::allowed);
    EXPECT_EQ(complaint(restore_request, R"({"to_account":-3})"),
              "\"to_account\" is not a number.");
    EXPECT_EQ(complaint(restore_request, R"({"to_account":3,"url":"imaps://a@example.org"})"),
              "\"url\" is not known here.");
}

TEST(Requests, refuse_a_restore_to_pop3_and_a_bad_time) {
    EXPECT_EQ(complaint(restore_request, R"({"url":"pop3s://a@example.org","password":"p"})"),
              "Mail can be given back to an IMAP server only.");
    EXPECT_EQ(complaint(restore_request,
                        R"({"url":"imaps://a@example.org","password":"p","as_of":"soon"})"),
              "\"as_of\" is not a time (RFC 3339).");
}

}  // namespace
}  // namespace mailkeep::api
