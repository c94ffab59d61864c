// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"
#include "mailkeep/files/destination.hpp"
#include "mailkeep/files/file_tree.hpp"

#include "deflater.hpp"
#include "support/failure_of.hpp"
#include "support/temp_dir.hpp"
#include "zip_records.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <vector>

namespace mailkeep::files {

namespace fs = std::filesystem;
using test::failure_of;

namespace {

const Timestamp packed_at = *parse_rfc3339("2026-11-03T04:05:06Z");
constexpr std::uint64_t five_gib = std::uint64_t{5} << 30;
constexpr std::size_t more_than_zip_counts = 70'000;

/// Deflate makes it no smaller.
std::string noise(std::size_t size) {
    std::mt19937_64 random(size);
    std::string octets;
    while (octets.size() < size) {
        octets += static_cast<char>(random());
    }
    return octets;
}

void add_file(Destination& to, const FileHead& head, std::string_view text) {
    to.begin(head);
    // in pieces of all sizes
    for (std::size_t size = 1; !text.empty(); size *= 7) {
        to.write(text.substr(0, size));
        text.remove_prefix(std::min(size, text.size()));
    }
    to.end();
}

using Files = std::map<std::string, std::string>;

/// Of which some fit into what is held, some do not, and some have no size beforehand.
Files files_of_all_kinds() {
    std::string lines;
    while (lines.size() < 9'000'000) {
        lines += "Line " + std::to_string(lines.size() * 7919) + " of many.\r\n";
    }
    return {{"a/empty", ""},        {"a/one", "1"},
            {"a/text", "text\r\n"}, {"Entw\u00fcrfe/\u4e8c.eml", noise(3000)},
            {"b/lines", lines},     {"b/noise", noise(3'000'000)},
            {"c", noise(70'000)}};
}

void write_all_kinds(const fs::path& path) {
    const auto to = open_destination(path, Packing::zip, Existing::keep);
    for (const auto& [name, text] : files_of_all_kinds()) {
        add_file(*to, {"unknown/" + name, packed_at, std::nullopt}, text);
        add_file(*to, {"known/" + name, packed_at, text.size()}, text);
    }
    to->add_folder("folder/\u00e9");
    to->finish();
}

void write_many(const fs::path& path) {
    const auto to = open_destination(path, Packing::zip, Existing::keep);
    for (std::size_t i = 0; i < more_than_zip_counts; ++i) {
        const auto name = std::to_string(i);
        add_file(*to, {name, packed_at, name.size()}, name);
    }
    to->finish();
}

/// Two members, the second behind a hole, as it would be behind other members.
void write_far(const fs::path& path) {
    std::ofstream file(path, std::ios::binary);
    std::string directory;
    std::uint64_t end = 0;
    for (const std::uint64_t offset : {std::uint64_t{0}, five_gib}) {
        Deflater deflater;
        std::string octets;
        deflater.begin();
        deflater.write("text", octets);
        deflater.finish(octets);
        ZipMember member{.name = std::to_string(offset), .modified = packed_at};
        member.crc = deflater.crc();
        member.size = deflater.size();
        member.deflated_size = deflater.deflated_size();
        member.offset = offset;
        const auto header = local_header(member);
        file.seekp(static_cast<std::streamoff>(offset));
        file << header << octets;
        directory += directory_header(member);
        end = offset + header.size() + octets.size();
    }
    file << directory << end_of_directory(2, directory.size(), end);
}

class Unpacked final : public FileVisitor {
  public:
    bool wants(const FileEntry& /*entry*/) override { return true; }

    void take(const FileEntry& entry, std::string_view /*beginning*/, Source& source) override {
        auto& text = files[entry.path];
        std::vector<char> buffer(1 << 16);
        while (const auto count = source.read(buffer)) {
            text.append(buffer.data(), count);
        }
        modified[entry.path] = entry.modified;
    }

    void cannot_read(const FileEntry& entry, const Error& error) override {
        ADD_FAILURE() << entry.path << ": " << error.what();
    }

    Files files;
    std::map<std::string, std::optional<Timestamp>> modified;
};

class Zip : public testing::Test {
  protected:
    test::TempDir dir;
    fs::path out = dir.path() / "out.zip";
};

/// Programs that others wrote; $0 is the zip and $1 how many members it has.
struct Reader {
    const char* program;
    const char* command;
};

class ZipFor : public testing::TestWithParam<Reader> {
  protected:
    void SetUp() override {
        if (run("command -v " + std::string(GetParam().program)) != 0) {
            GTEST_SKIP() << "there is no " << GetParam().program;
        }
    }

    [[nodiscard]] bool takes(std::size_t members) const {
        return run(std::string("sh -c '") + GetParam().command + "' " + out.string() + " " +
                   std::to_string(members)) == 0;
    }

    static int run(const std::string& command) {
        return std::system((command + " >/dev/null").c_str());
    }

    test::TempDir dir;
    fs::path out = dir.path() / "out.zip";
};

}  // namespace

TEST_P(ZipFor, holds_what_was_packed) {
    write_all_kinds(out);
    EXPECT_TRUE(takes(2 * files_of_all_kinds().size() + 1));
}

TEST_P(ZipFor, holds_more_members_than_two_octets_count) {
    write_many(out);
    EXPECT_TRUE(takes(more_than_zip_counts));
}

TEST_P(ZipFor, holds_members_behind_more_octets_than_four_octets_count) {
    write_far(out);
    EXPECT_TRUE(takes(2));
}

INSTANTIATE_TEST_SUITE_P(
    Programs, ZipFor,
    testing::Values(Reader{"python3",
                           "python3 -c \"import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); "
                           "sys.exit(z.testzip() is not None or "
                           "len(z.infolist()) != int(sys.argv[2]))\" $0 $1"},
                    Reader{"unzip", "unzip -tqq $0 && test $(unzip -Z1 $0 | wc -l) = $1"},
                    Reader{"bsdtar", "test $(bsdtar -tf $0 | wc -l) = $1"}),
    [](const auto& info) { return info.param.program; });

TEST_F(Zip, gives_back_what_was_packed) {
    write_all_kinds(out);
    Unpacked found;
    walk_files(out, found);
    const auto packed = files_of_all_kinds();
    EXPECT_EQ(found.files.size(), 2 * packed.size());
    for (const auto& [name, text] : packed) {
        for (const auto* kind : {"known/", "unknown/"}) {
            EXPECT_TRUE(found.files.at(kind + name) == text) << kind << name;
            EXPECT_EQ(found.modified.at(kind + name), packed_at);
        }
    }
}

TEST_F(Zip, gives_back_what_was_packed_to_who_cannot_seek) {
    write_all_kinds(dir.path() / "inner.zip");
    std::ostringstream inner_text;
    inner_text << std::ifstream(dir.path() / "inner.zip", std::ios::binary).rdbuf();
    const auto inner = inner_text.str();
    const auto to = open_destination(out, Packing::zip, Existing::keep);
    add_file(*to, {"inner.zip", packed_at, inner.size()}, inner);
    to->finish();
    Unpacked found;
    walk_files(out, found);
    const auto packed = files_of_all_kinds();
    ASSERT_EQ(found.files.size(), 2 * packed.size());
    auto next = found.files.begin();
    for (const auto* kind : {"known/", "unknown/"}) {
        for (const auto& [name, text] : packed) {
            EXPECT_TRUE(next->first.ends_with(kind + name)) << next->first;
            EXPECT_TRUE(next->second == text) << kind << name;
            ++next;
        }
    }
}

TEST_F(Zip, keeps_times_that_one_of_its_forms_cannot_tell) {
    const auto to = open_destination(out, Packing::zip, Existing::keep);
    const std::map<std::string, Timestamp> times{{"old", *parse_rfc3339("1971-02-03T04:05:07Z")},
                                                 {"late", *parse_rfc3339("2040-02-03T04:05:06Z")}};
    for (const auto& [name, at] : times) {
        add_file(*to, {name, at, 1}, "1");
    }
    to->finish();
    Unpacked found;
    walk_files(out, found);
    for (const auto& [name, at] : times) {
        EXPECT_EQ(found.modified.at(name), at) << name;
    }
}

TEST_F(Zip, tells_sizes_before_the_octets_of_what_is_not_large) {
    std::string packed;
    const auto to = stream_destination(
        Packing::zip, [&](std::string_view octets) { packed += octets; }, dir.path());
    add_file(*to, {"a", packed_at, 4}, "text");
    to->finish();
    const auto number = [&](std::size_t at) { return static_cast<unsigned char>(packed.at(at)); };
    EXPECT_EQ(packed.substr(0, 4), "PK\3\4");
    EXPECT_EQ(number(6) & 8, 0);
    EXPECT_EQ(number(22), 4);
}

TEST_F(Zip, holds_little_of_what_is_large) {
    std::uint64_t sum = 0;
    const auto octets = noise(std::size_t{1} << 20);
    std::uint64_t given = 0;
    const auto to = stream_destination(
        Packing::zip, [&](std::string_view piece) { sum += piece.size(); }, dir.path());
    to->begin({"large", packed_at, std::nullopt});
    for (int i = 0; i < 20; ++i) {
        to->write(octets);
        given += octets.size();
        EXPECT_LT(given, sum + 2 * octets.size());
    }
    to->end();
    to->finish();
    EXPECT_GT(sum, given);
}

TEST_F(Zip, refuses_a_name_that_has_no_room) {
    const auto to = open_destination(out, Packing::zip, Existing::keep);
    EXPECT_EQ(failure_of([&] {
                  add_file(*to, {std::string(70'000, 'n'), packed_at, 1}, "1");
              }).code(),
              Errc::invalid);
}

}  // namespace mailkeep::files
