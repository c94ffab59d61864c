// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"

#include "decoder.hpp"
#include "text_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::imap {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Errc code_of(std::string_view octets) {
    try {
        static_cast<void>(raw_of(octets));
    } catch (const Error& error) {
        return error.code();
    }
    return Errc::internal;
}

}  // namespace

TEST(ReadResponse, takes_one_line) {
    TextStream stream("* 23 EXISTS\r\n* 1 RECENT\n");
    net::LineReader reader(stream);
    EXPECT_EQ(read_response(reader).text, "* 23 EXISTS");
    EXPECT_EQ(read_response(reader).text, "* 1 RECENT");
}

TEST(ReadResponse, takes_the_literals_a_line_announces) {
    const RawResponse response = raw_of("* X {3}\r\na\r\n {0+}\r\n ~{2}\r\n\xFE\xFF z\r\n");
    EXPECT_EQ(response.text, "* X {3}\n {0+}\n ~{2}\n z");
    EXPECT_THAT(response.literals, ElementsAre("a\r\n", "", "\xFE\xFF"));
}

TEST(ReadResponse, is_the_same_however_the_octets_arrive) {
    constexpr std::string_view octets =
        "* 1 FETCH (UID 1 BODY[] {12}\r\nline\r\n) {5}\r FLAGS ())\r\n";
    const RawResponse at_once = raw_of(octets);
    for (std::size_t chunk = 1; chunk < octets.size(); ++chunk) {
        const RawResponse in_pieces = raw_of(octets, chunk);
        EXPECT_EQ(in_pieces.text, at_once.text) << chunk;
        EXPECT_EQ(in_pieces.literals, at_once.literals) << chunk;
    }
    EXPECT_THAT(at_once.literals, ElementsAre("line\r\n) {5}\r"));
}

TEST(ReadResponse, sees_no_literal_in_free_text) {
    for (const std::string_view line :
         {"* OK see {5}", "A1 NO what is {5}", "+ go on {5}", "* bye {5}", "A1  BAD {5}"}) {
        EXPECT_EQ(raw_of(std::string(line) + "\r\n").text, line);
    }
}

TEST(ReadResponse, sees_no_literal_in_braces_without_a_number) {
    for (const std::string_view line :
         {"* X }", "* X {}", "* X {a}", "* X {-1}", "* X {5", "* X {5} "}) {
        EXPECT_EQ(raw_of(std::string(line) + "\r\n").text, line);
    }
}

TEST(ReadResponse, skips_nul_octets_before_a_line) {
    EXPECT_EQ(raw_of(std::string_view("\0\0* 1 EXISTS\r\n", 15)).text, "* 1 EXISTS");
}

TEST(ReadResponse, skips_a_line_end_that_was_not_counted_into_a_body) {
    const RawResponse response = raw_of("* 1 FETCH (BODY[] {3}\r\nabc\r\n UID 7)\r\n");
    EXPECT_EQ(response.text, "* 1 FETCH (BODY[] {3}\n UID 7)");
}

TEST(ReadResponse, keeps_the_end_of_a_response_that_ends_in_a_literal) {
    TextStream stream("* LIST () \"/\" {3}\r\nabc\r\n* 1 EXISTS\r\n");
    net::LineReader reader(stream);
    EXPECT_EQ(read_response(reader).text, "* LIST () \"/\" {3}\n");
    EXPECT_EQ(read_response(reader).text, "* 1 EXISTS");
}

TEST(ReadResponse, ends_with_the_stream_for_every_part_of_a_response) {
    constexpr std::string_view whole = "* 1 FETCH (BODY[] {3}\r\nabc UID 7)\r\n";
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_EQ(code_of(whole.substr(0, length)), Errc::network) << length;
    }
}

TEST(ReadResponse, refuses_more_than_it_takes) {
    const std::string many(response_limit + 1, 'a');
    EXPECT_EQ(code_of(many + "\r\n"), Errc::protocol);
    EXPECT_EQ(code_of("* LIST () \"/\" {1048577}\r\n"), Errc::protocol);
    EXPECT_EQ(code_of("* 1 FETCH (BODY[HEADER] {1048577}\r\n"), Errc::protocol);
    EXPECT_EQ(code_of("* 1 FETCH (BODY[] {536870913}\r\n"), Errc::protocol);
    EXPECT_EQ(code_of("* 1 FETCH (BODY[] {99999999999999999999999}\r\n"), Errc::protocol);
}

