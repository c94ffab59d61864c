// SPDX-License-Identifier: Apache-2.0
#include "wanted_messages.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>

namespace mailkeep::sync {

ContentMark mark_of(const ContentId& content_id) {
    ContentMark mark{};
    std::copy_n(content_id.octets.begin(), mark.size(), mark.begin());
    return mark;
}

std::uint64_t mark_of(std::string_view message_id) {
    return message_id.empty()
               ? 0
               : std::max<std::uint64_t>(std::hash<std::string_view>()(message_id), 1);
}

WantedIndex::WantedIndex(std::span<const WantedMessage> messages)
    : messages_(messages), by_content_(messages.size()) {
    std::iota(by_content_.begin(), by_content_.end(), Place{0});
    std::ranges::sort(by_content_, {},
                      [this](Place place) { return std::pair(messages_[place].content, place); });
    std::ranges::unique_copy(by_content_, std::back_inserter(by_size_), {},
                             [this](Place place) { return messages_[place].content; });
    by_message_id_ = by_size_;
    std::ranges::sort(by_message_id_, {}, [this](Place place) {
        return std::pair(messages_[place].message_id, place);
    });
    std::ranges::sort(by_size_, {}, [this](Place place) { return messages_[place].size; });
}

std::optional<Place> WantedIndex::with(const ContentMark& content) const {
    const auto content_of = [this](Place place) { return messages_[place].content; };
    const auto found = std::ranges::lower_bound(by_content_, content, {}, content_of);
    const bool is_wanted = found != by_content_.end() && content_of(*found) == content;
    return is_wanted ? std::optional(*found) : std::nullopt;
}

std::span<const Place> WantedIndex::called(std::uint64_t message_id) const {
    return std::ranges::equal_range(by_message_id_, message_id, {},
                                    [this](Place place) { return messages_[place].message_id; });
}

bool WantedIndex::has_size(std::uint64_t least, std::uint64_t most) const {
    const auto size_of = [this](Place place) { return messages_[place].size; };
    const auto next = std::ranges::lower_bound(by_size_, least, {}, size_of);
    return next != by_size_.end() && size_of(*next) <= most;
}

std::vector<Place> WantedIndex::contents() const {
    std::vector<Place> contents(messages_.size());
    auto first = Place{0};
    for (std::size_t i = 0; i < by_content_.size(); ++i) {
        const auto place = by_content_[i];
        if (i == 0 || messages_[place].content != messages_[first].content) {
            first = place;
        }
        contents[place] = first;
    }
    return contents;
}

}  // namespace mailkeep::sync
