// SPDX-License-Identifier: Apache-2.0
#include "block_cache.hpp"

#include <algorithm>

namespace mailkeep::archive {

namespace {

constexpr std::size_t most_wanted = 64;

}  // namespace

CachedBlock BlockCache::take(const std::string& file, std::uint64_t frame) {
    const std::lock_guard lock(mutex_);
    const auto place = places_.find({file, frame});
    if (place == places_.end()) {
        return {};
    }
    auto block = std::move(place->second->block);
    octets_ -= block.raw.size();
    entries_.erase(place->second);
    places_.erase(place);
    return block;
}

void BlockCache::put(const std::string& file, CachedBlock block) {
    const std::lock_guard lock(mutex_);
    Key key{file, block.frame};
    if (block.frame == 0 || block.raw.size() > most_octets_ / 4 || places_.contains(key)) {
        return;
    }
    octets_ += block.raw.size();
    entries_.push_front({key, std::move(block)});
    places_.emplace(std::move(key), entries_.begin());
    while (octets_ > most_octets_) {
        static_cast<void>(forget_oldest());
    }
}

std::string BlockCache::room() {
    const std::lock_guard lock(mutex_);
    const bool is_full =
        !entries_.empty() && octets_ + entries_.back().block.raw.size() > most_octets_;
    return is_full ? forget_oldest() : std::string();
}

std::string BlockCache::forget_oldest() {
    auto& oldest = entries_.back();
    auto raw = std::move(oldest.block.raw);
    octets_ -= raw.size();
    places_.erase(oldest.key);
    entries_.pop_back();
    return raw;
}

bool BlockCache::was_wanted(const std::string& file, std::uint64_t frame) {
    const std::lock_guard lock(mutex_);
    Key key{file, frame};
    if (std::find(wanted_.begin(), wanted_.end(), key) != wanted_.end()) {
        return true;
    }
    wanted_.push_front(std::move(key));
    if (wanted_.size() > most_wanted) {
        wanted_.pop_back();
    }
    return false;
}

}  // namespace mailkeep::archive
