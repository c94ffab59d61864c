// SPDX-License-Identifier: Apache-2.0
#include "read_back.hpp"

#include "mailkeep/base/text.hpp"
#include "mailkeep/imap/write_session.hpp"
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

/// Messages that are listed for one fetch.
constexpr std::size_t fetched_together = 5000;

class ReadBack {
  public:
    ReadBack(RestoreDesk& desk, std::span<const WantedMessage> wanted,
             const imap::SelectData& selected, std::span<Taken> taken, MailboxRestore& report)
        : desk_(desk),
          wanted_(wanted),
          selected_(selected),
          report_(report),
          is_found_(taken.size()) {
        std::ranges::sort(taken, {},
                          [](const Taken& each) { return std::pair(each.uid, each.canonical); });
        taken_ = taken;
        unknown_ = taken_.first(static_cast<std::size_t>(
            std::ranges::upper_bound(taken_, Uid{0}, {}, &Taken::uid) - taken_.begin()));
    }

    /// By UID where it is known, else by octets.
    void compare(imap::FetchedMessage&& fetched) {
        const auto canonical = mark_of(canonical_of(fetched));
        if (const auto* taken = partner(fetched.uid, canonical)) {
            judge(*taken, canonical, fetched);
        } else if (!unknown_.empty()) {
            const auto id = mark_of(mail::summarize_header({}, fetched.raw).message_id);
            fetched.raw.clear();
            others_.emplace(id, std::pair(canonical, std::move(fetched)));
        }
    }

    /// What is left may be there with other octets.
    void compare_others() {
        for (const auto& taken : unknown_) {
            const auto message_id = wanted_[taken.place].message_id;
            const auto other = others_.find(message_id);
            if (is_found(taken) || message_id == 0 || other == others_.end()) {
                continue;
            }
            is_found(taken) = true;
            judge(taken, other->second.first, other->second.second);
            others_.erase(other);
        }
    }

    void note_missing() {
        for (const auto& taken : taken_) {
            if (!is_found(taken)) {
                report_.hindrances.push_back(
                    {desk_.item(wanted_[taken.place]).message.content_id,
                     "the server said that it took it, and does not give it back"});
            }
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

    std::vector<bool>::reference is_found(const Taken& taken) {
        return is_found_[static_cast<std::size_t>(&taken - taken_.data())];
    }

    /// Found from now on.
    const Taken* partner(Uid uid, const ContentMark& canonical) {
        const auto by_uid = std::ranges::equal_range(taken_, uid, {}, &Taken::uid);
        const auto alike = std::ranges::equal_range(unknown_, canonical, {}, &Taken::canonical);
        for (const auto candidates : {std::span(by_uid), std::span(alike)}) {
            for (const auto& taken : candidates) {
                if (!is_found(taken)) {
                    is_found(taken) = true;
                    return &taken;
                }
            }
        }
        return nullptr;
    }

    void judge(const Taken& taken, const ContentMark& canonical,
               const imap::FetchedMessage& fetched) {
        using std::chrono::floor;
        using std::chrono::seconds;
        const auto item = desk_.item(wanted_[taken.place]);
        const auto sent = imap::kept_flags(item.flags, selected_.permanent_flags).kept;
        std::vector<std::string> differences;
        if (canonical != taken.canonical) {
            differences.emplace_back("octets");
        }
        if (folded(words_of(fetched.flags)) != folded(sent)) {
            differences.emplace_back("flags");
        }
        const auto sent_at =
            std::max(floor<seconds>(item.internal_date.at), std::chrono::sys_seconds{});
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

    RestoreDesk& desk_;
    std::span<const WantedMessage> wanted_;
    const imap::SelectData& selected_;
    MailboxRestore& report_;
    std::span<const Taken> taken_;    // by UID
    std::span<const Taken> unknown_;  // of these without UID, by octets
    std::vector<bool> is_found_;      // each of taken_
    std::multimap<std::uint64_t, std::pair<ContentMark, imap::FetchedMessage>>
        others_;  // by Message-ID
};

}  // namespace

void read_back(imap::ReadSession& session, RestoreDesk& desk, std::span<const WantedMessage> wanted,
               const imap::SelectData& selected, std::span<Taken> taken, MailboxRestore& report) {
    ReadBack comparison(desk, wanted, selected, taken, report);
    static_cast<void>(session.poll());
    const auto there = session.fetch_sizes(selected.uid_next.value_or(1));
    for (std::size_t begin = 0; begin < there.size(); begin += fetched_together) {
        std::vector<UidFlags> listed;
        for (const auto& each : std::span(there).subspan(begin).first(
                 std::min(fetched_together, there.size() - begin))) {
            listed.push_back({each.uid, {}, each.size});
        }
        static_cast<void>(session.fetch_raw(
            listed, {},
            [&](imap::FetchedMessage&& fetched) { comparison.compare(std::move(fetched)); },
            LargeMail(desk.archive()).unnamed()));
    }
    comparison.compare_others();
    comparison.note_missing();
}

}  // namespace mailkeep::sync
