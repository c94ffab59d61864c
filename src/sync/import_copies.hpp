// SPDX-License-Identifier: Apache-2.0
// How often an import has met each message in each mailbox: some twenty octets for each, for there
// may be millions of them.
#pragma once

#include "mailkeep/model/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mailkeep::sync {

/// One thread.
class ImportCopies {
  public:
    /// With this one.
    std::uint64_t count(std::string_view mailbox, const ContentId& content_id);

  private:
    /// Where it stands, or is to stand. Requires: a free slot.
    [[nodiscard]] std::size_t slot_of(std::uint64_t mark) const;
    void grow();

    std::vector<std::uint64_t> marks_;  // by open addressing; 0: free
    std::size_t used_ = 0;
    std::unordered_map<std::uint64_t, std::uint64_t> repeated_;  // further copies, by mark
};

}  // namespace mailkeep::sync
