// SPDX-License-Identifier: Apache-2.0
// What is no recipe is refused, whatever octets it is made of.
#include "recipe.hpp"
#include "segments.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace mailkeep;
using namespace mailkeep::archive;

namespace {

using Kind = Op::Kind;
using Lines = mailkeep::archive::Run;  // which a test has, too, and otherwise

Op body(std::uint64_t octets) {
    return {Kind::inline_body, octets};
}

Op run(std::uint64_t characters, std::uint64_t line_length, LineEnd end = LineEnd::crlf) {
    return {Kind::run, 0, {characters, line_length, end, false}};
}

std::string written(std::vector<Op> ops, std::vector<BlobRef> blobs = {}) {
    std::string octets;
    put_recipe(octets, {.ops = std::move(ops), .blobs = std::move(blobs)});
    return octets;
}

std::optional<Recipe> taken(std::string_view octets, std::uint64_t size) {
    OctetReader reader(octets);
    return take_recipe(reader, size);
}

constexpr std::uint64_t enough = 1000000;

const BlobRef blob{sha256("blob"), 30000};

}  // namespace

TEST(Recipe, knows_how_long_a_run_is) {
    EXPECT_EQ((Lines{40000, 0, LineEnd::crlf, false}).size(), 40000U);
    EXPECT_EQ((Lines{40000, 0, LineEnd::crlf, true}).size(), 40002U);
    EXPECT_EQ((Lines{152, 76, LineEnd::crlf, false}).size(), 154U);
    EXPECT_EQ((Lines{152, 76, LineEnd::crlf, true}).size(), 156U);
    EXPECT_EQ((Lines{153, 76, LineEnd::lf, true}).size(), 156U);
    EXPECT_EQ((Lines{3, 1, LineEnd::lf, false}).size(), 5U);
}

TEST(Recipe, comes_back_with_the_size_of_its_data) {
    const auto octets = written({{Kind::literal, 10},
                                 body(57),
                                 run(76, 0),
                                 {Kind::literal, 2},
                                 {Kind::blob_body, blob.size},
                                 run(40000, 76, LineEnd::lf)},
                                {blob});
    const auto size = 10U + 76U + 2U + 40000U + 526U + 5U;
    const auto recipe = taken(octets, size);
    ASSERT_TRUE(recipe);
    EXPECT_EQ(recipe->data_size, 10U + 57U + 2U + 5U);
    EXPECT_EQ(recipe->blobs, std::vector{blob});
    std::string again;
    put_recipe(again, *recipe);
    EXPECT_EQ(again, octets);
    EXPECT_TRUE(taken(octets, size - 5));
    EXPECT_FALSE(taken(octets, size - 6));
}

TEST(Recipe, is_refused_when_cut_off) {
    const auto octets = written({{Kind::literal, 1000},
                                 body(57),
                                 run(76, 20),
                                 {Kind::blob_body, blob.size},
                                 run(40000, 76)},
                                {blob});
    ASSERT_TRUE(taken(octets, enough));
    for (std::size_t size = 0; size < octets.size(); ++size) {
        EXPECT_FALSE(taken(std::string_view(octets).substr(0, size), enough)) << size;
    }
}

TEST(Recipe, is_refused_when_its_ops_do_not_fit) {
    EXPECT_FALSE(taken(written({{Kind::literal, 0}}), enough)) << "empty literal";
    EXPECT_FALSE(taken(written({run(4, 0)}), enough)) << "run without a body";
    EXPECT_FALSE(taken(written({body(3), run(5, 0)}), enough)) << "run beyond the text";
    EXPECT_FALSE(taken(written({body(3), run(4, 0), run(1, 0)}), enough)) << "the same in two";
    EXPECT_FALSE(taken(written({body(30), run(0, 0)}), enough)) << "empty run";
    EXPECT_FALSE(taken(written({body(30), run(40, 40)}), enough)) << "one line written as lines";
    EXPECT_FALSE(taken(written({body(0), run(4, 0)}), enough)) << "empty body";
    EXPECT_FALSE(taken(written({body(most_inline_octets + 1), run(87384, 0)}), enough));
    EXPECT_TRUE(taken(written({body(most_inline_octets), run(87384, 0)}), enough));
}

TEST(Recipe, is_refused_when_a_body_is_hardly_used) {
    EXPECT_TRUE(taken(written({body(30), run(37, 0)}), enough));
    EXPECT_FALSE(taken(written({body(30), run(36, 0)}), enough));
    EXPECT_FALSE(taken(written({body(30), run(36, 0), body(30), run(40, 0)}), enough));
    EXPECT_FALSE(taken(written({{Kind::blob_body, blob.size}}, {blob}), enough));
}

TEST(Recipe, is_refused_when_numbers_are_huge) {
    for (const auto huge : {std::uint64_t{1} << 49, (std::uint64_t{1} << 62) - 1}) {
        EXPECT_FALSE(taken(written({{Kind::literal, huge}}), ~std::uint64_t{0}));
        EXPECT_FALSE(
            taken(written({{Kind::blob_body, huge}, run(huge, 1)}, {blob}), ~std::uint64_t{0}));
        EXPECT_FALSE(taken(written({body(30), run(40, huge)}), enough));
    }
    std::string many;
    put_varint(many, most_ops + 1);
    EXPECT_FALSE(taken(many + std::string(most_ops + 1, '\x04'), enough));
}

TEST(Recipe, never_gives_more_than_the_size_whatever_it_is_made_of) {
    int accepted = 0;
    const std::string zeros(100000, '\0');
    for (std::uint32_t seed = 1; seed <= 5000; ++seed) {
        std::mt19937 random(seed);
        std::string octets(1, static_cast<char>(random() % 8));
        for (int i = 0; i < 40; ++i) {
            octets += static_cast<char>(random() % (i % 2 == 0 ? 256 : 16));
        }
        const std::uint64_t size = random() % 5000;
        const auto recipe = taken(octets, size);
        if (!recipe)
            continue;
        ++accepted;
        std::uint64_t given = 0;
        std::uint64_t data_taken = 0;
        const auto data = [&](std::uint64_t most) {
            data_taken += most;
            return std::string_view(zeros).substr(0, most);
        };
        const auto blobs = [&](const BlobRef&, std::uint64_t) { return std::string_view(zeros); };
        EXPECT_TRUE(put_together(*recipe, data, blobs,
                                 [&](std::string_view piece) { given += piece.size(); }))
            << "seed " << seed;
        EXPECT_EQ(given, size) << "seed " << seed;
        EXPECT_EQ(data_taken, recipe->data_size) << "seed " << seed;
    }
    EXPECT_GT(accepted, 100);
}
