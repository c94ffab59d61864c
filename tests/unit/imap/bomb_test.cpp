// SPDX-License-Identifier: Apache-2.0
// Servers that never come to an end: each is given up after a bounded number of octets.
#include "mailkeep/base/error.hpp"
#include "mailkeep/imap/read_session.hpp"

#include "decoder.hpp"
#include "support/failure_of.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <span>

namespace mailkeep::imap {

namespace {

constexpr std::size_t mebibyte = 1U << 20U;

/// Says its first words, and then for ever what it makes of 0, 1, 2 and so on.
class EndlessStream final : public net::Stream {
  public:
    using Maker = std::function<std::string(std::size_t)>;

    EndlessStream(std::string first, Maker make, std::size_t& given)
        : unread_(std::move(first)), make_(std::move(make)), given_(given) {}

    std::size_t read_some(std::span<char> into) override {
        while (unread_.size() < into.size()) {
            unread_ += make_(made_++);
        }
        std::copy_n(unread_.begin(), into.size(), into.begin());
        unread_.erase(0, into.size());
        given_ += into.size();
        return into.size();
    }

    void write_all(std::string_view) override {}

    void start_tls() override {}

    void set_timeout(std::chrono::milliseconds) override {}

    void close() noexcept override {}

  private:
    std::string unread_;
    Maker make_;
    std::size_t& given_;
    std::size_t made_ = 0;
};

/// How much was taken from a response that begins so before it was given up.
std::size_t taken_of(const std::string& first, const std::string& more) {
    std::size_t given = 0;
    EndlessStream stream(
        first, [&](std::size_t) { return more; }, given);
    net::LineReader reader(stream);
    EXPECT_EQ(test::failure_of([&] { static_cast<void>(read_response(reader)); }).code(),
              Errc::protocol);
    return given;
}

constexpr const char* logged_in = "* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n";

}  // namespace

TEST(Bomb, of_a_line_without_an_end_is_given_up) {
    EXPECT_LT(taken_of("* OK ", "endless "), 2 * mebibyte);
    EXPECT_LT(taken_of("", std::string(1, '\0')), 2 * mebibyte);
}

TEST(Bomb, of_parentheses_without_an_end_is_given_up) {
    EXPECT_LT(taken_of("* 1 FETCH (ENVELOPE ", "("), 2 * mebibyte);
}

TEST(Bomb, of_a_literal_of_ten_gigabytes_is_given_up_at_its_announcement) {
    EXPECT_LT(taken_of("* 1 FETCH (UID 1 BODY[] {10000000000}\r\n", "x"), mebibyte);
    EXPECT_LT(taken_of("* LIST () \"/\" {10000000}\r\n", "x"), mebibyte);
    EXPECT_LT(taken_of("* 1 FETCH (BODY[] {99999999999999999999}\r\n", "x"), mebibyte);
}

TEST(Bomb, of_literals_without_an_end_is_given_up) {
    EXPECT_LT(taken_of("* LIST (", "{1}\r\nx "), 2 * mebibyte);
}

TEST(Bomb, of_mailboxes_without_an_end_is_given_up) {
    std::size_t given = 0;
    ReadSession session(
        std::make_unique<EndlessStream>(
            logged_in,
            [](std::size_t i) { return "* LIST () \"/\" box" + std::to_string(i) + "\r\n"; },
            given),
        Security::tls);
    session.greet();
    EXPECT_EQ(test::failure_of([&] { static_cast<void>(session.list()); }).code(), Errc::protocol);
    EXPECT_LT(given, 4 * mebibyte);
}

TEST(Bomb, of_more_messages_than_there_are_is_given_up) {
    std::size_t given = 0;
    ReadSession session(
        std::make_unique<EndlessStream>(
            std::string(logged_in) + "* 2 EXISTS\r\nA1 OK\r\n",
            [](std::size_t i) { return "* 1 FETCH (UID " + std::to_string(i + 1) + ")\r\n"; },
            given),
        Security::tls);
    session.greet();
    static_cast<void>(session.examine("INBOX"));
    EXPECT_EQ(test::failure_of([&] { static_cast<void>(session.fetch_flags()); }).code(),
              Errc::protocol);
    EXPECT_LT(given, mebibyte);
}

}  // namespace mailkeep::imap
