// SPDX-License-Identifier: Apache-2.0
// Kinds of text and of messages that want more than their octets decoded.
#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/body.hpp"
#include "mailkeep/mail/message.hpp"
#include "mailkeep/mail/summary.hpp"

#include "calendar_text.hpp"
#include "flowed_text.hpp"
#include "signed_data.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace mailkeep::mail;

namespace {

std::string protection_in(const std::string& raw) {
    return parse(raw).protection;
}

std::string of_two(const std::string& type, const std::string& first, const std::string& second,
                   const std::string& boundary = "b") {
    const auto delimiter = "\r\n--" + boundary + "\r\n";
    return "Content-Type: multipart/" + type + "; boundary=" + boundary + "\r\n" + delimiter +
           first + delimiter + second + "\r\n--" + boundary + "--\r\n";
}

const std::string words = "Content-Type: text/plain\r\n\r\nwords";

std::string said_in(std::string_view calendar) {
    return calendar_to_text(unfold_calendar(calendar));
}

std::string element(unsigned char identifier, const std::string& content) {
    const auto size = content.size();
    const auto length = size < 0x80 ? std::string(1, static_cast<char>(size))
                                    : std::string{'\x82', static_cast<char>(size >> 8U),
                                                  static_cast<char>(size & 0xFFU)};
    return std::string(1, static_cast<char>(identifier)) + length + content;
}

std::string endless(unsigned char identifier, const std::string& content) {
    return std::string(1, static_cast<char>(identifier)) + '\x80' + content + std::string(2, '\0');
}

/// 1.2.840.113549.1.7.number
std::string pkcs7(char number) {
    return element(0x06, std::string("\x2A\x86\x48\x86\xF7\x0D\x01\x07") + number);
}

std::string mail_of(const std::string& cms) {
    return "Content-Type: application/pkcs7-mime; name=smime.p7m\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\n" +
           to_base64(cms);
}

std::string cms(char content) {
    return mail_of(element(0x30, pkcs7(content) + element(0xA0, element(0x30, "..."))));
}

const std::string before_content = element(0x02, "\1") + element(0x31, "");
const std::string after_content = element(0xA0, "certificates") + element(0x31, "signers");

/// As OpenSSL and others write it, with lengths and without.
std::string wrapped(const std::string& content) {
    const auto info = element(0x30, pkcs7('\x01') + element(0xA0, element(0x04, content)));
    return element(
        0x30, pkcs7('\x02') + element(0xA0, element(0x30, before_content + info + after_content)));
}

std::string wrapped_in_pieces(const std::string& one, const std::string& two) {
    const auto pieces = endless(0x24, element(0x04, one) + element(0x04, two));
    const auto info = endless(0x30, pkcs7('\x01') + endless(0xA0, pieces));
    return endless(
        0x30, pkcs7('\x02') + endless(0xA0, endless(0x30, before_content + info + after_content)));
}

}  // namespace

TEST(Flowed, paragraphs_are_one_line) {
    EXPECT_EQ(unflow("one \r\ntwo\r\n\r\nthree\r\n", false), "one two\n\nthree\n");
    EXPECT_EQ(unflow("one \ntwo \n", false), "one two ");
    EXPECT_EQ(unflow("ei \nne", true), "eine\n");
}

TEST(Flowed, quotes_of_one_depth_belong_together) {
    EXPECT_EQ(unflow(">> a \n>> b\n> c \nd\n", false), ">> a b\n> c \nd\n");
}

TEST(Flowed, stuffed_spaces_go_and_signatures_stand_alone) {
    EXPECT_EQ(unflow(" From here\n  two\n >no quote\n", false), "From here\n two\n>no quote\n");
    EXPECT_EQ(unflow("a \n-- \nb\n", false), "a \n-- \nb\n");
}

