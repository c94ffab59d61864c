// SPDX-License-Identifier: Apache-2.0
#include "read_back.hpp"

#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/summary.hpp"

#include "large_mail.hpp"
#include "wire_form.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

namespace mailkeep::sync {

namespace {

class ReadBack {
  public:
    ReadBack(std::span<const Taken> taken, MailboxRestore& report) : report_(report) {
        for (const auto& each : taken) {
            if (each.uid) {
                by_uid_[*each.uid] = &each;
            } else {
                by_octets_.emplace(each.canonical, &each);
            }
        }
    }

    /// By UID where it is known, else by octets.
    void compare(imap::FetchedMessage&& fetched) {
        const auto canonical = canonical_of(fetched);
        const auto known = by_uid_.find(fetched.uid);
        const auto alike = by_octets_.find(canonical);
        if (known != by_uid_.end()) {
            judge(*known->second, canonical, fetched);
            by_uid_.erase(known);
        } else if (alike != by_octets_.end()) {
            judge(*alike->second, canonical, fetched);
            by_octets_.erase(alike);
        } else if (auto id = mail::summarize_header({}, fetched.raw).message_id; !id.empty()) {
            fetched.raw.clear();
            others_.emplace(std::move(id), std::pair(canonical, std::move(fetched)));
        }
    }

    /// What is left may be there with other octets.
    void compare_others() {
        std::erase_if(by_octets_, [&](const auto& left) {
            const auto other = others_.find(left.second->message_id);
            if (other == others_.end()) {
                return false;
            }
            judge(*left.second, other->second.first, other->second.second);
            others_.erase(other);
            return true;
        });
    }

    void note_missing() {
        const auto note = [&](const Taken& taken) {
            report_.hindrances.push_back(
                {taken.message, "the server said that it took it, and does not give it back"});
        };
        for (const auto& [uid, taken] : by_uid_) {
            note(*taken);
        }
        for (const auto& [octets, taken] : by_octets_) {
            note(*taken);
        }
    }

  private:
    static std::set<std::string> folded(const std::vector<std::string>& flags) {
        std::set<std::string> all;
        for (const auto& flag : flags) {
            all.insert(to_lower_ascii(flag));
        }
        return all;
    }

    void judge(const Taken& taken, const ContentId& canonical,
               const imap::FetchedMessage& fetched) {
        using std::chrono::floor;
        using std::chrono::seconds;
        std::vector<std::string> differences;
        if (canonical != taken.canonical) {
            differences.emplace_back("octets");
        }
        if (folded(words_of(fetched.flags)) != folded(taken.flags)) {
            differences.emplace_back("flags");
        }
        const auto sent_at = std::max(floor<seconds>(taken.date.at), std::chrono::sys_seconds{});
        if (floor<seconds>(fetched.internal_date.at) != sent_at) {
            differences.emplace_back("date");
        }
        ++(differences.empty() ? report_.identical : report_.differing);
        if (canonical == taken.canonical && fetched.size() != taken.size) {
            ++report_.altered["the server gives back other line ends at the end"];
        }
        if (!differences.empty()) {
            ++report_.altered["the server gives back other " + join(differences, " and ")];
        }
    }

    MailboxRestore& report_;
    std::map<Uid, const Taken*> by_uid_;
    std::multimap<ContentId, const Taken*> by_octets_;
    std::multimap<std::string, std::pair<ContentId, imap::FetchedMessage>> others_;  // by id
};

}  // namespace

void read_back(imap::ReadSession& session, const archive::Archive& archive, Uid first,
               std::span<const Taken> taken, MailboxRestore& report) {
    ReadBack comparison(taken, report);
    static_cast<void>(session.poll());
    const auto there = session.fetch_flags(first);
    static_cast<void>(session.fetch_raw(
        there, {}, [&](imap::FetchedMessage&& fetched) { comparison.compare(std::move(fetched)); },
        LargeMail(archive).unnamed()));
    comparison.compare_others();
    comparison.note_missing();
}

}  // namespace mailkeep::sync
