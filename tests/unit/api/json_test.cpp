// SPDX-License-Identifier: Apache-2.0
// The shapes CONTRACT promises, character by character.
#include "mailkeep/api/json.hpp"
#include "mailkeep/base/time.hpp"

#include <gtest/gtest.h>

namespace mailkeep::api {
namespace {

Timestamp at(std::string_view text) {
    return parse_rfc3339(text).value();
}

Run finished_run() {
    Run run;
    run.id = RunId{7};
    run.account = AccountId{2};
    run.state = RunState::partial;
    run.started = at("2026-01-02T03:04:05Z");
    run.finished = run.started + std::chrono::milliseconds(1500);
    run.counts = {
        .seen = 3, .flag_changes = 4, .vanished = 5, .deleted_from_server = 6, .bytes = 7};
    run.error = "mailbox INBOX: refused";
    run.hint = "Try again later.";
    return run;
}

catalog::SearchPage one_found() {
    catalog::ListedMessage message;
    message.content_id = sha256("x");
    message.date = at("2026-01-02T03:04:05Z");
    message.from = "Ada <ada@example.org>";
    message.to = "Bob <bob@example.org>";
    message.subject =
        "Fran\xC3\xA7"
        "ais \xFF";
    message.size = 12;
    message.account = "home";
    message.mailbox = "INBOX";
    message.flags = flags_from_text("\\Seen $Work");
    message.attachments = {"a.pdf", ""};
    message.snippet = {{"the ", false}, {"hit", true}};
    catalog::SearchPage found;
    found.page = {.items = {message}, .next = "abc"};
    found.total = 41;
    return found;
}

const std::string listed =
    R"({"id":"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",)"
    R"("date":"2026-01-02T03:04:05Z","from":"Ada <ada@example.org>",)"
    R"("to":"Bob <bob@example.org>","subject":"Français �","size":12,"account":"home",)"
    R"("mailbox":"INBOX","flags":["\\Seen","$Work"],"attachments":["a.pdf",""],"is_gone":false,"is_damaged":false,)"
    R"("snippet":[{"text":"the ","is_hit":false},{"text":"hit","is_hit":true}]})";

TEST(Json, tells_what_a_backup_did) {
    const std::vector<RunView> runs{{finished_run(), "home"}};
    EXPECT_EQ(backup_result(runs),
              R"({"accounts":[{"name":"home","state":"partial","new":3,"flag_changes":4,)"
              R"("vanished":5,"deleted_from_server":6,"bytes":7,"seconds":1.5,)"
              R"("error":"mailbox INBOX: refused","hint":"Try again later."}]})");
}

TEST(Json, tells_that_no_account_was_backed_up) {
    EXPECT_EQ(backup_result({}), R"({"accounts":[]})");
}

TEST(Json, replaces_octets_that_are_no_utf8_in_a_search_result) {
    EXPECT_EQ(search_result(one_found()),
              R"({"total":41,"total_is_exact":true,"messages":[)" + listed + "]}");
}

TEST(Json, gives_the_cursor_of_a_list_of_messages) {
    EXPECT_EQ(messages_json(one_found()),
              R"({"items":[)" + listed + R"(],"next":"abc","total":41,"total_is_exact":true})");
}

TEST(Json, lists_a_thread) {
    const auto messages = one_found().page.items;
    EXPECT_EQ(thread_result(messages), R"({"messages":[)" + listed + "]}");
    EXPECT_EQ(thread_json(messages), R"({"items":[)" + listed + R"(],"next":null})");
}

TEST(Json, ends_the_last_page_with_null) {
    EXPECT_EQ(messages_json({}), R"({"items":[],"next":null,"total":0,"total_is_exact":true})");
}

TEST(Json, never_tells_the_password_of_an_account) {
    AccountView view;
    view.account.id = AccountId{2};
    view.account.name = "home";
    view.account.server = server_from_url("imaps://ada@mail.example.org");
    view.account.sealed_password = "sealed octets";
    view.account.exclude = {"Spam*"};
    view.account.retention.mailboxes = {mailbox_rule_from_text("Trash=30d")};
    EXPECT_EQ(
        account_json(view),
        R"({"id":2,"name":"home","url":"imaps://ada@mail.example.org","protocol":"imap",)"
        R"("ca_file":null,"tls_fingerprint":null,"auth":"auto","oauth_client_id":null,)"
        R"("oauth_token_url":null,"has_password":true,"include":[],)"
        R"("exclude":["Spam*"],"watch":["INBOX"],"watching":{"state":"off","since":null,)"
        R"("next_try":null,"problem":null},"maildrop":{"login_delay":0,"expires_after_days":null},"proven":null,"schedule":"@every 1h","delete_from_server":"never",)"
        R"("keep":"forever","keep_from":"ingest","keep_mailboxes":["Trash=30d"],)"
        R"("messages":0,"size":0,"last_run":null,"next_run":null,"needs_a_look":[]})");
}

TEST(Json, tells_a_run_under_way_with_its_progress) {
    mailkeep::Run run;
    run.id = RunId{9};
    run.kind = RunKind::restore;
    run.started = at("2026-01-02T03:04:05Z");
    EXPECT_EQ(
        run_json({run, "", sync::Progress::View{"Sent", 3, 10, 4000}}),
        R"({"id":9,"account_id":null,"account":null,"kind":"restore","state":"running",)"
        R"("started":"2026-01-02T03:04:05Z","finished":null,"seconds":0.0,)"
        R"("counts":{"new":0,"stored":0,"flag_changes":0,"vanished":0,)"
        R"("deleted_from_server":0,"bytes":0,"appended":0,"already_there":0,"failed":0},)"
        R"("error":null,"hint":null,"pause":null,"progress":{"place":"Sent","done":3,"total":10,"bytes":4000}})");
}

TEST(Json, tells_that_a_run_waits_for_its_server) {
    mailkeep::Run run;
    run.pause = {at("2026-01-02T03:04:05Z"), "slow down"};
    EXPECT_NE(run_json({run, "", {}})
                  .find(R"("pause":{"until":"2026-01-02T03:04:05Z","reason":"slow down"})"),
              std::string::npos);
}

TEST(Json, shows_a_message_with_every_place_it_stood_at) {
    catalog::MessageDetail detail;
    detail.stored = {.content_id = sha256("x"), .size = 99, .location = {}};
    detail.date = at("2026-01-02T03:04:05Z");
    detail.summary.from = "Ada <ada@example.org>";
    detail.summary.subject = "Hello";
    Placement placement;
    placement.account_name = "home";
    placement.mailbox = "INBOX";
    placement.uid_validity = 5;
    placement.uid = 6;
    placement.internal_date = {at("2026-01-02T03:04:05Z"), std::chrono::minutes(-210)};
    placement.seen_at = at("2026-02-01");
    placement.gone_at = at("2026-03-01");
    placement.receipt = Receipt{RunId{12}, RemovalProof::replicated};
    detail.placements = {placement};
    mail::Message message;
    message.header = {{"Subject", "Hello"}};
    message.protection = "signed (PGP)";
    message.parts = {{.number = 1,
                      .content_type = "application/pdf",
                      .file_name = "a.pdf",
                      .is_attachment = true,
                      .body = "1234"}};
    EXPECT_EQ(
        message_json(detail, message),
        R"({"id":"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",)"
        R"("date":"2026-01-02T03:04:05Z","from":"Ada <ada@example.org>","to":"","cc":"","bcc":"",)"
        R"("subject":"Hello","message_id":null,"size":99,)"
        R"x("header":[{"name":"Subject","value":"Hello"}],"protection":"signed (PGP)","text":"",)x"
        R"("parts":[{"number":1,"content_type":"application/pdf","file_name":"a.pdf","size":4,)"
        R"("is_attachment":true}],"placements":[{"account":"home","mailbox":"INBOX",)"
        R"("uid_validity":5,"uid":6,"flags":[],"labels":[],"internal_date":"2026-01-01T23:34:05-03:30",)"
        R"("seen_at":"2026-02-01T00:00:00Z","gone_at":"2026-03-01T00:00:00Z",)"
        R"("receipt":{"run":12,"proof":"replicated"}}],"damage":null})");
}

TEST(Json, lists_mailboxes_without_a_delimiter) {
    catalog::MailboxRow row;
    row.id = MailboxId{1};
    row.account = AccountId{2};
    row.account_name = "home";
    row.name = "Entw\xC3\xBCrfe";
    row.messages = 3;
    EXPECT_EQ(mailboxes_json(std::vector{row}),
              R"({"items":[{"id":1,"account_id":2,"account":"home","name":"Entwürfe",)"
              R"("delimiter":null,"attributes":[],"uid_validity":0,"is_gone":false,"messages":3,)"
              R"("unread":0,"size":0,"completeness":null,"quarantined":[]}],"next":null})");
}

TEST(Json, names_users_and_nothing_else_of_them) {
    EXPECT_EQ(users_json(std::vector<catalog::User>{{"ada", "$argon2id$secret"}}),
              R"({"items":[{"name":"ada"}],"next":null})");
}

TEST(Json, tells_what_verify_found) {
    archive::Verdict verdict{.messages = 5, .bytes = 600, .last_batch = 2};
    const auto id = sha256("ab");
    verdict.damaged = {{"packs/a frame at 9", "is damaged"},
                       {"message", "digest differs", id, "\"Hello\" from ann"}};
    EXPECT_EQ(verify_result(verdict),
              R"({"messages":5,"bytes":600,"last_batch":2,)"
              R"("damaged":[{"object":"packs/a frame at 9","what":"is damaged","message":null,)"
              R"("known":null},{"object":"message","what":"digest differs","message":")" +
                  id.hex() + R"(","known":"\"Hello\" from ann"}],"notes":[]})");
}

