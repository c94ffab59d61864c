// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/model/flags.hpp"

#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <array>

namespace mailkeep {

namespace {

struct SystemFlag {
    std::string_view name;
    bool Flags::*member;
};

constexpr std::array system_flags{
    SystemFlag{"\\Answered", &Flags::answered}, SystemFlag{"\\Flagged", &Flags::flagged},
    SystemFlag{"\\Deleted", &Flags::deleted}, SystemFlag{"\\Seen", &Flags::seen},
    SystemFlag{"\\Draft", &Flags::draft}};

}  // namespace

void Flags::add(std::string_view flag) {
    if (flag.empty() || equals_ignoring_case(flag, "\\Recent")) {
        return;
    }
    for (const auto& [name, member] : system_flags) {
        if (equals_ignoring_case(flag, name)) {
            this->*member = true;
            return;
        }
    }
    const auto place = std::lower_bound(keywords.begin(), keywords.end(), flag);
    if (place == keywords.end() || *place != flag) {
        keywords.emplace(place, flag);
    }
}

std::vector<std::string> words_of(const Flags& flags) {
    std::vector<std::string> words;
    for (const auto& [name, member] : system_flags) {
        if (flags.*member) {
            words.emplace_back(name);
        }
    }
    words.insert(words.end(), flags.keywords.begin(), flags.keywords.end());
    return words;
}

std::string to_text(const Flags& flags) {
    return join(words_of(flags), " ");
}

Flags flags_from_text(std::string_view text) {
    Flags flags;
    for (const auto word : split(text, ' ')) {
        flags.add(word);
    }
    return flags;
}

}  // namespace mailkeep
