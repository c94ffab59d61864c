// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"
#include "mailkeep/net/line_reader.hpp"

#include "support/scripted_stream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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

TEST(LineReader, hands_over_pieces_of_a_line_that_never_part_its_end) {
    const std::string octets = "one\r\nab\r\r\n\r\rtwo three\n\r\nx\r\n";
    for (std::size_t chunk = 1; chunk < 30; ++chunk) {
        for (std::size_t most = 2; most < 12; ++most) {
            Script script;
            script.server(octets).chunk(chunk);
            const auto stream = script.open();
            LineReader reader(*stream);
            std::string all;
            while (all.size() < octets.size()) {
                const std::string piece(reader.read_piece_of_line(most));
                EXPECT_FALSE(piece.empty() || piece.size() > most) << most;
                EXPECT_TRUE(piece.find('\n') == piece.npos || piece.ends_with('\n')) << piece;
                EXPECT_TRUE(piece.ends_with('\n') || piece.size() + 1 >= most) << piece;
                all += piece;
                EXPECT_FALSE(piece.ends_with('\r') && octets.substr(all.size(), 1) == "\n") << most;
            }
            EXPECT_EQ(all, octets);
        }
    }
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

/// Gives so many octets at each read, and a second passes.
class SlowStream final : public Stream {
  public:
    explicit SlowStream(std::size_t octets) : octets_(octets) {}

    std::size_t read_some(std::span<char> into) override {
        now_ += std::chrono::seconds(1);
        std::fill_n(into.begin(), octets_, 'x');
        return octets_;
    }

    void write_all(std::string_view) override {}

    void start_tls() override {}

    void set_timeout(std::chrono::milliseconds) override {}

    void close() noexcept override {}

    [[nodiscard]] std::chrono::steady_clock::time_point now() const override { return now_; }

    std::chrono::steady_clock::time_point now_{};

  private:
    std::size_t octets_;
};

TEST(LineReader, gives_up_an_answer_that_comes_too_slowly) {
    SlowStream stream(1);
    LineReader reader(stream);
    reader.begin_answer();
    std::string octets;
    EXPECT_EQ(code_of([&] { reader.read_exact(100'000, octets); }), Errc::timeout);
    EXPECT_GE(octets.size(), 300U);
    EXPECT_LT(octets.size(), 310U);
}

TEST(LineReader, bears_a_slow_line_and_many_short_answers) {
    SlowStream slow(32);
    LineReader reader(slow);
    reader.begin_answer();
    std::string octets;
    reader.read_exact(32 * 1000, octets);
    EXPECT_EQ(octets.size(), 32'000U);
    SlowStream waited_for(1);
    LineReader answers(waited_for);
    for (int i = 0; i < 1000; ++i) {
        answers.begin_answer();
        answers.read_exact(1, octets);
    }
    EXPECT_EQ(octets.size(), 33'000U);
}

}  // namespace
}  // namespace mailkeep::net
