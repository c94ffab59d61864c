// SPDX-License-Identifier: Apache-2.0
// Three steps, each of which may be interrupted and is done again from the beginning:
//   1. expire: Expired events for what no rule keeps, judged again under the keeper's lock;
//   2. sweep: packs of which much is dead are written again without it. What is dead is asked of
//      the catalog each time; nothing is counted up or down;
//   3. trash: files whose grace is over go.
// Whatever comes back after it expired is stored anew, in a later batch; rescue() closes the gap
// between marking and sweeping.
#include "mailkeep/sync/compact.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <tuple>

namespace mailkeep::sync {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t events_in_a_batch = 500;
/// The search index is made anew when more than one in so many of its messages has expired.
constexpr std::uint64_t share_of_dead_words = 10;

AccountsById accounts_of(const catalog::Catalog& catalog) {
    AccountsById accounts;
    for (auto& account : catalog.accounts()) {
        const auto id = account.id;
        accounts.emplace(id, std::move(account));
    }
    return accounts;
}

bool lets_go(const AccountsById& accounts) {
    return std::any_of(accounts.begin(), accounts.end(),
                       [](const auto& entry) { return !keeps_forever(entry.second.retention); });
}

/// The hold that covers everything, if there is one.
std::string hold_of_all(const std::vector<catalog::PlacedHold>& holds) {
    for (const auto& [hold, placed_at] : holds) {
        if (!hold.account && hold.mailbox.empty()) {
            return hold.name;
        }
    }
    return {};
}

class Compaction {
  public:
    Compaction(archive::Archive& archive, Keeper& keeper, catalog::Catalog& catalog,
               const CompactRequest& request, const std::stop_token& stop)
        : archive_(archive), keeper_(keeper), catalog_(catalog), request_(request), stop_(stop) {}

    Compacted run() {
        if (request_.trust == ClockTrust::checked) {
            done_.clock_problem =
                plan_clock(catalog_.clock_reading(), catalog_.last_batch_at(), request_.now);
        }
        if (!done_.clock_problem.empty()) {
            refuse();
            return std::move(done_);
        }
        if (does_apply()) {
            catalog_.note_clock(request_.now);
        }
        mark();
        if (does_apply()) {
            expire();
            sweep();
            renew_words();
        }
        done_.dead = dead_messages(catalog_).size() + (does_apply() ? 0 : done_.expired);
        empty_trash();
        return std::move(done_);
    }

  private:
    [[nodiscard]] bool does_apply() const { return request_.effect == Effect::apply; }

    void refuse() {
        if (does_apply()) {
            throw Error(Errc::conflict,
                        "the machine's clock is not to be believed: " + done_.clock_problem,
                        "If it is right, say so: mailkeep compact --trust-clock");
        }
    }

    void mark() {
        const auto accounts = accounts_of(catalog_);
        if (!lets_go(accounts)) {
            return;
        }
        const auto holds = catalog_.holds();
        std::map<std::tuple<Fate, AccountId, std::string, std::string, std::string>, Portion> found;
        catalog_.for_each_kept([&](const catalog::KeptMessage& message) {
            const auto verdict = plan_retention(message, accounts, holds, request_.now.wall);
            if (verdict.fate == Fate::kept) {
                return;
            }
            const auto& [content_id, account, mailbox, rule] = verdict.reason;
            auto& portion = found[{verdict.fate, account, mailbox, rule, verdict.hold}];
            portion.octets += message.size;
            portion.messages.push_back(content_id);
        });
        for (auto& [key, portion] : found) {
            std::tie(portion.fate, portion.account, portion.mailbox, portion.rule, portion.hold) =
                key;
            if (portion.fate == Fate::expired && !does_apply()) {
                done_.expired += portion.messages.size();
            }
            done_.portions.push_back(std::move(portion));
        }
    }

    void expire() {
        for (const auto& portion : done_.portions) {
            if (portion.fate != Fate::expired) {
                continue;
            }
            for (auto rest = std::span(portion.messages); !rest.empty();) {
                throw_if_stopped();
                const auto some = rest.first(std::min(rest.size(), events_in_a_batch));
                expire(some);
                rest = rest.subspan(some.size());
            }
        }
        if (done_.expired > 0) {
            log_info("retention.expired", {{"messages", done_.expired}});
        }
    }

    /// Judged again: since the mark a message may have been seen, a hold placed, a policy changed.
    void expire(std::span<const ContentId> messages) {
        std::uint64_t expired = 0;
        keeper_.keep_with([&](const catalog::Catalog& catalog) {
            const auto accounts = accounts_of(catalog);
            const auto holds = catalog.holds();
            archive::Batch batch;
            for (const auto& content_id : messages) {
                const auto message = catalog.kept(content_id);
                if (!message) {
                    continue;
                }
                auto verdict = plan_retention(*message, accounts, holds, request_.now.wall);
                if (verdict.fate == Fate::expired) {
                    batch.add_event({keeper_.clock().now(), {}, std::move(verdict.reason)});
                    ++expired;
                }
            }
            return batch;
        });
        done_.expired += expired;
    }

    void sweep() {
        const auto dead = dead_messages(catalog_);
        if (dead.empty()) {
            return;
        }
        for (;;) {
            const auto rewritten = archive_.compact({dead, request_.now.wall}, stop_);
            done_.damaged.insert(done_.damaged.end(), rewritten.damaged.begin(),
                                 rewritten.damaged.end());
            if (rewritten.is_empty()) {
                return;
            }
            switch_to(rewritten, dead);
            done_.packs_rewritten += rewritten.replaced.size();
            done_.bytes_before += rewritten.bytes_before;
            done_.bytes_after += rewritten.bytes_after;
        }
    }

