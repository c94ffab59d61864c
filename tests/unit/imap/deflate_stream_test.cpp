// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"
#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/net/line_reader.hpp"

#include "deflate_stream.hpp"
#include "support/failure_of.hpp"
#include "support/scripted_stream.hpp"
#include "support/text_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::imap {

namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using net::LineReader;
using test::TextStream;
using testing::HasSubstr;

/// Takes what is written to it.
class Sink final : public net::Stream {
  public:
    explicit Sink(std::string& octets) : octets_(octets) {}

    std::size_t read_some(std::span<char>) override { return 0; }

    void write_all(std::string_view octets) override { octets_ += octets; }

    void start_tls() override {}

    void set_timeout(std::chrono::milliseconds) override {}

    void close() noexcept override {}

  private:
    std::string& octets_;
};

/// As a server compresses each of these.
std::string deflated(std::initializer_list<std::string_view> texts) {
    std::string octets;
    DeflateStream stream(std::make_unique<Sink>(octets), "");
    for (const auto text : texts) {
        stream.write_all(text);
    }
    return octets;
}

DeflateStream inflating(std::string octets, std::size_t chunk = 1U << 20U) {
    return {std::make_unique<TextStream>(std::move(octets), chunk), ""};
}

/// "* OK hello hello hello" as zlib 1.2.13 compresses it in Python.
constexpr std::string_view hello =
    "\xD2"
    "\x52"
    "\xF0"
    "\xF7"
    "\x56"
    "\xC8"
    "\x48"
    "\xCD"
    "\xC9"
    "\xC9"
    "\x47"
    "\x26"
    "\x79"
    "\xB9"
    "\x00"
    "\x00"
    "\x00"
    "\x00"
    "\xFF"
    "\xFF"sv;

}  // namespace

TEST(DeflateStream, reads_what_another_program_wrote) {
    for (const std::size_t chunk : {1U, 2U, 7U, 1000U}) {
        auto stream = inflating(std::string(hello), chunk);
        LineReader reader(stream);
        EXPECT_EQ(reader.read_line(100), "* OK hello hello hello");
    }
}

TEST(DeflateStream, reads_what_was_received_before_it_began) {
    DeflateStream stream(std::make_unique<TextStream>(std::string(hello.substr(5))),
                         std::string(hello.substr(0, 5)));
    LineReader reader(stream);
    EXPECT_EQ(reader.read_line(100), "* OK hello hello hello");
}

TEST(DeflateStream, gives_back_what_was_written_however_it_comes) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) {
        text += std::to_string(i * i) + ' ';
    }
    const std::string octets = deflated({"one\r\n", text, "\r\ntwo\r\n"});
    EXPECT_LT(octets.size(), text.size());
    for (const std::size_t chunk : {1U, 1000U, 1U << 20U}) {
        auto stream = inflating(octets, chunk);
        LineReader reader(stream);
        EXPECT_EQ(reader.read_line(10), "one");
        EXPECT_EQ(reader.read_line(text.size()), text);
        EXPECT_EQ(reader.read_line(10), "two");
    }
}

TEST(DeflateStream, cut_anywhere_is_a_closed_connection_and_never_another_text) {
    const std::string octets = deflated({"A1 OK one\r\n", "A2 OK two\r\n"});
    for (std::size_t cut = 0; cut < octets.size(); ++cut) {
        auto stream = inflating(octets.substr(0, cut));
        LineReader reader(stream);
        std::string read;
        const Error error = test::failure_of([&] {
            read += reader.read_line(100);
            read += reader.read_line(100);
            read += reader.read_line(100);
        });
        EXPECT_EQ(error.code(), Errc::network) << cut;
        EXPECT_EQ(std::string("A1 OK oneA2 OK two").compare(0, read.size(), read), 0) << cut;
    }
}

