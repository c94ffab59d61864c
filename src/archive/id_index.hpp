// SPDX-License-Identifier: Apache-2.0
// Which of many files may hold what has a certain id. Sixteen octets an id, so that millions fit
// into memory: only the beginning of each id is kept, and who finds a file must ask it.
#pragma once

#include "mailkeep/base/crypto.hpp"

#include <cstdint>
#include <vector>

namespace mailkeep::archive {

class IdIndex {
  public:
    void add(const Digest& id, std::uint32_t file);

    /// Files added with this id, perhaps others, each once, ascending.
    [[nodiscard]] std::vector<std::uint32_t> find(const Digest& id);

  private:
    struct Entry {
        std::uint64_t id = 0;  // its first octets
        std::uint32_t file = 0;

        friend auto operator<=>(const Entry&, const Entry&) = default;
    };

    void sort();

    std::vector<Entry> entries_;
    std::size_t sorted_ = 0;  // at the front
};

}  // namespace mailkeep::archive
