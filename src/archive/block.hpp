// SPDX-License-Identifier: Apache-2.0
// zstd around the payload of one frame, with caps on both sides. The only file that knows zstd.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::archive {

/// The compressed octets; nothing when they would not be fewer, or when raw is too short for the
/// attempt to be worth it.
[[nodiscard]] std::optional<std::string> compress(std::string_view raw);

/// Exactly raw_size octets, or nothing: a stream that is damaged, or longer or shorter than that,
/// is refused before it can fill the memory.
[[nodiscard]] std::optional<std::string> decompress(std::string_view stored, std::size_t raw_size);

}  // namespace mailkeep::archive
