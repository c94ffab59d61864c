// SPDX-License-Identifier: Apache-2.0
// The whole server on a real depot, over HTTP.
#include "mailkeep/base/error.hpp"
#include "mailkeep/http/server.hpp"
#include "mailkeep/service/accounts.hpp"

#include "support/fake_clock.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

namespace mailkeep::http {
namespace {

using nlohmann::json;

const std::string raw_mail =
    "From: Ada <ada@example.org>\r\nTo: Bob <bob@example.org>\r\nSubject: Numbers\r\n"
    "Message-ID: <1@example.org>\r\nDate: Thu, 01 Jan 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
    "Bernoulli says hello.\r\n--b\r\nContent-Type: text/html; name=\"page.html\"\r\n"
    "Content-Disposition: attachment; filename=\"page.html\"\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nPGI+aGk8L2I+\r\n--b--\r\n";

archive::Batch batch_with_mail() {
    archive::Batch batch;
    const ContentId id = batch.add_message(raw_mail);
    const Timestamp at = parse_rfc3339("2026-01-01T12:00:00Z").value();
    Account account;
    account.id = AccountId{1};
    account.name = "home";
    account.server = server_from_url("imap://ada@127.0.0.1:1");
    account.schedule = {};
    batch.add_event({at, {}, AccountSaved{account}});
    batch.add_event({at, {}, MailboxSeen{account.id, "INBOX", "INBOX", '/', {}, 1}});
    batch.add_event({at, {}, Seen{account.id, "INBOX", 1, 1, "", id, {at, {}}, {}}});
    return batch;
}

service::Depot& with_mail(service::Depot& depot) {
    depot.keeper().keep(batch_with_mail());
    depot.catch_up_index({}, [] {});
    return depot;
}

std::filesystem::path with_archive(const std::filesystem::path& data) {
    archive::Archive::create(data);
    return data;
}

class ServerTest : public testing::Test {
  protected:
    ServerTest() {
        server_.start();
        client_.emplace("127.0.0.1", server_.port());
        client_->set_keep_alive(true);
    }

    /// The header fields of a browser that is signed in; made without hashing a password.
    httplib::Headers signed_in() {
        archive::Batch batch;
        batch.add_event({clock_.now(), {}, UserSaved{"ada", "no hash"}});
        depot_.keeper().keep(batch);
        depot_.open_catalog().add_web_session(
            {sha256("token"), "ada", "csrf", clock_.now() + std::chrono::hours(1)});
        return {{"Cookie", "mailkeep_session=token"}, {"X-CSRF-Token", "csrf"}};
    }

    /// Sets up the first user; the session in the form of request header fields.
    httplib::Headers set_up() {
        const json body{
            {"code", sign_in_.setup_code()}, {"user", "ada"}, {"password", "correct horse"}};
        const auto answer = client_->Post("/api/v1/setup", body.dump(), "application/json");
        EXPECT_EQ(answer->status, 201) << answer->body;
        const std::string cookie = answer->get_header_value("Set-Cookie");
        EXPECT_NE(cookie.find("HttpOnly; SameSite=Strict"), std::string::npos);
        return {{"Cookie", cookie.substr(0, cookie.find(';'))},
                {"X-CSRF-Token", json::parse(answer->body).at("csrf")}};
    }

    json get(const std::string& path, const httplib::Headers& headers) {
        const auto answer = client_->Get("/api/v1" + path, headers);
        EXPECT_EQ(answer->status, 200) << path << answer->body;
        return json::parse(answer->body);
    }

