// SPDX-License-Identifier: Apache-2.0
// A message taken apart into memory, as a pack would hold it, and put together again from there.
#pragma once

#include "segments.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

namespace mailkeep::archive {

struct TakenMessage {
    std::string recipe;
    std::uint64_t size = 0;
    std::string data;
    std::map<Digest, std::string> blobs;
};

inline TakenMessage take_message(std::string_view raw) {
    const TakenApart apart(raw);
    TakenMessage taken{.size = raw.size()};
    put_recipe(taken.recipe, apart.recipe());
    apart.for_each_data([&](std::string_view octets) { taken.data += octets; });
    for (std::size_t i = 0; i < apart.recipe().blobs.size(); ++i) {
        auto& blob = taken.blobs[apart.recipe().blobs[i].id];
        blob.clear();
        apart.for_each_piece(i, 10000, [&](std::string_view octets) { blob += octets; });
    }
    return taken;
}

/// With sources that give at most `piece` octets at once; nothing when it cannot be put together.
inline std::optional<std::string> put_back(const TakenMessage& taken,
                                           std::size_t piece = std::string::npos) {
    OctetReader reader(taken.recipe);
    const auto recipe = take_recipe(reader, taken.size);
    if (!recipe || !reader.at_end() || recipe->data_size != taken.data.size())
        return std::nullopt;
    std::string_view left = taken.data;
    const auto data = [&](std::uint64_t most) {
        const auto octets = left.substr(0, std::min<std::uint64_t>(most, piece));
        left.remove_prefix(octets.size());
        return octets;
    };
    const auto blobs = [&](const BlobRef& blob, std::uint64_t offset) -> std::string_view {
        const auto found = taken.blobs.find(blob.id);
        if (found == taken.blobs.end() || found->second.size() != blob.size)
            return {};
        return std::string_view(found->second).substr(offset, piece);
    };
    std::string raw;
    const bool is_whole =
        put_together(*recipe, data, blobs, [&](std::string_view octets) { raw += octets; });
    if (!is_whole || !left.empty())
        return std::nullopt;
    return raw;
}

}  // namespace mailkeep::archive
