// SPDX-License-Identifier: Apache-2.0
// The description of the API against what is really sent.
#include "mailkeep/api/json.hpp"
#include "mailkeep/api/restore_json.hpp"
#include "mailkeep/base/error.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <set>

namespace mailkeep::http {
namespace {

using nlohmann::json;

std::set<std::string> names_in(const json& object) {
    std::set<std::string> names;
    for (const auto& [name, value] : object.items()) {
        names.insert(name);
    }
    return names;
}

class OpenApi : public testing::Test {
  protected:
    OpenApi() {
        std::ifstream file(MAILKEEP_SOURCE "/src/http/openapi.json");
        schemas_ = json::parse(file).at("components").at("schemas");
    }

    std::set<std::string> described(const std::string& schema) {
        return names_in(schemas_.at(schema).at("properties"));
    }

    json schemas_;
};

TEST_F(OpenApi, describes_accounts_and_their_runs) {
    api::AccountView view;
    view.last_run = mailkeep::Run{};
    const json account = json::parse(api::account_json(view));
    EXPECT_EQ(names_in(account), described("Account"));
    EXPECT_EQ(names_in(account.at("last_run")), described("Run"));
    EXPECT_EQ(names_in(account.at("last_run").at("counts")),
              names_in(schemas_.at("Run").at("properties").at("counts").at("properties")));
}

TEST_F(OpenApi, describes_progress_and_server_reports) {
    const api::RunView run{{}, "", sync::Progress::View{}};
    EXPECT_EQ(names_in(json::parse(api::run_json(run)).at("progress")), described("Progress"));
    EXPECT_EQ(names_in(json::parse(api::server_report_json({}))), described("ServerReport"));
}

TEST_F(OpenApi, describes_restores) {
    sync::RestoreReport report;
    auto& mailbox = report.mailboxes.emplace_back();
    mailbox.sources.emplace_back();
    mailbox.hindrances.emplace_back();
    mailbox.altered["without"] = 1;
    const json told = json::parse(api::restore_json(report));
    EXPECT_EQ(names_in(told), described("RestoreReport"));
    const json& first = told.at("mailboxes").at(0);
    EXPECT_EQ(names_in(first), described("MailboxRestore"));
    for (const char* member : {"sources", "cannot_go", "altered"}) {
        EXPECT_EQ(names_in(first.at(member).at(0)), names_in(schemas_.at("MailboxRestore")
                                                                 .at("properties")
                                                                 .at(member)
                                                                 .at("items")
                                                                 .at("properties")));
    }
}

TEST_F(OpenApi, describes_messages) {
    catalog::MessageDetail detail;
    detail.placements.emplace_back();
    mail::Message message;
    message.parts.emplace_back();
    const json shown = json::parse(api::message_json(detail, message));
    EXPECT_EQ(names_in(shown), described("Message"));
    EXPECT_EQ(names_in(shown.at("parts").at(0)), described("Part"));
    EXPECT_EQ(names_in(shown.at("placements").at(0)), described("Placement"));
    const std::vector<catalog::Correspondent> people(1);
    EXPECT_EQ(names_in(json::parse(api::addresses_json(people)).at("items").at(0)),
              described("Address"));
    const std::vector<catalog::Completion> completed(1);
    EXPECT_EQ(names_in(json::parse(api::completions_json(completed)).at("items").at(0)),
              described("Completion"));
    catalog::SearchPage found;
    found.page.items.emplace_back();
    EXPECT_EQ(names_in(json::parse(api::messages_json(found)).at("items").at(0)),
              described("ListedMessage"));
}

TEST_F(OpenApi, describes_mailboxes_status_and_problems) {
    const std::vector<catalog::MailboxRow> rows(1);
    EXPECT_EQ(names_in(json::parse(api::mailboxes_json(rows)).at("items").at(0)),
              described("Mailbox"));
    api::StatusView view;
    view.health.damaged_packs.emplace_back();
    view.health.damaged_messages.emplace_back();
    view.health.retention.emplace();
    view.health.proven.emplace();
    const json status = json::parse(api::status_json(view));
    EXPECT_EQ(names_in(status), described("Status"));
    const json& health = status.at("health");
    EXPECT_EQ(names_in(health), described("Health"));
    EXPECT_EQ(names_in(health.at("damaged_packs").at(0)), described("DamagedPack"));
    EXPECT_EQ(names_in(health.at("damaged_messages").at(0)), described("DamagedMessage"));
    EXPECT_EQ(names_in(health.at("retention")), described("Chore"));
    EXPECT_EQ(names_in(health.at("proven")), described("RestoreProof"));
    const Error error(Errc::invalid, "text");
    EXPECT_EQ(names_in(json::parse(api::problem_json(error, 400))), described("Problem"));
}

}  // namespace
}  // namespace mailkeep::http