    test::TempDir folder_;
    test::FakeClock clock_;
    service::Depot depot_{with_archive(folder_ / "data"), clock_};
    service::Runner runner_{with_mail(depot_), 1};
    service::SignIn sign_in_{depot_};
    Server server_{depot_, runner_, sign_in_, {"127.0.0.1", 0, {}}};
    std::optional<httplib::Client> client_;
};

TEST_F(ServerTest, shuts_every_door_but_the_front_one) {
    for (const char* path : {"/accounts", "/messages", "/runs", "/events", "/stats", "/mailboxes",
                             "/addresses", "/completions"}) {
        EXPECT_EQ(client_->Get(std::string("/api/v1") + path)->status, 401) << path;
    }
    EXPECT_EQ(client_->Get("/healthz")->status, 200);
    EXPECT_EQ(client_->Get("/readyz")->status, 200);
}

TEST_F(ServerTest, sets_up_signs_out_and_signs_in_again) {
    EXPECT_EQ(client_->Get("/api/v1/session")->body, R"({"needs_setup":true})");
    const httplib::Headers headers = set_up();
    EXPECT_EQ(get("/session", headers).at("user"), "ada");
    EXPECT_EQ(client_->Delete("/api/v1/session", headers)->status, 204);
    EXPECT_EQ(client_->Get("/api/v1/accounts", headers)->status, 401);
    const auto wrong = client_->Post("/api/v1/session", R"({"user":"ada","password":"wrong one"})",
                                     "application/json");
    EXPECT_EQ(wrong->status, 401);
    EXPECT_EQ(wrong->get_header_value("Content-Type"), "application/problem+json");
    const auto right = client_->Post(
        "/api/v1/session", R"({"user":"ada","password":"correct horse"})", "application/json");
    EXPECT_EQ(right->status, 200);
    EXPECT_EQ(client_->Get("/api/v1/session")->body, R"({"needs_setup":false})");
}

TEST_F(ServerTest, makes_guessing_slow) {
    int status = 0;
    for (int i = 0; i < 8; ++i) {
        status = client_
                     ->Post("/api/v1/setup", R"({"code":"x","user":"u","password":"12345678"})",
                            "application/json")
                     ->status;
    }
    EXPECT_EQ(status, 429);
}

TEST_F(ServerTest, wants_the_csrf_token_for_writes) {
    httplib::Headers headers = signed_in();
    headers.erase("X-CSRF-Token");
    EXPECT_EQ(client_->Post("/api/v1/accounts/1/backup", headers)->status, 403);
    headers.emplace("X-CSRF-Token", "guess");
    EXPECT_EQ(client_->Post("/api/v1/accounts/1/backup", headers)->status, 403);
}

TEST_F(ServerTest, refuses_other_names_other_sites_and_other_bodies) {
    EXPECT_EQ(client_->Get("/healthz", {{"Host", "evil.example"}})->status, 421);
    EXPECT_EQ(
        client_
            ->Post("/api/v1/session", {{"Sec-Fetch-Site", "cross-site"}}, "{}", "application/json")
            ->status,
        403);
    EXPECT_EQ(
        client_->Post("/api/v1/session", "user=ada", "application/x-www-form-urlencoded")->status,
        415);
    EXPECT_EQ(client_->Put("/api/v1/session")->status, 405);
    EXPECT_EQ(client_->Get("/api/v1/nothing")->status, 404);
}

TEST_F(ServerTest, lists_finds_and_shows_mail) {
    const httplib::Headers headers = signed_in();
    EXPECT_EQ(get("/mailboxes", headers).at("items").at(0).at("messages"), 1);
    const json found = get("/messages?q=bernoulli&mailbox=INBOX&account=home", headers);
    EXPECT_EQ(found.at("total"), 1);
    EXPECT_EQ(get("/messages?q=euler", headers).at("total"), 0);
    EXPECT_EQ(found.at("items").at(0).at("snippet"), json::array());
    EXPECT_EQ(client_->Get("/api/v1/messages?snippets=yes", headers)->status, 400);
    EXPECT_EQ(get("/messages?q=bernoulli&sort=relevance", headers).at("items"), found.at("items"));
    EXPECT_EQ(client_->Get("/api/v1/messages?sort=best", headers)->status, 400);
    const json told = get("/messages?q=bernoulli&mailbox=INBOX&snippets=true", headers)
                          .at("items")
                          .at(0)
                          .at("snippet");
    EXPECT_NE(std::find(told.begin(), told.end(), json({{"text", "Bernoulli"}, {"is_hit", true}})),
              told.end());
    const std::string id = found.at("items").at(0).at("id");
    EXPECT_EQ(get("/addresses?q=ad", headers),
              (json{{"items", {{{"name", "Ada"}, {"address", "ada@example.org"}, {"messages", 1}}}},
                    {"next", nullptr}}));
    EXPECT_EQ(get("/completions?q=x%20from:ad", headers),
              (json{{"items",
                     {{{"query", "x from:ada@example.org"}, {"label", "Ada <ada@example.org>"}}}},
                    {"next", nullptr}}));
    EXPECT_EQ(get("/messages/" + id + "/thread", headers),
              json({{"items", found.at("items")}, {"next", nullptr}}));
    const json message = get("/messages/" + id, headers);
    EXPECT_EQ(message.at("subject"), "Numbers");
    EXPECT_NE(message.at("text").get<std::string>().find("Bernoulli"), std::string::npos);
    EXPECT_EQ(message.at("placements").at(0).at("mailbox"), "INBOX");
    EXPECT_EQ(get("/stats", headers).at("messages"), 1);
}

TEST_F(ServerTest, gives_out_the_exact_octets_as_a_download) {
    const httplib::Headers headers = signed_in();
    const std::string id = sha256(raw_mail).hex();
    const auto raw = client_->Get("/api/v1/messages/" + id + "/raw", headers);
    EXPECT_EQ(raw->body, raw_mail);
    EXPECT_EQ(raw->get_header_value("Content-Type"), "message/rfc822");
    httplib::Headers again = headers;
    again.emplace("If-None-Match", raw->get_header_value("ETag"));
    EXPECT_EQ(client_->Get("/api/v1/messages/" + id + "/raw", again)->status, 304);
}

TEST_F(ServerTest, gives_out_parts_as_downloads_that_cannot_run) {
    const httplib::Headers headers = signed_in();
    const std::string address = "/api/v1/messages/" + sha256(raw_mail).hex() + "/parts/";
    const auto part = client_->Get(address + "2", headers);
    EXPECT_EQ(part->body, "<b>hi</b>");
    EXPECT_EQ(part->get_header_value("Content-Type"), "application/octet-stream");
    EXPECT_EQ(part->get_header_value("X-Content-Type-Options"), "nosniff");
    EXPECT_TRUE(part->get_header_value("Content-Disposition").starts_with("attachment;"));
    EXPECT_EQ(client_->Get(address + "99", headers)->status, 404);
    EXPECT_EQ(client_->Get("/api/v1/messages/0000000000/raw", headers)->status, 404);
}

TEST_F(ServerTest, tells_a_broken_query_with_its_place) {
    const auto answer = client_->Get("/api/v1/messages?q=(a", signed_in());
    EXPECT_EQ(answer->status, 400);
    EXPECT_EQ(json::parse(answer->body).at("code"), "invalid");
}

TEST_F(ServerTest, adds_and_removes_an_account_without_telling_its_password) {
    const httplib::Headers headers = signed_in();
    const auto added = client_->Post(
        "/api/v1/accounts", headers,
        R"({"name":"work","url":"imaps://ada@mail.example.org","password":"very secret",)"
        R"("schedule":"manual"})",
        "application/json");
    ASSERT_EQ(added->status, 201) << added->body;
    EXPECT_EQ(added->body.find("very secret"), std::string::npos);
    const auto twice = client_->Post(
        "/api/v1/accounts", headers,
        R"({"name":"work","url":"imaps://a@b.example","password":"p","schedule":"manual"})",
        "application/json");
    EXPECT_EQ(twice->status, 409);
    const std::string address = added->get_header_value("Location");
    EXPECT_EQ(client_->Delete(address, headers)->status, 204);
    EXPECT_EQ(client_->Get(address, headers)->status, 404);
}

TEST_F(ServerTest, streams_how_a_backup_gets_on_and_keeps_its_failure) {
    const httplib::Headers headers = signed_in();
    const auto begun = client_->Post("/api/v1/accounts/1/backup", headers);
    ASSERT_EQ(begun->status, 202) << begun->body;
    const std::string run = begun->get_header_value("Location");
    json state;
    for (int i = 0; i < 100 && (state.empty() || state.at("state") == "running"); ++i) {
        state = json::parse(client_->Get(run, headers)->body);
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_EQ(state.at("state"), "failed") << state;
    EXPECT_FALSE(state.at("error").is_null());
    EXPECT_EQ(client_->Post(run + "/cancel", headers)->status, 409);

    std::string heard;
    httplib::Client listener("127.0.0.1", server_.port());
    static_cast<void>(listener.Get("/api/v1/events", headers, [&](const char* data, std::size_t n) {
        heard.append(data, n);
        return false;
    }));
    EXPECT_TRUE(heard.starts_with(": here")) << heard;
}

TEST_F(ServerTest, serves_the_page_under_a_strict_policy) {
    const auto page = client_->Get("/");
    EXPECT_EQ(page->status, 200);
    EXPECT_TRUE(
        page->get_header_value("Content-Security-Policy").starts_with("default-src 'self';"));
    EXPECT_EQ(
        client_->Get("/index.html", {{"If-None-Match", page->get_header_value("ETag")}})->status,
        304);
    EXPECT_EQ(client_->Get("/../etc/passwd")->status, 404);
}

TEST_F(ServerTest, stops_while_a_feed_is_open) {
    const httplib::Headers headers = signed_in();
    std::jthread listener([&] {
        httplib::Client client("127.0.0.1", server_.port());
        static_cast<void>(
            client.Get("/api/v1/events", headers, [](const char*, std::size_t) { return true; }));
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const auto begin = std::chrono::steady_clock::now();
    server_.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
}

}  // namespace
}  // namespace mailkeep::http
