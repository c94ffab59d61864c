// SPDX-License-Identifier: Apache-2.0
// Names as formats list them.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace mailkeep::extract {

[[nodiscard]] inline bool is_one_of(std::string_view word,
                                    std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace mailkeep::extract
