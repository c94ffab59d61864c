// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"
#include "mailkeep/net/local_socket.hpp"

#include "support/read_to_end.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <optional>
#include <thread>

namespace mailkeep::net {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::read_to_end;
using test::TempDir;

void expect_greeting_at(const fs::path& path) {
    LocalListener listener(path);
    const std::jthread server([&](const std::stop_token& stop) {
        if (const auto peer = listener.accept(stop)) {
            peer->write_all("hello");
        }
    });
    const auto stream = connect_local(path);
    ASSERT_TRUE(stream);
    EXPECT_EQ(read_to_end(*stream), "hello");
}

TEST(LocalSocket, reaches_the_listener) {
    const TempDir folder;
    expect_greeting_at(folder / "a.sock");
}

TEST(LocalSocket, reaches_the_listener_by_a_path_too_long_for_a_socket_address) {
    const TempDir folder;
    const fs::path deep = folder / std::string(100, 'a') / std::string(100, 'b');
    fs::create_directories(deep);
    expect_greeting_at(deep / "a.sock");
}

TEST(LocalSocket, finds_nobody_where_nobody_listens) {
    const TempDir folder;
    EXPECT_EQ(connect_local(folder / "a.sock"), nullptr);
    EXPECT_EQ(connect_local(folder / "missing" / "a.sock"), nullptr);
}

TEST(LocalSocket, lets_in_its_owner_only_and_leaves_nothing_behind) {
    const TempDir folder;
    const fs::path path = folder / "a.sock";
    {
        const LocalListener listener(path);
        EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    }
    EXPECT_FALSE(fs::exists(path));
}

TEST(LocalSocket, replaces_a_stale_one) {
    const TempDir folder;
    const fs::path path = folder / "a.sock";
    {
        const LocalListener killed(path);
        fs::create_hard_link(path, folder / "kept.sock");
    }
    fs::rename(folder / "kept.sock", path);
    expect_greeting_at(path);
}

TEST(LocalSocket, does_not_push_out_another_listener) {
    const TempDir folder;
    const LocalListener first(folder / "a.sock");
    try {
        const LocalListener second(folder / "a.sock");
        FAIL() << "two listeners at one path";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::in_use);
    }
    EXPECT_TRUE(connect_local(folder / "a.sock"));
}

TEST(LocalSocket, does_not_replace_a_file_that_is_no_socket) {
    const TempDir folder;
    std::ofstream(folder / "a.sock") << "precious";
    EXPECT_THROW(LocalListener(folder / "a.sock"), Error);
    EXPECT_EQ(fs::file_size(folder / "a.sock"), 8U);
}

TEST(LocalSocket, stops_waiting_for_peers_when_asked) {
    const TempDir folder;
    LocalListener listener(folder / "a.sock");
    std::stop_source stop;
    const std::jthread stopper([&] {
        std::this_thread::sleep_for(10ms);
        stop.request_stop();
    });
    EXPECT_EQ(listener.accept(stop.get_token()), nullptr);
    EXPECT_EQ(listener.accept(stop.get_token()), nullptr);
}

TEST(LocalSocket, ends_a_silent_read_by_the_time_out) {
    const TempDir folder;
    const LocalListener listener(folder / "a.sock");
    const auto stream = connect_local(folder / "a.sock");
    stream->set_timeout(10ms);
    try {
        read_to_end(*stream);
        FAIL() << "read from nobody";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::timeout);
    }
}

}  // namespace
}  // namespace mailkeep::net
