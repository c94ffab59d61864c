// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/mail/abridgement.hpp"
#include "mailkeep/mail/summary.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using mail::Abridgement;

namespace {

constexpr std::size_t mebi = std::size_t{1} << 20;

std::string lines_of(std::size_t octets) {
    std::string text;
    while (text.size() < octets) {
        text.append(76, 'A').append("\r\n");
    }
    return text;
}

std::string attachment(const std::string& name, std::size_t octets) {
    return "--=_b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
           "Content-Disposition: attachment; filename=\"" +
           name + "\"\r\n\r\n" + lines_of(octets) + "\r\n";
}

std::string large_letter() {
    return "Subject: plans\r\nFrom: a@example.org\r\n"
           "Content-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\n"
           "--=_b\r\nContent-Type: text/plain\r\n\r\nfirst words\r\n" +
           attachment("one.pdf", 5 * mebi) + attachment("two.pdf", 6 * mebi) +
           "--=_b\r\nContent-Type: text/plain\r\n\r\nlast words\r\n--=_b--\r\n";
}

std::string abridged(std::string_view octets, std::size_t step) {
    Abridgement abridgement;
    for (; !octets.empty(); octets.remove_prefix(std::min(step, octets.size()))) {
        abridgement.add(octets.substr(0, step));
    }
    return abridgement.text();
}

}  // namespace

TEST(Abridgement, leaves_short_parts_as_they_are) {
    const std::string text = "A: b\r\n\r\n--x\r\n-\r\n-- \r\n\n-\n--";
    EXPECT_EQ(abridged(text, 1), text);
    EXPECT_EQ(abridged(text, text.size()), text.substr(0, text.size()));
}

TEST(Abridgement, keeps_the_body_behind_a_header_line_that_is_cut) {
    const auto text = abridged("Subject: plans\r\nTo: " + std::string(3 * mebi, 'a') +
                                   "\r\n\r\nthe text\r\n\r\n" + std::string(3 * mebi, 'b'),
                               65'536);
    EXPECT_LT(text.size(), 3 * mebi);
    const auto summary = mail::summarize({}, text);
    EXPECT_EQ(summary.subject, "plans");
    EXPECT_TRUE(summary.text.starts_with("the text"));
}

TEST(Abridgement, of_a_large_message_gives_its_summary) {
    const auto raw = large_letter();
    const auto text = abridged(raw, 65'536);
    EXPECT_LT(text.size(), 3 * mebi);
    const auto summary = mail::summarize({}, text);
    EXPECT_EQ(summary.subject, "plans");
    EXPECT_EQ(summary.attachments, (std::vector<std::string>{"one.pdf", "two.pdf"}));
    EXPECT_EQ(summary.text, mail::summarize({}, raw).text);
    EXPECT_NE(summary.text.find("last words"), std::string::npos);
}

TEST(Abridgement, is_the_same_in_whatever_pieces) {
    const auto raw = large_letter();
    EXPECT_TRUE(abridged(raw, 4 * mebi) == abridged(raw, 997));
}

TEST(Abridgement, is_never_longer_than_what_is_summarized_whole) {
    std::string raw;
    for (int i = 0; i < 20; ++i) {
        raw += attachment("x", mebi);
    }
    EXPECT_LE(abridged(raw, mebi).size(), mail::summarized_whole + 2);
    EXPECT_LE(abridged(std::string(20 * mebi, 'x'), mebi).size(), mebi);
}
