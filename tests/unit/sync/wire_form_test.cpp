// SPDX-License-Identifier: Apache-2.0
#include "wire_form.hpp"

#include <gtest/gtest.h>

namespace mailkeep::sync {

namespace {

/// In pieces of this size, for a piece may end anywhere.
std::string wire(std::string_view raw, std::size_t piece, Nul nul = Nul::as_it_is) {
    WireForm form(nul);
    std::string sent;
    for (std::size_t at = 0; at < raw.size(); at += piece) {
        form.add(raw.substr(at, piece), [&](std::string_view octets) { sent += octets; });
    }
    EXPECT_EQ(form.size(), sent.size());
    return sent;
}

Digest canonical(std::string_view raw, std::size_t piece = 1000) {
    CanonicalDigest digest;
    for (std::size_t at = 0; at < raw.size(); at += piece) {
        digest.add(raw.substr(at, piece));
    }
    return digest.finish();
}

}  // namespace

TEST(WireForm, ends_each_line_with_crlf_wherever_the_pieces_end) {
    for (std::size_t piece = 1; piece < 12; ++piece) {
        EXPECT_EQ(wire("a\nb\r\n\n\rc\r\r\n", piece), "a\r\nb\r\n\r\n\rc\r\r\n") << piece;
        EXPECT_EQ(wire("a\r\nb\r\n", piece), "a\r\nb\r\n") << piece;
        EXPECT_EQ(wire("\n", piece), "\r\n") << piece;
    }
}

TEST(WireForm, replaces_nul_only_when_told_to) {
    const std::string_view raw("a\0\nb\0", 5);
    for (std::size_t piece = 1; piece < 6; ++piece) {
        EXPECT_EQ(wire(raw, piece), std::string("a\0\r\nb\0", 6));
        EXPECT_EQ(wire(raw, piece, Nul::replaced), "a\x80\r\nb\x80");
    }
}

TEST(WireForm, tells_what_a_message_holds) {
    WireForm form;
    form.add("a\r\n", [](std::string_view) {});
    EXPECT_FALSE(form.has_bare_lf() || form.has_nul());
    form.add(std::string_view("\n\0", 2), [](std::string_view) {});
    EXPECT_TRUE(form.has_bare_lf() && form.has_nul());
}

TEST(CanonicalDigest, is_the_same_of_what_servers_make_of_one_message) {
    EXPECT_EQ(canonical("a\r\nb"), canonical("a\nb\r\n\r\n"));
    EXPECT_NE(canonical("a\r\nb"), canonical("a\r\nb "));
    EXPECT_NE(canonical("a\r\nb"), canonical("a\r\n\r\nb"));
    EXPECT_EQ(canonical("a\r\nb"), sha256("a\r\nb"));
}

TEST(CanonicalDigest, does_not_depend_on_where_pieces_end) {
    const auto many = "a" + std::string(200'000, '\n') + "b" + std::string(200'000, '\n');
    EXPECT_EQ(canonical(many), canonical(many, 7));
}

}  // namespace mailkeep::sync
