// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"

#include "pack_format.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace mailkeep::archive {
namespace {

Digest digest(char octet) {
    return Digest::from_octets(std::string(32, octet));
}

const std::string group_uuid(16, 'g');

CommitRecord commit_of(std::uint64_t number) {
    return {.number = number,
            .at = from_unix_ms(1'000),
            .messages = 1,
            .events = 2,
            .frames = 3,
            .before = digest('b'),
            .digest = digest('d')};
}

/// Two records in one frame, one in the next that goes on behind it, one message that is gone.
std::vector<PackedMessage> some_contents() {
    return {{.content_id = digest('1'),
             .size = 100,
             .origin = {7, 3},
             .frame = 64,
             .offset = 1,
             .length = 108,
             .blobs = {digest('x'), digest('y')}},
            {.content_id = digest('2'),
             .size = 90'000,
             .origin = {7, 4},
             .frame = 64,
             .offset = 109,
             .length = 70,
             .blobs = {digest('y')}},
            {.content_id = digest('3'),
             .size = 9'000'000,
             .origin = {5, 0},
             .frame = 5'000,
             .offset = 1,
             .length = 9'000'010,
             .blobs = {}},
            {.content_id = digest('4'),
             .size = 12,
             .origin = {6, 1},
             .frame = 0,
             .offset = 0,
             .length = 0,
             .blobs = {}}};
}

PackIndex some_index() {
    return {.frames = {{64, FrameType::records, 1'000, 5'000},
                       {1'112, FrameType::blob, 50, 100},
                       {1'210, FrameType::blob, 60, 60}},
            .blobs = {{digest('x'), 52, 1'112}, {digest('y'), 12, 1'210}},
            .group = {.uuid = group_uuid,
                      .number = 3,
                      .is_closed = true,
                      .packs_before = {digest('p'), digest('q')},
                      .replaced = {digest('r')}}};
}

PackSeal some_seal() {
    return {.frames = 3,
            .index = 1'318,
            .messages = 3,
            .gone = 1,
            .blobs = 2,
            .octets = 9'090'100,
            .batches = {5, 7},
            .history = {4, 9},
            .epoch = 12,
            .number = 3,
            .is_closed = true,
            .group = group_uuid,
            .at = from_unix_ms(1'790'000'000'000),
            .zstd_version = 10'504,
            .root = digest('t')};
}

/// Whatever is cut off its end, or added there, is noticed.
void expect_exact_size(const std::string& octets,
                       const std::function<bool(std::string_view)>& accepts) {
    EXPECT_TRUE(accepts(octets));
    for (std::size_t size = 0; size < octets.size(); ++size) {
        EXPECT_FALSE(accepts(std::string_view(octets).substr(0, size))) << size;
    }
    EXPECT_FALSE(accepts(octets + '\0'));
}

TEST(PackFormat, names_a_pack_by_the_digest_of_its_octets) {
    const auto name = pack_name(sha256("abc"));
    EXPECT_EQ(name,
              "packs/ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.mkp");
    EXPECT_EQ(digest_in(name), sha256("abc"));
}

TEST(PackFormat, takes_no_other_name_for_that_of_a_pack) {
    const auto name = pack_name(sha256("abc"));
    EXPECT_FALSE(digest_in(""));
    EXPECT_FALSE(digest_in(name.substr(1)));
    EXPECT_FALSE(digest_in(name + "x"));
    EXPECT_FALSE(digest_in("packs/bb" + name.substr(8)));
    EXPECT_FALSE(digest_in("packs/tmp-00112233"));
    EXPECT_FALSE(digest_in("packs/ba/x.mkp"));
}

TEST(PackFormat, writes_the_head_of_a_record_as_documented) {
    const auto octets = encode(RecordHead{.origin = {300, 2}, .size = 23, .body = 24});
    EXPECT_EQ(to_hex(octets), "1cac020217");
    OctetReader reader(octets);
    EXPECT_EQ(take_record_head(reader), (RecordHead{{300, 2}, 23, 24}));
    EXPECT_TRUE(reader.at_end());
}

TEST(PackFormat, refuses_a_record_shorter_than_its_head) {
    const std::string octets("\x02\x01\x01\x01", 4);
    OctetReader reader(octets);
    EXPECT_FALSE(take_record_head(reader));
}

TEST(PackFormat, refuses_a_record_head_cut_off) {
    const auto octets = encode(RecordHead{.origin = {300, 2}, .size = 23, .body = 24});
    for (std::size_t size = 0; size < octets.size(); ++size) {
        OctetReader reader(std::string_view(octets).substr(0, size));
        EXPECT_FALSE(take_record_head(reader)) << size;
    }
}

TEST(PackFormat, says_how_much_of_a_blob_a_chunk_holds) {
    EXPECT_EQ((BlobHead{digest('x'), chunk_size + 5, 0}).chunk(), chunk_size);
    EXPECT_EQ((BlobHead{digest('x'), chunk_size + 5, chunk_size}).chunk(), 5U);
}

TEST(PackFormat, gives_blob_heads_back) {
    const BlobHead head{digest('x'), chunk_size + 5, chunk_size};
    const auto octets = encode(head) + "12345";
    EXPECT_EQ(decode_blob_head(octets), head);
    expect_exact_size(octets, [](auto view) { return decode_blob_head(view).has_value(); });
}

TEST(PackFormat, refuses_a_chunk_that_is_not_where_chunks_begin) {
    EXPECT_FALSE(decode_blob_head(encode(BlobHead{digest('x'), 10, 5}) + "12345"));
    EXPECT_FALSE(decode_blob_head(encode(BlobHead{digest('x'), 0, 0})));
    EXPECT_FALSE(decode_blob_head(encode(BlobHead{digest('x'), chunk_size, chunk_size})));
}

TEST(PackFormat, gives_contents_back) {
    const auto contents = some_contents();
    const auto octets = encode(std::span(contents));
    EXPECT_EQ(decode_contents(octets), contents);
    expect_exact_size(octets, [](auto view) { return decode_contents(view).has_value(); });
}

TEST(PackFormat, gives_contents_back_that_begin_in_the_middle_of_a_block) {
    auto contents = some_contents();
    contents.erase(contents.begin());
    EXPECT_EQ(decode_contents(encode(std::span(contents))), contents);
}

TEST(PackFormat, keeps_contents_within_fifty_octets_a_message_before_compression) {
    std::vector<PackedMessage> contents;
    std::uint64_t offset = 1;
    for (std::uint64_t i = 0; i < 1'000; ++i) {
        const std::uint64_t length = 3'000 + i;
        contents.push_back({.content_id = sha256(std::to_string(i)),
                            .size = length - 8,
                            .origin = {100 + i / 100, i % 100},
                            .frame = 64,
                            .offset = offset,
                            .length = length,
                            .blobs = {}});
        offset += length;
    }
    const auto octets = encode(std::span(contents));
    EXPECT_LE(octets.size(), contents.size() * 40);
    EXPECT_EQ(decode_contents(octets), contents);
}

TEST(PackFormat, refuses_counts_that_would_fill_the_memory) {
    for (const std::string_view counts :
         {"ffffffff0f000000", "00ffffffff0f0000", "0000ffffffff0f00", "808004808004000000"}) {
        EXPECT_FALSE(decode_contents(*from_hex(counts))) << counts;
    }
    EXPECT_FALSE(decode_index(*from_hex("ffffffffffffffffff01")));
    EXPECT_FALSE(decode_index(*from_hex("00ffffffffffffffffff01")));
}

TEST(PackFormat, refuses_a_blob_that_is_not_listed) {
    std::vector<PackedMessage> contents{some_contents()[1]};
    auto octets = encode(std::span(contents));
    ASSERT_EQ(octets.back(), '\0');  // the first blob listed
    octets.back() = '\1';
    EXPECT_FALSE(decode_contents(octets));
}

TEST(PackFormat, gives_history_back) {
    const HistoryBatch first{commit_of(4), "records"};
    const HistoryBatch second{commit_of(5), ""};
    const auto octets = encode(first) + encode(second);
    EXPECT_EQ(octets.size(), 2 * 100 + 7U);
    EXPECT_EQ(decode_history(octets), (std::vector{first, second}));
}

TEST(PackFormat, refuses_history_cut_off) {
    const auto octets = encode(HistoryBatch{commit_of(4), "records"});
    for (std::size_t size = 1; size < octets.size(); ++size) {
        EXPECT_FALSE(decode_history(std::string_view(octets).substr(0, size))) << size;
    }
}

TEST(PackFormat, gives_an_index_back) {
    const auto index = some_index();
    const auto octets = encode(index);
    EXPECT_EQ(decode_index(octets), index);
    expect_exact_size(octets, [](auto view) { return decode_index(view).has_value(); });
}

TEST(PackFormat, gives_an_index_back_that_closes_no_group) {
    auto index = some_index();
    index.group = {.uuid = group_uuid, .number = 2, .is_closed = false};
    EXPECT_EQ(decode_index(encode(index)), index);
}

TEST(PackFormat, refuses_a_blob_in_a_frame_of_another_type) {
    auto index = some_index();
    index.frames[1].type = FrameType::records;
    EXPECT_FALSE(decode_index(encode(index)));
}

TEST(PackFormat, gives_a_seal_back) {
    const auto seal = some_seal();
    const auto octets = encode(seal);
    EXPECT_EQ(octets.size(), seal_payload_size);
    EXPECT_EQ(decode_seal(octets), seal);
    expect_exact_size(octets, [](auto view) { return decode_seal(view).has_value(); });
}

TEST(PackFormat, refuses_a_seal_with_flags_of_the_future) {
    auto octets = encode(some_seal());
    octets[4] = '\2';
    EXPECT_FALSE(decode_seal(octets));
}

TEST(PackFormat, widens_a_range_of_batches) {
    BatchRange range;
    range.include(5);
    range.include(3);
    range.include(4);
    EXPECT_EQ(range, (BatchRange{3, 5}));
}

// RFC 6962 section 2.1.
TEST(PackFormat, hashes_tags_into_a_tree) {
    const Tag tag{'t'};
    const auto leaf = sha256(std::string(1, '\0') + std::string(tag.data(), tag.size()));
    EXPECT_EQ(root_of({}), sha256(""));
    EXPECT_EQ(root_of(std::vector{tag}), leaf);
    const auto pair = sha256("\1" + std::string(leaf.view()) + std::string(leaf.view()));
    EXPECT_EQ(root_of(std::vector{tag, tag, tag}),
              sha256("\1" + std::string(pair.view()) + std::string(leaf.view())));
}

}  // namespace
}  // namespace mailkeep::archive
