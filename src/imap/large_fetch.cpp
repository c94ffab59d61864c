// SPDX-License-Identifier: Apache-2.0
#include "large_fetch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::imap {

namespace {

/// So much of what came before is compared before the rest is asked for.
constexpr std::uint64_t compared_octets = std::uint64_t{64} << 10;

}  // namespace

std::optional<FetchedMessage> LargeFetch::run() {
    if (spool_.size() > message_.size || (spool_.size() > 0 && !goes_on()))
        spool_.start_over();
    if (spool_.size() == 0) {
        told_ = receive_first(0, large_.part_octets);
        // Asked for a part, some servers give all.
        if (told_.body && !told_.origin && (told_.spool || !told_.body->empty())) {
            spool_.close();
            return message_of(std::move(told_));
        }
        take(std::move(told_));
    }
    const bool is_whole = spool_.size() >= std::min(large_.part_octets, message_.size) &&
                          take_rest() && spool_.size() == message_.size;
    if (!is_whole)
        spool_.start_over();
    spool_.close();
    if (!is_whole)
        return std::nullopt;
    told_.body.emplace();
    told_.spool = std::move(spool_);
    return message_of(std::move(told_));
}

/// Whether the end of what came before is what the server has there now.
bool LargeFetch::goes_on() {
    const auto from = spool_.size() - std::min(spool_.size(), compared_octets);
    told_ = receive_first(from, spool_.size() - from);
    return told_.origin == from && told_.body == spool_.read_from(from);
}

void LargeFetch::ask(std::uint64_t from, std::uint64_t octets,
                     const std::vector<std::string>& items) {
    UidSet uid;
    uid.add(message_.uid);
    auto wanted = items;
    wanted.push_back(fmt::format("BODY.PEEK[]<{}.{}>", from, octets));
    Encoder command("UID FETCH");
    command.uid_set(uid).list(wanted);
    parts_.push_back({connection_.send(command), std::min(from + octets, message_.size)});
}

/// One part alone, with all else that is asked of the message.
FetchData LargeFetch::receive_first(std::uint64_t from, std::uint64_t octets) {
    ask(from, octets, items_);
    FetchData first;
    for (;;) {
        Response response = connection_.receive();
        if (auto* const data = std::get_if<FetchData>(&response)) {
            if (data->uid == message_.uid && data->body)
                first = std::move(*data);
        } else if (const auto* const answer = std::get_if<Tagged>(&response)) {
            if (answer->tag == parts_.front().tag)
                break;
        }
    }
    parts_.clear();
    return first;
}

/// Asks up to and beyond the end, so that a message that is longer than it was said to be shows. A
/// part that is shorter than it was asked for may be one of other octets: what a server that counts
/// line ends as one gives behind it would not join on.
bool LargeFetch::take_rest() {
    const std::size_t most = std::max<std::size_t>(large_.in_flight, 1);
    auto next = spool_.size();
    bool is_going_well = true;
    for (;;) {
        while (is_going_well && next <= message_.size && parts_.size() < most) {
            ask(next, large_.part_octets, {"UID"});
            next += large_.part_octets;
        }
        if (parts_.empty())
            return is_going_well;
        Response response = connection_.receive();
        if (auto* const data = std::get_if<FetchData>(&response)) {
            take(std::move(*data));
        } else if (const auto* const answer = std::get_if<Tagged>(&response);
                   answer && answer->tag == parts_.front().tag) {
            is_going_well = is_going_well && answer->status == Status::ok &&
                            spool_.size() == parts_.front().end;
            parts_.pop_front();
        }
    }
}

/// What does not begin where the text ends is passed over, and missed.
void LargeFetch::take(FetchData&& data) {
    if (data.uid != message_.uid || !data.body || data.origin != spool_.size() ||
        data.body->size() > large_.part_octets)
        return;
    spool_.append(*data.body);
    data.body->clear();
}

FetchedMessage LargeFetch::message_of(FetchData&& data) const {
    Flags flags = std::move(data.flags).value_or(message_.flags);
    flags.labels = message_.flags.labels;
    return {
        message_.uid,     std::move(*data.body),     data.internal_date.value_or(InternalDate()),
        std::move(flags), std::move(data.object_id), std::move(data.spool)};
}

}  // namespace mailkeep::imap
