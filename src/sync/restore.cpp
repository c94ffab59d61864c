// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/restore.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/imap/mailbox_name.hpp"
#include "mailkeep/sync/plan.hpp"

#include "problems.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace mailkeep::sync {

namespace {

/// Restored events are kept after this many messages; a crash before only costs comparing again.
constexpr std::size_t messages_per_flush = 100;

/// The octets as every server gives them back: bare LF as CRLF, no line ends at the end. Two
/// messages equal in this form are one message that went through different servers.
ContentId canonical_id(std::string_view raw) {
    std::string canonical;
    canonical.reserve(raw.size() + raw.size() / 32);
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == '\n' && (i == 0 || raw[i - 1] != '\r')) {
            canonical += '\r';
        }
        canonical += raw[i];
    }
    canonical.resize(canonical.find_last_not_of("\r\n") + 1);
    return sha256(canonical);
}

class Restore {
  public:
    Restore(imap::WriteSession& session, const std::string& target, const RestoreRequest& request,
            const catalog::Catalog& catalog, Ingest& ingest, Progress& progress,
            const std::stop_token& stop)
        : session_(session),
          target_(target),
          request_(request),
          catalog_(catalog),
          ingest_(ingest),
          progress_(progress),
          stop_(stop),
          problems_("restore.problem", {"target", target}) {}

    std::vector<std::string> run() {
        const auto personal = session_.reading().personal_namespace();
        for (const auto& entry : session_.reading().list()) {
            existing_.insert(entry.mailbox);
        }
        std::map<std::string, std::vector<Placement>> by_mailbox;
        catalog_.for_each_placement(
            request_.selection, ingest_.keeper().clock().now(), [&](const Placement& placement) {
                by_mailbox[target_name(placement, personal)].push_back(placement);
            });
        for (const auto& [mailbox, placements] : by_mailbox) {
            restore_or_note(mailbox, placements);
        }
        ingest_.flush();
        return problems_.take();
    }

  private:
    std::string target_name(const Placement& placement, const imap::Namespace& personal) const {
        auto name = target_mailbox(placement.mailbox, placement.delimiter, request_.prefix,
                                   personal.delimiter);
        const auto wire = imap::encode_mailbox_name(name);
        if (imap::is_inbox(wire)) {
            return "INBOX";
        }
        const bool has_prefix = starts_with_ignoring_case(wire, personal.prefix);
        return has_prefix ? wire : personal.prefix + wire;
    }

    void restore_or_note(const std::string& mailbox, const std::vector<Placement>& placements) {
        if (stop_.stop_requested()) {
            throw Error(Errc::cancelled, "cancelled");
        }
        progress_.enter(imap::display_mailbox_name(mailbox));
        progress_.expect(placements.size());
        try {
            restore_mailbox(mailbox, placements);
        } catch (const Error& error) {
            const auto place = "mailbox " + imap::display_mailbox_name(mailbox);
            if (error.code() != Errc::refused) {
                throw error.at(place);
            }
            ingest_.counts().failed += placements.size();
            problems_.note(place + ": " + error.what());
        }
    }

    void restore_mailbox(const std::string& mailbox, const std::vector<Placement>& placements) {
        const bool is_there = mailbox == "INBOX" || existing_.contains(mailbox);
        if (!is_there && request_.effect == Effect::dry_run) {
            ingest_.counts().appended += placements.size();
            return;
        }
        if (!is_there) {
            session_.create(mailbox);
        }
        const auto selected = session_.select(mailbox);
        std::vector<ContentId> wanted;
        wanted.reserve(placements.size());
        for (const auto& placement : placements) {
            wanted.push_back(placement.message.content_id);
        }
        const auto plan = plan_restore(wanted, present(mailbox, selected, placements));
        ingest_.counts().already_there += plan.already_there;
        if (request_.effect == Effect::dry_run) {
            ingest_.counts().appended += plan.append.size();
            return;
        }
        for (const auto place : plan.append) {
            append_or_note(mailbox, placements[place], selected);
        }
    }

    /// What stands in the selected mailbox, as ids of the wanted messages. UIDs we have put or seen
    /// there are known; of the others, those of about a wanted size are fetched and compared.
    std::vector<ContentId> present(const std::string& mailbox, const imap::SelectData& selected,
                                   const std::vector<Placement>& placements) {
        const auto known = known_uids(mailbox, selected.uid_validity);
        std::vector<ContentId> found;
        std::vector<UidFlags> unknown;
        for (const auto& message : session_.reading().fetch_flags()) {
            const auto entry = known.find(message.uid);
            if (entry != known.end()) {
                found.push_back(entry->second);
            } else {
                unknown.push_back(message);
            }
        }
        compare(unknown, placements, found);
        return found;
    }

