// SPDX-License-Identifier: Apache-2.0
// Messages taken apart into a recipe, data and blobs (decoded attachments), and put together again,
// octet for octet whatever they are. No MIME is parsed: what looks like base64 and would come out
// the same is base64. A large attachment is the same blob under whatever line length and line ends
// it was sent. Pure: no I/O. Neither direction holds more than a few MiB besides the message.
#pragma once

#include "body_scan.hpp"
#include "recipe.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace mailkeep::archive {

/// A body with fewer octets stays with its message.
inline constexpr std::uint64_t fewest_blob_octets = std::uint64_t{16} << 10;

/// Takes octets in pieces; a piece is gone when the call returns.
using OctetSink = std::function<void(std::string_view)>;

/// Borrows the message, which must outlive it. One thread.
class TakenApart {
  public:
    explicit TakenApart(std::string_view raw);

    [[nodiscard]] const Recipe& recipe() const { return recipe_; }

    /// recipe().data_size octets in all.
    void for_each_data(const OctetSink& sink) const;
    /// The octets of recipe().blobs[index], in pieces of that many and a last one of what is left.
    void for_each_piece(std::size_t index, std::size_t piece_size, const OctetSink& sink) const;

  private:
    void write_recipe();
    void decode(const PlacedBody& body, std::size_t piece_size, const OctetSink& sink) const;

    std::string_view raw_;
    PlacedBodies found_;
    std::vector<std::size_t> blob_bodies_;  // in found_.bodies, beside recipe_.blobs
    Recipe recipe_;
};

/// The next octets of a message's data: at least one and at most that many, or nothing when there
/// are no more. They must stay until the next call.
using DataSource = std::function<std::string_view(std::uint64_t most)>;
/// The octets of a blob from an offset on, at least one, or nothing when they cannot be had. They
/// must stay until the next call. Offsets ascend while one body is written.
using BlobSource = std::function<std::string_view(const BlobRef& blob, std::uint64_t offset)>;

/// Gives the message in pieces. False when a source had nothing; the sink then has got a part.
/// Requires: a recipe from TakenApart or take_recipe.
[[nodiscard]] bool put_together(const Recipe& recipe, const DataSource& data,
                                const BlobSource& blobs, const OctetSink& sink);

}  // namespace mailkeep::archive
