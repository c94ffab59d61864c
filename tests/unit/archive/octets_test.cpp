// SPDX-License-Identifier: Apache-2.0
// Numbers in and out of octets.
#include "octets.hpp"

#include <gtest/gtest.h>

#include <limits>

using namespace mailkeep::archive;

namespace {

std::string varint_of(std::uint64_t value) {
    std::string octets;
    put_varint(octets, value);
    return octets;
}

bool is_refused(std::string_view octets) {
    OctetReader reader(octets);
    const auto value = reader.varint();
    return reader.failed() && value == 0 && reader.at_end();
}

}  // namespace

TEST(Varint, is_leb128) {
    EXPECT_EQ(varint_of(0), std::string(1, '\0'));
    EXPECT_EQ(varint_of(127), "\x7F");
    EXPECT_EQ(varint_of(128), std::string("\x80\x01", 2));
    EXPECT_EQ(varint_of(624485), "\xE5\x8E\x26");
    EXPECT_EQ(varint_of(std::numeric_limits<std::uint64_t>::max()),
              std::string(9, '\xFF') + "\x01");
}

TEST(Varint, comes_back_at_both_sides_of_every_power_of_two) {
    for (unsigned bit = 0; bit < 64; ++bit) {
        for (const auto value : {(std::uint64_t{1} << bit) - 1, std::uint64_t{1} << bit}) {
            const auto octets = varint_of(value) + "rest";
            OctetReader reader(octets);
            EXPECT_EQ(reader.varint(), value);
            EXPECT_EQ(reader.rest(), "rest");
            EXPECT_FALSE(reader.failed());
            EXPECT_EQ(varint_size(value) + 4, octets.size());
        }
    }
}

TEST(Varint, is_refused_when_cut_off) {
    const auto octets = varint_of(std::numeric_limits<std::uint64_t>::max());
    for (std::size_t size = 0; size < octets.size(); ++size) {
        EXPECT_TRUE(is_refused(octets.substr(0, size))) << size;
    }
}

TEST(Varint, is_refused_when_longer_than_needed_or_above_64_bits) {
    EXPECT_TRUE(is_refused(std::string("\x80\x00", 2)));
    EXPECT_TRUE(is_refused(std::string("\xFF\x00", 2)));
    EXPECT_TRUE(is_refused(std::string(9, '\xFF') + "\x02"));
    EXPECT_TRUE(is_refused(std::string(10, '\xFF') + "\x01"));
}
