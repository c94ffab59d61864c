// SPDX-License-Identifier: Apache-2.0
#include "raw_fetch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mailkeep::imap {

namespace {

/// Keeps a command under 1000 octets, which is what Yahoo reads of one.
constexpr std::size_t uids_per_command_limit = 80;

}  // namespace

std::vector<Unfetched> RawFetch::run(std::span<const UidFlags> wanted) {
    for (const UidFlags& message : wanted) {
        wanted_.emplace(message.uid, message);
    }
    plan();
    for (send_more(); !in_flight_.empty(); send_more()) {
        Response response = connection_.receive();
        if (auto* const data = std::get_if<FetchData>(&response)) {
            take(std::move(*data));
        } else if (const auto* const answer = std::get_if<Tagged>(&response)) {
            if (const auto batch = in_flight_.extract(answer->tag))
                finish(batch.mapped(), *answer);
        }
    }
    std::sort(unfetched_.begin(), unfetched_.end(),
              [](const Unfetched& a, const Unfetched& b) { return a.uid < b.uid; });
    return std::move(unfetched_);
}

void RawFetch::plan() {
    const std::size_t most = std::clamp<std::size_t>(window_.uids, 1, uids_per_command_limit);
    Batch batch;
    std::vector<Uid> too_large;
    std::uint64_t octets = 0;
    for (const auto& [uid, message] : wanted_) {
        if (message.size > body_limit) {
            too_large.push_back(uid);
            continue;
        }
        batch.push_back(uid);
        octets += message.size;
        if (batch.size() >= most || octets >= window_.octets) {
            waiting_.push_back(std::exchange(batch, {}));
            octets = 0;
        }
    }
    if (!batch.empty())
        waiting_.push_back(std::move(batch));
    for (const Uid uid : too_large) {
        give_up(uid, fmt::format("it is larger than {} octets", body_limit));
    }
}

/// The octets of these commands fit into any socket's buffer, so that writing never has to wait for
/// a server that waits for us to read.
void RawFetch::send_more() {
    const std::size_t most = std::max<std::size_t>(window_.in_flight, 1);
    while (in_flight_.size() < most && !waiting_.empty()) {
        Encoder command("UID FETCH");
        command.uid_set(UidSet::of(waiting_.front()))
            .list({"FLAGS", "INTERNALDATE", "BODY.PEEK[]"});
        in_flight_.emplace(connection_.send(command), std::move(waiting_.front()));
        waiting_.pop_front();
    }
}

/// Only what was asked for and has its text is taken; a FETCH that tells flags may come any time.
void RawFetch::take(FetchData&& data) {
    if (!data.uid || !data.body)
        return;
    const auto found = wanted_.find(*data.uid);
    if (found == wanted_.end())
        return;
    const UidFlags& asked = found->second;
    if (data.body->empty() && asked.size != 0) {
        give_up(*data.uid, fmt::format("the mail server sent nothing of {} octets", asked.size));
        return;
    }
    FetchedMessage message{*data.uid, std::move(*data.body),
                           data.internal_date.value_or(InternalDate()),
                           std::move(data.flags).value_or(asked.flags)};
    wanted_.erase(found);
    sink_(std::move(message));
}

/// One message a server cannot read makes it refuse all of the command (Yahoo, Scalix), or it says
/// OK and leaves the message out (Exchange). So a refused batch is asked for one by one, once.
void RawFetch::finish(const Batch& batch, const Tagged& answer) {
    if (answer.status == Status::bad)
        connection_.require_ok(answer, "UID FETCH");
    for (const Uid uid : batch) {
        if (!wanted_.contains(uid))
            continue;
        if (answer.status == Status::ok) {
            give_up(uid, "the mail server sent nothing");
        } else if (batch.size() > 1) {
            waiting_.push_back({uid});
        } else {
            give_up(uid, "the mail server refused it" + connection_.because(answer.text));
        }
    }
}

void RawFetch::give_up(Uid uid, const std::string& reason) {
    unfetched_.push_back({uid, reason});
    wanted_.erase(uid);
}

}  // namespace mailkeep::imap
