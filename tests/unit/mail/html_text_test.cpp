// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/body.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace mailkeep::mail;

namespace {

std::string repeated(std::string_view piece, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += piece;
    }
    return text;
}

}  // namespace

TEST(HtmlText, puts_blocks_on_lines_of_their_own) {
    EXPECT_EQ(html_to_text("<div>one</div><div>two<br>three</div>"), "one\ntwo\nthree");
    EXPECT_EQ(html_to_text("<p>one</p>\n<p>two</p>"), "one\n\ntwo");
    EXPECT_EQ(html_to_text("<ul><li>a<li>b</ul>c"), "a\nb\n\nc");
    EXPECT_EQ(html_to_text("<tr><td>a</td><td>b</td></tr><tr><td>c"), "a b\nc");
}

TEST(HtmlText, keeps_inline_text_together) {
    EXPECT_EQ(html_to_text("a <b>bo</b>ld <A HREF='http://x.example/'>link</a>."), "a bold link.");
}

TEST(HtmlText, makes_one_blank_of_many) {
    EXPECT_EQ(html_to_text("  a \r\n\t b&nbsp;&nbsp;\xC2\xA0 c  "), "a b c");
}

TEST(HtmlText, keeps_blanks_in_pre) {
    EXPECT_EQ(html_to_text("x<pre>a  b\r\n  c</pre>y  z"), "x\n\na  b\n  c\n\ny z");
}

TEST(HtmlText, leaves_out_what_is_not_shown) {
    EXPECT_EQ(html_to_text("<head><title>T</title><style>p{}</style></head>a<script>if(1<2)"
                           "'</div>'</SCRIPT >b<!-- c --- <p> -->d<!doctype x><?php e ?>"),
              "abd");
    EXPECT_EQ(html_to_text("<!--[if mso]><p>outlook</p><![endif]-->a<![if !mso]>b<![endif]>"),
              "ab");
    EXPECT_EQ(html_to_text("<!-->a<!--->b"), "ab");
}

TEST(HtmlText, leaves_out_hidden_elements_up_to_their_own_end) {
    EXPECT_EQ(html_to_text("a<div style=\"color:red; DISPLAY : None\">x<div>y</div>z</div>b"),
              "a\nb");
    EXPECT_EQ(html_to_text("a<span hidden>x</span>b"), "ab");
    EXPECT_EQ(html_to_text("a<p style='display:none'>x<p>b"), "a\n\nb");
    EXPECT_EQ(html_to_text("a<img style='display:none' alt=x>b"), "a x b");
    EXPECT_EQ(html_to_text("<body style='display:none'>a</body>"), "a");
}

TEST(HtmlText, shows_the_text_that_stands_for_an_image) {
    EXPECT_EQ(html_to_text("a<img src='x.png' ALT=\"Tom &amp; Co\">b"), "a Tom & Co b");
}

TEST(HtmlText, decodes_character_references) {
    EXPECT_EQ(html_to_text("&lt;&eacute;&Eacute;&euro;&#233;&#xE9;&#XE9;&hellip;"), "<éÉ€ééé…");
    EXPECT_EQ(html_to_text("&#x1F600;&#128;&#146;"), "😀€’");
    EXPECT_EQ(html_to_text("AT&T &amp &copy 2026 &nosuch; & &; &#; &#x;"),
              "AT&T & © 2026 &nosuch; & &; &#; &#x;");
    EXPECT_EQ(html_to_text("&#0;&#xD800;&#x110000;&#99999999999;"), "\uFFFD\uFFFD\uFFFD\uFFFD");
    EXPECT_EQ(html_to_text("soft&shy;ware&#8203;s&zwnj;"), "softwares");
}

TEST(HtmlText, takes_a_lone_angle_bracket_as_text) {
    EXPECT_EQ(html_to_text("1 < 2 <3 a<b>c"), "1 < 2 <3 ac");
    EXPECT_EQ(html_to_text("a<"), "a<");
}

TEST(HtmlText, finds_the_end_of_a_tag_behind_quotes) {
    EXPECT_EQ(html_to_text("<a title='>' href=\">\">x</a>"), "x");
    EXPECT_EQ(html_to_text("<a href=\"never closed>x</a> y"), "x y");
    EXPECT_EQ(html_to_text("<a b = c/d e=>x"), "x");
}

TEST(HtmlText, survives_every_truncated_prefix) {
    const std::string html =
        "<!DOCTYPE html><html><head><title>t</title><style>s</style></head><body class=\"x y\">"
        "<!-- c --><p style='display:none'>h</p><img alt='i&eacute;'>&#x41;<pre>\n</pre></body>";
    for (std::size_t length = 0; length <= html.size(); ++length) {
        EXPECT_TRUE(is_valid_utf8(html_to_text(html.substr(0, length))));
    }
}

TEST(HtmlText, gives_valid_utf_8_for_any_octets) {
    EXPECT_EQ(html_to_text("a\xFF<b>\xC2"), "a\uFFFD\uFFFD");
}

// Quadratic time would make these take minutes.
TEST(HtmlText, is_linear_in_hostile_documents) {
    constexpr std::size_t count = 30'000;
    for (const auto* piece :
         {"<",        "<!--",   "</", "<a \"", "<a b='", "<a b=\"'",     "<script",
          "<script>", "&",      "&#", "&lt",   "<div>",  "<div hidden>", "<p hidden>",
          "<pre>",    "</pre>", "<!", "<?",    "<a b",   "-->"}) {
        EXPECT_TRUE(is_valid_utf8(html_to_text(repeated(piece, count) + "end")));
    }
    EXPECT_EQ(html_to_text(repeated("<div>", count) + "end"), "end");
}