    std::map<Uid, ContentId> known_uids(const std::string& mailbox, UidValidity uid_validity) {
        auto known = catalog_.restored(target_, mailbox, uid_validity);
        for (const auto& account : catalog_.accounts()) {
            if (account.server.protocol != Protocol::imap || to_url(account.server) != target_) {
                continue;
            }
            catalog::Selection all;
            all.account = account.id;
            all.mailboxes = {imap::display_mailbox_name(mailbox)};
            catalog_.for_each_placement(
                all, ingest_.keeper().clock().now(), [&](const Placement& placement) {
                    if (placement.mailbox_raw == mailbox &&
                        placement.uid_validity == uid_validity) {
                        known.emplace(placement.uid, placement.message.content_id);
                    }
                });
        }
        return known;
    }

    void compare(std::vector<UidFlags>& unknown, const std::vector<Placement>& placements,
                 std::vector<ContentId>& found) {
        std::set<std::uint64_t> sizes;
        for (const auto& placement : placements) {
            sizes.insert(placement.message.size);
        }
        std::erase_if(unknown, [&](const UidFlags& message) {
            // A server may count line ends of its own in RFC822.SIZE.
            const auto slack = message.size / 16 + 64;
            const auto next = sizes.lower_bound(message.size - std::min(slack, message.size));
            return next == sizes.end() || *next > message.size + slack;
        });
        if (unknown.empty()) {
            return;
        }
        std::map<ContentId, ContentId> by_canonical;
        for (const auto& placement : placements) {
            by_canonical.emplace(canonical_id(ingest_.keeper().archive().get(placement.message)),
                                 placement.message.content_id);
        }
        static_cast<void>(
            session_.reading().fetch_raw(unknown, {}, [&](imap::FetchedMessage&& message) {
                const auto exact = sha256(message.raw);
                const auto same = by_canonical.find(canonical_id(message.raw));
                found.push_back(same == by_canonical.end() ? exact : same->second);
            }));
    }

    void append_or_note(const std::string& mailbox, const Placement& placement,
                        const imap::SelectData& selected) {
        if (stop_.stop_requested()) {
            throw Error(Errc::cancelled, "cancelled");
        }
        try {
            append(mailbox, placement, selected);
        } catch (const Error& error) {
            if (error.code() != Errc::refused && error.code() != Errc::corrupt) {
                throw;
            }
            ++ingest_.counts().failed;
            problems_.note("mailbox " + imap::display_mailbox_name(mailbox) + ", message " +
                           placement.message.content_id.hex() + ": " + error.what());
        }
    }

    void append(const std::string& mailbox, const Placement& placement,
                const imap::SelectData& selected) {
        const auto raw = ingest_.keeper().archive().get(placement.message);
        const auto place = session_.append(mailbox, raw, placement.flags, placement.internal_date,
                                           selected.permanent_flags);
        auto& counts = ingest_.counts();
        ++counts.appended;
        counts.bytes += raw.size();
        progress_.advance(raw.size());
        ingest_.note(Restored{target_, mailbox, place ? place->uid_validity : 0,
                              place ? place->uid : 0, placement.message.content_id});
        if (counts.appended % messages_per_flush == 0) {
            ingest_.flush();
        }
    }

    imap::WriteSession& session_;
    const std::string& target_;
    const RestoreRequest& request_;
    const catalog::Catalog& catalog_;
    Ingest& ingest_;
    Progress& progress_;
    const std::stop_token& stop_;
    Problems problems_;
    std::set<std::string> existing_;
};

}  // namespace

std::string target_mailbox(std::string_view name, char delimiter, std::string_view prefix,
                           char target_delimiter) {
    std::string joined;
    const auto append = [&](std::string_view component) {
        if (!joined.empty()) {
            joined += target_delimiter == 0 ? '-' : target_delimiter;
        }
        std::string safe(component);
        if (target_delimiter != 0) {
            std::replace(safe.begin(), safe.end(), target_delimiter, '_');
        }
        joined += safe;
    };
    const auto prefix_delimiter = target_delimiter == 0 ? '/' : target_delimiter;
    if (!prefix.empty()) {
        for (const auto component : split(prefix, prefix_delimiter)) {
            append(component);
        }
    }
    if (delimiter == 0) {
        append(name);
        return joined;
    }
    for (const auto component : split(name, delimiter)) {
        append(component);
    }
    return joined;
}

std::vector<std::string> restore(imap::WriteSession& session, const std::string& target,
                                 const RestoreRequest& request, const catalog::Catalog& catalog,
                                 Ingest& ingest, Progress& progress, const std::stop_token& stop) {
    return Restore(session, target, request, catalog, ingest, progress, stop).run();
}

}  // namespace mailkeep::sync
