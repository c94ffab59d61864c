// SPDX-License-Identifier: Apache-2.0
// Client and service over a real socket, with commands that are not real.
#include "mailkeep/base/error.hpp"
#include "mailkeep/net/local_socket.hpp"

#include "control.hpp"
#include "control_frame.hpp"
#include "recording_channel.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

namespace mailkeep::app {

namespace {

constexpr std::chrono::milliseconds short_pulse{5};

Request request_for(const std::string& word) {
    return {{word}, "/home/me", std::nullopt, {}};
}

/// Until its stop token says so.
void wait_for(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait(lock, stop, [] { return false; });
}

class Control : public testing::Test {
  protected:
    [[nodiscard]] std::filesystem::path socket() const { return folder_ / "mailkeep.sock"; }

    std::optional<ExitCode> ask(const std::string& word) {
        return hand_over(socket(), request_for(word), channel_, {});
    }

    RecordingChannel channel_;

  private:
    test::TempDir folder_;
};

TEST_F(Control, is_nothing_when_no_service_listens) {
    EXPECT_EQ(ask("backup"), std::nullopt);
}

TEST_F(Control, carries_arguments_there_and_words_and_exit_code_back) {
    const ControlServer server(
        socket(), [](const Request& request, Channel& channel, const std::stop_token&) {
            channel.out("out " + request.arguments.at(0));
            channel.err("err " + request.folder);
            return ExitCode::partial;
        });
    EXPECT_EQ(ask("backup"), ExitCode::partial);
    EXPECT_EQ(channel_.said, "out backup");
    EXPECT_EQ(channel_.told, "err /home/me");
}

TEST_F(Control, carries_more_than_a_frame_holds) {
    const std::string much(3 * most_payload + 1, 'x');
    const ControlServer server(socket(),
                               [&](const Request&, Channel& channel, const std::stop_token&) {
                                   channel.out(much);
                                   return ExitCode::done;
                               });
    EXPECT_EQ(ask("show"), ExitCode::done);
    EXPECT_EQ(channel_.said, much);
}

TEST_F(Control, is_only_for_its_user) {
    const ControlServer server(
        socket(), [](const Request&, Channel&, const std::stop_token&) { return ExitCode::done; });
    EXPECT_EQ(std::filesystem::status(socket()).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Control, serves_two_at_a_time) {
    std::promise<void> second_came;
    const ControlServer server(socket(),
                               [&](const Request& request, Channel&, const std::stop_token&) {
                                   if (request.arguments.at(0) == "second") {
                                       second_came.set_value();
                                   } else {
                                       second_came.get_future().wait();
                                   }
                                   return ExitCode::done;
                               });
    auto first = std::async(std::launch::async, [&] {
        RecordingChannel own;
        return hand_over(socket(), request_for("first"), own, {});
    });
    EXPECT_EQ(ask("second"), ExitCode::done);
    EXPECT_EQ(first.get(), ExitCode::done);
}

TEST_F(Control, tells_the_command_to_stop_when_its_client_goes_away) {
    std::promise<void> stopped;
    const ControlServer server(
        socket(),
        [&](const Request&, Channel&, const std::stop_token& stop) {
            wait_for(stop);
            stopped.set_value();
            return ExitCode::failed;
        },
        short_pulse);
    {
        const auto stream = net::connect_local(socket());
        send_request(*stream, request_for("backup"));
    }
    EXPECT_EQ(stopped.get_future().wait_for(std::chrono::seconds{20}), std::future_status::ready);
}

TEST_F(Control, lets_the_client_go_when_it_is_asked_to) {
    std::stop_source stop;
    const ControlServer server(
        socket(),
        [&](const Request&, Channel&, const std::stop_token& command_stop) {
            stop.request_stop();
            wait_for(command_stop);
            return ExitCode::failed;
        },
        short_pulse);
    EXPECT_THROW(
        static_cast<void>(hand_over(socket(), request_for("backup"), channel_, stop.get_token())),
        Error);
}

TEST_F(Control, stops_commands_and_still_answers_when_the_service_ends) {
    std::promise<void> began;
    auto server = std::make_unique<ControlServer>(
        socket(), [&](const Request&, Channel& channel, const std::stop_token& stop) {
            began.set_value();
            wait_for(stop);
            channel.err("cancelled");
            return ExitCode::failed;
        });
    auto code = std::async(std::launch::async, [&] { return ask("backup"); });
    began.get_future().wait();
    server.reset();
    EXPECT_EQ(code.get(), ExitCode::failed);
    EXPECT_EQ(channel_.told, "cancelled");
    EXPECT_FALSE(std::filesystem::exists(socket()));
}

TEST_F(Control, survives_who_only_looks_and_who_talks_nonsense) {
    const ControlServer server(
        socket(), [](const Request&, Channel&, const std::stop_token&) { return ExitCode::done; });
    EXPECT_NE(net::connect_local(socket()), nullptr);
    const auto stream = net::connect_local(socket());
    stream->write_all("GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(read_frame(*stream).value().kind, 'e');
    EXPECT_EQ(read_frame(*stream).value().payload, "1");
    EXPECT_EQ(ask("backup"), ExitCode::done);
}

TEST_F(Control, answers_for_a_handler_that_throws) {
    const ControlServer server(socket(),
                               [](const Request&, Channel&, const std::stop_token&) -> ExitCode {
                                   throw Error(Errc::internal, "a broken promise");
                               });
    EXPECT_EQ(ask("backup"), ExitCode::failed);
    EXPECT_NE(channel_.told.find("a broken promise"), std::string::npos);
}

}  // namespace

}  // namespace mailkeep::app
