// SPDX-License-Identifier: Apache-2.0
// Brings a database file to the newest schema: migrations/NNNN_name.sql for mailkeep.db,
// migrations/search_NNNN.sql for search.db, compiled into the binary. user_version is the number
// of the last one.
#pragma once

#include "mailkeep/base/embedded.hpp"
#include "mailkeep/model/account.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep {

/// Made by src/base/embed.cmake.
[[nodiscard]] std::span<const EmbeddedFile> embedded_migrations();

namespace catalog {

class Database;

struct Migration {
    std::int64_t number = 0;
    std::string_view sql;
};

/// catalog: mailkeep.db. search: search.db.
enum class Schema { catalog, search };

/// Of one file, ascending from 1 without gaps.
[[nodiscard]] std::vector<Migration> migrations_of(Schema schema);

/// Each step is one transaction. A file that has data already is first copied to
/// "<file>.before-NNNN". Error{invalid} when the file is newer than the last step. With a key both
/// are encrypted.
void migrate(const std::filesystem::path& file, std::span<const Migration> steps,
             const Secret& key = {});

/// For readers, who may not migrate. About a file that is open, as schema "main" or "search":
/// Error{invalid} for a newer one, Error{not_found} for an older one.
void require_newest(Database& database, const std::string& schema,
                    const std::filesystem::path& file, std::span<const Migration> steps);

}  // namespace catalog
}  // namespace mailkeep
