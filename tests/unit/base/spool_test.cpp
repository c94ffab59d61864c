// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/spool.hpp"

#include "support/failure_of.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

using namespace mailkeep;

namespace {

const std::string spool_key(32, 'k');

std::string octets_of_spool(const Spool& spool) {
    std::string octets;
    spool.read([&](std::string_view piece) {
        octets += piece;
        return true;
    });
    return octets;
}

std::string random_mail(std::size_t size) {
    std::string text = "Subject: in the clear\r\n\r\n" + random_octets(4096);
    while (text.size() < size) {
        text += text;
    }
    text.resize(size);
    return text;
}

std::string on_disk(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

}  // namespace

TEST(Spool, gives_back_what_came_in_any_pieces) {
    const test::TempDir folder;
    const auto mail = random_mail(3'500'000);
    for (const std::size_t step : {std::size_t{65'536}, std::size_t{999'983}, mail.size()}) {
        Spool spool(folder.path() / "spool");
        for (std::size_t at = 0; at < mail.size(); at += step) {
            spool.append(std::string_view(mail).substr(at, step));
        }
        EXPECT_EQ(spool.read_from(mail.size() - 70'000), mail.substr(mail.size() - 70'000));
        EXPECT_EQ(spool.read_from(mail.size()), "");
        spool.close();
        EXPECT_EQ(spool.size(), mail.size());
        EXPECT_EQ(spool.digest(), sha256(mail));
        EXPECT_TRUE(octets_of_spool(spool) == mail);
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "spool"));
}

TEST(Spool, stops_reading_when_told) {
    const test::TempDir folder;
    Spool spool(folder.path());
    spool.append(random_mail(3'000'000));
    spool.close();
    int pieces = 0;
    spool.read([&](std::string_view) { return ++pieces < 2; });
    EXPECT_EQ(pieces, 2);
}

TEST(Spool, goes_on_in_its_file_with_what_is_whole) {
    const test::TempDir folder;
    const auto file = folder.path() / "part";
    const auto mail = random_mail(3'500'000);
    Spool(file, spool_key, "7").append(std::string_view(mail).substr(0, 2'500'000));
    {
        Spool spool(file, spool_key, "7");
        ASSERT_EQ(spool.size(), 2U << 20U);
        EXPECT_EQ(spool.read_from(spool.size() - 5), mail.substr((2U << 20U) - 5, 5));
        spool.append(std::string_view(mail).substr(spool.size()));
        spool.close();
        EXPECT_EQ(spool.digest(), sha256(mail));
        EXPECT_TRUE(octets_of_spool(spool) == mail);
        EXPECT_TRUE(std::filesystem::exists(file)) << "it can still be lost";
    }
    EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(Spool, takes_nothing_back_that_is_damaged_or_of_another) {
    const test::TempDir folder;
    const auto file = folder.path() / "part";
    const auto fill = [&] { Spool(file, spool_key, "7").append(random_mail(3'500'000)); };
    fill();
    EXPECT_EQ(Spool(file, spool_key, "8").size(), 0U);
    fill();
    EXPECT_EQ(Spool(file, std::string(32, 'l'), "7").size(), 0U);
    fill();
    std::fstream(file, std::ios::binary | std::ios::in | std::ios::out).seekp(2'000'000).put('x');
    EXPECT_EQ(Spool(file, spool_key, "7").size(), 1U << 20U);
    fill();
    std::filesystem::resize_file(file, 3'000'000);
    EXPECT_EQ(Spool(file, spool_key, "7").size(), 2U << 20U);
}

TEST(Spool, starts_over) {
    const test::TempDir folder;
    Spool spool(folder.path() / "part", spool_key, "7");
    spool.append(random_mail(2'500'000));
    spool.start_over();
    spool.append("abc");
    spool.close();
    EXPECT_EQ(spool.size(), 3U);
    EXPECT_EQ(spool.digest(), sha256("abc"));
    EXPECT_EQ(octets_of_spool(spool), "abc");
}

TEST(Spool, leaves_no_octet_readable_on_the_disk) {
    const test::TempDir folder;
    const auto file = folder.path() / "part";
    Spool spool(file, spool_key, "7");
    spool.append(random_mail(2'500'000));
    EXPECT_EQ(on_disk(file).find("in the clear"), std::string::npos);
    EXPECT_GT(on_disk(file).size(), 2'000'000U);
}

TEST(Spool, says_that_it_cannot_be_written) {
    const test::TempDir folder;
    std::ofstream(folder.path() / "file").put('x');
    const auto error = test::failure_of([&] { Spool(folder.path() / "file"); });
    EXPECT_EQ(error.code(), Errc::storage);
}

TEST(Spool, stays_a_week_when_nobody_goes_on_with_it) {
    const test::TempDir folder;
    Spool(folder.path() / "old", spool_key, "").append("a");
    Spool(folder.path() / "new", spool_key, "").append("a");
    using FileClock = std::filesystem::file_time_type::clock;
    std::filesystem::last_write_time(folder.path() / "old",
                                     FileClock::now() - std::chrono::hours(24 * 8));
    remove_old_spools(folder.path());
    remove_old_spools(folder.path() / "none");
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "old"));
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "new"));
}
