// SPDX-License-Identifier: Apache-2.0
// A group of packs counts in the archive before the catalog hears of it. A crash between leaves
// packs the catalog does not know, which opening lets it adopt, and journals that are not needed,
// which opening retires. Whoever still reads at the old place is sent to the new one.
#include "mailkeep/sync/seal.hpp"

#include "mailkeep/base/log.hpp"
#include "mailkeep/sync/compact.hpp"

#include <set>
#include <string>

namespace mailkeep::sync {

namespace {

void adopt(const archive::Archive& archive, catalog::Catalog& catalog, const std::string& pack,
           Timestamp now) {
    std::vector<StoredMessage> messages;
    archive.for_each_packed(pack,
                            [&](const StoredMessage& message) { messages.push_back(message); });
    catalog.adopt(pack, messages, now);
}

}  // namespace

Sealed seal(archive::Archive& archive, Keeper& keeper, catalog::Catalog& catalog,
            const std::stop_token& stop, const std::function<void()>& between) {
    Sealed sealed;
    const auto now = keeper.clock().now();
    const auto dead = dead_messages(catalog);
    const archive::RewriteOptions options{.dead = dead, .now = now};
    const auto take = [&](const archive::Rewritten& rewritten) {
        for (const auto& pack : rewritten.packs) {
            adopt(archive, catalog, pack.name, now);
            catalog.note_check(pack.name, now, {}, 0);  // it was proven before it counted
        }
        rescue(archive, keeper, dead, rewritten);
        archive.retire(rewritten);
        for (const auto& name : rewritten.replaced) {
            catalog.forget_pack(name);
        }
        sealed.packs += rewritten.packs.size();
        sealed.messages += rewritten.messages;
        sealed.bytes_before += rewritten.bytes_before;
        sealed.bytes_after += rewritten.bytes_after;
        between();
    };
    for (;;) {
        auto rewritten = archive.seal(options, stop);
        sealed.damaged = std::move(rewritten.damaged);
        if (rewritten.is_empty()) {
            break;
        }
        take(rewritten);
    }
    for (;;) {
        const auto rewritten = archive.merge(options, stop);
        if (rewritten.is_empty()) {
            return sealed;
        }
        take(rewritten);
    }
}

void adopt_packs(archive::Archive& archive, catalog::Catalog& catalog, Timestamp now) {
    std::set<std::string> known;
    for (const auto& pack : catalog.adopted_packs()) {
        known.insert(pack.name);
    }
    for (const auto& pack : archive.packs()) {
        if (known.erase(pack.name) == 0) {
            adopt(archive, catalog, pack.name, now);
            log_info("pack.adopted", {{"pack", pack.name}, {"messages", pack.messages}});
        }
    }
    for (const auto& name : known) {
        catalog.forget_pack(name);
    }
    archive.retire(archive.superfluous());
}

}  // namespace mailkeep::sync
