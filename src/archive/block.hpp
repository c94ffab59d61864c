// SPDX-License-Identifier: Apache-2.0
// zstd around the payload of one frame, with caps on both sides. The only file that knows zstd.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::archive {

/// Beside its level, what zstd searches with; 0: what the level says.
struct Search {
    int hash_log = 0;
    int chain_log = 0;
    int search_log = 0;
};

/// One zstd context, to be used again and again. One thread.
class Compressor {
  public:
    /// What saves less than least_gain percent is not worth the time of every later reader.
    Compressor(int level, int least_gain, const Search& search = {});
    ~Compressor();
    Compressor(Compressor&&) noexcept;
    Compressor& operator=(Compressor&&) noexcept;

    /// The compressed octets, which stay until the next call; nothing when they would not be fewer
    /// by the least gain, or when raw is too short for the attempt to be worth it.
    [[nodiscard]] std::optional<std::string_view> compress(std::string_view raw);

  private:
    struct Context;
    std::unique_ptr<Context> context_;
    int least_gain_;
    std::string stored_;  // only grows: fresh memory for each frame costs as much as hashing it
};

/// Exactly raw_size octets, or nothing: a stream that is damaged, or longer or shorter than that,
/// is refused before it can fill the memory. `room` is a string whose memory serves for them.
[[nodiscard]] std::optional<std::string> decompress(std::string_view stored, std::size_t raw_size,
                                                    std::string room = {});

/// Decompresses from the front as far as asked, for who needs only a beginning. One thread.
class Decompressor {
  public:
    /// Requires: raw_size is bounded, as so much room is taken.
    explicit Decompressor(std::size_t raw_size);
    ~Decompressor();
    Decompressor(Decompressor&&) noexcept;
    Decompressor& operator=(Decompressor&&) noexcept;

    /// Goes on until there are that many octets or `stored`, off which it takes what it has used,
    /// is used up. Returns all octets so far, often more than asked for; they stay. Nothing when
    /// the stream is damaged.
    [[nodiscard]] std::optional<std::string_view> reach(std::size_t wanted,
                                                        std::string_view& stored);

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

/// Of the library, as in 10504 for 1.5.4.
[[nodiscard]] std::uint32_t zstd_version();

}  // namespace mailkeep::archive
