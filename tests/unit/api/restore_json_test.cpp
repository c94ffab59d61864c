// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/api/restore_json.hpp"

#include <gtest/gtest.h>

namespace mailkeep::api {
namespace {

sync::RestoreReport one_mailbox() {
    sync::MailboxRestore mailbox;
    mailbox.name = "Sent";
    mailbox.sources = {{"home", "Gesendet"}};
    mailbox.remark = "it is the mailbox for Sent";
    mailbox.is_created = true;
    mailbox.to_append = 10;
    mailbox.octets = 4000;
    mailbox.already_there = 2;
    mailbox.hindrances = {{sha256("x"), "it is damaged in the archive"}};
    mailbox.altered = {{"without $Work", 3}};
    sync::RestoreReport report;
    report.mailboxes = {mailbox};
    report.free_octets = 3999;
    return report;
}

const std::string told =
    R"("mailboxes":[{"name":"Sent","sources":[{"account":"home","mailbox":"Gesendet"}],)"
    R"("remark":"it is the mailbox for Sent","is_created":true,"to_append":10,"bytes":4000,)"
    R"("already_there":2,"appended":0,"failed":1,"cannot_go":[)"
    R"({"id":"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",)"
    R"("reason":"it is damaged in the archive"}],"altered":[{"what":"without $Work","messages":3}],)"
    R"("problem":null,"identical":0,"differing":0}],"free_bytes":3999,"append_limit":null,)"
    R"("exceeds_quota":true,"is_verified":false})";

TEST(RestoreJson, tells_what_a_restore_is_going_to_do) {
    EXPECT_EQ(restore_json(one_mailbox()), "{" + told);
}

TEST(RestoreJson, tells_what_a_restore_did) {
    mailkeep::Run run;
    run.state = RunState::done;
    run.finished = run.started + std::chrono::milliseconds(1500);
    run.counts = {.appended = 10, .already_there = 2, .failed = 1};
    EXPECT_EQ(restore_result(run, one_mailbox()),
              R"({"appended":10,"already_there":2,"failed":1,"seconds":1.5,)"
              R"("state":"done","error":null,"hint":null,)" +
                  told);
}

TEST(RestoreJson, names_a_hundred_of_the_messages_that_cannot_go) {
    auto report = one_mailbox();
    report.mailboxes.front().hindrances.resize(1000);
    const auto json = restore_json(report);
    EXPECT_NE(json.find(R"("failed":1000)"), std::string::npos);
    EXPECT_LT(json.size(), 20'000U);
}

}  // namespace
}  // namespace mailkeep::api
