// SPDX-License-Identifier: Apache-2.0
// The rules in their order; the first that fits a mailbox counts:
//
//   the mailbox                               goes to
//   of the account whose server it is         the same wire name
//   INBOX                                     INBOX
//   has a role the target has a mailbox for   that mailbox
//   anything else                             the same components, joined by the target's
//                                             delimiter below its personal namespace
//
// With a prefix only the last rule holds. A component that holds the target's delimiter gets "_" in
// its place. Mailboxes of one account that came to one name by such a change are kept apart by a
// number; otherwise what goes to one name goes there together.
#include "restore_targets.hpp"

#include "mailkeep/base/text.hpp"
#include "mailkeep/imap/mailbox_name.hpp"

#include "mailbox_roles.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace mailkeep::sync {

namespace {

using Components = std::vector<std::string>;

Components components_of(std::string_view name, char delimiter) {
    if (delimiter == 0) {
        return {std::string(name)};
    }
    Components components;
    for (const auto component : split(name, delimiter)) {
        components.emplace_back(component);
    }
    return components;
}

bool is_inbox(const Components& components) {
    return components.size() == 1 && imap::is_inbox(components.front());
}

class Targets {
  public:
    Targets(std::span<const RestoreSource> sources, const TargetServer& server)
        : sources_(sources), server_(server) {
        for (const auto& entry : server.entries) {
            existing_.insert(imap::is_inbox(entry.mailbox) ? "INBOX" : entry.mailbox);
        }
    }

    std::vector<RestoreTarget> plan() {
        std::vector<std::pair<std::size_t, Aim>> altered;  // only now is known what they would meet
        for (std::size_t place = 0; place < sources_.size(); ++place) {
            auto goal = aim(sources_[place]);
            if (goal.is_altered) {
                altered.emplace_back(place, std::move(goal));
            } else {
                add(place, std::move(goal));
            }
        }
        for (auto& [place, goal] : altered) {
            add(place, std::move(goal));
        }
        return std::move(targets_);
    }

  private:
    struct Aim {
        std::string mailbox;
        std::string remark;
        bool is_altered = false;
        std::string role;
    };

    Aim aim(const RestoreSource& source) const {
        if (!server_.prefix.empty()) {
            return joined(source, prefixed(own_components(source)));
        }
        if (server_.account == source.account) {
            return {source.mailbox, {}, false, std::string(role_among(source.attributes))};
        }
        const auto components = own_components(source);
        if (is_inbox(components)) {
            return {"INBOX", {}, false, {}};
        }
        auto plain = joined(source, components);
        const auto role = role_of(source, components);
        const auto* const counterpart = role.empty() ? nullptr : mailbox_for(role);
        if (counterpart == nullptr || counterpart->mailbox == plain.mailbox) {
            plain.role = role_among(source.attributes);
            return plain;
        }
        return {counterpart->mailbox,
                "it is the mailbox for " + std::string(role.substr(1)),
                false,
                {}};
    }

    static Components own_components(const RestoreSource& source) {
        auto components = components_of(source.name, source.delimiter);
        if (source.is_below_inbox && components.size() > 1) {
            components.erase(components.begin());
        }
        return components;
    }

    Components prefixed(const Components& components) const {
        const char delimiter = server_.personal.delimiter;
        auto all = components_of(server_.prefix, delimiter == 0 ? '/' : delimiter);
        all.insert(all.end(), components.begin(), components.end());
        return all;
    }

    Aim joined(const RestoreSource& source, const Components& components) const {
        const char delimiter = server_.personal.delimiter;
        Aim aim;
        std::string name;
        for (std::string component : components) {
            if (!name.empty()) {
                name += delimiter == 0 ? '-' : delimiter;
            }
            if (delimiter != 0 && component.find(delimiter) != component.npos) {
                std::replace(component.begin(), component.end(), delimiter, '_');
                aim.is_altered = true;
            }
            name += component;
        }
        if (imap::is_inbox(name)) {
            return {"INBOX", {}, false, {}};
        }
        const auto wire = imap::encode_mailbox_name(name);
        const bool has_prefix = starts_with_ignoring_case(wire, server_.personal.prefix);
        aim.mailbox = has_prefix ? wire : server_.personal.prefix + wire;
        if (aim.is_altered) {
            aim.remark = "its name \"" + source.name + "\" holds what separates names there";
        }
        return aim;
    }

