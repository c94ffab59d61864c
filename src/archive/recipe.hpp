// SPDX-License-Identifier: Apache-2.0
// The recipe of a message that was taken apart (segments.hpp): which of its octets stand as they
// are and which are a body of octets, sent as base64, that is encoded again under the lines of
// then.
//
// A body is written as the base64 text that RFC 4648 gives for it, padding included. Runs take that
// text from its front, one after another; what stood between them (blank lines, blanks) is literal.
// So how the text was broken into lines is no part of the body.
#pragma once

#include "mailkeep/base/crypto.hpp"

#include "octets.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mailkeep::archive {

/// Of one message; a reader may have to hold them all.
inline constexpr std::size_t most_ops = 65536;
/// Of a body among the data; a reader may have to hold it.
inline constexpr std::uint64_t most_inline_octets = std::uint64_t{64} << 10;

enum class LineEnd : std::uint8_t { crlf, lf };

[[nodiscard]] inline std::uint64_t size_of(LineEnd end) {
    return end == LineEnd::crlf ? 2 : 1;
}

/// An attachment by its content: the SHA-256 of all its octets, and how many these are.
struct BlobRef {
    Digest id;
    std::uint64_t size = 0;

    friend bool operator==(const BlobRef&, const BlobRef&) = default;
};

/// How characters of a base64 text stand in lines.
struct Run {
    std::uint64_t characters = 0;
    /// Of every line but the last, which may be shorter; 0 when there is one line only.
    std::uint64_t line_length = 0;
    LineEnd line_end = LineEnd::crlf;
    bool ends_with_line_end = false;

    /// Of the text with its line ends.
    [[nodiscard]] std::uint64_t size() const;

    friend bool operator==(const Run&, const Run&) = default;
};

struct Op {
    enum class Kind : std::uint8_t {
        literal,      ///< size octets of the data
        inline_body,  ///< the body of the next runs: size octets of the data
        blob_body,    ///< the body of the next runs: the next of Recipe::blobs
        run,          ///< the next characters of the body's text
    };

    Kind kind{};
    std::uint64_t size = 0;  ///< of a literal or body
    Run run = {};

    friend bool operator==(const Op&, const Op&) = default;
};

/// Gives `size` octets from `data_size` octets of data and the blobs. After the last op the rest of
/// the message is literal, so that a message without attachments has no op at all.
struct Recipe {
    std::uint64_t size = 0;
    std::uint64_t data_size = 0;
    std::vector<Op> ops;
    std::vector<BlobRef> blobs;  ///< in the order of the ops; one may stand here twice

    friend bool operator==(const Recipe&, const Recipe&) = default;
};

/// Characters of the base64 text of a body, padding included.
[[nodiscard]] inline std::uint64_t text_size(std::uint64_t octets) {
    return (octets + 2) / 3 * 4;
}

/// Appends the ops, but neither size nor data_size.
void put_recipe(std::string& out, const Recipe& recipe);

/// Takes what put_recipe wrote off the front, for a message of that size. Nothing when it is
/// malformed or would give more octets than that, whatever data and blobs hold.
[[nodiscard]] std::optional<Recipe> take_recipe(OctetReader& octets, std::uint64_t size);

}  // namespace mailkeep::archive
