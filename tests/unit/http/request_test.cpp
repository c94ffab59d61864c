// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"

#include "api.hpp"
#include "request.hpp"

#include <gtest/gtest.h>

namespace mailkeep::http {
namespace {

TEST(Request, finds_a_header_field_in_any_case) {
    Request request;
    request.header = {{"X-CSRF-Token", "abc"}, {"x-csrf-token", "second"}};
    EXPECT_EQ(request.field("x-csrf-TOKEN"), "abc");
    EXPECT_EQ(request.field("other"), std::nullopt);
}

TEST(Request, hides_a_field_with_control_characters) {
    Request request;
    request.header = {{"Host", "a\r\nX: b"}};
    EXPECT_EQ(request.field("Host"), std::nullopt);
}

TEST(Request, finds_a_cookie_among_others) {
    Request request;
    request.header = {{"Cookie", "a=1; mailkeep_session=xyz ;b=2; mailkeep_session_2=no"}};
    EXPECT_EQ(request.cookie("mailkeep_session"), "xyz");
    EXPECT_EQ(request.cookie("b"), "2");
    EXPECT_EQ(request.cookie("c"), "");
}

TEST(Reply, cannot_be_split_by_a_header_value) {
    const Reply reply = no_content().with("Content-Disposition", "a\r\nSet-Cookie: b");
    EXPECT_EQ(reply.header.front().second, "a  Set-Cookie: b");
}

TEST(Reply, sends_unchanging_octets_once) {
    Request request;
    EXPECT_EQ(unchanging(request, "t", "text/plain", "body").status, 200);
    request.header = {{"If-None-Match", "W/\"x\", \"t\""}};
    const Reply second = unchanging(request, "t", "text/plain", "body");
    EXPECT_EQ(second.status, 304);
    EXPECT_EQ(second.body, "");
}

TEST(Reply, names_an_attachment_in_ascii_and_in_utf8) {
    EXPECT_EQ(attachment_named("R\xC3\xA9sum\xC3\xA9 \"1\".pdf"),
              "attachment; filename=\"R__sum__ _1_.pdf\"; "
              "filename*=UTF-8''R%C3%A9sum%C3%A9%20%221%22.pdf");
    EXPECT_EQ(attachment_named("../a\r\n.exe"),
              "attachment; filename=\".._a__.exe\"; filename*=UTF-8''..%2Fa%0D%0A.exe");
}

TEST(Parameters, take_a_limit_between_1_and_500) {
    Request request;
    EXPECT_EQ(page_parameter(request).limit, 50U);
    request.query = {{"limit", "500"}, {"cursor", "abc"}};
    EXPECT_EQ(page_parameter(request).limit, 500U);
    EXPECT_EQ(page_parameter(request).cursor, "abc");
    for (const char* bad : {"0", "501", "-1", "many", "99999999999999999999"}) {
        request.query = {{"limit", bad}};
        EXPECT_THROW(static_cast<void>(page_parameter(request)), Error) << bad;
    }
}

TEST(Parameters, take_positive_numbers_in_paths) {
    Request request;
    request.captured = {"7", "0", "-1", "9223372036854775808", "7x"};
    EXPECT_EQ(number_captured(request, 0, "run"), 7);
    for (std::size_t place = 1; place < request.captured.size(); ++place) {
        EXPECT_THROW(static_cast<void>(number_captured(request, place, "run")), Error) << place;
    }
}

TEST(Parameters, take_a_time_or_none) {
    Request request;
    EXPECT_EQ(time_parameter(request, "as_of"), std::nullopt);
    request.query = {{"as_of", "2026-01-02"}};
    EXPECT_EQ(time_parameter(request, "as_of"), parse_rfc3339("2026-01-02"));
    request.query = {{"as_of", "yesterday"}};
    EXPECT_THROW(static_cast<void>(time_parameter(request, "as_of")), Error);
}

}  // namespace
}  // namespace mailkeep::http