    static std::string_view role_of(const RestoreSource& source, const Components& components) {
        const auto told = role_among(source.attributes);
        return told.empty() ? role_named(join(components, "/")) : told;
    }

    /// What the target says counts, and only then what its mailboxes are called.
    const imap::ListEntry* mailbox_for(std::string_view role) const {
        const auto find = [&](const auto& has_role) {
            const auto found = std::find_if(
                server_.entries.begin(), server_.entries.end(), [&](const imap::ListEntry& entry) {
                    return entry.is_selectable() && has_role(entry) == role;
                });
            return found == server_.entries.end() ? nullptr : &*found;
        };
        const auto* const told =
            find([](const imap::ListEntry& entry) { return role_among(entry.attributes); });
        return told != nullptr ? told : find([&](const imap::ListEntry& entry) {
            return role_named(
                entry.name.substr(starts_with_ignoring_case(entry.name, server_.personal.prefix)
                                      ? server_.personal.prefix.size()
                                      : 0));
        });
    }

    void add(std::size_t place, Aim aim) {
        if (aim.is_altered) {
            keep_apart(aim, sources_[place].account);
        }
        const auto known = places_.find(aim.mailbox);
        if (known != places_.end()) {
            targets_[known->second].sources.push_back(place);
            return;
        }
        places_.emplace(aim.mailbox, targets_.size());
        const bool is_there = aim.mailbox == "INBOX" || existing_.contains(aim.mailbox);
        targets_.push_back(
            {aim.mailbox, {place}, is_there, std::move(aim.remark), std::move(aim.role)});
    }

    void keep_apart(Aim& aim, AccountId account) const {
        const auto is_taken = [&](const std::string& mailbox) {
            const auto known = places_.find(mailbox);
            return known != places_.end() &&
                   sources_[targets_[known->second].sources.front()].account == account;
        };
        const auto plain = aim.mailbox;
        for (int number = 2; is_taken(aim.mailbox); ++number) {
            aim.mailbox = plain + "_" + std::to_string(number);
        }
    }

    std::span<const RestoreSource> sources_;
    const TargetServer& server_;
    std::set<std::string> existing_;
    std::map<std::string, std::size_t> places_;  // in targets_
    std::vector<RestoreTarget> targets_;
};

/// Of a character beyond U+FFFF, the first of four octets.
bool is_beyond_bmp(char c) {
    return static_cast<unsigned char>(c) >= 0xF0;
}

/// What some server refuses in a name: Cyrus "%" and "*", Gmail "^", quotes and blanks, Exchange
/// and others control characters.
bool is_plain(char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet >= ' ' && octet != 0x7F &&
           std::string_view("%*\"\\^<>|:?#").find(c) == std::string_view::npos;
}

}  // namespace

std::vector<RestoreTarget> plan_targets(std::span<const RestoreSource> sources,
                                        const TargetServer& server) {
    return Targets(sources, server).plan();
}

std::string plain_mailbox_name(std::string_view wire, char delimiter) {
    std::string plain;
    for (const auto& component : components_of(imap::display_mailbox_name(wire), delimiter)) {
        std::string text;
        for (std::size_t i = 0; i < component.size(); ++i) {
            text += is_plain(component[i]) && !is_beyond_bmp(component[i]) ? component[i] : '_';
            i += is_beyond_bmp(component[i]) ? 3U : 0U;
        }
        const std::string_view trimmed = trim(text);
        plain += (plain.empty() ? "" : std::string(1, delimiter));
        plain += trimmed.empty() ? std::string_view("_") : trimmed;
    }
    return imap::encode_mailbox_name(plain);
}

}  // namespace mailkeep::sync
