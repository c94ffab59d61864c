// SPDX-License-Identifier: Apache-2.0
#include "archive_fixture.hpp"
#include "durable_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mailkeep::archive {
namespace {

using Kind = FaultyDisk::Kind;

class DurableFileTest : public testing::Test {
  protected:
    DurableFile make() { return {disk, reserve, folder / "file"}; }

    test::TempDir folder;
    FaultyDisk disk;
    Reserve reserve{folder.path()};
};

TEST_F(DurableFileTest, holds_what_was_appended) {
    auto file = make();
    file.append("one ");
    file.append("two");
    file.sync_data();
    file.trim();
    EXPECT_EQ(file.size(), 7U);
    EXPECT_EQ(octets_of(folder / "file"), "one two");
}

TEST_F(DurableFileTest, is_for_the_owner_only) {
    make();

    struct stat status {};

    ASSERT_EQ(::stat((folder / "file").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    make_folder(folder / "sub");
    ASSERT_EQ(::stat((folder / "sub").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(DurableFileTest, never_opens_a_file_that_is_there) {
    put_octets(folder / "file", "precious");
    EXPECT_THROW(make(), Error);
    EXPECT_EQ(octets_of(folder / "file"), "precious");
}

TEST_F(DurableFileTest, survives_short_writes_and_interruptions) {
    disk.be_awkward();
    auto file = make();
    file.append("some octets");
    file.sync();
    file.sync_data();
    EXPECT_EQ(octets_of(folder / "file"), "some octets");
    EXPECT_EQ(ReadableFile(disk, folder / "file").read(0, 100), "some octets");
}

TEST_F(DurableFileTest, goes_on_where_room_cannot_be_taken_ahead) {
    disk.fail_every(Kind::allocate, EOPNOTSUPP);
    auto file = make();
    file.append("some octets");
    EXPECT_EQ(octets_of(folder / "file"), "some octets");
}

TEST_F(DurableFileTest, gives_the_reserve_back_when_the_disk_is_full) {
    reserve.restore();
    ASSERT_TRUE(fs::exists(folder / "reserve"));
    auto file = make();
    disk.fail_every(Kind::allocate, ENOSPC);
    const auto error = error_of([&] { file.append("x"); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::storage);
    EXPECT_NE(std::string(error->what()).find("disk full"), std::string::npos);
    EXPECT_NE(error->hint(), hint_for(Errc::storage));
    EXPECT_FALSE(fs::exists(folder / "reserve"));
    reserve.restore();
    EXPECT_EQ(fs::file_size(folder / "reserve"), std::uint64_t{4} << 20);
}

TEST_F(DurableFileTest, says_what_is_wrong_with_the_disk) {
    const std::vector<std::pair<int, std::string>> rows{{EDQUOT, "disk full"},
                                                        {EROFS, "the file system is read-only"},
                                                        {EACCES, "permission denied"},
                                                        {EIO, "Input/output error"}};
    for (const auto& [number, text] : rows) {
        disk.fail_every(Kind::open, number);
        const auto error = error_of([&] { make(); });
        ASSERT_TRUE(error);
        EXPECT_EQ(error->code(), Errc::storage);
        EXPECT_NE(std::string(error->what()).find(text), std::string::npos) << error->what();
    }
}

TEST_F(DurableFileTest, reports_a_failed_sync) {
    auto file = make();
    disk.fail_every(Kind::sync_data, EIO);
    EXPECT_THROW(file.sync_data(), Error);
    disk.fail_every(Kind::sync, EIO);
    EXPECT_THROW(file.sync(), Error);
    EXPECT_THROW(sync_folder(disk, folder.path()), Error);
}

TEST_F(DurableFileTest, a_whole_file_is_synced_before_it_gets_its_name) {
    write_whole_file(disk, reserve, folder / "file", "text");
    EXPECT_EQ(octets_of(folder / "file"), "text");
    EXPECT_FALSE(fs::exists(folder / "file.new"));
    const auto& log = disk.log();
    const auto synced = std::find(log.begin(), log.end(), Kind::sync);
    const auto renamed = std::find(log.begin(), log.end(), Kind::rename);
    EXPECT_LT(synced, renamed);
    EXPECT_NE(std::find(renamed, log.end(), Kind::sync), log.end());
}

TEST_F(DurableFileTest, a_whole_file_is_there_whole_or_not_at_all) {
    write_whole_file(disk, reserve, folder / "first", "text");
    const auto calls = disk.calls();
    for (int call = 1; call <= calls; ++call) {
        FaultyDisk faulty;
        faulty.fail_at(call, EIO);
        const auto path = folder / ("file" + std::to_string(call));
        static_cast<void>(error_of([&] { write_whole_file(faulty, reserve, path, "text"); }));
        EXPECT_TRUE(!fs::exists(path) || octets_of(path) == "text") << call;
    }
}

TEST_F(DurableFileTest, reads_no_pipe_and_no_link) {
    ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
    EXPECT_EQ(ReadableFile(disk, folder / "pipe").problem(), "not a regular file");
    put_octets(folder / "file", "x");
    fs::create_symlink(folder / "file", folder / "link");
    EXPECT_FALSE(ReadableFile(disk, folder / "link").problem().empty());
    EXPECT_FALSE(ReadableFile(disk, folder / "missing").problem().empty());
}

TEST_F(DurableFileTest, tells_the_end_of_the_file_from_a_failure_to_read) {
    put_octets(folder / "file", "12345");
    const ReadableFile file(disk, folder / "file");
    EXPECT_EQ(file.read(3, 10), "45");
    EXPECT_EQ(file.read(9, 10), "");
    EXPECT_FALSE(file.has_failed());
    disk.fail_every(Kind::read, EIO);
    EXPECT_FALSE(file.read(0, 5));
    EXPECT_TRUE(file.has_failed());
}

TEST(WriterLock, is_held_by_one_and_names_it) {
    const test::TempDir folder;
    {
        const WriterLock lock(folder.path());
        const auto error = error_of([&] { const WriterLock second(folder.path()); });
        ASSERT_TRUE(error);
        EXPECT_EQ(error->code(), Errc::in_use);
        EXPECT_NE(std::string(error->what()).find(std::to_string(::getpid())), std::string::npos);
    }
    EXPECT_NO_THROW(const WriterLock again(folder.path()));
}

}  // namespace
}  // namespace mailkeep::archive
