// SPDX-License-Identifier: Apache-2.0
// Whatever the mail, reading it gives parts within the caps and valid UTF-8.
#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/body.hpp"

#include "corpus.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace mailkeep::mail;

namespace {

bool is_all_valid_utf8(const Message& message) {
    std::string text = message.subject + message.from + message.to + message.cc + message.bcc +
                       message.message_id + message.list_id + searchable_text(message);
    for (const auto& [name, value] : message.header) {
        text += name + value;
    }
    for (const auto& part : message.parts) {
        text += part.content_type + part.charset + part.file_name + part.content_id;
    }
    return is_valid_utf8(text);
}

}  // namespace

TEST(Corpus, is_read_within_the_caps_as_valid_utf_8) {
    if (!std::filesystem::exists(corpus::folder())) {
        GTEST_SKIP() << "no mail corpus at " << corpus::folder();
    }
    int read = 0;
    for (const auto* folder : {"mime", "charset", "lists"}) {
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator(corpus::folder() / folder)) {
            if (entry.path().extension() != ".eml") {
                continue;
            }
            const auto message = parse(corpus::content_of(entry.path()));
            EXPECT_TRUE(is_all_valid_utf8(message)) << entry.path();
            EXPECT_FALSE(message.parts.empty()) << entry.path();
            EXPECT_LT(message.parts.size(), most_parts) << entry.path();
            ++read;
        }
    }
    EXPECT_GT(read, 1000);
}

/// What UTF-8 looks like when it was taken for windows-1252, and what could not be read at all.
TEST(Corpus, has_no_letters_of_a_wrong_charset) {
    if (!std::filesystem::exists(corpus::folder())) {
        GTEST_SKIP() << "no mail corpus at " << corpus::folder();
    }
    constexpr auto* damaged = "989-encoding-5.eml";  // a line end within a letter
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(corpus::folder() / "charset")) {
        if (entry.path().extension() != ".eml" || entry.path().filename() == damaged) {
            continue;
        }
        const auto message = parse(corpus::content_of(entry.path()));
        const auto text = message.subject + message.from + message.to + searchable_text(message);
        for (const auto* wrong : {"Ã©", "Ã¼", "Ã¶", "Ã¤", "Ã¨", "â€", "Ð°", "\xEF\xBF\xBD"}) {
            EXPECT_EQ(text.find(wrong), std::string::npos) << entry.path() << " " << wrong;
        }
    }
}

TEST(Corpus, has_texts_whose_charset_is_found) {
    if (!std::filesystem::exists(corpus::folder())) {
        GTEST_SKIP() << "no mail corpus at " << corpus::folder();
    }
    for (const std::string charset : {"big5", "gb18030", "shift_jis", "utf-8"}) {
        const auto octets =
            corpus::content_of(corpus::folder() / "charset/mailcore2-detect" / (charset + ".txt"));
        EXPECT_EQ(to_utf8(octets, ""), to_utf8(octets, charset)) << charset;
    }
}
