// SPDX-License-Identifier: Apache-2.0
#include "manifest.hpp"

#include <gtest/gtest.h>

namespace mailkeep::archive {
namespace {

const std::string file = "journal/0000000001-000001.mkj";

const std::vector<StoredMessage> messages{
    {sha256("a"), 1, {file, 64, 0}},
    {sha256("b"), std::uint64_t{5} << 32, {file, std::uint64_t{3} << 33, 1048575}}};

const std::vector<Tag> tags{{'a'}, {'b'}};

CommitRecord record() {
    CommitRecord record{.number = 9,
                        .at = from_unix_ms(-1),
                        .messages = 2,
                        .events = 3,
                        .frames = 2,
                        .before = sha256("before"),
                        .digest = {}};
    record.digest = digest_of(record, "0123456789abcdef", tags);
    return record;
}

TEST(Manifest, gives_back_what_it_was_made_of) {
    EXPECT_EQ(decode_manifest(encode_manifest(messages), file), messages);
    EXPECT_EQ(decode_manifest(encode_manifest({}), file), std::vector<StoredMessage>());
}

TEST(Manifest, is_refused_when_cut_short_or_too_long) {
    const auto payload = encode_manifest(messages);
    for (std::size_t size = 0; size < payload.size(); ++size) {
        EXPECT_FALSE(decode_manifest(payload.substr(0, size), file)) << size;
    }
    EXPECT_FALSE(decode_manifest(payload + 'x', file));
}

TEST(Manifest, is_refused_when_its_count_is_a_lie) {
    EXPECT_FALSE(decode_manifest("\xFF\xFF\xFF\xFF", file));
}

TEST(Manifest, is_refused_when_a_message_is_stored_in_a_way_unknown_to_us) {
    auto flagged = encode_manifest(messages);
    flagged[4 + 52] = 1;
    EXPECT_FALSE(decode_manifest(flagged, file));
    auto with_operations = encode_manifest(messages);
    with_operations[4 + 54] = 1;
    EXPECT_FALSE(decode_manifest(with_operations, file));
}

TEST(Commit, gives_back_what_it_was_made_of) {
    const auto payload = encode(record());
    EXPECT_EQ(payload.size(), commit_payload_size);
    EXPECT_EQ(decode_commit(payload), record());
    EXPECT_FALSE(decode_commit(payload.substr(1)));
}

TEST(Commit, has_another_digest_for_another_file_other_tags_or_another_member) {
    const auto digest = record().digest;
    EXPECT_NE(digest_of(record(), "0123456789abcdeX", tags), digest);
    EXPECT_NE(digest_of(record(), "0123456789abcdef", std::vector<Tag>{{'b'}, {'a'}}), digest);
    auto other = record();
    other.at += std::chrono::milliseconds{1};
    EXPECT_NE(digest_of(other, "0123456789abcdef", tags), digest);
    other = record();
    other.before = {};
    EXPECT_NE(digest_of(other, "0123456789abcdef", tags), digest);
}

}  // namespace
}  // namespace mailkeep::archive
