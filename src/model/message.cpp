// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/model/message.hpp"

#include <cstdlib>

namespace mailkeep {

namespace {

constexpr std::chrono::minutes hour{60};

std::string two_digits(std::chrono::minutes::rep number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

std::string to_rfc3339(const InternalDate& date) {
    auto text = to_rfc3339(date.at + date.zone);
    if (date.zone.count() != 0) {
        const auto minutes = std::abs(date.zone.count());
        text.back() = date.zone.count() < 0 ? '-' : '+';
        text += two_digits(minutes / hour.count()) + ":" + two_digits(minutes % hour.count());
    }
    return text;
}

}  // namespace mailkeep
