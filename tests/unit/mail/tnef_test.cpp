// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/body.hpp"
#include "mailkeep/mail/message.hpp"
#include "mailkeep/mail/summary.hpp"

#include "tnef.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace mailkeep::mail;

namespace {

std::string number(std::uint64_t value, int octets) {
    std::string text;
    for (int i = 0; i < octets; ++i) {
        text += static_cast<char>(value >> (8 * i) & 0xFFU);
    }
    return text;
}

std::string attribute(int level, std::uint32_t id, const std::string& data) {
    return number(static_cast<std::uint32_t>(level), 1) + number(id, 4) +
           number(static_cast<std::uint32_t>(data.size()), 4) + data + number(0, 2);
}

std::string counted(const std::string& value) {
    const auto size = static_cast<std::uint32_t>(value.size());
    return number(1, 4) + number(size, 4) + value + std::string((4 - size % 4) % 4, '\0');
}

std::string property(std::uint32_t type, std::uint32_t id, const std::string& value) {
    return number(type, 2) + number(id, 2) + value;
}

std::string wide(const std::string& text) {
    std::string result;
    for (const char c : text + '\0') {
        result += {c, '\0'};
    }
    return result;
}

std::string tnef_of(const std::string& attributes) {
    return number(0x223E9F78, 4) + number(1, 2) + attributes;
}

std::string file(const std::string& name, const std::string& content) {
    return attribute(2, 0x00069002, std::string(14, '\0')) + attribute(2, 0x00018010, name + '\0') +
           attribute(2, 0x0006800F, content);
}

const std::string named_property = number(0x0003, 2) + number(0x8001, 2) + std::string(16, 'g') +
                                   number(1, 4) + number(6, 4) + wide("ab") + std::string(2, '\0') +
                                   number(7, 4);

/// A short name, then properties: one with a name, a boolean, two long integers, the long name and
/// the type.
const std::string sample = tnef_of(
    attribute(1, 0x00069007, number(1252, 4) + number(0, 4)) +
    attribute(1, 0x0002800C, std::string("caf\xE9\0", 5)) + file("LONGNA~1.DOC", "first") +
    attribute(2, 0x00069005,
              number(5, 4) + named_property + property(0x000B, 0x3000, number(1, 4)) +
                  property(0x1003, 0x3001, number(2, 4) + number(0, 8)) +
                  property(0x001F, 0x3707, counted(wide("long name.doc"))) +
                  property(0x001E, 0x370E, counted(std::string("Application/MSWord\0", 19)))) +
    file("b.txt", "second"));

std::string mail_with(const std::string& tnef) {
    return "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nwords\r\n--b\r\n"
           "Content-Type: application/ms-tnef; name=winmail.dat\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\n" +
           to_base64(tnef) + "\r\n--b--\r\n";
}

}  // namespace

TEST(Tnef, gives_its_files_and_text) {
    const auto tnef = read_tnef(sample);
    EXPECT_EQ(tnef.text, "café");
    ASSERT_EQ(tnef.files.size(), 2U);
    EXPECT_EQ(tnef.files[0].name, "long name.doc");
    EXPECT_EQ(tnef.files[0].content_type, "application/msword");
    EXPECT_EQ(tnef.files[0].content, "first");
    EXPECT_EQ(tnef.files[1].name, "b.txt");
    EXPECT_EQ(tnef.files[1].content_type, "application/octet-stream");
    EXPECT_EQ(tnef.files[1].content, "second");
}

TEST(Tnef, gives_the_text_of_its_properties) {
    const auto with = [](const std::string& text) {
        return read_tnef(tnef_of(attribute(1, 0x00069003, number(1, 4) + text))).text;
    };
    EXPECT_EQ(with(property(0x001F, 0x1000, counted(wide("plain")))), "plain");
    EXPECT_EQ(with(property(0x0102, 0x1013, counted("<p>rich</p>"))), "rich");
    const auto rtf = std::string(8, '\0') + "MELA" + std::string(4, '\0') + "{\\rtf1 richer}";
    EXPECT_EQ(with(property(0x0102, 0x1009, counted(rtf))), "richer");
}

TEST(Tnef, gives_what_stands_before_it_breaks_off) {
    for (std::size_t length = 0; length <= sample.size(); ++length) {
        const auto tnef = read_tnef(sample.substr(0, length));
        EXPECT_LE(tnef.files.size(), 2U);
    }
    EXPECT_EQ(read_tnef(sample.substr(0, sample.size() - 10)).files.size(), 2U);
    EXPECT_TRUE(read_tnef("no such thing").files.empty());
    EXPECT_TRUE(read_tnef(tnef_of(attribute(2, 0x0006800F, "without a file"))).files.empty());
}

TEST(Tnef, may_say_any_count) {
    const auto properties = number(0xFFFFFFFF, 4) +
                            property(0x101F, 0x3707, number(0xFFFFFFFF, 4) + number(0xFFFFFFFF, 4));
    EXPECT_EQ(
        read_tnef(tnef_of(file("a", "b") + attribute(2, 0x00069005, properties))).files.size(), 1U);
    EXPECT_EQ(read_tnef(tnef_of(number(2, 1) + number(0x0006800F, 4) + number(0xFFFFFFFF, 4) + "x"))
                  .files.size(),
              0U);
}

TEST(Tnef, is_listed_and_so_is_what_it_holds) {
    const auto raw = mail_with(sample);
    const auto message = parse(raw);
    ASSERT_EQ(message.parts.size(), 5U);
    EXPECT_EQ(message.parts[1].file_name, "winmail.dat");
    EXPECT_EQ(message.parts[2].role, Role::alternative);
    EXPECT_EQ(message.parts[3].number, 4);
    EXPECT_EQ(message.parts[3].body, "first");
    EXPECT_EQ(readable_text(message), "words");
    const auto summary = summarize(ContentId(), raw);
    EXPECT_EQ(summary.attachments,
              (std::vector<std::string>{"winmail.dat", "long name.doc", "b.txt"}));
    EXPECT_EQ(summary.text, searchable_text(message));
}

TEST(Tnef, is_read_where_nothing_else_is) {
    const auto message = parse("Content-Type: application/ms-tnef\r\n\r\n" + sample);
    EXPECT_EQ(readable_text(message), "café");
}

TEST(Tnef, may_hold_a_message_that_holds_files) {
    const auto object = std::string(16, 'i') + tnef_of(file("deep.txt", "deep"));
    const auto outer =
        tnef_of(file("message", "") +
                attribute(2, 0x00069005, number(1, 4) + property(0x000D, 0x3701, counted(object))));
    EXPECT_EQ(summarize(ContentId(), mail_with(outer)).attachments,
              (std::vector<std::string>{"winmail.dat", "message", "deep.txt"}));
}

TEST(Tnef, may_hold_a_file_as_a_property) {
    const auto with = [](std::uint32_t type, const std::string& value) {
        return read_tnef(tnef_of(file("a", "") +
                                 attribute(2, 0x00069005,
                                           number(1, 4) + property(type, 0x3701, counted(value)))))
            .files.at(0);
    };
    EXPECT_EQ(with(0x0102, "content").content, "content");
    EXPECT_EQ(with(0x000D, std::string(16, 'i') + "drawing").content, "drawing");
    EXPECT_EQ(with(0x000D, std::string(16, 'i') + "drawing").content_type,
              "application/octet-stream");
    EXPECT_EQ(with(0x000D, "short").content, "");
}
