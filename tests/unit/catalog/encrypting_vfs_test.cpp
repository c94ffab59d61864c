// SPDX-License-Identifier: Apache-2.0
// The encrypted files of the catalog: that nothing in them lies open, that they work as the others
// do, and that what was committed is there after the process is killed.
#include "mailkeep/base/error.hpp"

#include "archive_story.hpp"
#include "database_numbers.hpp"
#include "encrypting_vfs.hpp"
#include "migrate.hpp"
#include "sqlite.hpp"
#include "support/failure_of.hpp"
#include "support/temp_dir.hpp"

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace mailkeep::catalog::test {
namespace {

namespace fs = std::filesystem;
using mailkeep::test::failure_of;
using mailkeep::test::TempDir;

const Secret key(std::string(32, 'k'));
const Secret another(std::string(32, 'x'));

std::string octets_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> files_with(const fs::path& folder, const std::string& text) {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (octets_of(entry.path()).find(text) != std::string::npos) {
            found.push_back(entry.path().filename().string());
        }
    }
    return found;
}

void fill(Database& database, int rows, const std::string& text) {
    database.execute("CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b)");
    Transaction transaction(database, Transaction::Kind::write);
    for (int i = 0; i < rows; ++i) {
        database.statement("INSERT INTO t (b) VALUES (?)").bind(text + std::to_string(i)).run();
    }
    transaction.commit();
}

TEST(EncryptedCatalog, shows_no_word_in_any_file_and_the_other_one_does) {
    for (const auto& given : {key, Secret()}) {
        const TempDir dir;
        {
            Catalog catalog(dir.path(), Access::read_write, given);
            Story story;
            for (int i = 0; i < 50; ++i) {
                story.letter({.name = "n" + std::to_string(i), .subject = "Heliotrope garden"});
            }
            story.apply();
            tell(story.told, catalog);
            EXPECT_EQ(
                catalog.search(SearchQuery::parse("heliotrope"), std::nullopt, story_begins, {})
                    .total,
                50U);
            // The connection is open: the WAL and its index are there too.
            EXPECT_TRUE(fs::exists(dir / "mailkeep.db-wal"));
            EXPECT_EQ(files_with(dir.path(), "eliotrope").empty(), !given.empty());
        }
        EXPECT_EQ(files_with(dir.path(), "eliotrope").empty(), !given.empty());
        EXPECT_EQ(files_with(dir.path(), "SQLite format 3").empty(), !given.empty());
        const Catalog again(dir.path(), Access::read_only, given);
        EXPECT_EQ(again.totals().messages, 50U);
        EXPECT_THAT(again.integrity_findings(), testing::IsEmpty());
    }
}

TEST(EncryptedCatalog, looks_damaged_with_another_key_and_with_none) {
    const TempDir dir;
    { const Catalog catalog(dir.path(), Access::read_write, key); }
    for (const auto& wrong : {another, Secret()}) {
        const auto error = failure_of([&] { Catalog(dir.path(), Access::read_only, wrong); });
        EXPECT_EQ(error.code(), Errc::corrupt);
    }
    EXPECT_NO_THROW(Catalog(dir.path(), Access::read_only, key));
}

TEST(EncryptingVfs, gives_equal_pages_of_two_files_different_octets) {
    const TempDir dir;
    for (const auto* name : {"a.db", "b.db"}) {
        Database database(dir / name, Access::read_write, key);
        fill(database, 100, "same");
    }
    EXPECT_NE(octets_of(dir / "a.db").substr(0, 512), octets_of(dir / "b.db").substr(0, 512));
}

TEST(EncryptingVfs, keeps_a_database_readable_after_it_was_moved) {
    const TempDir dir;
    fs::create_directory(dir / "elsewhere");
    {
        Database database(dir / "x.db", Access::read_write, key);
        fill(database, 10, "row");
    }
    fs::rename(dir / "x.db", dir / "elsewhere" / "x.db");
    Database moved(dir / "elsewhere" / "x.db", Access::read_only, key);
    EXPECT_EQ(number_from(moved, "SELECT count(*) FROM t"), 10);
}

TEST(EncryptingVfs, encrypts_copies_attached_files_and_what_is_vacuumed) {
    const TempDir dir;
    {
        Database database(dir / "x.db", Access::read_write, key);
        database.attach(dir / "y.db", "other");
        fill(database, 2000, "Heliotrope");
        database.execute("CREATE TABLE other.u AS SELECT * FROM t");
        database.statement_once("VACUUM INTO ?").bind((dir / "x.db.before-0002").string()).run();
        database.execute("DELETE FROM t WHERE a % 2 = 0; VACUUM");
        EXPECT_EQ(number_from(database, "SELECT count(*) FROM other.u"), 2000);
        EXPECT_THAT(files_with(dir.path(), "eliotrope"), testing::IsEmpty());
    }
    EXPECT_THAT(files_with(dir.path(), "eliotrope"), testing::IsEmpty());
    Database copy(dir / "x.db.before-0002", Access::read_only, key);
    EXPECT_EQ(number_from(copy, "SELECT count(*) FROM t"), 2000);
}

// The journal that is not a WAL is written in pieces of any size, and its page size may be any.
TEST(EncryptingVfs, works_with_every_journal_and_page_size) {
    for (const auto* mode : {"delete", "truncate", "persist", "wal"}) {
        for (const auto* size : {"512", "4096", "8192", "65536"}) {
            const TempDir dir;
            const EncryptingVfs vfs(key);
            const auto uri = "file:" + (dir / "x.db").string() + "?vfs=" + vfs.name();
            sqlite3* handle = nullptr;
            ASSERT_EQ(sqlite3_open_v2(uri.c_str(), &handle,
                                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI,
                                      nullptr),
                      SQLITE_OK);
            const auto run = [&](const std::string& sql) {
                return sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr);
            };
            ASSERT_EQ(run(std::string("PRAGMA page_size = ") + size +
                          "; PRAGMA cache_size = 2; PRAGMA journal_mode = " + mode),
                      SQLITE_OK);
            ASSERT_EQ(run("CREATE TABLE t (a, b); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
                          "SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT i, "
                          "'Heliotrope' || i FROM n"),
                      SQLITE_OK);
            ASSERT_EQ(run("BEGIN; UPDATE t SET b = 'Heliotrope' || a || 'x'; DELETE FROM t WHERE a "
                          "% 3 = 0"),
                      SQLITE_OK);
            EXPECT_THAT(files_with(dir.path(), "eliotrope"), testing::IsEmpty()) << mode << size;
            ASSERT_EQ(run("ROLLBACK"), SQLITE_OK);
            sqlite3_stmt* statement = nullptr;
            ASSERT_EQ(
                sqlite3_prepare_v2(handle, "SELECT count(*) FROM t WHERE b = 'Heliotrope' || a", -1,
                                   &statement, nullptr),
                SQLITE_OK);
            ASSERT_EQ(sqlite3_step(statement), SQLITE_ROW);
            EXPECT_EQ(sqlite3_column_int(statement, 0), 3000) << mode << size;
            sqlite3_finalize(statement);
            EXPECT_EQ(run("PRAGMA integrity_check"), SQLITE_OK);
            sqlite3_close(handle);
        }
    }
}

