// SPDX-License-Identifier: Apache-2.0
#include "sqlite.hpp"

#include "mailkeep/base/error.hpp"

#include "tokenizer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

namespace mailkeep::catalog {

namespace {

constexpr int busy_timeout_ms = 5000;
// Of a connection that writes, by schema. Indexes over digests and names are touched everywhere:
// a first run of small messages would else read and write the same pages again and again.
constexpr int usual_cache_kib = 8 << 10;
constexpr int many_changes_cache_kib = 32 << 10;
constexpr int search_cache_kib = 16 << 10;

/// https://www.sqlite.org/uri.html: '%', '?' and '#' of the path must not be taken for syntax.
std::string uri_for(const std::filesystem::path& file, std::string_view parameters) {
    std::string uri = "file:";
    for (const char c : std::filesystem::absolute(file).string()) {
        if (c == '%' || c == '?' || c == '#') {
            uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        } else {
            uri += c;
        }
    }
    return uri.append("?").append(parameters);
}

/// Else each file that is opened takes twenty pages and touches them all, before it reads one.
[[maybe_unused]] const int pages_come_singly =
    sqlite3_config(SQLITE_CONFIG_PAGECACHE, nullptr, 0, 0);

/// A reader of a WAL file needs its -shm; where the folder lets nobody make one, and no -wal says
/// that the file is being written, it can be read as a file that does not change.
std::string reading_parameters(const std::filesystem::path& file) {
    auto log = file;
    log += "-wal";
    const auto folder = std::filesystem::absolute(file).parent_path();
    const bool is_still = ::faccessat(AT_FDCWD, folder.c_str(), W_OK, AT_EACCESS) != 0 &&
                          !std::filesystem::exists(log);
    return is_still ? "mode=ro&immutable=1" : "mode=ro";
}

std::string text_at(sqlite3_stmt* handle, int column) {
    const auto* octets = static_cast<const char*>(sqlite3_column_blob(handle, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle, column));
    return octets == nullptr ? std::string() : std::string(octets, size);
}

}  // namespace

void CloseDatabase::operator()(sqlite3* handle) const {
    sqlite3_close_v2(handle);
}

void FinalizeStatement::operator()(sqlite3_stmt* handle) const {
    sqlite3_finalize(handle);
}

Database::Database(const std::filesystem::path& file, Access access, const Secret& key)
    : access_(access),
      files_{{"main", file}},
      vfs_(key.empty() ? nullptr : std::make_unique<EncryptingVfs>(key)) {
    require_file(file);
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(
        uri_of(file).c_str(), &handle,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI,
        nullptr);
    handle_.reset(handle);
    if (code != SQLITE_OK) {
        fail(code);
    }
    sqlite3_extended_result_codes(handle_.get(), 1);
    sqlite3_busy_timeout(handle_.get(), busy_timeout_ms);
    execute("PRAGMA temp_store = memory; PRAGMA trusted_schema = 0; PRAGMA foreign_keys = 1");
    set_pragmas("main");
    register_tokenizer(*this);
}

void Database::attach(const std::filesystem::path& file, const std::string& name) {
    files_.push_back({name, file});  // first: damage found while attaching is named then
    require_file(file);
    statement_once("ATTACH ? AS " + name).bind(uri_of(file)).run();
    set_pragmas(name);
}

std::string Database::uri_of(const std::filesystem::path& file) const {
    const auto parameters =
        access_ == Access::read_write ? std::string("mode=rwc") : reading_parameters(file);
    return uri_for(file, parameters + (vfs_ ? "&vfs=" + vfs_->name() : ""));
}

void Database::require_file(const std::filesystem::path& file) const {
    if (access_ == Access::read_only && !std::filesystem::exists(file)) {
        throw Error(Errc::not_found, file.string() + " is missing",
                    "Run `mailkeep rebuild` to make it from the archive.");
    }
}

/// What is mapped counts as memory of the process, and a writer merges all of a large index: it
/// has a bounded cache only.
void Database::set_pragmas(const std::string& schema) {
    if (access_ == Access::read_write) {
        // SQLite opens what it may not write read-only, without a word
        if (sqlite3_db_readonly(handle_.get(), schema.c_str()) == 1) {
            fail(SQLITE_READONLY);
        }
        execute(
            fmt::format("PRAGMA {0}.page_size = {1}; PRAGMA {0}.journal_mode = wal;"
                        "PRAGMA {0}.journal_size_limit = 67108864;"
                        "PRAGMA {0}.secure_delete = fast;"
                        "PRAGMA {0}.cache_size = -{2}; PRAGMA {0}.mmap_size = 0;"
                        "PRAGMA {0}.wal_autocheckpoint = 8192",
                        schema, EncryptingVfs::page_size,
                        schema == "main" ? usual_cache_kib : search_cache_kib));
    } else {
        execute(fmt::format("PRAGMA {0}.cache_size = -65536; PRAGMA {0}.mmap_size = 1073741824",
                            schema));
    }
    execute(fmt::format("PRAGMA {}.synchronous = normal", schema));
}

void Database::set_cache(Cache cache) {
    if (cache == cache_ || access_ == Access::read_only) {
        return;
    }
    cache_ = cache;
    const auto kib = cache == Cache::usual ? usual_cache_kib : many_changes_cache_kib;
    execute(fmt::format("PRAGMA main.cache_size = -{}", kib));
    sqlite3_db_release_memory(handle_.get());
}

void Database::bound_memory() {
    for (const auto& file : files_) {
        execute(fmt::format("PRAGMA {0}.mmap_size = 0; PRAGMA {0}.cache_size = -{1}", file.schema,
                            usual_cache_kib));
    }
}

PreparedStatement Database::prepare(std::string_view sql, unsigned flags) const {
    sqlite3_stmt* handle = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        flags, &handle, nullptr);
    if (code != SQLITE_OK) {
        fail(code);
    }
    return PreparedStatement(handle);
}

