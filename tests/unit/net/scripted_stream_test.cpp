// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"

#include "support/scripted_stream.hpp"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

namespace mailkeep::test {
namespace {

std::string read_all(net::Stream& stream) {
    std::string all;
    std::array<char, 64> some{};
    while (const std::size_t count = stream.read_some(some)) {
        all.append(some.data(), count);
    }
    return all;
}

TEST(Script, plays_lines_in_their_order) {
    Script script(R"(
        S: +OK ready
        C: QUIT
        S: +OK
        S: bye
        X
    )");
    const auto stream = script.open();
    std::array<char, 64> some{};
    EXPECT_EQ(stream->read_some(some), 11U);
    stream->write_all("QU");
    stream->write_all("IT\r\n");
    EXPECT_EQ(read_all(*stream), "+OK\r\nbye\r\n");
    EXPECT_EQ(stream->read_some(some), 0U);
    EXPECT_TRUE(script.is_finished());
}

TEST(Script, takes_two_commands_in_one_write) {
    Script script("C: one\n C: two\n S- done");
    const auto stream = script.open();
    stream->write_all("one\r\ntwo\r\n");
    std::array<char, 64> some{};
    EXPECT_EQ(stream->read_some(some), 4U);
}

TEST(Script, reads_no_more_than_the_chunk) {
    Script script;
    script.server("abc").chunk(1);
    const auto stream = script.open();
    std::array<char, 64> some{};
    EXPECT_EQ(stream->read_some(some), 1U);
    EXPECT_EQ(stream->read_some(some), 1U);
    EXPECT_EQ(stream->read_some(some), 1U);
}

TEST(Script, cuts_the_connection_where_it_is_told_to) {
    Script script("S: +OK\n C: QUIT");
    script.cut_after(2);
    const auto stream = script.open();
    EXPECT_EQ(read_all(*stream), "+O");
    EXPECT_THROW(stream->write_all("QUIT\r\n"), Error);
}

TEST(Script, refuses_tls_when_the_server_said_more_in_the_clear) {
    Script script;
    script.server("+OK\r\n+OK injected\r\n").close().chunk(5);
    const auto stream = script.open();
    std::array<char, 64> some{};
    EXPECT_EQ(stream->read_some(some), 5U);
    EXPECT_THROW(stream->start_tls(), Error);
    EXPECT_EQ(read_all(*stream), "+OK injected\r\n");
}

void say_something_else() {
    Script script("C: QUIT");
    EXPECT_THROW(script.open()->write_all("QUIX\r\n"), Error);
}

void speak_before_listening() {
    Script script("S: +OK\n C: QUIT");
    EXPECT_THROW(script.open()->write_all("QUIT\r\n"), Error);
}

void listen_instead_of_speaking() {
    Script script("C: QUIT");
    std::array<char, 64> some{};
    EXPECT_THROW(script.open()->read_some(some), Error);
}

void leave_early() {
    Script script("C: QUIT");
    script.open()->close();
}

TEST(Script, fails_the_test_of_a_client_that_leaves_the_script) {
    EXPECT_NONFATAL_FAILURE(say_something_else(), "instead of C: \"QUIT\\r\\n\" (line 1)");
    EXPECT_NONFATAL_FAILURE(speak_before_listening(), "instead of S: \"+OK\\r\\n\" (line 1)");
    EXPECT_NONFATAL_FAILURE(listen_instead_of_speaking(), "instead of C: \"QUIT\\r\\n\" (line 1)");
    EXPECT_NONFATAL_FAILURE(leave_early(), "left before C: \"QUIT\\r\\n\" (line 1)");
}

}  // namespace
}  // namespace mailkeep::test
