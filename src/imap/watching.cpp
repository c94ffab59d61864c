// SPDX-License-Identifier: Apache-2.0
// How a read session follows mailboxes: IDLE, NOTIFY, NOOP. What is told is never applied, it only
// says that there is something to see.
#include "mailkeep/imap/mailbox_name.hpp"
#include "mailkeep/imap/read_session.hpp"

#include "connection.hpp"
#include "quirks.hpp"

#include <algorithm>

namespace mailkeep::imap {

namespace {

/// Listens to a connection. What the server says again and again to keep the line open is no
/// change: "* OK Still here", or the EXISTS it told before.
class Listener {
  public:
    explicit Listener(const Connection& connection)
        : connection_(connection), messages_(connection.present()) {}

    /// Whether anything has changed so far.
    bool hear(const Response& response) {
        const bool has_same_number =
            std::holds_alternative<Exists>(response) && connection_.present() == messages_;
        messages_ = connection_.present();
        if (const auto* const condition = std::get_if<Condition>(&response)) {
            // RFC 5465 section 5.8: from then on nothing more is told.
            has_overflown_ = has_overflown_ || condition->code.name == "NOTIFICATIONOVERFLOW";
        }
        const auto* const vanished = std::get_if<Vanished>(&response);
        const bool is_change = (std::holds_alternative<Exists>(response) && !has_same_number) ||
                               std::holds_alternative<Expunged>(response) ||
                               (vanished && !vanished->is_earlier) ||
                               std::holds_alternative<FetchData>(response) ||
                               std::holds_alternative<StatusData>(response);
        has_change_ = has_change_ || is_change;
        return has_change_ || has_overflown_;
    }

    [[nodiscard]] Told told() const {
        if (has_overflown_)
            return Told::refused;
        return has_change_ ? Told::change : Told::nothing;
    }

  private:
    const Connection& connection_;
    std::uint32_t messages_;
    bool has_change_ = false;
    bool has_overflown_ = false;
};

}  // namespace

bool ReadSession::can_idle() const {
    return offers(capabilities(), "IDLE");
}

bool ReadSession::can_notify() const {
    return offers(capabilities(), "NOTIFY");
}

Told ReadSession::idle(std::chrono::milliseconds most) {
    Listener listener(*connection_);
    const Tagged answer =
        connection_->idle(most, [&](const Response& response) { return listener.hear(response); });
    return answer.status == Status::ok ? listener.told() : Told::refused;
}

// Dovecot 2.3 knows names here in UTF-8 only, and says nothing of one in modified UTF-7: then it is
// asked for all mailboxes. A change in another one costs a look at it.
bool ReadSession::notify(const std::vector<std::string>& mailboxes) {
    const bool is_plain =
        std::all_of(mailboxes.begin(), mailboxes.end(),
                    [](const std::string& name) { return encode_mailbox_name(name) == name; });
    Encoder command("NOTIFY SET");
    command.event_group(is_plain ? mailboxes : std::vector<std::string>{},
                        {"MessageNew", "MessageExpunge", "FlagChange"});
    return connection_->run(command, long_patience, ignore_data).status == Status::ok;
}

Told ReadSession::await_notice(std::chrono::milliseconds most) {
    using Steady = std::chrono::steady_clock;
    const auto end = Steady::now() + most;
    Listener listener(*connection_);
    while (connection_->hears_within(
        std::chrono::ceil<std::chrono::milliseconds>(end - Steady::now()))) {
        if (listener.hear(connection_->receive()))
            return listener.told();
    }
    return Told::nothing;
}

Told ReadSession::poll() {
    Listener listener(*connection_);
    const Tagged answer =
        connection_->run(Encoder("NOOP"), command_patience,
                         [&](const Response& response) { listener.hear(response); });
    return answer.status == Status::ok ? listener.told() : Told::refused;
}

}  // namespace mailkeep::imap
