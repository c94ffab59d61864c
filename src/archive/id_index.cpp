// SPDX-License-Identifier: Apache-2.0
#include "id_index.hpp"

#include <algorithm>

namespace mailkeep::archive {

namespace {

std::uint64_t beginning_of(const Digest& id) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) {
        value = value << 8 | id.octets.at(i);
    }
    return value;
}

}  // namespace

void IdIndex::add(const Digest& id, std::uint32_t file) {
    entries_.push_back({beginning_of(id), file});
}

std::vector<std::uint32_t> IdIndex::find(const Digest& id) {
    sort();
    const auto wanted = beginning_of(id);
    std::vector<std::uint32_t> files;
    for (auto entry = std::lower_bound(entries_.begin(), entries_.end(), Entry{wanted, 0});
         entry != entries_.end() && entry->id == wanted; ++entry) {
        if (files.empty() || files.back() != entry->file) {
            files.push_back(entry->file);
        }
    }
    return files;
}

/// New entries are few beside those that are sorted already.
void IdIndex::sort() {
    if (sorted_ == entries_.size()) {
        return;
    }
    const auto fresh = entries_.begin() + static_cast<std::ptrdiff_t>(sorted_);
    std::sort(fresh, entries_.end());
    std::inplace_merge(entries_.begin(), fresh, entries_.end());
    sorted_ = entries_.size();
}

}  // namespace mailkeep::archive