TEST(Flowed, text_says_so) {
    const std::string body = "\r\n\r\none \r\ntwo\r\n";
    EXPECT_EQ(readable_text(parse("Content-Type: text/plain; format=flowed" + body)), "one two");
    EXPECT_EQ(readable_text(parse("Content-Type: text/plain; Format=Flowed; DelSp=Yes" + body)),
              "onetwo");
    EXPECT_EQ(readable_text(parse("Content-Type: text/plain" + body)), "one \r\ntwo");
}

TEST(Calendar, says_what_an_invitation_is_about) {
    EXPECT_EQ(said_in("BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nDTSTART:19700101T000000\r\n"
                      "END:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY;LANGUAGE=en:Lun\r\n"
                      " ch\\, early\r\nDTSTART;TZID=\"Europe/Paris\":20260102T123000\r\n"
                      "DTEND:20260102T133000Z\r\nBEGIN:VALARM\r\nDESCRIPTION:Wake up\r\n"
                      "END:VALARM\r\nLOCATION:Caf\xC3\r\n \xA9\r\n"
                      "ORGANIZER;CN=\"Ada: L.\":MAILTO:ada@x\r\nATTENDEE:mailto:bob@x\r\n"
                      "DESCRIPTION:one\\ntwo\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"),
              "Summary: Lunch, early\nStart: 2026-01-02 12:30 Europe/Paris\n"
              "End: 2026-01-02 13:30 UTC\nLocation: Café\nOrganizer: Ada: L. <ada@x>\n"
              "Attendee: bob@x\none\ntwo\n");
    EXPECT_EQ(said_in("BEGIN:VTODO\nDUE;VALUE=DATE:20260102\nSUMMARY:x\n "),
              "Due: 2026-01-02\nSummary: x\n");
    EXPECT_EQ(said_in("DTSTART:\nBEGIN:VEVENT\nDTSTART:1\nSUMMARY"), "Start: 1\nSummary: \n");
    EXPECT_EQ(said_in("BEGIN:VEVENT\nDTSTART:202é0102T1\n"), "Start: 202é0102T1\n");
}

TEST(Calendar, is_read_beside_the_text_it_is_an_alternative_of) {
    const std::string calendar =
        "Content-Type: text/calendar; charset=utf-8\r\n\r\n"
        "BEGIN:VEVENT\r\nSUMMARY:Lunch\r\nEND:VEVENT";
    EXPECT_EQ(readable_text(parse(of_two("alternative", words, calendar))),
              "words\n\nSummary: Lunch");
    const auto rich = "Content-Type: text/html\r\n\r\n<p>rich words</p>";
    EXPECT_EQ(readable_text(parse(of_two("alternative", rich, calendar))),
              "rich words\n\nSummary: Lunch");
}

TEST(Report, is_read_with_the_status_of_each_recipient) {
    const auto raw =
        of_two("report; report-type=delivery-status", words,
               "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n"
               "\r\nFinal-Recipient: rfc822; bob@example.org\r\nStatus: 5.1.1");
    const auto text = readable_text(parse(raw));
    EXPECT_TRUE(text.starts_with("words\n\nReporting-MTA: dns; mx.example.org")) << text;
    EXPECT_TRUE(text.ends_with("Status: 5.1.1")) << text;
    EXPECT_TRUE(summarize(ContentId(), raw).attachments.empty());
}

TEST(Digest, gives_its_messages_and_their_headings) {
    const auto raw =
        of_two("digest", "\r\nSubject: first\r\n\r\none", "\r\nSubject: second\r\n\r\ntwo");
    const auto message = parse(raw);
    ASSERT_EQ(message.parts.size(), 4U);
    EXPECT_EQ(message.parts[0].content_type, "message/rfc822");
    EXPECT_EQ(message.parts[3].body, "two");
    EXPECT_TRUE(message.parts[3].is_within_message);
    EXPECT_EQ(summarize(ContentId(), raw).text, "one\n\ntwo\n\nfirst\n\nsecond");
}