    void switch_to(const archive::Rewritten& rewritten, const std::set<ContentId>& dead) {
        for (const auto& pack : rewritten.packs) {
            std::vector<StoredMessage> messages;
            archive_.for_each_packed(
                pack.name, [&](const StoredMessage& message) { messages.push_back(message); });
            catalog_.adopt(pack.name, messages, request_.now.wall);
            catalog_.note_check(pack.name, request_.now.wall, {}, 0);
        }
        rescue(archive_, keeper_, dead, rewritten);
        archive_.retire(rewritten);
        for (const auto& name : rewritten.replaced) {
            catalog_.forget_pack(name);
        }
    }

    void renew_words() {
        if (catalog_.dead_words() * share_of_dead_words > catalog_.totals().messages) {
            keeper_.renew_search();
        }
    }

    void empty_trash() {
        const auto folder = archive_.data() / "trash";
        std::error_code ignored;  // no folder is no trash
        std::set<std::string> there;
        for (const auto& entry : fs::directory_iterator(folder, ignored)) {
            if (entry.is_regular_file(ignored)) {
                there.insert(entry.path().filename().string());
                if (does_apply()) {
                    catalog_.note_trashed(entry.path().filename().string(), request_.now.wall);
                }
            }
        }
        std::map<std::string, catalog::TrashedFile> noted;
        for (auto& file : catalog_.trashed()) {
            noted.emplace(file.name, file);
        }
        const auto hold = hold_of_all(catalog_.holds());
        for (const auto& name : there) {
            const auto known = noted.extract(name);
            const catalog::TrashedFile file =
                known ? known.mapped() : catalog::TrashedFile{name, request_.now.wall, 0};
            TrashFile line{name, fs::file_size(folder / name, ignored), ""};
            line.waits = hold.empty() ? plan_trash(file, request_.copy, request_.now.wall)
                                      : "stays while the hold \"" + hold + "\" is in place";
            if (line.waits.empty() && does_apply()) {
                remove(folder / name);
            }
            done_.trash.push_back(std::move(line));
        }
        if (does_apply()) {
            for (const auto& [name, file] : noted) {
                catalog_.forget_trashed(name);
            }
        }
    }

    void remove(const fs::path& path) {
        std::error_code problem;
        fs::remove(path, problem);
        if (problem) {
            throw Error(Errc::storage, "cannot remove " + path.string() + ": " + problem.message());
        }
        catalog_.forget_trashed(path.filename().string());
        log_info("trash.removed", {{"file", path.filename().string()}});
    }

    void throw_if_stopped() const {
        if (stop_.stop_requested()) {
            throw Error(Errc::cancelled, "cancelled");
        }
    }

    archive::Archive& archive_;
    Keeper& keeper_;
    catalog::Catalog& catalog_;
    const CompactRequest& request_;
    const std::stop_token& stop_;
    Compacted done_;
};

}  // namespace

Compacted compact(archive::Archive& archive, Keeper& keeper, catalog::Catalog& catalog,
                  const CompactRequest& request, const std::stop_token& stop) {
    return Compaction(archive, keeper, catalog, request, stop).run();
}

bool has_retention(const catalog::Catalog& catalog) {
    return lets_go(accounts_of(catalog)) || !catalog.expired().empty();
}

bool needs_compacting(const archive::Archive& archive, const catalog::Catalog& catalog) {
    std::error_code ignored;  // no folder is no trash
    const auto trash = archive.data() / "trash";
    const bool has_trash = fs::directory_iterator(trash, ignored) != fs::directory_iterator();
    return has_trash || !catalog.trashed().empty() || has_retention(catalog);
}

std::set<ContentId> dead_messages(const catalog::Catalog& catalog) {
    const auto holds = catalog.holds();
    std::set<ContentId> dead;
    for (const auto& [what, at, batch] : catalog.expired()) {
        const bool is_held =
            std::any_of(holds.begin(), holds.end(), [&](const catalog::PlacedHold& placed) {
                return covers(placed.hold, what.account, what.mailbox);
            });
        if (!is_held) {
            dead.insert(dead.end(), what.content_id);
        }
    }
    return dead;
}

void rescue(const archive::Archive& archive, Keeper& keeper, const std::set<ContentId>& dead,
            const archive::Rewritten& rewritten) {
    const auto goes = [&](const std::string& file) {
        const auto is_file = [&](const std::string& name) { return name == file; };
        return std::any_of(rewritten.journals.begin(), rewritten.journals.end(), is_file) ||
               std::any_of(rewritten.replaced.begin(), rewritten.replaced.end(), is_file);
    };
    keeper.keep_with([&](const catalog::Catalog& catalog) {
        archive::Batch batch;
        const auto still_dead = dead_messages(catalog);
        for (const auto& content_id : dead) {
            const auto stored =
                still_dead.contains(content_id) ? std::nullopt : catalog.stored(content_id);
            if (stored && goes(stored->location.file)) {
                log_info("retention.rescued", {{"id", content_id.hex()}});
                batch.add_message(archive.get(*stored));
            }
        }
        return batch;
    });
}

}  // namespace mailkeep::sync
