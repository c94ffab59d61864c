// SPDX-License-Identifier: Apache-2.0
#include "identify.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include "uids.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace mailkeep::sync {

namespace {

Arrival* find(std::vector<Arrival>& arrivals, Uid uid) {
    const auto place =
        std::lower_bound(arrivals.begin(), arrivals.end(), uid,
                         [](const Arrival& arrival, Uid wanted) { return arrival.uid < wanted; });
    return place != arrivals.end() && place->uid == uid ? &*place : nullptr;
}

/// As the archive gives it back, all of it checked; nothing when it is damaged there.
std::optional<Digest> head_in(const archive::Archive& archive, const StoredMessage& message) {
    constexpr std::string_view end_of_head = "\r\n\r\n";
    std::string octets;
    try {
        archive.read(message, [&](std::string_view piece) {
            if (octets.find(end_of_head) == octets.npos) {
                octets += piece;
            }
        });
    } catch (const Error& error) {
        if (error.code() != Errc::corrupt && error.code() != Errc::not_found) {
            throw;
        }
        return std::nullopt;
    }
    return head_of(octets);
}

}  // namespace

std::vector<Identified> Identifier::identify(std::span<const UidFlags> wanted) {
    gather(wanted);
    if (arrivals_.empty() ||
        (is_cheaper_to_fetch(arrivals_.size()) && !session_.tells_object_ids())) {
        return {};
    }
    ask_identities();
    auto plan = plan_identity(arrivals_, archived_);
    auto matches = std::move(plan.proven);
    for (const auto& match : match_by_headers(plan.likely)) {
        matches.push_back(match);
    }
    std::map<Uid, const UidFlags*> told;
    for (const auto& message : wanted) {
        told.emplace(message.uid, &message);
    }
    std::vector<Identified> identified;
    for (const auto& [uid, content_id] : matches) {
        identified.push_back(
            {*told.at(uid), content_id, dates_.at(uid), find(arrivals_, uid)->object_id});
    }
    return identified;
}

/// Of most new mail no message of the same size is known, and then nothing is asked.
void Identifier::gather(std::span<const UidFlags> wanted) {
    std::map<std::uint64_t, bool> is_known;  // by size
    for (const auto& message : wanted) {
        const auto [place, is_new] = is_known.try_emplace(message.size, false);
        if (is_new && message.size != 0) {
            for (auto& held : catalog_.held_of_size(account_, message.size)) {
                archived_.push_back({held.stored.content_id, held.stored.size, held.internal_date,
                                     std::move(held.object_id)});
                stored_.push_back(std::move(held.stored));
                place->second = true;
            }
        }
        if (place->second) {
            arrivals_.push_back(
                {.uid = message.uid, .size = message.size, .is_draft = message.flags.draft});
        }
    }
    std::sort(arrivals_.begin(), arrivals_.end(),
              [](const Arrival& a, const Arrival& b) { return a.uid < b.uid; });
}

void Identifier::ask_identities() {
    for (auto& told : session_.fetch_identities(uids_of(arrivals_))) {
        auto* const arrival = find(arrivals_, told.uid);
        if (arrival != nullptr && told.internal_date && told.size == arrival->size) {
            arrival->internal_date = told.internal_date->at;
            arrival->object_id = std::move(told.object_id);
            dates_[told.uid] = *told.internal_date;
        }
    }
}

std::vector<Match> Identifier::match_by_headers(const std::vector<Uid>& likely) {
    if (is_cheaper_to_fetch(likely.size())) {
        return {};
    }
    std::vector<Arrival> arrivals;
    for (const auto uid : likely) {
        arrivals.push_back(*find(arrivals_, uid));
    }
    session_.fetch_headers(uids_of(arrivals), [&](Uid uid, const std::string& header) {
        find(arrivals, uid)->head = head_of(header);
    });
    read_heads(arrivals);
    const auto matches = match_heads(arrivals, archived_);
    const bool is_believed =
        !is_cheaper_to_fetch(matches.size()) &&
        spot_checks_agree(session_, plan_spot_checks(matches), large_mail_.unnamed());
    return is_believed ? matches : std::vector<Match>();
}

/// Only of those that may be the same as an arrival, each content once, in the order of the files.
void Identifier::read_heads(std::span<const Arrival> arrivals) {
    std::set<std::pair<std::uint64_t, Timestamp>> awaited;
    for (const auto& arrival : arrivals) {
        awaited.emplace(arrival.size, *arrival.internal_date);
    }
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < archived_.size(); ++i) {
        if (awaited.contains({archived_[i].size, archived_[i].internal_date})) {
            places.push_back(i);
        }
    }
    std::sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
        const auto& one = stored_[a].location;
        const auto& other = stored_[b].location;
        return std::tie(one.file, one.frame, one.offset) <
               std::tie(other.file, other.frame, other.offset);
    });
    std::map<ContentId, std::optional<Digest>> heads;
    for (const auto place : places) {
        const auto [head, is_new] = heads.try_emplace(archived_[place].content_id);
        if (is_new) {
            head->second = head_in(archive_, stored_[place]);
        }
        archived_[place].head = head->second;
    }
}

bool spot_checks_agree(imap::ReadSession& session, std::span<const Match> checks,
                       const imap::LargeMessages& large) {
    std::map<Uid, ContentId> open;
    std::vector<UidFlags> wanted;
    for (const auto& check : checks) {
        open.emplace(check.uid, check.content_id);
        wanted.push_back({check.uid, {}, 0});
    }
    const auto compare = [&](imap::FetchedMessage&& message) {
        const auto check = open.find(message.uid);
        if (check != open.end() && check->second == content_id_of(message)) {
            open.erase(check);
        }
    };
    static_cast<void>(session.fetch_raw(wanted, {}, compare, large));
    if (!open.empty()) {
        log_warning("mirror.header_is_no_proof", {{"messages", open.size()}});
    }
    return open.empty();
}

}  // namespace mailkeep::sync
