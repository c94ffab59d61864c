// SPDX-License-Identifier: Apache-2.0
// zstd around the payload of one frame, with caps on both sides. The only file that knows zstd.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::archive {

/// One zstd context, to be used again and again. One thread.
class Compressor {
  public:
    /// What saves less than least_gain percent is not worth the time of every later reader.
    Compressor(int level, int least_gain);
    ~Compressor();
    Compressor(Compressor&&) noexcept;
    Compressor& operator=(Compressor&&) noexcept;

    /// The compressed octets; nothing when they would not be fewer by the least gain, or when raw
    /// is too short for the attempt to be worth it.
    [[nodiscard]] std::optional<std::string> compress(std::string_view raw);

  private:
    struct Context;
    std::unique_ptr<Context> context_;
    int least_gain_;
};

/// Exactly raw_size octets, or nothing: a stream that is damaged, or longer or shorter than that,
/// is refused before it can fill the memory.
[[nodiscard]] std::optional<std::string> decompress(std::string_view stored, std::size_t raw_size);

}  // namespace mailkeep::archive