TEST(DeflateStream, with_any_octet_broken_ends_or_gives_something_and_never_hangs) {
    const std::string octets = deflated({"A1 OK one one one one\r\n", "A2 OK two\r\n"});
    for (std::size_t at = 0; at < octets.size(); ++at) {
        for (const char flip : {'\x01', '\x10', '\xFF'}) {
            std::string broken = octets;
            broken[at] = static_cast<char>(broken[at] ^ flip);
            auto stream = inflating(broken);
            LineReader reader(stream);
            const Error error = test::failure_of([&] {
                for (;;) {
                    static_cast<void>(reader.read_line(1000));
                }
            });
            EXPECT_TRUE(error.code() == Errc::network || error.code() == Errc::protocol);
        }
    }
}

TEST(DeflateStream, that_is_none_is_told) {
    auto stream = inflating("* OK in the clear\r\n");
    LineReader reader(stream);
    EXPECT_THAT(test::failure_of([&] { static_cast<void>(reader.read_line(100)); }).what(),
                HasSubstr("cannot be decompressed"));
}

TEST(DeflateStream, keeps_the_bounds_of_what_is_read_from_it) {
    const std::string bomb = deflated({std::string(std::size_t{64} << 20U, 'x')});
    EXPECT_LT(bomb.size(), std::size_t{128} << 10U);
    auto stream = inflating(bomb);
    LineReader reader(stream);
    EXPECT_EQ(test::failure_of([&] { static_cast<void>(reader.read_line(1U << 16U)); }).code(),
              Errc::protocol);
}

TEST(DeflateStream, knows_whether_there_is_anything_to_read) {
    auto stream = inflating(deflated({"a\r\n"}), 1);
    EXPECT_TRUE(stream.wait_readable(1s));
    LineReader reader(stream);
    EXPECT_EQ(reader.read_line(10), "a");
}

TEST(Compression, begins_behind_the_answer_of_the_server) {
    const std::string early = deflated({"* 3 EXISTS\r\n"});
    const std::string all = deflated({"* 3 EXISTS\r\n", "A2 OK\r\n"});
    test::Script script;
    script.server("* PREAUTH [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] joe\r\n")
        .client("A1 COMPRESS DEFLATE\r\n")
        .server("A1 OK from here on\r\n" + early)
        .client(deflated({"A2 NOOP\r\n"}))
        .server(all.substr(early.size()));
    ReadSession session(script.open(), Security::tls);
    session.set_compression(Compression::always);
    session.greet();
    session.compress();
    EXPECT_EQ(session.poll(), Told::change);
    EXPECT_TRUE(script.is_finished());
}

TEST(Compression, is_not_asked_for_where_it_is_not_offered_or_not_wanted) {
    for (const auto& [capabilities, compression] :
         {std::pair("IMAP4rev1", Compression::always),
          std::pair("IMAP4rev1 COMPRESS=DEFLATE", Compression::never)}) {
        test::Script script("S: * PREAUTH [CAPABILITY " + std::string(capabilities) + "] joe\n");
        ReadSession session(script.open(), Security::tls);
        session.set_compression(compression);
        session.greet();
        EXPECT_EQ(session.compression(), Compression::never);
    }
}

TEST(Compression, that_is_refused_leaves_the_session_as_it_is) {
    test::Script script(
        "S: * PREAUTH [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] joe\n"
        "C: A1 COMPRESS DEFLATE\nS: A1 NO [COMPRESSIONACTIVE] TLS does that\n"
        "C: A2 NOOP\nS: A2 OK\n");
    ReadSession session(script.open(), Security::tls);
    session.set_compression(Compression::always);
    session.greet();
    session.compress();
    EXPECT_EQ(session.poll(), Told::nothing);
}

TEST(Compression, is_automatic_only_over_a_long_line) {
    for (const auto [delay, wanted] :
         {std::pair(4ms, Compression::never), std::pair(5ms, Compression::automatic)}) {
        test::Script script(
            "S: * PREAUTH [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] joe\nC: A1 NOOP\nS: A1 OK\n");
        script.delay(delay);
        ReadSession session(script.open(), Security::tls);
        session.greet();
        static_cast<void>(session.poll());
        EXPECT_EQ(session.compression(), wanted);
    }
}

}  // namespace mailkeep::imap