TEST(Protection, is_named) {
    EXPECT_EQ(protection_in(words), "");
    EXPECT_EQ(protection_in(of_two("encrypted; protocol=\"application/pgp-encrypted\"",
                                   "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
                                   "Content-Type: application/octet-stream\r\n\r\n---")),
              "encrypted (PGP)");
    EXPECT_EQ(
        protection_in(of_two("signed", words, "Content-Type: application/pgp-signature\r\n\r\nx")),
        "signed (PGP)");
    EXPECT_EQ(protection_in(
                  of_two("signed", words,
                         "Content-Type: application/x-pkcs7-signature; name=smime.p7s\r\n\r\nx")),
              "signed (S/MIME)");
    EXPECT_EQ(protection_in(cms('\x02')), "signed (S/MIME)");
    EXPECT_EQ(protection_in(cms('\x03')), "encrypted (S/MIME)");
    EXPECT_EQ(protection_in(of_two("signed", cms('\x03'),
                                   "Content-Type: application/pgp-signature\r\n\r\nx")),
              "encrypted (S/MIME)");
}

TEST(Protection, is_seen_in_text) {
    EXPECT_EQ(protection_in("Subject: x\r\n\r\nHi\r\n-----BEGIN PGP MESSAGE-----\r\n"),
              "encrypted (PGP)");
    EXPECT_EQ(protection_in("Subject: x\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n"),
              "signed (PGP)");
    EXPECT_EQ(protection_in("Subject: x\r\n\r\n> -----BEGIN PGP MESSAGE-----\r\n"), "");
}

TEST(Protection, of_an_attached_message_is_not_that_of_the_message) {
    EXPECT_EQ(
        protection_in(of_two(
            "mixed", words,
            "Content-Type: message/rfc822\r\n\r\n" +
                of_two("signed", words, "Content-Type: application/pgp-signature\r\n\r\nx", "c"))),
        "");
}

TEST(SignedData, is_read_without_a_key) {
    EXPECT_EQ(signed_content(wrapped("words")), "words");
    EXPECT_EQ(signed_content(wrapped(std::string(1000, 'x'))), std::string(1000, 'x'));
    EXPECT_EQ(signed_content(wrapped_in_pieces("one ", "two")), "one two");
    EXPECT_EQ(signed_content(wrapped("")), std::nullopt);
    EXPECT_EQ(signed_content(element(0x30, pkcs7('\x03') + element(0xA0, ""))), std::nullopt);
    EXPECT_EQ(signed_content("no such thing"), std::nullopt);
}

TEST(SignedData, may_break_off_anywhere) {
    for (const auto& whole : {wrapped("words"), wrapped_in_pieces("wor", "ds")}) {
        for (std::size_t length = 0; length < whole.size(); ++length) {
            const auto content = signed_content(std::string_view(whole).substr(0, length));
            EXPECT_TRUE(std::string_view("words").starts_with(content.value_or("")));
        }
    }
}

TEST(SignedData, gives_its_parts_behind_itself) {
    const auto raw =
        mail_of(wrapped(of_two("mixed", words, "Content-Type: image/png; name=a.png\r\n\r\nx")));
    const auto message = parse(raw);
    ASSERT_EQ(message.parts.size(), 3U);
    EXPECT_EQ(message.parts[0].file_name, "smime.p7m");
    EXPECT_EQ(message.parts[2].number, 3);
    EXPECT_EQ(message.parts[2].body, "x");
    EXPECT_EQ(readable_text(message), "words");
    EXPECT_EQ(message.protection, "signed (S/MIME)");
    EXPECT_EQ(summarize(ContentId(), raw).attachments,
              (std::vector<std::string>{"smime.p7m", "a.png"}));
    EXPECT_EQ(summarize(ContentId(), raw).text, "words");
    const auto forwarded = mail_of(wrapped(of_two(
        "mixed", words, "Content-Type: message/rfc822\r\n\r\nSubject: within\r\n\r\ninner")));
    EXPECT_EQ(summarize(ContentId(), forwarded).text, "words\n\ninner\n\nwithin");
    EXPECT_EQ(protection_in(mail_of(wrapped(cms('\x03')))), "encrypted (S/MIME)");
}
