// SPDX-License-Identifier: Apache-2.0
#include "support/scripted_stream.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <stdexcept>

namespace mailkeep::test {

namespace {

constexpr std::size_t shown_octets = 200;

std::string quoted(std::string_view octets) {
    std::string text = "\"";
    for (const char c : octets.substr(0, shown_octets)) {
        if (c == '\r') {
            text += "\\r";
        } else if (c == '\n') {
            text += "\\n";
        } else if (c >= ' ' && c <= '~') {
            text += c;
        } else {
            text += "\\x" + to_hex({&c, 1});
        }
    }
    return text + (octets.size() > shown_octets ? "\"..." : "\"");
}

}  // namespace

/// Only passes on: the script keeps the state, so that a test can look at it when the session that
/// owned the stream is gone.
class ScriptedStream final : public net::Stream {
  public:
    explicit ScriptedStream(Script& script) : script_(script) {}

    ~ScriptedStream() override { script_.closed_by_client_ = true; }

    std::size_t read_some(std::span<char> into) override {
        script_.now_ += script_.delay_;
        return script_.read(into.data(), into.size());
    }

    [[nodiscard]] std::chrono::steady_clock::time_point now() const override {
        return script_.now_;
    }

    bool wait_readable(std::chrono::milliseconds /*most*/) override {
        return script_.wait_readable();
    }

    void write_all(std::string_view octets) override { script_.write(octets); }

    void start_tls() override { script_.start_tls(); }

    void set_timeout(std::chrono::milliseconds) override {}

    void close() noexcept override { script_.closed_by_client_ = true; }

  private:
    Script& script_;
};

Script::Script(std::string_view text, Place place) {
    std::size_t number = 0;
    for (const std::string_view line : split(text, '\n')) {
        add_line(line, ++number, place);
    }
}

Script::~Script() {
    if (!opened_ || may_be_left_ || failed_ || is_finished() || is_gone()) {
        return;
    }
    const Step& step = steps_[next_];
    ADD_FAILURE_AT(step.place.file_name(), static_cast<int>(step.place.line()))
        << "the script was left before " << description_of(step);
}

Script& Script::server(std::string_view octets) {
    add(Kind::server, octets, Place(), 0);
    return *this;
}

Script& Script::client(std::string_view octets, Place place) {
    add(Kind::client, octets, place, 0);
    return *this;
}

Script& Script::tls(Place place) {
    add(Kind::tls, {}, place, 0);
    return *this;
}

Script& Script::close() {
    add(Kind::close, {}, Place(), 0);
    return *this;
}

Script& Script::silence() {
    add(Kind::silence, {}, Place(), 0);
    return *this;
}

Script& Script::chunk(std::size_t octets) {
    chunk_ = octets;
    return *this;
}

Script& Script::delay(std::chrono::milliseconds time) {
    delay_ = time;
    return *this;
}

Script& Script::cut_after(std::size_t server_octets) {
    cut_after_ = server_octets;
    return *this;
}

bool Script::is_finished() const {
    return next_ == steps_.size() ||
           (next_ + 1 == steps_.size() && steps_[next_].kind == Kind::close);
}

bool Script::is_gone() const {
    return gone_ || sent_ >= cut_after_;
}

Script& Script::may_be_left() {
    may_be_left_ = true;
    return *this;
}

std::unique_ptr<net::Stream> Script::open() {
    if (opened_) {
        throw std::logic_error("a script is played once");
    }
    opened_ = true;
    return std::make_unique<ScriptedStream>(*this);
}

void Script::add_line(std::string_view line, std::size_t number, const Place& place) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.empty()) {
        return;
    }
    if (line == "TLS") {
        return add(Kind::tls, {}, place, number);
    }
    if (line == "X") {
        return add(Kind::close, {}, place, number);
    }
    const bool is_marked = line.size() >= 2 && (line[0] == 'C' || line[0] == 'S') &&
                           (line[1] == ':' || line[1] == '-') &&
                           (line.size() == 2 || line[2] == ' ');
    if (!is_marked) {
        throw std::invalid_argument("not a script line: " + std::string(line));
    }
    std::string octets(line.substr(std::min<std::size_t>(3, line.size())));
    if (line[1] == ':') {
        octets += "\r\n";
    }
    add(line[0] == 'C' ? Kind::client : Kind::server, octets, place, number);
}