TEST(EncryptingVfs, lets_readers_read_while_it_writes) {
    const TempDir dir;
    Database writer(dir / "x.db", Access::read_write, key);
    fill(writer, 100, "row");
    const std::jthread reading([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            Database reader(dir / "x.db", Access::read_only, key);
            for (int i = 0; i < 20; ++i) {
                EXPECT_EQ(number_from(reader, "SELECT count(*) % 100 FROM t"), 0);
                EXPECT_EQ(number_from(reader, "SELECT count(*) FROM t WHERE b NOT LIKE 'row%'"), 0);
            }
        }
    });
    for (int i = 0; i < 60; ++i) {
        fill(writer, 100, "row");
    }
    EXPECT_EQ(number_from(writer, "SELECT count(*) FROM t"), 6100);
}

TEST(EncryptingVfs, has_all_that_was_committed_after_the_process_is_killed) {
    const TempDir dir;
    {
        Database database(dir / "x.db", Access::read_write, key);
        fill(database, 1, "first");
    }
    std::int64_t before = 1;
    for (int round = 0; round < 12; ++round) {
        int pipe_ends[2];
        ASSERT_EQ(::pipe(pipe_ends), 0);
        const auto child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            // Tells of each commit; killed in the middle of one.
            Database database(dir / "x.db", Access::read_write, key);
            database.execute("PRAGMA wal_autocheckpoint = 5");
            for (;;) {
                fill(database, 40, "Heliotrope");
                if (::write(pipe_ends[1], "c", 1) != 1) {
                    ::_exit(1);
                }
            }
        }
        char told = 0;
        for (int commits = 0; commits < 3 + round; ++commits) {
            ASSERT_EQ(::read(pipe_ends[0], &told, 1), 1);
        }
        ::usleep(static_cast<useconds_t>(round * 300));
        ASSERT_EQ(::kill(child, SIGKILL), 0);
        ASSERT_EQ(::waitpid(child, nullptr, 0), child);
        ::close(pipe_ends[0]);
        ::close(pipe_ends[1]);
        EXPECT_THAT(files_with(dir.path(), "eliotrope"), testing::IsEmpty());
        Database database(dir / "x.db", Access::read_write, key);
        const auto now = number_from(database, "SELECT count(*) FROM t");
        EXPECT_GE(now, before + 40 * (3 + round));
        EXPECT_EQ(now % 40, 1);
        EXPECT_THAT(database.lines_of("PRAGMA integrity_check"), testing::ElementsAre("ok"));
        before = now;
    }
}

TEST(EncryptingVfs, takes_a_torn_end_of_the_wal_for_no_commit) {
    const TempDir dir;
    const TempDir torn;
    Database database(dir / "x.db", Access::read_write, key);
    fill(database, 1, "first");
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    fill(database, 1, "second");
    const auto octets = octets_of(dir / "x.db-wal");
    for (std::size_t size = 0; size < octets.size(); size += 97) {
        fs::copy_file(dir / "x.db", torn / "x.db", fs::copy_options::overwrite_existing);
        fs::remove(torn / "x.db-shm");
        std::ofstream(torn / "x.db-wal", std::ios::binary | std::ios::trunc)
            .write(octets.data(), static_cast<std::streamsize>(size));
        Database again(torn / "x.db", Access::read_write, key);
        EXPECT_EQ(number_from(again, "SELECT count(*) FROM t"), 1) << size;
    }
}

}  // namespace
}  // namespace mailkeep::catalog::test
