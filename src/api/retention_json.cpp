// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/api/retention_json.hpp"

#include "tree.hpp"

#include <array>

namespace mailkeep::api {

namespace {

constexpr std::array<std::string_view, 4> fates{"kept", "waiting", "held", "expired"};

Json name_or_null(const AccountNames& names, AccountId account) {
    const auto found = names.find(account);
    return found == names.end() ? Json() : Json(found->second);
}

Json to_tree(const sync::Portion& portion, const AccountNames& names) {
    Json ids = Json::array();
    for (const auto& content_id : portion.messages) {
        ids.push_back(content_id.hex());
    }
    return {{"fate", name_of(portion.fate)},
            {"account_id", portion.account.value},
            {"account", name_or_null(names, portion.account)},
            {"mailbox", portion.mailbox},
            {"rule", portion.rule},
            {"hold", or_null(portion.hold)},
            {"count", portion.messages.size()},
            {"bytes", portion.octets},
            {"ids", std::move(ids)}};
}

}  // namespace

std::string_view name_of(sync::Fate fate) {
    return fates.at(static_cast<std::size_t>(fate));
}

AccountNames account_names(const catalog::Catalog& catalog) {
    AccountNames names;
    for (const auto& account : catalog.accounts()) {
        names.emplace(account.id, account.name);
    }
    return names;
}

std::string compact_result(const sync::Compacted& done, sync::Effect effect,
                           const AccountNames& names) {
    Json portions = Json::array();
    for (const auto& portion : done.portions) {
        portions.push_back(to_tree(portion, names));
    }
    Json trash = Json::array();
    for (const auto& file : done.trash) {
        trash.push_back({{"file", file.name}, {"size", file.size}, {"waits", or_null(file.waits)}});
    }
    Json damaged = Json::array();
    for (const auto& finding : done.damaged) {
        damaged.push_back({{"object", finding.object}, {"what", finding.what}});
    }
    return text_of({{"dry_run", effect == sync::Effect::dry_run},
                    {"clock_problem", or_null(done.clock_problem)},
                    {"expired", done.expired},
                    {"dead", done.dead},
                    {"portions", std::move(portions)},
                    {"packs_rewritten", done.packs_rewritten},
                    {"bytes_before", done.bytes_before},
                    {"bytes_after", done.bytes_after},
                    {"trash", std::move(trash)},
                    {"damaged", std::move(damaged)}});
}

std::string holds_json(std::span<const catalog::PlacedHold> holds, const AccountNames& names) {
    Json items = Json::array();
    for (const auto& [hold, placed_at] : holds) {
        items.push_back({{"name", hold.name},
                         {"account_id", hold.account ? Json(hold.account.value) : Json()},
                         {"account", name_or_null(names, hold.account)},
                         {"mailbox", or_null(hold.mailbox)},
                         {"reason", or_null(hold.reason)},
                         {"placed_at", to_rfc3339(placed_at)}});
    }
    return text_of({{"items", std::move(items)}, {"next", nullptr}});
}

}  // namespace mailkeep::api
