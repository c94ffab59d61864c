// SPDX-License-Identifier: Apache-2.0
// What an Extractor and its process say to each other. Both are the same program, so numbers are as
// the machine has them. The message, and a PDF on its way to pdftotext, lie on the desk: a file
// without a name, in memory, that both have open.
#pragma once

#include "mailkeep/extract/extractor.hpp"

#include <cstdint>
#include <string_view>

namespace mailkeep::extract {

inline constexpr int desk_descriptor = 3;  ///< of the process

// How the process ends early.
inline constexpr int exit_unavailable = 80;  ///< it could not be locked down
inline constexpr int exit_no_program = 81;   ///< pdftotext could not be started
inline constexpr int exit_misled = 82;       ///< what it was told makes no sense

struct Request {
    enum class Kind : std::uint32_t {
        message,    ///< lies on the desk; the answer has a Format for each attachment
        attachment  ///< the answer is its text; a PDF is put on the desk instead
    };

    Kind kind = Kind::message;
    std::uint32_t position = 0;  ///< of the attachment, from 0
};

/// Is followed by so many octets.
struct Answer {
    std::uint32_t trouble = 0;
    std::uint32_t octets = 0;
};

/// Of what comes in one answer.
inline constexpr std::size_t most_answer = most_text;

template <class Frame>
[[nodiscard]] std::string_view octets_of(const Frame& frame) {
    return {reinterpret_cast<const char*>(&frame), sizeof frame};
}

}  // namespace mailkeep::extract