/// Neighbouring octets of the server are one step, so that one read may span several lines.
void Script::add(Kind kind, std::string_view octets, const Place& place, std::size_t line) {
    const bool speaks = kind == Kind::server || kind == Kind::client;
    if (speaks && octets.empty()) {
        return;
    }
    if (kind == Kind::server) {
        server_octets_ += octets.size();
    }
    if (kind == Kind::server && !steps_.empty() && steps_.back().kind == Kind::server) {
        steps_.back().octets += octets;
        return;
    }
    steps_.push_back({kind, std::string(octets), place, line});
}

std::size_t Script::sendable() const {
    return std::min({steps_[next_].octets.size() - within_, cut_after_ - sent_, chunk_});
}

std::size_t Script::read(char* into, std::size_t room) {
    if (is_gone()) {
        return 0;
    }
    if (next_ == steps_.size()) {
        fail("the client waits for octets after the end of the script");
    }
    const Step& step = steps_[next_];
    switch (step.kind) {
        case Kind::close:
            leave();
            return 0;
        case Kind::silence:
            ++next_;
            throw Error(Errc::timeout, "the scripted peer is silent");
        case Kind::client:
        case Kind::tls:
            fail("the client waits for octets instead of " + description_of(step));
        case Kind::server:
            break;
    }
    const std::size_t count = std::min(room, sendable());
    std::memcpy(into, step.octets.data() + within_, count);
    sent_ += count;
    take(count);
    return count;
}

/// A peer that waits for the client is silent, however long the client listens.
bool Script::wait_readable() {
    if (is_gone() || next_ == steps_.size()) {
        return true;
    }
    const Kind kind = steps_[next_].kind;
    next_ += kind == Kind::silence ? 1 : 0;
    return kind == Kind::server || kind == Kind::close;
}

void Script::write(std::string_view octets) {
    while (!octets.empty()) {
        const Step& step = step_for("the client says " + quoted(octets));
        const std::string_view rest = std::string_view(step.octets).substr(within_);
        const std::size_t count = std::min(rest.size(), octets.size());
        if (step.kind != Kind::client || rest.substr(0, count) != octets.substr(0, count)) {
            fail("the client says " + quoted(octets) + " instead of " + description_of(step));
        }
        octets.remove_prefix(count);
        take(count);
    }
}

void Script::start_tls() {
    const Step& step = step_for("the client starts TLS");
    // As a real handshake would: what was sent in the clear behind the go-ahead is no TLS record.
    if (step.kind == Kind::server) {
        throw Error(Errc::tls, "the scripted peer does not speak TLS");
    }
    if (step.kind != Kind::tls) {
        fail("the client starts TLS instead of " + description_of(step));
    }
    ++next_;
}

/// The step that something the client does is up against. Throws when the peer is gone.
const Script::Step& Script::step_for(const std::string& deed) {
    if (!is_gone() && next_ == steps_.size()) {
        fail(deed + " after the end of the script");
    }
    if (!is_gone() && steps_[next_].kind == Kind::close) {
        leave();
    }
    if (is_gone()) {
        throw Error(Errc::network, "the scripted peer is gone");
    }
    return steps_[next_];
}

void Script::take(std::size_t count) {
    within_ += count;
    if (within_ < steps_[next_].octets.size()) {
        return;
    }
    within_ = 0;
    ++next_;
}

void Script::leave() {
    gone_ = true;
    ++next_;
}

std::string Script::description_of(const Step& step) const {
    const std::string at = step.line == 0 ? "" : " (line " + std::to_string(step.line) + ")";
    const std::string_view rest = std::string_view(step.octets).substr(within_);
    switch (step.kind) {
        case Kind::client:
            return "C: " + quoted(rest) + at;
        case Kind::server:
            return "S: " + quoted(rest) + at;
        case Kind::tls:
            return "TLS" + at;
        case Kind::close:
            return "X" + at;
        case Kind::silence:
            return "silence" + at;
    }
    return {};
}

void Script::fail(const std::string& what) {
    failed_ = true;
    const Place place = next_ == steps_.size() ? Place() : steps_[next_].place;
    ADD_FAILURE_AT(place.file_name(), static_cast<int>(place.line())) << what;
    throw Error(Errc::internal, "script: " + what);
}

}  // namespace mailkeep::test
