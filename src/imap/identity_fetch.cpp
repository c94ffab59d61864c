// SPDX-License-Identifier: Apache-2.0
#include "identity_fetch.hpp"

#include "quirks.hpp"

#include <algorithm>
#include <set>

namespace mailkeep::imap {

namespace {

/// Keep a command under 1000 octets, which is what Yahoo reads of one, and an answer small enough
/// that a message lost with the rest of it matters little.
constexpr std::size_t ranges_per_command = 40;
constexpr std::uint64_t uids_per_command = 500;
constexpr std::size_t commands_in_flight = 4;

/// Sets that together are this one.
std::vector<UidSet> pieces_of(const UidSet& uids) {
    std::vector<UidSet> pieces;
    std::uint64_t room = 0;
    for (auto [first, last] : uids.ranges()) {
        while (first <= last) {
            if (room == 0 || pieces.back().ranges().size() == ranges_per_command) {
                pieces.emplace_back();
                room = uids_per_command;
            }
            const auto taken = std::min<std::uint64_t>(room, std::uint64_t{last} - first + 1);
            pieces.back().add(first, static_cast<Uid>(first + taken - 1));
            room -= taken;
            if (taken > last - first)
                break;
            first += static_cast<Uid>(taken);
        }
    }
    return pieces;
}

}  // namespace

// Stalwart says "OBJECTID+".
std::optional<std::string> object_id_item(const Capabilities& capabilities) {
    if (offers(capabilities, "X-GM-EXT-1"))
        return "X-GM-MSGID";
    if (offers(capabilities, "OBJECTID") || offers(capabilities, "OBJECTID+"))
        return "EMAILID";
    return std::nullopt;
}

void fetch_in_pieces(Connection& connection, const UidSet& uids,
                     const std::function<void(Encoder&)>& ask,
                     const std::function<void(FetchData&&)>& sink) {
    const auto pieces = pieces_of(uids);
    std::set<std::string> in_flight;  // tags
    auto next = pieces.begin();
    const auto send_more = [&] {
        for (; next != pieces.end() && in_flight.size() < commands_in_flight; ++next) {
            Encoder command("UID FETCH");
            command.uid_set(*next);
            ask(command);
            in_flight.insert(connection.send(command));
        }
    };
    for (send_more(); !in_flight.empty(); send_more()) {
        Response response = connection.receive();
        if (auto* const data = std::get_if<FetchData>(&response)) {
            if (data->uid && uids.contains(*data->uid))
                sink(std::move(*data));
        } else if (const auto* const answer = std::get_if<Tagged>(&response)) {
            if (in_flight.erase(answer->tag) == 1 && answer->status == Status::bad)
                connection.require_ok(*answer, "UID FETCH");
        }
    }
}

}  // namespace mailkeep::imap
