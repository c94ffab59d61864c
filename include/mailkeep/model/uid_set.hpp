// SPDX-License-Identifier: Apache-2.0
// A set of UIDs as sorted ranges: mailboxes number densely, so a million UIDs are a few ranges, and
// union and difference cost by ranges, not by messages (RFC 9051 section 9, sequence-set).
#pragma once

#include "mailkeep/model/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mailkeep {

/// A value. Ranges are sorted, apart by at least one, first <= last, never 0.
class UidSet {
  public:
    struct Range {
        Uid first = 0;
        Uid last = 0;

        friend bool operator==(const Range&, const Range&) = default;
    };

    UidSet() = default;
    [[nodiscard]] static UidSet of(const std::vector<Uid>& uids);

    void add(Uid uid) { add(uid, uid); }

    void add(Uid first, Uid last);
    [[nodiscard]] bool contains(Uid uid) const;

    [[nodiscard]] bool empty() const { return ranges_.empty(); }

    [[nodiscard]] std::uint64_t count() const;

    [[nodiscard]] const std::vector<Range>& ranges() const { return ranges_; }

    /// Every UID, ascending. For sets known to be small or wanted whole.
    [[nodiscard]] std::vector<Uid> to_vector() const;

    friend UidSet operator-(const UidSet& a, const UidSet& b);
    friend UidSet operator|(const UidSet& a, const UidSet& b);
    friend bool operator==(const UidSet&, const UidSet&) = default;

  private:
    std::vector<Range> ranges_;
};

UidSet operator-(const UidSet& a, const UidSet& b);
UidSet operator|(const UidSet& a, const UidSet& b);

}  // namespace mailkeep
