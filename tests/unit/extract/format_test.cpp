// SPDX-License-Identifier: Apache-2.0
#include "documents.hpp"
#include "format.hpp"

#include <gtest/gtest.h>

namespace mailkeep::extract {

namespace {

Format format(const std::string& type, const std::string& name, const std::string& body = "x") {
    mail::Part part;
    part.content_type = type;
    part.file_name = name;
    part.body = body;
    part.is_attachment = true;
    return format_of(part);
}

}  // namespace

TEST(Format, is_what_the_octets_begin_with_whatever_the_rest_says) {
    EXPECT_EQ(format("application/octet-stream", "scan", pdf_of("x")), Format::pdf);
    EXPECT_EQ(format("text/plain", "scan.txt", "\n%PDF-1.7"), Format::pdf);
    EXPECT_EQ(format("application/octet-stream", "scan", std::string(2000, ' ') + "%PDF-1.7"),
              Format::none);
}

TEST(Format, is_what_the_type_says_else_what_the_name_ends_in) {
    EXPECT_EQ(format("application/pdf", ""), Format::pdf);
    EXPECT_EQ(format("application/octet-stream", "Offer.DOCX"), Format::office);
    EXPECT_EQ(format("application/vnd.oasis.opendocument.spreadsheet", ""), Format::office);
    EXPECT_EQ(format("application/octet-stream", "page.html"), Format::html);
    EXPECT_EQ(format("text/calendar", ""), Format::folded);
    EXPECT_EQ(format("application/octet-stream", "other.eml"), Format::message);
    EXPECT_EQ(format("application/vnd.ms-excel", "numbers.csv"), Format::text);
    EXPECT_EQ(format("text/x-patch", "fix.patch"), Format::text);
    EXPECT_EQ(format("image/png", "photo.png"), Format::none);
    EXPECT_EQ(format("application/zip", "all.zip"), Format::none);
}

TEST(Format, is_none_for_what_is_read_with_the_message) {
    mail::Part part;
    part.content_type = "text/plain";
    EXPECT_EQ(format_of(part), Format::none);
    part.is_attachment = true;
    part.role = mail::Role::text;
    EXPECT_EQ(format_of(part), Format::none);
    EXPECT_EQ(format("message/rfc822", "forwarded.eml"), Format::none);
}

}  // namespace mailkeep::extract
