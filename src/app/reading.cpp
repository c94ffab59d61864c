// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/catalog_key.hpp"

#include "archive_key.hpp"
#include "commands.hpp"

namespace mailkeep::app {

const archive::DataKey& key_of(Context& context) {
    if (!context.key) {
        context.key = find_archive_key(context.settings, own_environment());
    }
    return *context.key;
}

Reading::Reading(Context& context)
    : archive(context.settings.data, archive::Access::read_only, key_of(context)),
      catalog(sync::open_catalog(archive, catalog::Access::read_only)) {}

std::string moment_text(std::optional<Timestamp> at) {
    if (!at) {
        return "-";
    }
    const auto text = to_rfc3339(*at);
    return text.substr(0, 10) + " " + text.substr(11, 5);
}

}  // namespace mailkeep::app
