// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/signature.hpp"
#include "mailkeep/base/text.hpp"

#include "checkpoint.hpp"

#include <gtest/gtest.h>

namespace mailkeep::archive {
namespace {

/// RFC 8032 section 7.1, test 1.
const std::string key =
    *from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
const std::string origin = "mailkeep/10111213-1415-1617-1819-1a1b1c1d1e1f";

Checkpoint example() {
    return sign_checkpoint(
        {3,
         *Digest::from_hex("aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
         1,
         *parse_rfc3339("2026-11-23T12:00:00.500Z"),
         {}},
        origin, key);
}

/// openssl pkeyutl -verify takes this signature for that of the five lines.
TEST(Checkpoint, is_a_signed_note) {
    EXPECT_EQ(example().note,
              "mailkeep/10111213-1415-1617-1819-1a1b1c1d1e1f\n"
              "3\n"
              "rra8/idLcKFPsGel5VeCZNsPqbUa9eC6FZFY8yngbnc=\n"
              "covers batch 1\n"
              "time 2026-11-23T12:00:00.500Z\n"
              "\n"
              "\xE2\x80\x94 mailkeep/10111213-1415-1617-1819-1a1b1c1d1e1f "
              "5sggg0AZ42B631vJ4XdGi8a+s6j0doBjxcSpomxfiLSsob+upV/HGtPw0kzj8j12xd1ZHbjg/maYSBP+"
              "9Sk50Y/4EgM=\n");
}

TEST(Checkpoint, reads_what_was_signed) {
    const auto read = read_checkpoint(example().note, origin, public_key_of(key));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->size, 3U);
    EXPECT_EQ(read->root, example().root);
    EXPECT_EQ(read->covers, 1U);
    EXPECT_EQ(read->at, example().at);
    EXPECT_EQ(read->note, example().note);
}

TEST(Checkpoint, of_another_origin_or_key_is_none) {
    EXPECT_FALSE(read_checkpoint(example().note, "mailkeep/other", public_key_of(key)));
    EXPECT_FALSE(read_checkpoint(example().note, origin, public_key_of(make_signing_key())));
}

TEST(Checkpoint, cut_or_changed_anywhere_is_none) {
    const auto note = example().note;
    for (std::size_t at = 0; at < note.size(); ++at) {
        EXPECT_FALSE(read_checkpoint(note.substr(0, at), origin, public_key_of(key))) << at;
        auto changed = note;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        EXPECT_FALSE(read_checkpoint(changed, origin, public_key_of(key))) << at;
    }
    EXPECT_FALSE(read_checkpoint(note + "\n", origin, public_key_of(key)));
}

TEST(Checkpoint, notes_are_told_apart_by_their_first_line) {
    const auto note = example().note;
    const auto three = note + note + note;
    EXPECT_EQ(split_notes(three, origin), (std::vector<std::string_view>{note, note, note}));
    EXPECT_TRUE(split_notes("", origin).empty());
    EXPECT_EQ(split_notes(note.substr(0, 100) + "\n" + note, origin).size(), 2U);
    EXPECT_EQ(split_notes("\n\n\n", origin).size(), 1U);
}

}  // namespace
}  // namespace mailkeep::archive