Statement Database::statement(std::string_view sql) {
    auto place = statements_.find(sql);
    if (place == statements_.end()) {
        place = statements_.try_emplace(std::string(sql)).first;
    }
    auto& cached = place->second;
    if (cached.is_lent) {
        return statement_once(sql);
    }
    if (!cached.prepared) {
        cached.prepared = prepare(sql, SQLITE_PREPARE_PERSISTENT);
    }
    cached.is_lent = true;
    return {*this, cached.prepared.get(), &cached};
}

Statement Database::statement_once(std::string_view sql) {
    return {*this, prepare(sql, 0).release(), nullptr};
}

void Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        fail(code);
    }
}

std::int64_t Database::changed_rows() const {
    return sqlite3_changes64(handle_.get());
}

std::int64_t Database::last_id() const {
    return sqlite3_last_insert_rowid(handle_.get());
}

std::vector<std::string> Database::lines_of(const std::string& sql) {
    std::vector<std::string> lines;
    sqlite3_stmt* handle = nullptr;
    int code = sqlite3_prepare_v2(handle_.get(), sql.c_str(), -1, &handle, nullptr);
    const PreparedStatement prepared(handle);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(handle);
        if (code == SQLITE_ROW) {
            lines.push_back(text_at(handle, 0));
        }
    }
    if (code != SQLITE_DONE) {
        lines.emplace_back(sqlite3_errmsg(handle_.get()));
    }
    return lines;
}

/// SQLite does not say in which of the attached files it found the damage. FTS5 has a code of its
/// own; for the rest each file is asked for the first thing wrong with it.
const std::filesystem::path& Database::damaged_file(int code) const {
    if (code != SQLITE_CORRUPT_VTAB) {
        for (const auto& [schema, path] : files_) {
            sqlite3_stmt* handle = nullptr;
            const auto sql = "PRAGMA " + schema + ".quick_check(1)";
            const int prepared =
                sqlite3_prepare_v2(handle_.get(), sql.c_str(), -1, &handle, nullptr);
            const PreparedStatement statement(handle);
            if (prepared != SQLITE_OK || sqlite3_step(handle) != SQLITE_ROW ||
                text_at(handle, 0) != "ok") {
                return path;
            }
        }
    }
    return files_.back().path;
}

