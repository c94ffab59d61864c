// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"
#include "mailkeep/net/line_reader.hpp"

#include "support/scripted_stream.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace mailkeep::net {
namespace {

using test::Script;

Errc code_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    ADD_FAILURE() << "nothing was thrown";
    return Errc::internal;
}

TEST(LineReader, takes_crlf_and_bare_lf_and_keeps_a_lone_cr) {
    for (const std::size_t chunk : {1U, 2U, 3U, 100U}) {
        Script script;
        script.server("one\r\ntwo\n\r\nth\rree\r\r\n").chunk(chunk);
        const auto stream = script.open();
        LineReader reader(*stream);
        EXPECT_EQ(reader.read_line(100), "one");
        EXPECT_EQ(reader.read_line(100), "two");
        EXPECT_EQ(reader.read_line(100), "");
        EXPECT_EQ(reader.read_line(100), "th\rree\r");
        EXPECT_FALSE(reader.has_buffered());
    }
}

TEST(LineReader, keeps_line_ends_as_sent_when_asked) {
    Script script;
    script.server("one\r\ntwo\n");
    const auto stream = script.open();
    LineReader reader(*stream);
    EXPECT_EQ(reader.read_line_with_end(100), "one\r\n");
    EXPECT_TRUE(reader.has_buffered());
    EXPECT_EQ(reader.read_line_with_end(100), "two\n");
}

TEST(LineReader, counts_the_cap_without_the_line_end) {
    for (const std::size_t chunk : {1U, 100U}) {
        Script script;
        script.server("four\r\nfive\nsixxx\r\n").close().chunk(chunk);
        const auto stream = script.open();
        LineReader reader(*stream);
        EXPECT_EQ(reader.read_line(4), "four");
        EXPECT_EQ(reader.read_line(4), "five");
        EXPECT_EQ(code_of([&] { (void)reader.read_line(4); }), Errc::protocol);
    }
}

TEST(LineReader, stops_reading_a_line_without_an_end) {
    Script script;
    script.server(std::string(100, 'x')).chunk(1).may_be_left();
    const auto stream = script.open();
    LineReader reader(*stream);
    EXPECT_EQ(code_of([&] { (void)reader.read_line(10); }), Errc::protocol);
    EXPECT_FALSE(script.is_finished());
}

TEST(LineReader, takes_an_end_within_a_line_for_a_lost_connection) {
    for (std::size_t cut = 0; cut < 5; ++cut) {
        Script script;
        script.server("one\r\n").cut_after(cut);
        const auto stream = script.open();
        LineReader reader(*stream);
        EXPECT_EQ(code_of([&] { (void)reader.read_line(100); }), Errc::network);
    }
}

TEST(LineReader, reads_counted_octets_across_lines_and_chunks) {
    for (const std::size_t chunk : {1U, 4U, 100U}) {
        Script script;
        script.server(std::string("{9}\r\nab\r\n\0cd\n.rest\r\n", 20)).chunk(chunk);
        const auto stream = script.open();
        LineReader reader(*stream);
        EXPECT_EQ(reader.read_line(100), "{9}");
        std::string literal = "> ";
        reader.read_exact(9, literal);
        EXPECT_EQ(literal, std::string("> ab\r\n\0cd\n.", 11));
        reader.read_exact(0, literal);
        EXPECT_EQ(reader.read_line(100), "rest");
    }
}

TEST(LineReader, takes_an_end_within_counted_octets_for_a_lost_connection) {
    Script script;
    script.server("abc").close();
    const auto stream = script.open();
    LineReader reader(*stream);
    std::string literal;
    EXPECT_EQ(code_of([&] { reader.read_exact(4, literal); }), Errc::network);
    EXPECT_EQ(literal, "abc");
}

}  // namespace
}  // namespace mailkeep::net
