// SPDX-License-Identifier: Apache-2.0
#include "gate.hpp"

#include <gtest/gtest.h>

namespace mailkeep::http {
namespace {

Request request_with(std::string method, Fields header) {
    Request request;
    request.method = std::move(method);
    request.header = std::move(header);
    return request;
}

bool answers_to(const HostNames& names, const std::string& host) {
    return is_called_by_name(request_with("GET", {{"host", host}}), names);
}

TEST(Gate, answers_to_loopback_names_only_on_a_loopback_address) {
    const HostNames names = host_names("127.0.0.1", {});
    EXPECT_TRUE(answers_to(names, "localhost:8025"));
    EXPECT_TRUE(answers_to(names, "LOCALHOST"));
    EXPECT_TRUE(answers_to(names, "127.0.0.1:1"));
    EXPECT_TRUE(answers_to(names, "[::1]:8025"));
    EXPECT_FALSE(answers_to(names, "evil.example"));
    EXPECT_FALSE(answers_to(names, "localhost.evil.example"));
    EXPECT_FALSE(answers_to(names, "[::1].evil.example"));
    EXPECT_FALSE(answers_to(names, ""));
}

TEST(Gate, answers_to_the_names_it_was_given) {
    EXPECT_TRUE(answers_to(host_names("127.0.0.1", {"mail.example.org"}), "mail.example.org"));
    EXPECT_TRUE(answers_to(host_names("0.0.0.0", {"mail.example.org"}), "mail.example.org:443"));
    EXPECT_FALSE(answers_to(host_names("0.0.0.0", {"mail.example.org"}), "evil.example"));
}

TEST(Gate, answers_to_any_name_on_an_open_address_without_names) {
    EXPECT_TRUE(answers_to(host_names("0.0.0.0", {}), "whatever.example"));
}

TEST(Gate, takes_writes_from_its_own_page_and_from_programs) {
    EXPECT_TRUE(is_from_own_page(request_with("POST", {})));
    EXPECT_TRUE(is_from_own_page(request_with("POST", {{"Sec-Fetch-Site", "same-origin"}})));
    EXPECT_TRUE(is_from_own_page(
        request_with("POST", {{"Origin", "http://localhost:1"}, {"Host", "localhost:1"}})));
}

TEST(Gate, refuses_writes_from_other_pages) {
    EXPECT_FALSE(is_from_own_page(request_with("POST", {{"Sec-Fetch-Site", "cross-site"}})));
    EXPECT_FALSE(is_from_own_page(request_with("DELETE", {{"Sec-Fetch-Site", "same-site"}})));
    EXPECT_FALSE(is_from_own_page(
        request_with("POST", {{"Origin", "http://localhost:2"}, {"Host", "localhost:1"}})));
    EXPECT_FALSE(is_from_own_page(request_with("POST", {{"Origin", "null"}, {"Host", "null"}})));
}

TEST(Gate, lets_anybody_link_to_a_page) {
    EXPECT_TRUE(is_from_own_page(request_with("GET", {{"Sec-Fetch-Site", "cross-site"}})));
}

}  // namespace
}  // namespace mailkeep::http