TEST(ReadResponse, counts_all_short_literals_of_a_response_together) {
    std::string octets = "* X";
    for (int i = 0; i < 5; ++i) {
        octets += " {262144}\r\n" + std::string(262'144, 'a');
    }
    EXPECT_EQ(code_of(octets + "\r\n"), Errc::protocol);
}

TEST(ReadResponse, believes_no_announcement) {
    // Half a gigabyte is announced, three octets come: the memory is not asked for.
    EXPECT_EQ(code_of("* 1 FETCH (BODY[] {536870912}\r\nabc"), Errc::network);
}

TEST(Decoder, reads_atoms_up_to_what_ends_them) {
    Decoder decoder("\\Seen BODY[] -1 \xC3\xBC)x");
    EXPECT_EQ(decoder.expect_atom(), "\\Seen");
    EXPECT_EQ(decoder.atom(), std::nullopt);
    decoder.spaces();
    EXPECT_EQ(decoder.expect_atom(), "BODY[]");
    decoder.spaces();
    EXPECT_EQ(decoder.expect_atom(), "-1");
    decoder.spaces();
    EXPECT_EQ(decoder.expect_atom(), "\xC3\xBC");
    EXPECT_THROW(decoder.expect_atom(), Error);
    EXPECT_TRUE(decoder.character(')'));
    EXPECT_FALSE(decoder.character(')'));
    EXPECT_THROW(decoder.expect_character(')'), Error);
    EXPECT_EQ(decoder.rest(), "x");
}

TEST(Decoder, reads_numbers_of_32_bits) {
    EXPECT_EQ(Decoder("4294967295").expect_number(), 4294967295U);
    for (const std::string_view text :
         {"4294967296", "-1", "1a", "", "NIL", "99999999999999999999999"}) {
        EXPECT_THROW(static_cast<void>(Decoder(text).expect_number()), Error) << text;
    }
}

TEST(Decoder, reads_quoted_text) {
    EXPECT_EQ(Decoder(R"("a \"b\" \\c" d)").string(), R"(a "b" \c)");
    EXPECT_EQ(Decoder("\"\")").string(), "");
    EXPECT_EQ(Decoder(R"("C:\dir")").string(), R"(C:\dir)");
    EXPECT_EQ(Decoder("a").string(), std::nullopt);
}

TEST(Decoder, takes_an_unescaped_quote_inside_for_text) {
    EXPECT_EQ(Decoder(R"("the "big"one" x)").string(), R"(the "big"one)");
}

TEST(Decoder, refuses_quoted_text_without_an_end) {
    EXPECT_THROW(static_cast<void>(Decoder("\"abc").string()), Error);
    EXPECT_THROW(static_cast<void>(Decoder("\"abc\\\"").string()), Error);
    EXPECT_THROW(static_cast<void>(Decoder("\"abc\n\"").string()), Error);
}

TEST(Decoder, moves_literals_out_in_order) {
    std::vector<std::string> literals{"one", "two"};
    Decoder decoder("{3}\n ~{3+}\n", literals);
    EXPECT_EQ(decoder.string(), "one");
    decoder.spaces();
    EXPECT_EQ(decoder.string(), "two");
    EXPECT_TRUE(decoder.at_end());
}

TEST(Decoder, refuses_a_brace_that_is_no_literal) {
    EXPECT_THROW(static_cast<void>(Decoder("{3}").string()), Error);
    EXPECT_THROW(static_cast<void>(Decoder("{3}\n").string()), Error);
    EXPECT_THROW(static_cast<void>(Decoder("{").string()), Error);
}

TEST(Decoder, tells_nil_from_a_word) {
    EXPECT_TRUE(Decoder("nil").nil());
    EXPECT_TRUE(Decoder("NIL)").nil());
    EXPECT_FALSE(Decoder("NILS").nil());
    EXPECT_FALSE(Decoder("\"NIL\"").nil());
    EXPECT_EQ(Decoder("NIL").expect_nstring(), std::nullopt);
    EXPECT_EQ(Decoder("\"NIL\"").expect_nstring(), "NIL");
    EXPECT_THROW(static_cast<void>(Decoder("abc").expect_nstring()), Error);
}

TEST(Decoder, reads_lists_of_flags) {
    EXPECT_THAT(Decoder("(\\Seen $Junk)").expect_flag_list(), ElementsAre("\\Seen", "$Junk"));
    EXPECT_THAT(Decoder("()").expect_flag_list(), IsEmpty());
    EXPECT_THAT(Decoder("NIL").expect_flag_list(), IsEmpty());
    EXPECT_THAT(Decoder("( \\Seen  \"Quoted\" NIL \"two words\" )").expect_flag_list(),
                ElementsAre("\\Seen", "Quoted"));
    EXPECT_THAT(Decoder("(a\xFF)").expect_flag_list(), ElementsAre("a\xEF\xBF\xBD"));
    EXPECT_THROW(static_cast<void>(Decoder("(\\Seen").expect_flag_list()), Error);
    EXPECT_THROW(static_cast<void>(Decoder("(a (b))").expect_flag_list()), Error);
}

TEST(Decoder, keeps_the_first_flags_of_too_many) {
    std::string text = "(" + std::string(flag_length_limit + 1, 'a');
    for (std::size_t i = 0; i < flag_count_limit + 10; ++i) {
        text += " f" + std::to_string(i);
    }
    const auto flags = Decoder(text += ")").expect_flag_list();
    EXPECT_EQ(flags.size(), flag_count_limit);
    EXPECT_EQ(flags.front(), "f0");
}

TEST(Decoder, skips_a_value_of_any_kind) {
    std::vector<std::string> literals{")) ("};
    Decoder decoder("(a (\"b )\" NIL ({4}\n)) ()) x", literals);
    decoder.skip_value();
    EXPECT_EQ(decoder.rest(), " x");
    decoder.skip_value();
    EXPECT_TRUE(decoder.at_end());
    EXPECT_THROW(decoder.skip_value(), Error);
}

TEST(Decoder, skips_lists_however_deep) {
    const std::string deep = std::string(500'000, '(') + std::string(500'000, ')');
    Decoder decoder(deep);
    decoder.skip_value();
    EXPECT_TRUE(decoder.at_end());
    EXPECT_THROW(Decoder(std::string_view(deep).substr(0, 999'999)).skip_value(), Error);
}

}  // namespace mailkeep::imap
