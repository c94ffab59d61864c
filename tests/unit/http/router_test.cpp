// SPDX-License-Identifier: Apache-2.0
#include "router.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <set>

namespace mailkeep::http {
namespace {

std::string pattern_for(std::string_view method, std::string_view path) {
    const Match found = match(routes(), method, path);
    return found.route == nullptr ? "none" : std::string(found.route->pattern);
}

TEST(Router, finds_a_route_by_method_and_segments) {
    EXPECT_EQ(pattern_for("GET", "/api/v1/accounts"), "/api/v1/accounts");
    EXPECT_EQ(pattern_for("POST", "/api/v1/accounts/7/backup"), "/api/v1/accounts/{id}/backup");
    EXPECT_EQ(pattern_for("HEAD", "/api/v1/messages/ab/raw"), "/api/v1/messages/{id}/raw");
}

TEST(Router, gives_what_stood_in_braces) {
    const Match found = match(routes(), "GET", "/api/v1/messages/abc/parts/2");
    EXPECT_EQ(found.captured, (std::vector<std::string>{"abc", "2"}));
}

TEST(Router, prefers_a_word_to_braces) {
    EXPECT_EQ(pattern_for("POST", "/api/v1/accounts/test"), "/api/v1/accounts/test");
}

TEST(Router, names_the_methods_of_a_path_that_has_not_this_one) {
    const Match found = match(routes(), "PUT", "/api/v1/session");
    EXPECT_EQ(found.route, nullptr);
    EXPECT_EQ(found.allowed, "GET, POST, DELETE");
}

TEST(Router, finds_nothing_for_a_path_that_only_looks_alike) {
    for (const char* path : {"/api/v1/accounts/", "/api/v1/accounts//backup", "/api/v1", "",
                             "/api/v1/accounts/7/backup/", "//api/v1/accounts"}) {
        const Match found = match(routes(), "GET", path);
        EXPECT_EQ(found.route, nullptr) << path;
    }
    EXPECT_EQ(match(routes(), "GET", "/nothing").allowed, "");
}

TEST(Router, asks_for_a_session_everywhere_but_at_the_door) {
    std::set<std::string> open;
    for (const Route& route : routes()) {
        if (route.door == Door::open) {
            open.insert(std::string(route.method) + " " + std::string(route.pattern));
        }
    }
    EXPECT_EQ(open, (std::set<std::string>{"GET /healthz", "GET /readyz",
                                           "GET /api/v1/openapi.json", "POST /api/v1/setup",
                                           "GET /api/v1/session", "POST /api/v1/session"}));
}

TEST(Router, agrees_with_the_description_of_the_api) {
    std::ifstream file(MAILKEEP_SOURCE "/src/http/openapi.json");
    const auto described = nlohmann::json::parse(file);
    std::set<std::string> in_description;
    for (const auto& [path, methods] : described.at("paths").items()) {
        for (const auto& [method, operation] : methods.items()) {
            const bool is_open = operation.contains("security");
            in_description.insert(method + " " + path + (is_open ? " open" : ""));
        }
    }
    std::set<std::string> in_table;
    for (const Route& route : routes()) {
        std::string method(route.method);
        std::transform(method.begin(), method.end(), method.begin(),
                       [](char c) { return static_cast<char>(c | 0x20); });
        in_table.insert(method + " " + std::string(route.pattern) +
                        (route.door == Door::open ? " open" : ""));
    }
    EXPECT_EQ(in_description, in_table);
}

}  // namespace
}  // namespace mailkeep::http
