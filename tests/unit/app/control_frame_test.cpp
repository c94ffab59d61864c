// SPDX-License-Identifier: Apache-2.0
// The octets of the control socket, whole, broken and cut.
#include "mailkeep/base/error.hpp"

#include "control_frame.hpp"

#include <gtest/gtest.h>

namespace mailkeep::app {

namespace {

using namespace std::literals;

/// Gives the octets it was made with, then ends; keeps those it is sent.
class KeepingStream final : public net::Stream {
  public:
    explicit KeepingStream(std::string_view given) : given_(given) {}

    std::size_t read_some(std::span<char> into) override {
        const auto count = given_.copy(into.data(), into.size());
        given_.remove_prefix(count);
        return count;
    }

    void write_all(std::string_view octets) override { kept.append(octets); }

    void start_tls() override {}

    void set_timeout(std::chrono::milliseconds /*idle*/) override {}

    void close() noexcept override {}

    std::string kept;

  private:
    std::string_view given_;
};

std::string octets_of(const Request& request) {
    KeepingStream stream({});
    send_request(stream, request);
    return stream.kept;
}

std::optional<Request> request_from(const std::string& octets) {
    KeepingStream stream(octets);
    return read_request(stream);
}

Request whole_request() {
    return {{"backup", "", "post\n"}, "/home/me", Secret("p\0ss"s), {true, false, 132}};
}

TEST(ControlFrame, has_kind_length_and_payload) {
    EXPECT_EQ(encoded('o', "abc"), "o\0\0\0\3abc"s);
    EXPECT_EQ(encoded('p', ""), "p\0\0\0\0"s);
    EXPECT_EQ(encoded('o', std::string(0x010203, 'x')).substr(0, 5), "o\0\1\2\3"s);
}

TEST(ControlFrame, comes_back_as_it_was_sent) {
    const auto octets = encoded('e', "abc") + encoded('p', "");
    KeepingStream stream(octets);
    const auto first = read_frame(stream);
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(first->kind, 'e');
    EXPECT_EQ(first->payload, "abc");
    EXPECT_EQ(read_frame(stream).value().kind, 'p');
    EXPECT_FALSE(read_frame(stream).has_value());
}

TEST(ControlFrame, beyond_the_cap_is_refused_before_it_is_read) {
    KeepingStream stream("o\0\x10\0\1"sv);
    EXPECT_THROW(static_cast<void>(read_frame(stream)), Error);
}

TEST(ControlRequest, comes_back_as_it_was_sent) {
    const auto request = request_from(octets_of(whole_request()));
    ASSERT_TRUE(request.has_value());
    EXPECT_EQ(request->arguments, whole_request().arguments);
    EXPECT_EQ(request->folder, "/home/me");
    ASSERT_TRUE(request->secret.has_value());
    EXPECT_EQ(request->secret->reveal(), "p\0ss"s);
    EXPECT_TRUE(request->screen.is_terminal);
    EXPECT_FALSE(request->screen.has_color);
    EXPECT_EQ(request->screen.columns, 132U);
}

TEST(ControlRequest, tells_no_secret_from_an_empty_one) {
    EXPECT_FALSE(request_from(octets_of({{"backup"}, "/", std::nullopt, {}}))->secret.has_value());
}

TEST(ControlRequest, cut_anywhere_is_never_a_request) {
    const auto octets = octets_of(whole_request());
    EXPECT_FALSE(request_from("").has_value());
    for (std::size_t length = 1; length < octets.size(); ++length) {
        EXPECT_THROW(static_cast<void>(request_from(octets.substr(0, length))), Error) << length;
    }
}

TEST(ControlRequest, of_another_version_or_kind_is_refused) {
    const auto go = encoded('g', "");
    EXPECT_THROW(static_cast<void>(request_from(go)), Error);
    EXPECT_THROW(static_cast<void>(request_from(encoded('v', "mailkeep-control 2") + go)), Error);
    const auto version = encoded('v', "mailkeep-control 1");
    EXPECT_NO_THROW(static_cast<void>(request_from(version + go)));
    EXPECT_THROW(static_cast<void>(request_from(version + encoded('z', "") + go)), Error);
    for (const auto* screen : {"", "1 1", "1 1 0", "1 1 -5", "1 1 100000", "1 1 80 9"}) {
        EXPECT_THROW(static_cast<void>(request_from(version + encoded('t', screen) + go)), Error)
            << screen;
    }
}

TEST(ControlRequest, has_a_cap_on_arguments) {
    auto octets = encoded('v', "mailkeep-control 1");
    for (std::size_t i = 0; i <= most_arguments; ++i) {
        octets += encoded('a', "x");
    }
    EXPECT_THROW(static_cast<void>(request_from(octets + encoded('g', ""))), Error);
}

}  // namespace

}  // namespace mailkeep::app
