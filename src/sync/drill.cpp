// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/drill.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/imap/mailbox_name.hpp"
#include "mailkeep/imap/write_session.hpp"

#include "damage.hpp"
#include "drill_plan.hpp"
#include "wire_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace mailkeep::sync {

namespace {

/// A file, an account, a year: damage, mistakes of one server, and those of an old version of this
/// program have no other borders.
using Stratum = std::tuple<std::string, AccountId, int>;

Stratum stratum_of(const Placement& placement) {
    const std::chrono::year_month_day day(
        std::chrono::floor<std::chrono::days>(placement.internal_date.at));
    return {placement.message.location.file, placement.account, static_cast<int>(day.year())};
}

/// What stands now and what is gone from its server.
catalog::Selection everything() {
    catalog::Selection selection;
    selection.query = catalog::SearchQuery::parse("is:gone OR -is:gone");
    return selection;
}

std::vector<Placement> choose(const catalog::Catalog& catalog, std::uint64_t sample,
                              Timestamp now) {
    struct Share {
        std::uint64_t held = 0;
        std::uint64_t wanted = 0;
    };

    std::map<Stratum, Share> shares;
    catalog.for_each_placement(everything(), now, [&](const Placement& placement) {
        ++shares[stratum_of(placement)].held;
    });
    std::vector<std::uint64_t> held;
    for (const auto& [stratum, share] : shares) {
        held.push_back(share.held);
    }
    std::mt19937_64 chance(std::random_device{}());
    const auto tried = plan_drill(held, sample, chance);
    auto next = tried.begin();
    for (auto& [stratum, share] : shares) {
        share.wanted = *next++;
    }
    std::vector<Placement> chosen;
    catalog.for_each_placement(everything(), now, [&](const Placement& placement) {
        auto& share = shares[stratum_of(placement)];
        // Each of those left has the same chance (Knuth, algorithm S).
        if (share.held > 0 && chance() % share.held < share.wanted) {
            chosen.push_back(placement);
            --share.wanted;
        }
        share.held -= share.held > 0 ? 1 : 0;
    });
    return chosen;
}

Digest canonical_digest(std::string_view raw) {
    CanonicalDigest digest;
    digest.add(raw);
    return digest.finish();
}

class Drill {
  public:
    Drill(const archive::Archive& archive, catalog::Catalog& catalog, DrillGround* ground,
          Timestamp now, Progress& progress, const std::stop_token& stop)
        : archive_(archive),
          catalog_(catalog),
          ground_(ground),
          now_(now),
          progress_(progress),
          stop_(stop) {}

    Drilled run(const std::vector<Placement>& chosen) {
        progress_.expect(chosen.size());
        if (ground_ != nullptr && !chosen.empty()) {
            ground_->session.create();
        }
        try {
            for (const auto& placement : chosen) {
                try_out(placement);
            }
            compare_returned();
        } catch (const Error& error) {
            clear_ground();
            if (drilled_.left_behind.empty()) {
                throw;
            }
            throw Error(error.code(),
                        std::string(error.what()) + "; on the server, the mailbox " +
                            drilled_.left_behind + " is left behind",
                        "Delete it there, and try again.");
        }
        clear_ground();
        count(chosen);
        remember(chosen);
        return std::move(drilled_);
    }

  private:
    void try_out(const Placement& placement) {
        if (stop_.stop_requested()) {
            throw Error(Errc::cancelled, "the drill was stopped");
        }
        progress_.enter(placement.account_name + ": " + placement.mailbox);
        const auto raw = rebuilt(placement);
        if (raw && ground_ != nullptr) {
            send(placement, *raw);
        }
        progress_.advance(raw ? raw->size() : 0);
    }

    /// Nothing for one that is damaged: it is named, and the others go on.
    std::optional<std::string> rebuilt(const Placement& placement) {
        const auto& id = placement.message.content_id;
        try {
            auto raw = archive_.get(placement.message);
            if (sha256(raw) != id) {
                throw Error(Errc::corrupt, "its octets are not what they were");
            }
            drilled_.octets += raw.size();
            return raw;
        } catch (const Error& error) {
            if (error.code() != Errc::corrupt && error.code() != Errc::not_found) {
                throw;
            }
            failed_.insert(placement.account);
            drilled_.damaged.push_back(
                {"message " + id.hex(), error.what(), id, known_of(catalog_, id)});
            catalog_.note_damage({id, error.what(), now_});
            return std::nullopt;
        }
    }

