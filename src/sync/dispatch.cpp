// SPDX-License-Identifier: Apache-2.0
#include "dispatch.hpp"

#include <iterator>
#include <utility>

namespace mailkeep::sync {

namespace {

/// Messages made ready ahead, which is as many as one command takes.
constexpr std::size_t ready_count = 100;
constexpr std::uint64_t ready_most_octets = std::uint64_t{4} << 20U;

/// Commands that wait for their answers: of one message each, or of many.
constexpr std::size_t single_window = 16;
constexpr std::size_t group_window = 2;

std::vector<imap::Outgoing> outgoing_of(std::span<const Upload> group) {
    std::vector<imap::Outgoing> outgoing;
    outgoing.reserve(group.size());
    for (const auto& upload : group) {
        outgoing.push_back(upload.outgoing);
    }
    return outgoing;
}

}  // namespace

Dispatch::Dispatch(imap::WriteSession& session, std::string mailbox, UidValidity uid_validity,
                   Hooks hooks)
    : session_(session),
      mailbox_(std::move(mailbox)),
      uid_validity_(uid_validity),
      hooks_(std::move(hooks)) {}

void Dispatch::run() {
    for (;;) {
        gather();
        if (may_start()) {
            start();
        } else if (!sent_.empty()) {
            settle();
        } else if (!refused_.empty()) {
            for (const auto& group : std::exchange(refused_, {})) {
                group.size() > 1 ? send_halves(group) : send_again(group);
            }
        } else {
            return;
        }
    }
}

void Dispatch::gather() {
    while (has_more_ && !over_quota_ && ready_.size() < ready_count &&
           ready_octets_ < ready_most_octets) {
        auto upload = hooks_.next();
        has_more_ = upload.has_value();
        if (upload) {
            ready_octets_ += upload->outgoing.text.size;
            ready_.push_back(*std::move(upload));
        }
    }
}

bool Dispatch::may_start() const {
    if (ready_.empty() || over_quota_ || !refused_.empty()) {
        return false;
    }
    const bool is_single = !sent_.empty() && sent_.back().size() == 1;
    return sent_.empty() ||
           (session_.may_go_on() && sent_.size() < (is_single ? single_window : group_window));
}

void Dispatch::start() {
    std::vector<imap::Outgoing> outgoing;
    for (const auto& upload : ready_) {
        outgoing.push_back(upload.outgoing);
    }
    const auto count = session_.fitting(mailbox_, outgoing);
    const auto end = ready_.begin() + static_cast<std::ptrdiff_t>(count);
    sent_.emplace_back(std::make_move_iterator(ready_.begin()), std::make_move_iterator(end));
    ready_.erase(ready_.begin(), end);
    for (const auto& upload : sent_.back()) {
        ready_octets_ -= upload.outgoing.text.size;
    }
    if (session_.is_wary()) {
        hooks_.alone(&sent_.back().front());
    }
    session_.start(mailbox_, std::span(outgoing).first(count));
}

void Dispatch::settle() {
    const auto answer = session_.finish();
    hooks_.alone(nullptr);
    auto group = std::move(sent_.front());
    sent_.pop_front();
    if (answer.is_refused) {
        refused_.push_back(std::move(group));
    } else {
        accept(group, answer.uids);
    }
}

void Dispatch::accept(std::span<const Upload> group, const std::optional<imap::AppendUids>& uids) {
    const bool is_told = uids && uids->uid_validity == uid_validity_ && uid_validity_ != 0 &&
                         uids->uids.count() == group.size();
    const auto told = is_told ? uids->uids.to_vector() : std::vector<Uid>();
    for (std::size_t i = 0; i < group.size(); ++i) {
        hooks_.arrived(group[i], is_told ? std::optional(told[i]) : std::nullopt);
    }
}

/// Nothing goes along without being asked for now: what is refused may be taken for commands.
bool Dispatch::send(std::span<const Upload> group, std::string& reason) {
    hooks_.alone(group.size() == 1 ? &group.front() : nullptr);
    session_.start(mailbox_, outgoing_of(group), imap::Care::great);
    const auto answer = session_.finish();
    hooks_.alone(nullptr);
    if (!answer.is_refused) {
        accept(group, answer.uids);
        return true;
    }
    reason = answer.reason;
    if (answer.is_over_quota && group.size() == 1) {
        over_quota_ = answer.reason;
    }
    return false;
}

void Dispatch::send_again(std::span<const Upload> group) {
    std::string reason;
    if (over_quota_ || send(group, reason)) {
        return;
    }
    if (group.size() > 1) {
        send_halves(group);
        return;
    }
    const auto other = over_quota_ ? std::nullopt : hooks_.altered(group.front());
    if (!over_quota_ && !(other && send({&*other, 1}, reason))) {
        hooks_.refused(group.front(), reason);
    }
}

void Dispatch::send_halves(std::span<const Upload> group) {
    const auto half = group.size() / 2;
    send_again(group.first(half));
    send_again(group.subspan(half));
}

}  // namespace mailkeep::sync
