// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/maildir_writer.hpp"

namespace mailkeep::files {

namespace {

Placement placement(std::string_view flags) {
    Placement placement;
    placement.internal_date.at = *parse_rfc3339("2026-11-03T04:05:06Z");
    placement.message = {Digest::from_octets(std::string(digest_size, '\x1A')), 12, {}};
    placement.flags = flags_from_text(flags);
    return placement;
}

}  // namespace

TEST(MaildirWriter, puts_size_and_flags_into_the_name_as_dovecot_does) {
    KeywordLetters letters;
    EXPECT_EQ(maildir_name(placement("\\Seen \\Flagged \\Answered"), 13, 7, letters),
              "1793678706.1a1a1a1a1a1a1a1aN7.mailkeep,S=12,W=13:2,FRS");
    EXPECT_EQ(maildir_name(placement(""), 13, 8, letters),
              "1793678706.1a1a1a1a1a1a1a1aN8.mailkeep,S=12,W=13:2,");
    EXPECT_EQ(letters.text(), "");
}

TEST(MaildirWriter, gives_keywords_letters_in_the_order_they_come) {
    KeywordLetters letters;
    EXPECT_NE(maildir_name(placement("Work $Forwarded \\Deleted \\Draft"), 1, 1, letters)
                  .find(":2,DPTab"),
              std::string::npos);
    EXPECT_NE(maildir_name(placement("Work"), 1, 1, letters).find(":2,b"), std::string::npos);
    EXPECT_EQ(letters.text(), "0 $Forwarded\n1 Work\n");
}

TEST(MaildirWriter, has_no_letter_for_a_27th_keyword) {
    KeywordLetters letters;
    for (int i = 0; i < 26; ++i) {
        EXPECT_EQ(letters.letter_of("k" + std::to_string(i)), static_cast<char>('a' + i));
    }
    EXPECT_EQ(letters.letter_of("k26"), std::nullopt);
    EXPECT_EQ(letters.letter_of("k25"), 'z');
}

TEST(MaildirWriter, counts_line_ends_that_lack_their_cr_across_pieces) {
    BareLfCount lfs;
    lfs.add("a\r");
    lfs.add("\nb\n");
    lfs.add("");
    lfs.add("\n\r\nc");
    EXPECT_EQ(lfs.count(), 2U);
}

}  // namespace mailkeep::files