    void send(const Placement& placement, const std::string& raw) {
        try {
            ground_->session.append(raw, placement.flags, placement.internal_date);
            sent_.emplace(canonical_digest(raw), placement);
        } catch (const Error& error) {
            if (error.code() != Errc::refused) {
                throw;
            }
            note_altered(placement, error.what());
        }
    }

    void compare_returned() {
        if (ground_ == nullptr || sent_.empty()) {
            return;
        }
        static_cast<void>(
            ground_->session.fetch([this](imap::FetchedMessage&& message) { compare(message); }));
        for (const auto& [digest, placement] : sent_) {
            note_altered(placement, "the server does not give it back as it was sent");
        }
    }

    /// Of copies that were sent, with the one it is like.
    void compare(const imap::FetchedMessage& returned) {
        const auto [begin, end] = sent_.equal_range(canonical_digest(returned.raw));
        if (begin == end) {
            return;
        }
        const auto same = std::find_if(
            begin, end, [&](const auto& sent) { return !change_of(sent.second, returned); });
        if (same == end) {
            note_altered(begin->second, *change_of(begin->second, returned));
            sent_.erase(begin);
        } else {
            ++drilled_.returned;
            sent_.erase(same);
        }
    }

    /// Flags that the server says it does not keep are no change.
    [[nodiscard]] std::optional<std::string> change_of(const Placement& sent,
                                                       const imap::FetchedMessage& returned) const {
        if (returned.internal_date.at != sent.internal_date.at) {
            return "the server changed its INTERNALDATE to " + to_rfc3339(returned.internal_date);
        }
        const auto wanted = sorted_flags(sent.flags);
        const auto found = sorted_flags(returned.flags);
        if (wanted != found) {
            return fmt::format("the server changed its flags from ({}) to ({})", join(wanted, " "),
                               join(found, " "));
        }
        return std::nullopt;
    }

    [[nodiscard]] std::vector<std::string> sorted_flags(const Flags& flags) const {
        auto kept = imap::kept_flags(flags, ground_->session.permanent_flags()).kept;
        std::transform(kept.begin(), kept.end(), kept.begin(),
                       [](const std::string& flag) { return to_lower_ascii(flag); });
        std::sort(kept.begin(), kept.end());
        return kept;
    }

    void note_altered(const Placement& placement, const std::string& what) {
        failed_.insert(placement.account);
        drilled_.altered.push_back("message " + placement.message.content_id.hex() + ": " + what);
    }

    /// Whatever happened before, the mailbox goes; when it cannot, its name is told.
    void clear_ground() {
        if (ground_ == nullptr || ground_->session.mailbox().empty()) {
            return;
        }
        const auto name = imap::display_mailbox_name(ground_->session.mailbox());
        try {
            ground_->session.remove();
        } catch (const Error&) {
            drilled_.left_behind = name;
        }
    }

    void count(const std::vector<Placement>& chosen) {
        std::set<std::string> files;
        std::set<AccountId> accounts;
        for (const auto& placement : chosen) {
            files.insert(placement.message.location.file);
            accounts.insert(placement.account);
        }
        drilled_.messages = chosen.size();
        drilled_.files = files.size();
        drilled_.accounts = accounts.size();
    }

    void remember(const std::vector<Placement>& chosen) {
        std::map<AccountId, std::uint64_t> proven;
        for (const auto& placement : chosen) {
            ++proven[placement.account];
        }
        catalog_.together([&] {
            for (const auto& [account, messages] : proven) {
                if (!failed_.contains(account)) {
                    catalog_.note_proof(account, proof_of(messages));
                }
            }
            if (drilled_.messages > 0 && failed_.empty()) {
                catalog_.note_proof({}, proof_of(drilled_.messages));
            }
        });
    }

    [[nodiscard]] catalog::RestoreProof proof_of(std::uint64_t messages) const {
        catalog::RestoreProof proof{.at = now_, .messages = messages};
        if (ground_ != nullptr) {
            proof.returned_at = now_;
            proof.target = ground_->target;
        }
        return proof;
    }

    const archive::Archive& archive_;
    catalog::Catalog& catalog_;
    DrillGround* ground_;
    Timestamp now_;
    Progress& progress_;
    const std::stop_token& stop_;
    Drilled drilled_;
    std::set<AccountId> failed_;
    std::multimap<Digest, Placement> sent_;  // by what must come back
};

}  // namespace

Drilled drill(const archive::Archive& archive, catalog::Catalog& catalog, std::uint64_t sample,
              DrillGround* ground, Timestamp now, Progress& progress, const std::stop_token& stop) {
    const auto chosen = choose(catalog, sample, now);
    return Drill(archive, catalog, ground, now, progress, stop).run(chosen);
}

}  // namespace mailkeep::sync
