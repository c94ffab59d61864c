// SPDX-License-Identifier: Apache-2.0
// Files: making, migrating, reading beside a writer, and what is wrong with them.
#include "mailkeep/base/error.hpp"

#include "archive_story.hpp"
#include "database_numbers.hpp"
#include "migrate.hpp"
#include "sqlite.hpp"
#include "support/failure_of.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace mailkeep::catalog::test {

using mailkeep::test::TempDir;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

void overwrite(const std::filesystem::path& file, std::streamoff offset, std::size_t count) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(offset);
    stream << std::string(count, '\x5a');
}

constexpr std::array steps{Migration{1, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)"},
                           Migration{2, "ALTER TABLE t ADD COLUMN b INTEGER DEFAULT 7"},
                           Migration{3, "UPDATE t SET a = 3; UPDATE nowhere SET a = 4"}};

/// That a reader finds so many steps taken.
void require_of_reader(const std::filesystem::path& file, std::size_t count) {
    Database database(file, Access::read_only);
    require_newest(database, "main", file, std::span(steps).first(count));
}

}  // namespace

TEST(Statement, gives_up_after_so_much_work_and_harms_no_other) {
    const mailkeep::test::TempDir dir;
    Database database(dir.path() / "work.db", Access::read_write);
    auto row = database.statement_once(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)"
        " SELECT i FROM n WHERE i = 1 OR i = 1000000");
    EXPECT_EQ(row.step_within(100'000), Statement::Step::row);
    EXPECT_EQ(row.integer(), 1);
    EXPECT_EQ(row.step_within(100'000), Statement::Step::given_up);
    auto other = database.statement_once("SELECT 7");
    EXPECT_EQ(other.step_within(100'000), Statement::Step::row);
    EXPECT_EQ(other.integer(), 7);
    EXPECT_EQ(other.step_within(100'000), Statement::Step::end);
}

TEST(Statement, keeps_octets_and_nothing_apart_from_null) {
    const TempDir dir;
    Database database(dir / "x.db", Access::read_write);
    database.execute("CREATE TABLE t (a, b, c, d)");
    const std::string octets("\0\xff'", 3);
    database.statement("INSERT INTO t VALUES (?, ?, ?, ?)")
        .bind(octets, Octets{octets}, std::string_view(), std::optional<Timestamp>())
        .run();
    auto row = database.statement("SELECT a, b, c, d, typeof(b), typeof(c), typeof(d) FROM t");
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.text(), octets);
    EXPECT_EQ(row.text(), octets);
    EXPECT_EQ(row.text(), "");
    EXPECT_EQ(row.optional_timestamp(), std::nullopt);
    EXPECT_EQ(row.text(), "blob");
    EXPECT_EQ(row.text(), "text");
    EXPECT_EQ(row.text(), "null");
    EXPECT_FALSE(row.step());
}

TEST(Statement, can_be_used_twice_at_once) {
    const TempDir dir;
    Database database(dir / "x.db", Access::read_write);
    const std::string sql = "SELECT ?";
    auto outer = database.statement(sql);
    outer.bind(1);
    EXPECT_TRUE(outer.step());
    {
        auto inner = database.statement(sql);
        inner.bind(2);
        EXPECT_TRUE(inner.step());
        EXPECT_EQ(inner.integer(), 2);
    }
    EXPECT_EQ(outer.integer(), 1);
}

TEST(Transaction, leaves_nothing_behind_when_it_is_not_committed) {
    const TempDir dir;
    Database database(dir / "x.db", Access::read_write);
    database.execute("CREATE TABLE t (a)");
    {
        const Transaction transaction(database, Transaction::Kind::write);
        database.execute("INSERT INTO t VALUES (1)");
    }
    EXPECT_EQ(number_from(database, "SELECT count(*) FROM t"), 0);
}

TEST(Database, works_in_folders_with_names_that_look_like_uri_syntax) {
    const TempDir dir;
    const auto odd = dir / "100% #1?mode=ro &ü";
    std::filesystem::create_directory(odd);
    { const Catalog catalog(odd, Access::read_write); }
    EXPECT_EQ(Catalog(odd, Access::read_only).applied_up_to(), 0U);
    EXPECT_TRUE(std::filesystem::exists(odd / "mailkeep.db"));
}

TEST(Database, waits_for_another_writer_and_then_says_who_is_in_the_way) {
    const TempDir dir;
    Database first(dir / "x.db", Access::read_write);
    Database second(dir / "x.db", Access::read_write);
    second.execute("PRAGMA busy_timeout = 1");
    const Transaction transaction(first, Transaction::Kind::write);
    const auto error =
        mailkeep::test::failure_of([&] { Transaction(second, Transaction::Kind::write); });
    EXPECT_EQ(error.code(), Errc::in_use);
    EXPECT_THAT(error.what(), HasSubstr(dir.path().string()));
}

TEST(Database, says_when_the_disk_is_full) {
    const TempDir dir;
    Database database(dir / "x.db", Access::read_write);
    database.execute("CREATE TABLE t (a); PRAGMA max_page_count = 3");
    const auto error = mailkeep::test::failure_of(
        [&] { database.execute("INSERT INTO t VALUES (zeroblob(1000000))"); });
    EXPECT_EQ(error.code(), Errc::storage);
    EXPECT_THAT(error.what(), HasSubstr("full"));
    EXPECT_THAT(error.hint(), HasSubstr("space"));
}

TEST(Database, says_when_it_may_not_write) {
    const TempDir dir;
    { const Database database(dir / "x.db", Access::read_write); }
    Database reader(dir / "x.db", Access::read_only);
    EXPECT_EQ(mailkeep::test::failure_of([&] { reader.execute("CREATE TABLE t (a)"); }).code(),
              Errc::storage);
    EXPECT_EQ(mailkeep::test::failure_of([&] {
                  Database(dir / "no" / "x.db", Access::read_write);
              }).code(),
              Errc::storage);
}

TEST(Migrate, takes_every_step_and_copies_a_file_that_has_data) {
    const TempDir dir;
    const auto file = dir / "x.db";
    migrate(file, std::span(steps).first(1));
    EXPECT_FALSE(std::filesystem::exists(dir / "x.db.before-0001"));
    migrate(file, std::span(steps).first(2));
    migrate(file, std::span(steps).first(2));
    Database now(file, Access::read_only);
    EXPECT_EQ(number_from(now, "SELECT b FROM t"), 7);
    EXPECT_EQ(number_from(now, "PRAGMA user_version"), 2);
    Database before(dir / "x.db.before-0002", Access::read_only);
    EXPECT_EQ(number_from(before, "PRAGMA user_version"), 1);
    EXPECT_EQ(number_from(before, "SELECT a FROM t"), 1);
}

TEST(Migrate, takes_a_step_whole_or_not_at_all) {
    const TempDir dir;
    const auto file = dir / "x.db";
    migrate(file, std::span(steps).first(2));
    EXPECT_THROW(migrate(file, steps), Error);
    EXPECT_THROW(migrate(file, steps), Error);
    Database database(file, Access::read_only);
    EXPECT_EQ(number_from(database, "PRAGMA user_version"), 2);
    EXPECT_EQ(number_from(database, "SELECT a FROM t"), 1);
}

TEST(Migrate, refuses_a_newer_file_and_tells_readers_of_an_older_one) {
    const TempDir dir;
    const auto file = dir / "x.db";
    migrate(file, std::span(steps).first(2));
    for (const auto& refused :
         {mailkeep::test::failure_of([&] { migrate(file, std::span(steps).first(1)); }),
          mailkeep::test::failure_of([&] { require_of_reader(file, 1); })}) {
        EXPECT_EQ(refused.code(), Errc::invalid);
        EXPECT_THAT(refused.what(), HasSubstr("newer"));
        EXPECT_THAT(refused.what(), HasSubstr(file.string()));
    }
    EXPECT_EQ(mailkeep::test::failure_of([&] { require_of_reader(file, 3); }).code(),
              Errc::not_found);
    EXPECT_NO_THROW(require_of_reader(file, 2));
}

TEST(CatalogFiles, are_refused_when_either_is_newer) {
    for (const std::string name : {"mailkeep.db", "search.db"}) {
        const TempDir dir;
        { const Catalog catalog(dir.path(), Access::read_write); }
        {
            Database database(dir / name, Access::read_write);
            database.execute("PRAGMA user_version = 9999");
        }
        for (const auto access : {Access::read_only, Access::read_write}) {
            const auto error = mailkeep::test::failure_of([&] { Catalog(dir.path(), access); });
            EXPECT_EQ(error.code(), Errc::invalid);
            EXPECT_THAT(error.what(), HasSubstr(name));
        }
    }
}

TEST(CatalogFiles, are_not_made_by_a_reader) {
    const TempDir dir;
    const auto error = mailkeep::test::failure_of([&] { Catalog(dir.path(), Access::read_only); });
    EXPECT_EQ(error.code(), Errc::not_found);
    EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(CatalogFiles, are_named_when_damaged) {
    for (const std::string name : {"mailkeep.db", "search.db"}) {
        for (const std::streamoff offset : {0, 100}) {
            const TempDir dir;
            { const Catalog catalog(dir.path(), Access::read_write); }
            overwrite(dir / name, offset, 3000);
            for (const auto access : {Access::read_only, Access::read_write}) {
                const auto error = mailkeep::test::failure_of([&] { Catalog(dir.path(), access); });
                EXPECT_EQ(error.code(), Errc::corrupt) << name << " at " << offset;
                EXPECT_THAT(error.what(), HasSubstr(name));
                EXPECT_THAT(error.hint(), HasSubstr("mailkeep rebuild"));
            }
        }
    }
}

TEST(CatalogFiles, are_named_when_damage_shows_later) {
    for (const std::string name : {"mailkeep.db", "search.db"}) {
        const TempDir dir;
        {
            Story story;
            for (int i = 0; i < 300; ++i) {
                story.letter({.name = std::to_string(i), .subject = "w" + std::to_string(i * i)});
            }
            story.apply();
            Catalog catalog(dir.path(), Access::read_write);
            tell(story.told, catalog);
        }
        const auto size = std::filesystem::file_size(dir / name);
        const auto pages = static_cast<std::streamoff>(size / 8192);
        for (std::streamoff page = pages - 6; page < pages; ++page) {
            overwrite(dir / name, page * 8192, 600);
        }
        const Catalog catalog(dir.path(), Access::read_only);
        EXPECT_THAT(catalog.integrity_findings(), testing::Contains(HasSubstr(name)));
        const auto error = mailkeep::test::failure_of([&] { (void)catalog.fingerprint(); });
        EXPECT_EQ(error.code(), Errc::corrupt);
        EXPECT_THAT(error.what(), HasSubstr(name));
    }
}

TEST(CatalogFiles, can_be_read_while_they_are_written) {
    Story story;
    story.letter({.name = "a"}).apply();
    const Catalog reader(story.dir.path(), Access::read_only);
    EXPECT_EQ(reader.applied_up_to(), 1U);
    story.letter({.name = "b"}).apply();
    EXPECT_EQ(reader.applied_up_to(), 2U);
    EXPECT_EQ(reader.search({}, std::nullopt, story_begins, {}).total, 2U);
    Database writer(story.dir / "mailkeep.db", Access::read_write);
    const Transaction transaction(writer, Transaction::Kind::write);
    EXPECT_EQ(reader.totals().messages, 2U);
}

TEST(CatalogFiles, can_be_read_in_a_folder_that_may_not_be_written_to) {
    const TempDir dir;
    {
        Story story;
        story.letter({.name = "a"}).apply();
        Catalog catalog(dir.path(), Access::read_write);
        tell(story.told, catalog);
    }
    for (const std::string name : {"mailkeep.db", "search.db"}) {
        std::filesystem::permissions(dir / name, std::filesystem::perms(0444));
    }
    std::filesystem::permissions(dir.path(), std::filesystem::perms(0555));
    const bool is_root = geteuid() == 0;
    constexpr uid_t nobody = 65534;
    ASSERT_TRUE(!is_root || seteuid(nobody) == 0);
    try {
        const Catalog reader(dir.path(), Access::read_only);
        EXPECT_EQ(reader.totals().messages, 1U);
        EXPECT_EQ(reader.search({}, std::nullopt, story_begins, {}).total, 1U);
        EXPECT_EQ(
            mailkeep::test::failure_of([&] { Catalog(dir.path(), Access::read_write); }).code(),
            Errc::storage);
    } catch (const Error& error) {
        ADD_FAILURE() << error.what();
    }
    ASSERT_TRUE(!is_root || seteuid(0) == 0);
    std::filesystem::permissions(dir.path(), std::filesystem::perms(0755));
}

TEST(CatalogFiles, take_writers_in_turn) {
    Story story;
    constexpr int rounds = 20;
    const auto start_runs = [&] {
        Catalog catalog(story.dir.path(), Access::read_write);
        for (int i = 0; i < rounds; ++i) {
            (void)catalog.start_run(AccountId{1}, RunKind::mirror, story_begins);
        }
    };
    {
        const std::jthread other(start_runs);
        start_runs();
    }
    EXPECT_EQ(story.catalog.runs(100).size(), 2U * rounds);
}

}  // namespace mailkeep::catalog::test
