// SPDX-License-Identifier: Apache-2.0
#include "migrate.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/base/text.hpp"

#include "sqlite.hpp"

#include <fmt/format.h>

#include <system_error>

namespace mailkeep::catalog {

namespace {

constexpr std::string_view search_prefix = "search_";

std::int64_t version_of(Database& database, const std::string& schema = "main") {
    auto version = database.statement_once("PRAGMA " + schema + ".user_version");
    MAILKEEP_ASSERT(version.step());
    return version.integer();
}

void refuse_newer(const std::filesystem::path& file, std::int64_t version,
                  std::span<const Migration> steps) {
    if (version > steps.back().number) {
        throw Error(Errc::invalid,
                    fmt::format("{} was written by a newer mailkeep (schema {}, known up to {})",
                                file.string(), version, steps.back().number),
                    "Use the newer mailkeep.");
    }
}

/// A copy from before an older one's next step is replaced: a step that failed is tried again.
void back_up(Database& database, std::int64_t next) {
    const auto copy = fmt::format("{}.before-{:04}", database.file().string(), next);
    std::error_code ignored;  // VACUUM says what is wrong with a copy that cannot be replaced
    std::filesystem::remove(copy, ignored);
    database.statement_once("VACUUM INTO ?").bind(copy).run();
    log_info("catalog.backed_up", {{"copy", copy}});
}

/// Looks at the version again inside the transaction: another process may have been faster.
void take_step(Database& database, const Migration& step) {
    Transaction transaction(database, Transaction::Kind::write);
    if (version_of(database) == step.number - 1) {
        database.execute(std::string(step.sql));
        database.execute(fmt::format("PRAGMA user_version = {}", step.number));
        log_info("catalog.migrated",
                 {{"file", database.file().filename().string()}, {"version", step.number}});
    }
    transaction.commit();
}

}  // namespace

std::vector<Migration> migrations_of(Schema schema) {
    std::vector<Migration> found;
    for (const auto& [path, octets] : embedded_migrations()) {
        const bool is_search = path.substr(0, search_prefix.size()) == search_prefix;
        if (is_search == (schema == Schema::search)) {
            const auto digits = path.substr(is_search ? search_prefix.size() : 0, 4);
            const auto number = parse_number(digits);
            MAILKEEP_ASSERT(number && *number == found.size() + 1);
            found.push_back({static_cast<std::int64_t>(*number), octets});
        }
    }
    return found;
}

void migrate(const std::filesystem::path& file, std::span<const Migration> steps,
             const Secret& key) {
    Database database(file, Access::read_write, key);
    const auto version = version_of(database);
    refuse_newer(file, version, steps);
    if (version > 0 && version < steps.back().number) {
        back_up(database, version + 1);
    }
    for (const auto& step : steps) {
        if (step.number > version) {
            take_step(database, step);
        }
    }
}

void require_newest(Database& database, const std::string& schema,
                    const std::filesystem::path& file, std::span<const Migration> steps) {
    const auto version = version_of(database, schema);
    refuse_newer(file, version, steps);
    if (version < steps.back().number) {
        throw Error(
            Errc::not_found,
            fmt::format("{} is of an older mailkeep (schema {})", file.string(), version),
            "Run a command that writes, such as `mailkeep backup`; it brings it up to date.");
    }
}

}  // namespace mailkeep::catalog
