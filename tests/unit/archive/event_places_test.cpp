// SPDX-License-Identifier: Apache-2.0
#include "event_codec.hpp"
#include "event_places.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace mailkeep::archive {
namespace {

/// Tag 46 with a number.
const std::string place_300("\x2e\x08\0\0\0\x2c\x01\0\0\0\0\0\0", 13);
const std::string from_the_future("\3\0\0\0\xC8??", 7);

Event event_of(decltype(Event::what) what) {
    return {.at = {}, .run = RunId{3}, .what = std::move(what)};
}

TEST(EventPlaces, names_messages_of_the_batch_by_place) {
    const auto id = sha256("here");
    const auto other = sha256("elsewhere");
    const auto records = encode(event_of(Seen{.uid = 1, .content_id = other})) +
                         encode(event_of(UserRemoved{"ann"})) + from_the_future +
                         encode(event_of(Seen{.uid = 2, .content_id = id}));
    const auto shortened = shorten_ids(records, [&](const ContentId& asked) {
        return asked == id ? std::optional<std::uint64_t>(300) : std::nullopt;
    });
    ASSERT_TRUE(shortened);
    EXPECT_EQ(shortened->size() + 24, records.size());
    EXPECT_NE(shortened->find(place_300), std::string::npos);
    EXPECT_EQ(restore_ids(*shortened,
                          [&](std::uint64_t place) {
                              return place == 300 ? std::optional(id) : std::nullopt;
                          }),
              records);
}

TEST(EventPlaces, leaves_out_what_names_a_place_that_is_empty) {
    const auto kept = encode(event_of(UserRemoved{"ann"}));
    const auto shortened =
        shorten_ids(encode(event_of(Seen{.uid = 1, .content_id = sha256("x")})) + kept,
                    [](const ContentId&) { return std::optional<std::uint64_t>(0); });
    ASSERT_TRUE(shortened);
    EXPECT_EQ(restore_ids(*shortened, [](std::uint64_t) { return std::optional<ContentId>(); }),
              kept);
}

TEST(EventPlaces, refuses_to_translate_records_cut_off) {
    const auto octets = encode(event_of(Seen{.uid = 1, .content_id = sha256("x")}));
    for (std::size_t size = 1; size < octets.size(); ++size) {
        const auto cut = octets.substr(0, size);
        EXPECT_FALSE(
            shorten_ids(cut, [](const ContentId&) { return std::optional<std::uint64_t>(0); }));
        EXPECT_FALSE(restore_ids(cut, [](std::uint64_t) { return std::optional<ContentId>(); }));
    }
}

}  // namespace
}  // namespace mailkeep::archive
