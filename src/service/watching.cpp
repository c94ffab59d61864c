// SPDX-License-Identifier: Apache-2.0
#include "watching.hpp"

#include "mailkeep/imap/mailbox_name.hpp"

namespace mailkeep::service {

namespace {

using imap::Told;

/// RFC 2177 wants IDLE begun anew within 29 minutes; what translates addresses on the way forgets a
/// silent line after 10 or less.
constexpr std::chrono::minutes round{5};
constexpr std::chrono::seconds between_polls{30};
/// Rounds in which a NOOP found what IDLE had not told; one may have come in between the two.
constexpr int most_missed = 2;

class Watch {
  public:
    Watch(imap::ReadSession& session, const std::vector<std::string>& mailboxes,
          const WatchEvents& events)
        : session_(session), mailboxes_(mailboxes), events_(events) {}

    [[noreturn]] void run() {
        if (mailboxes_.size() > 1 && session_.can_notify() && session_.notify(mailboxes_)) {
            begin("");
            follow_notices();
        }
        static_cast<void>(session_.examine(imap::encode_mailbox_name(mailboxes_.front())));
        begin(mailboxes_.size() == 1 ? ""
                                     : "the server has no NOTIFY: only " + mailboxes_.front() +
                                           " is followed, the rest by schedule");
        if (session_.can_idle()) {
            follow_by_idle();
        }
        follow_by_polling();
    }

  private:
    void begin(const std::string& shortcoming) {
        events_.began(shortcoming);
        events_.changed();
    }

    void heed(Told told) {
        if (told == Told::change) {
            events_.changed();
        }
    }

    /// Returns when the server tells no more.
    void follow_notices() {
        for (;;) {
            auto told = session_.await_notice(round);
            if (told == Told::nothing) {
                told = session_.poll();
            }
            if (told == Told::refused) {
                return;
            }
            heed(told);
        }
    }

    /// Returns when the server does not idle, or idles and tells nothing.
    void follow_by_idle() {
        for (int missed = 0; missed < most_missed;) {
            auto told = session_.idle(round);
            if (told == Told::refused) {
                return;
            }
            if (told == Told::nothing) {
                told = session_.poll();
                missed += told == Told::change ? 1 : 0;
            } else {
                missed = 0;
            }
            heed(told);
        }
    }

    [[noreturn]] void follow_by_polling() {
        for (;;) {
            events_.pause(between_polls);
            heed(session_.poll());
        }
    }

    imap::ReadSession& session_;
    const std::vector<std::string>& mailboxes_;
    const WatchEvents& events_;
};

}  // namespace

void watch_mailboxes(imap::ReadSession& session, const std::vector<std::string>& mailboxes,
                     const WatchEvents& events) {
    Watch(session, mailboxes, events).run();
}

}  // namespace mailkeep::service