void Database::fail(int code) const {
    const std::string reason =
        handle_ ? sqlite3_errmsg(handle_.get()) : std::string(sqlite3_errstr(code));
    const auto folder = file().parent_path().string();
    switch (code & 0xff) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            throw Error(Errc::corrupt, damaged_file(code).string() + " is damaged (" + reason + ")",
                        "Run `mailkeep rebuild` to make it anew from the archive.");
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            throw Error(Errc::in_use, "the catalog in " + folder +
                                          " has been written to by another process for too long");
        case SQLITE_FULL:
            throw Error(Errc::storage, "the disk with " + folder + " is full",
                        "Free some space and run it again; nothing archived is lost.");
        case SQLITE_IOERR:
            throw Error(Errc::storage, fmt::format("{} cannot be read or written ({}, SQLite {})",
                                                   folder, reason, code));
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_CANTOPEN:
            throw Error(Errc::storage,
                        fmt::format("the catalog in {} cannot be {} ({})", folder,
                                    access_ == Access::read_only ? "read" : "written", reason));
        default:
            throw Error(Errc::internal, fmt::format("SQLite says {} ({})", reason, code));
    }
}

Statement::Statement(Database& database, sqlite3_stmt* handle, Cached* lender)
    : database_(database), handle_(handle), lender_(lender) {}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      handle_(std::exchange(other.handle_, nullptr)),
      lender_(std::exchange(other.lender_, nullptr)),
      parameter_(other.parameter_),
      column_(other.column_) {}

Statement::~Statement() {
    if (lender_ != nullptr) {
        sqlite3_reset(handle_);
        sqlite3_clear_bindings(handle_);
        lender_->is_lent = false;
    } else {
        sqlite3_finalize(handle_);
    }
}

void Statement::check(int code) {
    if (code != SQLITE_OK) {
        database_.fail(code);
    }
}

std::size_t Statement::parameters() const {
    return static_cast<std::size_t>(sqlite3_bind_parameter_count(handle_));
}

bool Statement::step() {
    const int code = sqlite3_step(handle_);
    column_ = 0;
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        database_.fail(code);
    }
    return code == SQLITE_ROW;
}

Statement::Step Statement::step_within(int work) {
    auto* database = database_.handle();
    sqlite3_progress_handler(
        database, work, [](void*) { return 1; }, nullptr);
    const int code = sqlite3_step(handle_);
    sqlite3_progress_handler(database, 0, nullptr, nullptr);
    column_ = 0;
    if (code == SQLITE_INTERRUPT) {
        return Step::given_up;
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        database_.fail(code);
    }
    return code == SQLITE_ROW ? Step::row : Step::end;
}

void Statement::run() {
    while (step()) {
    }
    reset();
}

void Statement::reset() {
    check(sqlite3_reset(handle_));
    parameter_ = 0;
}

void Statement::bind_next(std::int64_t value) {
    check(sqlite3_bind_int64(handle_, ++parameter_, value));
}

// A null pointer would bind NULL, and an empty view may have one.
void Statement::bind_next(std::string_view value) {
    check(sqlite3_bind_text64(handle_, ++parameter_, value.empty() ? "" : value.data(),
                              value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind_next(Octets value) {
    check(sqlite3_bind_blob64(handle_, ++parameter_, value.value.empty() ? "" : value.value.data(),
                              value.value.size(), SQLITE_TRANSIENT));
}

void Statement::bind_next(std::nullopt_t) {
    check(sqlite3_bind_null(handle_, ++parameter_));
}

std::int64_t Statement::integer() {
    return sqlite3_column_int64(handle_, column_++);
}

std::string Statement::text() {
    return text_at(handle_, column_++);
}

Digest Statement::digest() {
    return Digest::from_octets(text());
}

Timestamp Statement::timestamp() {
    return from_unix_ms(integer());
}

std::optional<Timestamp> Statement::optional_timestamp() {
    if (sqlite3_column_type(handle_, column_) == SQLITE_NULL) {
        ++column_;
        return std::nullopt;
    }
    return timestamp();
}

std::string Statement::packed_row() {
    std::string row;
    const int count = sqlite3_column_count(handle_);
    for (column_ = 0; column_ < count;) {
        const int type = sqlite3_column_type(handle_, column_);
        const auto value = text();
        row += fmt::format("{}:{}:", type, value.size());
        row += value;
    }
    return row;
}

Transaction::Transaction(Database& database, Kind kind)
    : database_(database), is_open_(sqlite3_get_autocommit(database.handle()) != 0) {
    if (is_open_) {
        database_.execute(kind == Kind::read ? "BEGIN" : "BEGIN IMMEDIATE");
    }
}

Transaction::~Transaction() {
    if (is_open_) {
        sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Transaction::commit() {
    if (is_open_) {
        database_.execute("COMMIT");
        is_open_ = false;
    }
}

}  // namespace mailkeep::catalog