TEST(Json, tells_the_status_with_mailboxes_only_when_asked) {
    StatusView status{.accounts = {}, .totals = {4, 500, 6}, .size_on_disk = 300};
    EXPECT_EQ(
        status_json(status),
        R"({"accounts":[],"messages":4,"placements":6,"bytes":500,"size_on_disk":300,)"
        R"("health":{"packs":0,"packs_checked":0,"oldest_check":null,"damaged_packs":[],)"
        R"("damaged_messages":[],"unindexed":0,"troubled_attachments":{},"proven":null,"journals":null,"retention":null,"replica":null}})");
    status.mailboxes.emplace();
    EXPECT_TRUE(status_json(status).ends_with(R"("mailboxes":[]})"));
}

TEST(Json, tells_what_is_damaged_and_what_hindered_chores) {
    StatusView status;
    auto& health = status.health;
    health.packs = 2;
    health.packs_checked = 1;
    health.oldest_check = parse_rfc3339("2026-11-01T00:00:00Z");
    health.damaged_packs = {{"packs/a", 7, {}, health.oldest_check, "has a damaged SEAL", 3}};
    health.damaged_messages = {
        {{sha256("ab"), "is lost", *health.oldest_check}, "\"Hello\" from ann"}};
    health.retention = catalog::ChoreDone{*health.oldest_check, "the clock"};
    const auto text = status_json(status);
    for (const auto* part :
         {R"("packs":2,"packs_checked":1,"oldest_check":"2026-11-01T00:00:00Z")",
          R"("damaged_packs":[{"pack":"packs/a","finding":"has a damaged SEAL","messages":3,)"
          R"("checked_at":"2026-11-01T00:00:00Z"}])",
          R"("what":"is lost","found_at":"2026-11-01T00:00:00Z","known":"\"Hello\" from ann")",
          R"("retention":{"at":"2026-11-01T00:00:00Z","problem":"the clock"},"replica":null)"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    }
}

TEST(Json, words_an_error_for_commands_and_for_rest) {
    const Error error(Errc::conflict, "account \"home\" exists", "Choose another name.");
    EXPECT_EQ(error_json(error), R"({"error":{"code":"conflict","text":"account \"home\" exists",)"
                                 R"("hint":"Choose another name."}})");
    EXPECT_EQ(problem_json(error, 409),
              R"({"type":"urn:mailkeep:error:conflict","title":"conflict","status":409,)"
              R"("detail":"account \"home\" exists","code":"conflict",)"
              R"("hint":"Choose another name."})");
}

TEST(Json, makes_small_objects) {
    EXPECT_EQ(object({}), "{}");
    EXPECT_EQ(object({{"imported", 3U}, {"path", "a\"b\n"}, {"whole", true}, {"left", -1}}),
              R"({"imported":3,"path":"a\"b\n","whole":true,"left":-1})");
}

}  // namespace
}  // namespace mailkeep::api
