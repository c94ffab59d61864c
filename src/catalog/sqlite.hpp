// SPDX-License-Identifier: Apache-2.0
// SQLite as the catalog uses it: a connection, its statements, a transaction. Result codes become
// mailkeep::Error here and nowhere else.
#pragma once

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/time.hpp"
#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/model/account.hpp"
#include "mailkeep/model/ids.hpp"

#include "encrypting_vfs.hpp"

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace mailkeep::catalog {

/// A BLOB, where a string would be TEXT.
struct Octets {
    std::string_view value;
};

struct CloseDatabase {
    void operator()(sqlite3* handle) const;
};

struct FinalizeStatement {
    void operator()(sqlite3_stmt* handle) const;
};

using PreparedStatement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

class Database;

/// A statement in use. Values are bound from the first parameter on; columns are read from the
/// first on, each once per row. Must not outlive its database.
class Statement {
  public:
    ~Statement();
    Statement(Statement&& other) noexcept;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    Statement& operator=(Statement&&) = delete;

    template <class... Values>
    Statement& bind(const Values&... values) {
        (bind_next(values), ...);
        return *this;
    }

    /// The number of the last parameter.
    [[nodiscard]] std::size_t parameters() const;

    /// Whether there is another row.
    [[nodiscard]] bool step();
    /// Likewise, but gives up when the steps SQLite's machine took for this statement reach the
    /// next multiple of `work`; some 20 million are a second.
    enum class Step { row, end, given_up };
    [[nodiscard]] Step step_within(int work);
    /// To the end, for statements whose rows nobody wants; then it can be bound and run again.
    void run();
    /// Ready to be bound and stepped again.
    void reset();

    [[nodiscard]] std::int64_t integer();
    [[nodiscard]] std::string text();
    [[nodiscard]] Digest digest();
    [[nodiscard]] Timestamp timestamp();
    [[nodiscard]] std::optional<Timestamp> optional_timestamp();

    [[nodiscard]] bool truth() { return integer() != 0; }

    template <std::unsigned_integral Number>
    [[nodiscard]] Number number() {
        return static_cast<Number>(integer());
    }

    template <class AnyId>
    [[nodiscard]] AnyId id() {
        return AnyId{integer()};
    }

    /// The whole row, types included, in an unambiguous form, for digests.
    [[nodiscard]] std::string packed_row();

  private:
    friend class Database;

    /// The database's own copy of a statement; lent to one user at a time.
    struct Cached {
        PreparedStatement prepared;
        bool is_lent = false;
    };

    Statement(Database& database, sqlite3_stmt* handle, Cached* lender);

    void bind_next(std::int64_t value);
    void bind_next(std::string_view value);
    void bind_next(Octets value);
    void bind_next(std::nullopt_t);

    void bind_next(const std::string& value) { bind_next(std::string_view(value)); }

    void bind_next(const char* value) { bind_next(std::string_view(value)); }

    void bind_next(const Digest& value) { bind_next(Octets{value.view()}); }

    void bind_next(Timestamp value) { bind_next(unix_ms(value)); }

    template <std::integral Number>
    void bind_next(Number value) {
        bind_next(static_cast<std::int64_t>(value));
    }

    template <class Tag>
    void bind_next(Id<Tag> value) {
        bind_next(value.value);
    }

    template <class Value>
    void bind_next(const std::optional<Value>& value) {
        if (value) {
            bind_next(*value);
        } else {
            bind_next(std::nullopt);
        }
    }

    void check(int code);

    Database& database_;
    sqlite3_stmt* handle_;
    Cached* lender_;  // null: handle_ is ours
    int parameter_ = 0;
    int column_ = 0;
};

/// One connection. One thread at a time.
class Database {
  public:
    /// read_write makes the file. Error{not_found} for read_only without one. With a key of 32
    /// octets it is, and all files that are attached are, encrypted under it.
    Database(const std::filesystem::path& file, Access access, const Secret& key = {});

    /// Makes a second file part of this connection, as schema `name`.
    void attach(const std::filesystem::path& file, const std::string& name);

    /// SQL known when the program was written: prepared once and kept.
    [[nodiscard]] Statement statement(std::string_view sql);
    /// SQL put together for one use.
    [[nodiscard]] Statement statement_once(std::string_view sql);
    /// Any number of statements without values.
    void execute(const std::string& sql);

    /// How much of the main file stays in memory. Nothing changes for who only reads.
    enum class Cache { usual, many_changes };
    void set_cache(Cache cache);
    /// Nothing is mapped any more, and some MiB at most are kept.
    void bound_memory();

    [[nodiscard]] std::int64_t changed_rows() const;
    [[nodiscard]] std::int64_t last_id() const;
    /// The first column of every row, and the reason when it failed: for checks, where damage is an
    /// answer.
    [[nodiscard]] std::vector<std::string> lines_of(const std::string& sql);

    [[nodiscard]] const std::filesystem::path& file() const { return files_.front().path; }

    [[nodiscard]] Access access() const { return access_; }

    [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

    /// Throws what an SQLite result code means.
    [[noreturn]] void fail(int code) const;

  private:
    struct File {
        std::string schema;
        std::filesystem::path path;
    };

    [[nodiscard]] std::string uri_of(const std::filesystem::path& file) const;
    /// Of what is only read.
    void require_file(const std::filesystem::path& file) const;
    void set_pragmas(const std::string& schema);
    [[nodiscard]] PreparedStatement prepare(std::string_view sql, unsigned flags) const;
    [[nodiscard]] const std::filesystem::path& damaged_file(int code) const;

    Access access_;
    Cache cache_ = Cache::usual;
    std::vector<File> files_;
    std::unique_ptr<EncryptingVfs> vfs_;  // null: not encrypted; before handle_: goes after it
    std::unique_ptr<sqlite3, CloseDatabase> handle_;
    std::map<std::string, Statement::Cached, std::less<>> statements_;  // after handle_: goes first
};

/// read: everything is seen as of its first statement. write: waits for other writers at once. One
/// within another is a part of that one.
class Transaction {
  public:
    enum class Kind { read, write };

    Transaction(Database& database, Kind kind);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    /// Rolls back what was not committed.
    ~Transaction();
    void commit();

  private:
    Database& database_;
    bool is_open_;
};

}  // namespace mailkeep::catalog
