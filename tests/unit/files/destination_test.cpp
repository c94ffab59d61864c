// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/files/destination.hpp"

#include "support/failure_of.hpp"
#include "support/temp_dir.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>

namespace mailkeep::files {

namespace fs = std::filesystem;
using test::failure_of;

namespace {

const Timestamp date = *parse_rfc3339("2026-11-03T04:05:06Z");

std::string content_of(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

void put(const fs::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
}

std::set<std::string> all_below(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        names.insert(entry.path().lexically_relative(folder).string());
    }
    return names;
}

void add(Destination& to, const std::string& path, std::string_view text) {
    to.begin({.path = path, .modified = date});
    to.write(text);
    to.end();
}

Errc refusal(const fs::path& output, Packing packing, Existing existing) {
    return failure_of([&] { static_cast<void>(open_destination(output, packing, existing)); })
        .code();
}

class DestinationIn : public testing::Test {
  protected:
    test::TempDir dir;
    fs::path out = dir.path() / "out";
};

}  // namespace

TEST_F(DestinationIn, makes_a_folder_that_is_there_only_once_it_is_whole) {
    {
        auto to = open_destination(out, Packing::folder, Existing::keep);
        add(*to, "a/b/1.eml", "one");
        add(*to, "a/2.eml", "two");
        to->add_folder("empty/box");
        EXPECT_FALSE(fs::exists(out));
        to->finish();
    }
    EXPECT_EQ(all_below(dir.path()),
              (std::set<std::string>{"out", "out/a", "out/a/b", "out/a/b/1.eml", "out/a/2.eml",
                                     "out/empty", "out/empty/box"}));
    EXPECT_EQ(content_of(out / "a/b/1.eml"), "one");
    EXPECT_EQ(fs::status(out / "a/2.eml").permissions(), fs::perms{0600});
    EXPECT_EQ(fs::status(out).permissions(), fs::perms{0700});
}

TEST_F(DestinationIn, leaves_nothing_of_what_was_given_up) {
    for (const auto packing : {Packing::folder, Packing::zip, Packing::tar, Packing::single_zst}) {
        {
            auto to = open_destination(out, packing, Existing::keep);
            add(*to, "a/1.eml", "one");
        }
        EXPECT_EQ(all_below(dir.path()), std::set<std::string>{});
    }
}

TEST_F(DestinationIn, replaces_only_what_it_is_told_to) {
    fs::create_directory(out);
    put(out / "mine", "mine");
    put(out / "1.eml", "old");
    EXPECT_EQ(refusal(out, Packing::folder, Existing::keep), Errc::conflict);
    EXPECT_EQ(refusal(out, Packing::zip, Existing::replace), Errc::conflict);
    auto to = open_destination(out, Packing::folder, Existing::replace);
    add(*to, "1.eml", "new");
    to->finish();
    to.reset();
    EXPECT_EQ(content_of(out / "mine"), "mine");
    EXPECT_EQ(content_of(out / "1.eml"), "new");
    EXPECT_EQ(all_below(dir.path()).size(), 3U);
    EXPECT_EQ(refusal(out / "mine", Packing::zip, Existing::keep), Errc::conflict);
    EXPECT_EQ(content_of(out / "mine"), "mine");
}

TEST_F(DestinationIn, fills_an_empty_folder) {
    fs::create_directory(out);
    auto to = open_destination(out, Packing::folder, Existing::keep);
    add(*to, "1.eml", "new");
    to->finish();
    EXPECT_EQ(content_of(out / "1.eml"), "new");
}

TEST_F(DestinationIn, writes_one_behind_the_other_into_a_single_file) {
    auto to = open_destination(dir.path() / "all.mbox", Packing::single, Existing::keep);
    add(*to, "a", "one");
    add(*to, "b", "two");
    Spool note(dir.path());
    note.append("{}\n");
    note.close();
    to->add_note("index.jsonl", date, note);
    to->finish();
    to.reset();
    EXPECT_EQ(content_of(dir.path() / "all.mbox"), "onetwo");
    EXPECT_EQ(content_of(dir.path() / "all.mbox.index.jsonl"), "{}\n");
}

TEST_F(DestinationIn, does_not_take_the_place_of_a_foreign_index) {
    put(dir.path() / "all.mbox.index.csv", "mine");
    EXPECT_EQ(refusal(dir.path() / "all.mbox", Packing::single, Existing::keep), Errc::conflict);
    EXPECT_EQ(all_below(dir.path()), std::set<std::string>{"all.mbox.index.csv"});
}

TEST_F(DestinationIn, passes_on_what_the_sink_throws) {
    for (const auto packing : {Packing::tar, Packing::zip}) {
        int calls = 0;
        const auto sink = [&](std::string_view) {
            ++calls;
            throw Error(Errc::cancelled, "gone");
        };
        auto to = stream_destination(packing, sink, dir.path());
        std::string noise = random_octets(std::size_t{1} << 22);
        EXPECT_EQ(failure_of([&] { add(*to, "a", noise); }).code(), Errc::cancelled);
        to.reset();
        EXPECT_EQ(calls, 1);
    }
}

TEST_F(DestinationIn, tells_of_a_full_disk) {
    for (const auto packing : {Packing::tar, Packing::zip}) {
        const auto to = open_destination("/dev/full", packing, Existing::keep);
        const auto failure = failure_of([&] {
            add(*to, "a", "text");
            to->finish();
        });
        EXPECT_EQ(failure.code(), Errc::storage);
        EXPECT_NE(std::string(failure.what()).find(std::strerror(ENOSPC)), std::string::npos);
    }
}

TEST(Packing, is_told_by_the_end_of_the_name) {
    EXPECT_EQ(packing_of("/a/b.ZIP"), Packing::zip);
    EXPECT_EQ(packing_of("b.mbox.zst"), Packing::single_zst);
    EXPECT_EQ(packing_of("b.tar.zst"), Packing::tar_zst);
    EXPECT_EQ(packing_of("b.mbox"), Packing::single);
    EXPECT_EQ(packing_of("b.2026"), Packing::folder);
    EXPECT_EQ(packing_of(".zip"), Packing::folder);
    EXPECT_EQ(failure_of([] { static_cast<void>(packing_of("b.zst")); }).code(), Errc::invalid);
}

}  // namespace mailkeep::files
