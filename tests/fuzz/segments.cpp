// SPDX-License-Identifier: Apache-2.0
// Any octets taken apart come back; and as a recipe they are refused or give just what they say.
#include "segments.hpp"

#include "mailkeep/base/error.hpp"

#include "targets.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace mailkeep::fuzz {

using namespace archive;

namespace {

void take_apart_and_put_together(std::string_view raw) {
    const TakenApart apart(raw);
    std::string octets;
    put_recipe(octets, apart.recipe());
    OctetReader reader(octets);
    MAILKEEP_ASSERT(take_recipe(reader, raw.size()) == apart.recipe() && reader.at_end());
    std::string data;
    apart.for_each_data([&](std::string_view piece) { data += piece; });
    MAILKEEP_ASSERT(data.size() == apart.recipe().data_size);
    std::string_view left = data;
    std::string blob;
    std::string again;
    const bool is_whole = put_together(
        apart.recipe(),
        [&](std::uint64_t most) {
            const auto piece = left.substr(0, most);
            left.remove_prefix(piece.size());
            return piece;
        },
        [&](const BlobRef& ref, std::uint64_t offset) {
            const auto& blobs = apart.recipe().blobs;
            const auto place = std::find(blobs.begin(), blobs.end(), ref) - blobs.begin();
            blob.clear();
            apart.for_each_piece(static_cast<std::size_t>(place), 4096,
                                 [&](std::string_view piece) { blob += piece; });
            MAILKEEP_ASSERT(sha256(blob) == ref.id);
            return std::string_view(blob).substr(offset);
        },
        [&](std::string_view piece) { again += piece; });
    MAILKEEP_ASSERT(is_whole && left.empty() && again == raw);
}

void read_as_recipe(std::string_view octets) {
    constexpr std::uint64_t size = 100000;
    static const std::string zeros(size, '\0');
    OctetReader reader(octets);
    const auto recipe = take_recipe(reader, size);
    if (!recipe)
        return;
    std::uint64_t given = 0;
    const bool is_whole = put_together(
        *recipe, [](std::uint64_t most) { return std::string_view(zeros).substr(0, most); },
        [](const BlobRef&, std::uint64_t) { return std::string_view(zeros); },
        [&](std::string_view piece) { given += piece.size(); });
    MAILKEEP_ASSERT(is_whole && given == size);
}

}  // namespace

void segments(std::string_view octets) {
    take_apart_and_put_together(octets);
    read_as_recipe(octets);
}

}  // namespace mailkeep::fuzz
