// SPDX-License-Identifier: Apache-2.0
#include "raw_fetch.hpp"

#include "identity_fetch.hpp"
#include "large_fetch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::imap {

/// Large messages come last, so that they keep nobody waiting.
std::vector<Unfetched> RawFetch::run() {
    do {
        fetch_together();
    } while (fetch_large());
    std::sort(unfetched_.begin(), unfetched_.end(),
              [](const Unfetched& a, const Unfetched& b) { return a.uid < b.uid; });
    return std::move(unfetched_);
}

void RawFetch::fetch_together() {
    for (send_more(); !in_flight_.empty(); send_more()) {
        Response response = connection_.receive();
        if (auto* const data = std::get_if<FetchData>(&response)) {
            take(std::move(*data));
        } else if (const auto* const answer = std::get_if<Tagged>(&response)) {
            if (const auto batch = in_flight_.extract(answer->tag))
                finish(batch.mapped(), *answer);
        }
    }
}

/// What cannot be had in parts is asked for like any other.
bool RawFetch::fetch_large() {
    if (in_parts_.empty())
        return false;
    const UidFlags message = std::move(in_parts_.front());
    in_parts_.pop_front();
    if (auto fetched = LargeFetch(connection_, large_, message, items_).run()) {
        sink_(*std::move(fetched));
    } else {
        retries_.push_back(message);
    }
    return true;
}

std::vector<std::string> RawFetch::items_of(const Capabilities& capabilities) {
    std::vector<std::string> items{"FLAGS", "INTERNALDATE"};
    if (const auto object_id = object_id_item(capabilities))
        items.push_back(*object_id);
    return items;
}

/// Empty when all has been asked for.
RawFetch::Batch RawFetch::next_batch() {
    for (auto batch = source_(window_); !batch.empty(); batch = source_(window_)) {
        if (batch = without_large(std::move(batch)); !batch.empty())
            return batch;
    }
    Batch batch;
    if (!retries_.empty()) {
        batch.push_back(std::move(retries_.front()));
        retries_.pop_front();
    }
    return batch;
}

RawFetch::Batch RawFetch::without_large(Batch batch) {
    std::erase_if(batch, [&](const UidFlags& message) {
        const bool is_too_large = message.size > body_limit;
        if (is_too_large)
            give_up(message.uid, fmt::format("it is larger than {} octets", body_limit));
        const bool comes_in_parts = !is_too_large && message.size > large_.above;
        if (comes_in_parts)
            in_parts_.push_back(message);
        return is_too_large || comes_in_parts;
    });
    return batch;
}

/// The octets of these commands fit into any socket's buffer, so that writing never has to wait for
/// a server that waits for us to read.
void RawFetch::send_more() {
    const std::size_t most = std::max<std::size_t>(window_.in_flight, 1);
    auto items = items_;
    items.emplace_back("BODY.PEEK[]");
    while (in_flight_.size() < most) {
        Batch batch = next_batch();
        if (batch.empty())
            return;
        UidSet uids;
        for (const UidFlags& message : batch) {
            uids.add(message.uid);
            open_.emplace(message.uid, message);
        }
        Encoder command("UID FETCH");
        command.uid_set(uids).list(items);
        in_flight_.emplace(connection_.send(command), std::move(batch));
    }
}

/// Only what was asked for and has its text is taken; a FETCH that tells flags may come any time.
void RawFetch::take(FetchData&& data) {
    if (!data.uid || !data.body)
        return;
    const auto found = open_.find(*data.uid);
    if (found == open_.end())
        return;
    const UidFlags& asked = found->second;
    if (data.body->empty() && !data.spool && asked.size != 0) {
        give_up(*data.uid, fmt::format("the mail server sent nothing of {} octets", asked.size));
        return;
    }
    Flags flags = std::move(data.flags).value_or(asked.flags);
    flags.labels = asked.flags.labels;
    FetchedMessage message{
        *data.uid,        std::move(*data.body),     data.internal_date.value_or(InternalDate()),
        std::move(flags), std::move(data.object_id), std::move(data.spool)};
    open_.erase(found);
    sink_(std::move(message));
}

/// One message a server cannot read makes it refuse all of the command (Yahoo, Scalix), or it says
/// OK and leaves the message out (Exchange). So a refused batch is asked for one by one, once.
void RawFetch::finish(const Batch& batch, const Tagged& answer) {
    if (answer.status == Status::bad)
        connection_.require_ok(answer, "UID FETCH");
    for (const UidFlags& message : batch) {
        if (!open_.contains(message.uid))
            continue;
        if (answer.status == Status::ok) {
            give_up(message.uid, "the mail server sent nothing");
        } else if (batch.size() > 1) {
            retries_.push_back(message);
        } else {
            give_up(message.uid, "the mail server refused it" + connection_.because(answer.text));
        }
    }
}

void RawFetch::give_up(Uid uid, const std::string& reason) {
    unfetched_.push_back({uid, reason});
    open_.erase(uid);
}

}  // namespace mailkeep::imap
