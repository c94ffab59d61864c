// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/mbox_writer.hpp"

namespace mailkeep::files {

namespace {

/// What is written of a message that comes in pieces of so many octets.
std::string written(std::string_view message, std::size_t piece_size, std::uint64_t* octets) {
    std::string text;
    const auto sink = [&](std::string_view piece) { text += piece; };
    MboxrdBody body;
    while (!message.empty()) {
        const auto piece = message.substr(0, piece_size);
        body.write(piece, sink);
        message.remove_prefix(piece.size());
    }
    *octets = body.finish(sink);
    return text;
}

/// The same whatever the pieces are.
std::string written(std::string_view message) {
    std::uint64_t octets = 0;
    const auto whole = written(message, message.size() + 1, &octets);
    for (std::size_t piece_size = 1; piece_size < 12; ++piece_size) {
        std::uint64_t again = 0;
        EXPECT_EQ(written(message, piece_size, &again), whole) << piece_size;
        EXPECT_EQ(again, octets) << piece_size;
    }
    return whole + std::to_string(octets);
}

}  // namespace

TEST(MboxWriter, dates_a_message_in_utc_as_asctime_does) {
    EXPECT_EQ(from_line(*parse_rfc3339("2026-11-03T04:05:06+01:00")),
              "From MAILER-DAEMON Tue Nov  3 03:05:06 2026\n");
}

TEST(MboxWriter, keeps_the_octets_of_a_message) {
    EXPECT_EQ(written("a: b\r\n\r\nc\r\n"), "a: b\r\n\r\nc\r\n\n11");
    EXPECT_EQ(written("a: b\n\nc\n"), "a: b\n\nc\n\n8");
    EXPECT_EQ(written("\n\n\r\r"), "\n\n\r\r\n\n4");
}

TEST(MboxWriter, quotes_what_could_begin_a_message) {
    EXPECT_EQ(written("From a\n"), ">From a\n\n8");
    EXPECT_EQ(written(">From a\r\n>>From b\r\n"), ">>From a\r\n>>>From b\r\n\n21");
    EXPECT_EQ(written("x\nFrom \nFrom "), "x\n>From \n>From \n\n15");
}

TEST(MboxWriter, leaves_alone_what_only_looks_like_it) {
    EXPECT_EQ(written("x From y\nFrom\nFro m\n>> From \nF>From \nfrom \n"),
              "x From y\nFrom\nFro m\n>> From \nF>From \nfrom \n\n43");
    EXPECT_EQ(written("x\rFrom y\n"), "x\rFrom y\n\n9");
}

TEST(MboxWriter, tells_whether_the_last_line_end_is_of_the_message) {
    EXPECT_EQ(written("a"), "a\n\n1");
    EXPECT_EQ(written("a\n"), "a\n\n2");
    EXPECT_EQ(written("a\n>>Fro"), "a\n>>Fro\n\n7");
    EXPECT_EQ(written(""), "\n\n0");
}

}  // namespace mailkeep::files
