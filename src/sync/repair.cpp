// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/repair.hpp"

#include "mailkeep/archive/salvage.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/sync/ingest.hpp"

#include "damage.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace mailkeep::sync {

namespace fs = std::filesystem;

namespace {

class Repair {
  public:
    Repair(Keeper& keeper, const catalog::Catalog& catalog, const RepairRequest& request,
           const std::stop_token& stop)
        : keeper_(keeper), catalog_(catalog), request_(request), stop_(stop) {}

    RepairedMessages run(const std::vector<std::string>& damaged_files) {
        find_missing(damaged_files);
        if (!missing_.empty()) {
            search_files();
        }
        result_.found_in_files = found_;
        if (!missing_.empty()) {
            search_servers();
        }
        result_.found_on_server = found_ - result_.found_in_files;
        for (const auto& content_id : missing_) {
            result_.lost.push_back({"message " + content_id.hex(), "is lost", content_id,
                                    known_of(catalog_, content_id)});
        }
        return std::move(result_);
    }

  private:
    void find_missing(const std::vector<std::string>& damaged_files) {
        const std::set<std::string> names(damaged_files.begin(), damaged_files.end());
        catalog_.for_each_stored([&](const StoredMessage& message) {
            if (names.contains(message.location.file) && !keeper_.archive().is_whole(message)) {
                missing_.insert(message.content_id);
            }
        });
    }

    /// Keeps it if it is one that is missing.
    void take(const ContentId& content_id, std::string_view octets) {
        if (missing_.erase(content_id) == 0) {
            return;
        }
        batch_.add_message(std::string(octets));
        ++found_;
        if (batch_.octets() >= batch_octets || batch_.messages().size() >= batch_messages) {
            flush();
        }
    }

    void flush() {
        if (!batch_.empty()) {
            keeper_.keep(std::exchange(batch_, {}));
        }
    }

    void search_files() {
        for (const auto& folder : request_.folders) {
            for (const auto& path : files_in(folder)) {
                if (!missing_.empty()) {
                    search_file(path);
                }
            }
        }
        flush();
    }

    /// The files come first: what is found is written to a new one meanwhile.
    static std::vector<fs::path> files_in(const fs::path& folder) {
        std::vector<fs::path> paths;
        for (const auto* part : {"journal", "packs", "trash"}) {
            std::error_code problem;
            fs::recursive_directory_iterator entry(folder / part, problem);
            for (; !problem && entry != fs::recursive_directory_iterator();
                 entry.increment(problem)) {
                if (entry->is_regular_file(problem)) {
                    paths.push_back(entry->path());
                }
            }
        }
        std::sort(paths.begin(), paths.end());
        return paths;
    }

    void search_file(const fs::path& path) {
        require_going_on();
        try {
            static_cast<void>(archive::salvage(
                path, keeper_.archive().key(),
                [&](const ContentId& id, std::string_view octets) { take(id, octets); }));
        } catch (const Error& error) {
            log_warning("repair.file_passed_over",
                        {{"file", path.string()}, {"error", error.what()}});
        }
    }

    struct Mailbox {
        std::string wire_name;
        UidValidity uid_validity = 0;

        friend auto operator<=>(const Mailbox&, const Mailbox&) = default;
    };

    using Wanted = std::map<Mailbox, std::map<Uid, ContentId>>;

    void search_servers() {
        std::map<AccountId, Wanted> wanted;
        for (const auto& content_id : missing_) {
            const auto known = catalog_.message(content_id);
            if (!known) {
                continue;
            }
            for (const auto& place : known->placements) {
                wanted[place.account][{place.mailbox_raw, place.uid_validity}].emplace(place.uid,
                                                                                       content_id);
            }
        }
        for (const auto& [id, mailboxes] : wanted) {
            const auto account = catalog_.account(id);
            if (account && account->server.protocol == Protocol::imap) {
                search_server(*account, mailboxes);
            }
        }
        flush();
    }

    void search_server(const Account& account, const Wanted& wanted) {
        auto session = request_.open_session(account);
        if (!session) {
            return;
        }
        for (const auto& [mailbox, uids] : wanted) {
            require_going_on();
            try {
                search_mailbox(*session, mailbox, uids);
            } catch (const Error& error) {
                log_warning("repair.mailbox_passed_over",
                            {{"account", account.name}, {"error", error.what()}});
                if (error.code() != Errc::refused) {
                    return;  // the session cannot be used any more
                }
            }
        }
        session->logout();
    }

    /// Another UIDVALIDITY means other UIDs: then nothing tells which message is which.
    void search_mailbox(imap::ReadSession& session, const Mailbox& mailbox,
                        const std::map<Uid, ContentId>& wanted) {
        if (session.examine(mailbox.wire_name).uid_validity != mailbox.uid_validity) {
            return;
        }
        std::vector<UidFlags> uids;
        for (const auto& [uid, content_id] : wanted) {
            if (missing_.contains(content_id)) {
                uids.push_back({uid, {}, 0});
            }
        }
        static_cast<void>(session.fetch_raw(uids, {}, [&](imap::FetchedMessage&& message) {
            take(sha256(message.raw), message.raw);
        }));
    }

    void require_going_on() const {
        if (stop_.stop_requested()) {
            throw Error(Errc::cancelled, "cancelled");
        }
    }

    Keeper& keeper_;
    const catalog::Catalog& catalog_;
    const RepairRequest& request_;
    const std::stop_token& stop_;
    std::set<ContentId> missing_;
    archive::Batch batch_;
    std::uint64_t found_ = 0;
    RepairedMessages result_;
};

}  // namespace

RepairedMessages repair_messages(Keeper& keeper, const catalog::Catalog& catalog,
                                 const std::vector<std::string>& damaged_files,
                                 const RepairRequest& request, const std::stop_token& stop) {
    return Repair(keeper, catalog, request, stop).run(damaged_files);
}

}  // namespace mailkeep::sync
