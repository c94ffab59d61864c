// SPDX-License-Identifier: Apache-2.0
#include "import_copies.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

namespace mailkeep::sync {

namespace {

constexpr std::size_t fewest_slots = 1024;

/// Two messages with one mark would count as copies of each other, and both would be kept.
std::uint64_t mark_of(std::string_view mailbox, const ContentId& content_id) {
    std::uint64_t mark = 0;
    std::memcpy(&mark, content_id.octets.data(), sizeof mark);
    return std::max<std::uint64_t>(mark ^ std::hash<std::string_view>()(mailbox), 1);
}

}  // namespace

std::uint64_t ImportCopies::count(std::string_view mailbox, const ContentId& content_id) {
    if (4 * used_ >= 3 * marks_.size()) {
        grow();
    }
    const auto mark = mark_of(mailbox, content_id);
    auto& slot = marks_[slot_of(mark)];
    if (slot == mark) {
        return 1 + ++repeated_[mark];
    }
    slot = mark;
    ++used_;
    return 1;
}

std::size_t ImportCopies::slot_of(std::uint64_t mark) const {
    auto at = mark % marks_.size();
    while (marks_[at] != 0 && marks_[at] != mark) {
        at = (at + 1) % marks_.size();
    }
    return at;
}

void ImportCopies::grow() {
    const auto before = std::exchange(
        marks_, std::vector<std::uint64_t>(std::max(2 * marks_.size(), fewest_slots)));
    for (const auto mark : before) {
        if (mark != 0) {
            marks_[slot_of(mark)] = mark;
        }
    }
}

}  // namespace mailkeep::sync
