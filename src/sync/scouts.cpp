// SPDX-License-Identifier: Apache-2.0
#include "scouts.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

namespace mailkeep::sync {

namespace {

/// What a scout brings waits in memory until the run comes to its mailbox.
constexpr std::uint64_t early_octets = std::uint64_t{4} << 20U;

/// The newest, as far as they fit by the sizes told.
std::vector<UidFlags> early_of(std::span<const UidFlags> messages) {
    std::uint64_t octets = 0;
    const auto end = std::find_if(messages.rbegin(), messages.rend(), [&](const auto& message) {
        octets += message.size;
        return octets > early_octets;
    });
    return {end.base(), messages.end()};
}

}  // namespace

Scouts::Scouts(imap::ReadSession& first, const FurtherSession& open_further,
               const LargeMail& large_mail, std::size_t most)
    : open_further_(open_further),
      large_mail_(large_mail),
      is_alone_(open_further == nullptr || most == 0) {
    for (std::size_t i = 0; i <= most; ++i) {
        scouts_.push_back(std::make_unique<Scout>());
    }
    scouts_.front()->session = &first;
}

Scouts::Scout* Scouts::free_one() const {
    const auto place = std::find_if(scouts_.begin(), scouts_.end(),
                                    [](const auto& scout) { return !scout->is_busy; });
    return place == scouts_.end() ? nullptr : place->get();
}

bool Scouts::can_send() const {
    return !is_alone_ && free_one() != nullptr;
}

void Scouts::send(Errand errand) {
    MAILKEEP_ASSERT(can_send());
    Scout& scout = *free_one();
    scout.is_busy = true;
    Journey& journey = journeys_.emplace_back(Journey{std::move(errand), &scout, {}});
    journey.found =
        std::async(std::launch::async, [this, &scout, &sent = std::as_const(journey.errand)] {
            auto found = go(scout, sent);
            if (sent.brings_mail) {
                bring_mail(found);
            }
            return found;
        });
}

void Scouts::let_go() {
    if (used_ != nullptr) {
        std::exchange(used_, nullptr)->is_busy = false;
    }
}

Found Scouts::look(const Errand& errand) {
    let_go();
    Scout& first = *scouts_.front();
    if (!journeys_.empty() && journeys_.front().errand.mailbox == errand.mailbox) {
        used_ = journeys_.front().scout;
        journeys_.front().found.wait();
        auto told = std::move(journeys_.front().found);
        journeys_.pop_front();
        try {
            return told.get();
        } catch (const Error& error) {
            if (used_ == &first || error.code() == Errc::refused ||
                error.code() == Errc::cancelled) {
                throw;
            }
            log_info("mirror.no_scouts", {{"why", error.what()}});
            is_alone_ = true;
        }
    }
    call_back();
    used_ = &first;
    used_->is_busy = true;
    return go(first, errand);
}

/// What they found is forgotten: the first session is needed, and may have another mailbox open.
void Scouts::call_back() {
    for (const auto& journey : journeys_) {
        journey.found.wait();
        journey.scout->is_busy = false;
    }
    journeys_.clear();
}

/// On a thread of its own, unless nobody was sent.
Found Scouts::go(Scout& scout, const Errand& errand) const {
    if (scout.session == nullptr) {
        scout.own = std::make_unique<imap::ReadSession>(open_further_());
        static_cast<void>(scout.own->enable_resync());
        scout.session = scout.own.get();
    }
    return {observe(*scout.session, errand.mailbox, errand.pass, errand.before), {}, scout.session};
}

/// What the server does not give, and what is more than it said, is left to the run.
void Scouts::bring_mail(Found& found) const {
    std::uint64_t octets = 0;
    const auto keep = [&](imap::FetchedMessage&& message) {
        octets += message.size();
        if (octets <= early_octets) {
            const auto content_id = content_id_of(message);
            found.early.push_back({std::move(message), content_id});
        }
    };
    static_cast<void>(found.session->fetch_raw(early_of(found.seen.view.messages), {}, keep,
                                               large_mail_.unnamed()));
}

}  // namespace mailkeep::sync
