// SPDX-License-Identifier: Apache-2.0
#include "control.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/net/local_socket.hpp"

#include "control_frame.hpp"
#include "failure.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

namespace mailkeep::app {

namespace {

using namespace std::chrono_literals;

constexpr auto silence_limit = 30s;  ///< of a service that should pulse, of a client in its request
constexpr auto write_limit = 10s;    ///< of a client that does not read what it is sent
constexpr auto pause_after_failure = 1s;
constexpr std::size_t most_peers = 32;

ExitCode exit_code_from(const std::string& text) {
    const auto number = parse_number(text);
    if (!number || *number > static_cast<std::uint64_t>(ExitCode::in_use)) {
        throw Error(Errc::protocol, "the service answered with an unknown exit code");
    }
    return static_cast<ExitCode>(*number);
}

/// The streams of the client, at the service's end. Any thread: the command speaks, and so does the
/// pulse. Once a write failed the rest is dropped and the command is asked to stop.
class PeerChannel final : public Channel {
  public:
    explicit PeerChannel(net::Stream& stream) : stream_(stream) {}

    void out(std::string_view octets) override { send_pieces('o', octets); }

    void err(std::string_view octets) override { send_pieces('e', octets); }

    void pulse() { send('p', {}); }

    void finish(ExitCode code) { send('x', std::to_string(static_cast<int>(code))); }

    [[nodiscard]] std::stop_source& stop() { return stop_; }

  private:
    void send_pieces(char kind, std::string_view octets) {
        while (!octets.empty()) {
            const auto piece = octets.substr(0, most_payload);
            send(kind, piece);
            octets.remove_prefix(piece.size());
        }
    }

    void send(char kind, std::string_view payload) {
        const std::lock_guard lock(mutex_);
        if (!is_gone_ && failure_of([&] { stream_.write_all(encoded(kind, payload)); })) {
            is_gone_ = true;
            stop_.request_stop();
        }
    }

    std::mutex mutex_;  // guards stream_ and is_gone_
    net::Stream& stream_;
    bool is_gone_ = false;
    std::stop_source stop_;
};

/// Calls pulse() at intervals until it goes.
class Pulse {
  public:
    Pulse(PeerChannel& channel, std::chrono::milliseconds interval)
        : thread_([this, &channel, interval](const std::stop_token& stop) {
              std::unique_lock lock(mutex_);
              while (!wake_.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); })) {
                  channel.pulse();
              }
          }) {}

  private:
    std::mutex mutex_;  // of wake_, which nobody but the stop request wakes
    std::condition_variable_any wake_;
    std::jthread thread_;
};

/// One request: read, carried out, answered.
void serve_peer(net::Stream& stream, const ControlServer::Handler& handler,
                std::chrono::milliseconds pulse_interval, const std::stop_token& stop) {
    stream.set_timeout(silence_limit);
    PeerChannel channel(stream);
    ExitCode code = ExitCode::failed;
    const auto failure = failure_of([&] {
        const auto request = read_request(stream);
        if (!request) {
            return;  // somebody only looked whether we are here
        }
        stream.set_timeout(write_limit);
        const std::stop_callback pass_on(stop, [&] { channel.stop().request_stop(); });
        const Pulse pulse(channel, pulse_interval);
        code = handler(*request, channel, channel.stop().get_token());
    });
    if (failure) {
        log_warning("control.failed", {{"error", failure->what()}});
        channel.err(std::string("mailkeep: ") + failure->what() + "\n");
    }
    channel.finish(code);
}

}  // namespace

std::optional<ExitCode> hand_over(const std::filesystem::path& socket, const Request& request,
                                  Channel& channel, const std::stop_token& stop) {
    const auto stream = net::connect_local(socket);
    if (stream == nullptr) {
        return std::nullopt;
    }
    stream->set_timeout(silence_limit);
    send_request(*stream, request);
    while (auto frame = read_frame(*stream)) {
        switch (frame->kind) {
            case 'o':
                channel.out(frame->payload);
                break;
            case 'e':
                channel.err(frame->payload);
                break;
            case 'x':
                return exit_code_from(frame->payload);
            default:
                break;  // a pulse, or what a later version says
        }
        if (stop.stop_requested()) {
            throw Error(Errc::cancelled, "cancelled", "What was fetched by now is kept.");
        }
    }
    throw Error(Errc::network, "the service ended before the command did",
                "See the service's log, and try again when it runs.");
}

class ControlServer::State {
  public:
    State(const std::filesystem::path& socket, Handler handler,
          std::chrono::milliseconds pulse_interval)
        : listener_(socket),
          handler_(std::move(handler)),
          pulse_interval_(pulse_interval),
          acceptor_([this](const std::stop_token& stop) { accept_all(stop); }) {}

    /// The acceptor goes last: its stop request would cut the streams of the peers.
    ~State() {
        {
            const std::lock_guard lock(mutex_);
            is_closing_ = true;
            for (auto& peer : peers_) {
                peer.thread.request_stop();
            }
        }
        peers_.clear();  // joins
        acceptor_.request_stop();
        acceptor_.join();
    }

    State(const State&) = delete;
    State& operator=(const State&) = delete;

  private:
    struct Peer {
        std::unique_ptr<net::Stream> stream;
        std::atomic<bool> is_finished = false;
        std::jthread thread;
    };

    void accept_all(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            if (const auto failure = failure_of([&] { accept_one(stop); })) {
                log_warning("control.accept_failed", {{"error", failure->what()}});
                std::this_thread::sleep_for(pause_after_failure);
            }
        }
    }

    void accept_one(const std::stop_token& stop) {
        auto stream = listener_.accept(stop);
        const std::lock_guard lock(mutex_);
        if (stream == nullptr || is_closing_) {
            return;
        }
        peers_.remove_if([](const Peer& peer) { return peer.is_finished.load(); });
        if (peers_.size() >= most_peers) {
            return;  // the peer sees the end of its stream
        }
        auto& peer = peers_.emplace_back();
        peer.stream = std::move(stream);
        peer.thread = std::jthread([this, &peer](const std::stop_token& peer_stop) {
            serve_peer(*peer.stream, handler_, pulse_interval_, peer_stop);
            peer.stream->close();
            peer.is_finished = true;
        });
    }

    net::LocalListener listener_;
    Handler handler_;
    std::chrono::milliseconds pulse_interval_;
    std::mutex mutex_;  // guards is_closing_, and peers_ until it is set
    bool is_closing_ = false;
    std::list<Peer> peers_;
    std::jthread acceptor_;
};

ControlServer::ControlServer(const std::filesystem::path& socket, Handler handler,
                             std::chrono::milliseconds pulse_interval)
    : state_(std::make_unique<State>(socket, std::move(handler), pulse_interval)) {}

ControlServer::~ControlServer() = default;

}  // namespace mailkeep::app
