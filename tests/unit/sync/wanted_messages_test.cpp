// SPDX-License-Identifier: Apache-2.0
#include "wanted_messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::sync {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

WantedMessage wanted(std::string_view octets, std::string_view message_id, std::uint64_t size) {
    return {{}, mark_of(sha256(octets)), mark_of(message_id), size};
}

class Wanted : public testing::Test {
  protected:
    // NOLINTNEXTLINE(cppcoreguidelines-non-private-member-variables-in-classes)
    const std::vector<WantedMessage> messages_{wanted("b", "1@x", 30), wanted("a", "2@x", 10),
                                               wanted("b", "1@x", 30), wanted("c", "1@x", 20),
                                               wanted("a", "2@x", 10)};
    const WantedIndex index_{messages_};
};

TEST_F(Wanted, are_found_by_content_the_first_of_it) {
    EXPECT_EQ(index_.with(mark_of(sha256("a"))), Place{1});
    EXPECT_EQ(index_.with(mark_of(sha256("b"))), Place{0});
    EXPECT_EQ(index_.with(mark_of(sha256("d"))), std::nullopt);
}

TEST_F(Wanted, are_found_by_message_id_each_content_once) {
    EXPECT_THAT(index_.called(mark_of("1@x")), ElementsAre(0, 3));
    EXPECT_THAT(index_.called(mark_of("2@x")), ElementsAre(1));
    EXPECT_THAT(index_.called(mark_of("3@x")), IsEmpty());
    EXPECT_THAT(index_.called(mark_of("")), IsEmpty());
}

TEST_F(Wanted, are_found_by_size) {
    EXPECT_TRUE(index_.has_size(11, 20));
    EXPECT_FALSE(index_.has_size(11, 19));
    EXPECT_FALSE(index_.has_size(31, 99));
}

TEST_F(Wanted, tell_of_each_the_first_with_its_content) {
    EXPECT_THAT(index_.contents(), ElementsAre(0, 1, 0, 3, 1));
    EXPECT_THAT(WantedIndex({}).contents(), IsEmpty());
}

}  // namespace

}  // namespace mailkeep::sync
