// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"
#include "mailkeep/net/sasl.hpp"

#include <gtest/gtest.h>

namespace mailkeep::net {

namespace {

const std::vector<ChannelBinding> tls13{{"tls-exporter", "e"}, {"tls-unique", "u"}};

std::string shown(const LoginWay& way) {
    if (!way.mechanism) {
        return "command";
    }
    std::string text(name_of(*way.mechanism));
    switch (way.binding.kind) {
        case SaslBinding::Kind::impossible:
            break;
        case SaslBinding::Kind::not_offered:
            return text + " y";
        case SaslBinding::Kind::bound:
            return text + " " + way.binding.channel.type;
    }
    return text;
}

std::string plan(const LoginOffer& offer, Proof proof = Proof::password) {
    std::vector<std::string> ways;
    for (const LoginWay& way : plan_login(proof, offer)) {
        ways.push_back(shown(way));
    }
    return join(ways, ", ");
}

}  // namespace

TEST(LoginPlan, takes_the_best_scram_then_the_password_under_tls) {
    const std::set<std::string> all{"PLAIN",         "CRAM-MD5",           "SCRAM-SHA-1",
                                    "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS",
                                    "XOAUTH2",       "DIGEST-MD5"};
    EXPECT_EQ(plan({all, true, true, tls13}),
              "SCRAM-SHA-256-PLUS tls-exporter, SCRAM-SHA-256-PLUS tls-unique, SCRAM-SHA-256, "
              "PLAIN, command, CRAM-MD5");
}

TEST(LoginPlan, takes_sha_1_where_there_is_no_better) {
    EXPECT_EQ(plan({{"SCRAM-SHA-1", "PLAIN"}, true, true, {}}), "SCRAM-SHA-1, PLAIN, command");
    EXPECT_EQ(plan({{"SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"}, false, true, tls13}),
              "SCRAM-SHA-1-PLUS tls-exporter, SCRAM-SHA-1-PLUS tls-unique, SCRAM-SHA-1");
}

TEST(LoginPlan, tells_a_server_that_its_offer_of_binding_did_not_come) {
    EXPECT_EQ(plan({{"SCRAM-SHA-256"}, false, true, tls13}), "SCRAM-SHA-256 y");
    EXPECT_EQ(plan({{"SCRAM-SHA-256", "SCRAM-SHA-1-PLUS"}, false, true, tls13}), "SCRAM-SHA-256");
}

TEST(LoginPlan, binds_nothing_without_tls) {
    EXPECT_EQ(plan({{"SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"}, false, false, {}}), "SCRAM-SHA-256");
}

TEST(LoginPlan, shows_no_password_without_tls_where_it_need_not) {
    EXPECT_EQ(plan({{"CRAM-MD5", "PLAIN"}, true, false, {}}), "CRAM-MD5, PLAIN, command");
    EXPECT_EQ(plan({{"CRAM-MD5"}, true, true, {}}), "command, CRAM-MD5");
}

TEST(LoginPlan, may_find_nothing_in_common) {
    EXPECT_EQ(plan({{"XOAUTH2", "GSSAPI"}, false, true, {}}), "");
    EXPECT_EQ(plan({{"PLAIN", "SCRAM-SHA-256"}, true, true, {}}, Proof::token), "");
}

TEST(LoginPlan, shows_a_token_in_the_standard_way_first) {
    EXPECT_EQ(plan({{"XOAUTH2", "OAUTHBEARER", "PLAIN"}, true, true, {}}, Proof::token),
              "OAUTHBEARER, XOAUTH2");
}

TEST(LoginPlan, takes_a_refusal_for_one_of_the_binding_only_before_another_binding) {
    const auto ways =
        plan_login(Proof::password, {{"SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"}, true, true, tls13});
    ASSERT_GE(ways.size(), 3U);
    EXPECT_TRUE(may_be_of_the_binding(ways, ways[0]));
    for (std::size_t i = 1; i < ways.size(); ++i) {
        EXPECT_FALSE(may_be_of_the_binding(ways, ways[i])) << i;
    }
}

}  // namespace mailkeep::net
