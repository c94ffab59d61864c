// SPDX-License-Identifier: Apache-2.0
#include "recognition.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/mail/summary.hpp"

#include "large_mail.hpp"
#include "upload.hpp"

#include <algorithm>

namespace mailkeep::sync {

namespace {

/// By which the size of one message differs between servers: line ends at its end.
constexpr std::uint64_t line_ends_slack = 4;

/// Messages that are asked for their Message-IDs, and fetched where that leaves a doubt, at once.
constexpr std::size_t asked_together = 5000;

/// Where bare line feeds became CRLF, or a server counts line ends in its own way.
std::uint64_t loose_slack(std::uint64_t size) {
    return size / 16 + 64;
}

std::uint64_t distance(std::uint64_t a, std::uint64_t b) {
    return a > b ? a - b : b - a;
}

}  // namespace

bool may_be_size(std::uint64_t told, std::uint64_t size) {
    return distance(told, size) <= loose_slack(std::max(told, size));
}

Recognition::Recognition(imap::ReadSession& session, RestoreDesk& desk, const WantedIndex& wanted,
                         const KnownThere& known)
    : session_(session), desk_(desk), wanted_(wanted), known_(known) {}

const WantedMessage& Recognition::message(Place place) const {
    return wanted_.messages()[place];
}

std::vector<Place> Recognition::present() {
    std::vector<imap::UidSize> unknown;
    for (const auto& there : session_.fetch_sizes()) {
        if (!recognise_by_record(there) && may_be_wanted(there)) {
            unknown.push_back(there);
        }
    }
    for (std::span<const imap::UidSize> rest = unknown; !rest.empty();) {
        const auto count = std::min(asked_together, rest.size());
        ask_message_ids(rest.first(count));
        settle_doubts();
        rest = rest.subspan(count);
    }
    return std::move(present_);
}

/// A server may give a UID to another message, or have told a wrong one: so the size has to agree.
bool Recognition::recognise_by_record(const imap::UidSize& there) {
    const auto record = std::ranges::lower_bound(known_.uids, there.uid, {}, &KnownUid::uid);
    if (record == known_.uids.end() || record->uid != there.uid) {
        return false;
    }
    if (!record->place) {
        return true;  // nothing that is wanted
    }
    if (!may_be_size(there.size, message(*record->place).size)) {
        return false;
    }
    present_.push_back(*record->place);
    return true;
}

bool Recognition::may_be_wanted(const imap::UidSize& there) const {
    const auto slack = loose_slack(there.size);
    return !known_.sent.empty() ||
           wanted_.has_size(there.size - std::min(slack, there.size), there.size + slack);
}

void Recognition::ask_message_ids(std::span<const imap::UidSize> unknown) {
    UidSet uids;
    for (const auto& there : unknown) {
        uids.add(there.uid);
    }
    session_.fetch_message_ids(uids, [&](Uid uid, std::string&& header) {
        const auto there = std::ranges::lower_bound(unknown, uid, {}, &imap::UidSize::uid);
        judge(*there, mail::summarize_header({}, header).message_id);
    });
}

// What was sent and never acknowledged is found by its Message-ID alone: the server may have
// changed it.
void Recognition::judge(const imap::UidSize& there, const std::string& message_id) {
    Doubt doubt{there.size, {}};
    std::optional<Place> same;
    std::size_t alike = 0;
    for (const auto place : wanted_.called(mark_of(message_id))) {
        const auto size = message(place).size;
        const bool was_sent = std::ranges::binary_search(known_.sent, place);
        if (!message_id.empty() && (distance(size, there.size) <= line_ends_slack || was_sent)) {
            same = place;
            ++alike;
        }
        if (was_sent || may_be_size(there.size, size)) {
            doubt.candidates.push_back(place);
        }
    }
    if (alike == 1) {
        present_.push_back(*same);
    } else if (!doubt.candidates.empty()) {
        doubts_.emplace(there.uid, std::move(doubt));
    }
}

void Recognition::settle_doubts() {
    std::vector<UidFlags> wanted;
    for (const auto& [uid, doubt] : doubts_) {
        wanted.push_back({uid, {}, doubt.size});
    }
    if (wanted.empty()) {
        return;
    }
    static_cast<void>(session_.fetch_raw(
        wanted, {},
        [&](imap::FetchedMessage&& fetched) {
            const auto doubt = doubts_.find(fetched.uid);
            const auto same =
                doubt == doubts_.end() ? std::nullopt : same_octets(doubt->second, fetched);
            if (same) {
                present_.push_back(*same);
            }
        },
        LargeMail(desk_.archive()).unnamed()));
    doubts_.clear();
    forms_.clear();
}

std::optional<Place> Recognition::same_octets(const Doubt& doubt,
                                              const imap::FetchedMessage& fetched) {
    const auto digest = canonical_of(fetched);
    for (const auto place : doubt.candidates) {
        const auto& forms = forms_of(place);
        if (std::find(forms.begin(), forms.end(), digest) != forms.end()) {
            return place;
        }
    }
    return std::nullopt;
}

/// Canonical digests of the message as it is and as a restore may have altered it; none when the
/// archive cannot give it.
const std::vector<ContentId>& Recognition::forms_of(Place place) {
    const auto [known, is_new] = forms_.try_emplace(place);
    auto& forms = known->second;
    if (!is_new) {
        return forms;
    }
    const auto item = desk_.item(message(place));
    try {
        forms.push_back(
            canonical_digest(make_upload(desk_.archive(), item, place, Octets::as_they_are)));
        const auto altered = make_upload(desk_.archive(), item, place, Octets::altered);
        if (altered.is_altered) {
            forms.push_back(canonical_digest(altered));
        }
    } catch (const Error& error) {
        if (error.code() != Errc::corrupt && error.code() != Errc::not_found) {
            throw;
        }
    }
    return forms;
}

}  // namespace mailkeep::sync
