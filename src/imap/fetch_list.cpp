// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/imap/fetch_list.hpp"

#include <algorithm>

namespace mailkeep::imap {

namespace {

/// Of the set of UIDs, which leaves room for the rest of the command.
constexpr std::size_t set_limit = 880;
constexpr std::size_t longest_uid = 11;  ///< with a comma or colon behind it

bool is_before(const UidFlags& a, const UidFlags& b) {
    return a.uid < b.uid;
}

/// How long the set may become that is made of ascending UIDs told one after the other.
class SetLength {
  public:
    /// Descending.
    [[nodiscard]] bool takes(Uid uid) {
        const bool goes_on = has_any_ && uid + 1 == last_;
        const auto more = goes_on && is_range_ ? 0 : longest_uid;
        if (length_ + more > set_limit) {
            return false;
        }
        length_ += more;
        is_range_ = goes_on;
        has_any_ = true;
        last_ = uid;
        return true;
    }

  private:
    std::size_t length_ = 0;
    Uid last_ = 0;
    bool has_any_ = false;
    bool is_range_ = false;
};

}  // namespace

FetchList::FetchList(std::span<const UidFlags> wanted) : waiting_(wanted.begin(), wanted.end()) {
    std::sort(waiting_.begin(), waiting_.end(), is_before);
    const auto doubles =
        std::unique(waiting_.begin(), waiting_.end(),
                    [](const UidFlags& a, const UidFlags& b) { return a.uid == b.uid; });
    waiting_.erase(doubles, waiting_.end());
}

std::vector<UidFlags> FetchList::next(const FetchWindow& window) {
    const auto most = std::max<std::size_t>(window.uids, 1);
    std::vector<UidFlags> batch;
    SetLength length;
    std::uint64_t octets = 0;
    while (!waiting_.empty() && batch.size() < most && length.takes(waiting_.back().uid)) {
        batch.push_back(std::move(waiting_.back()));
        waiting_.pop_back();
        octets += batch.back().size;
        if (octets >= window.octets) {
            break;
        }
    }
    std::reverse(batch.begin(), batch.end());
    return batch;
}

void FetchList::give_back(const std::vector<UidFlags>& messages) {
    waiting_.insert(waiting_.end(), messages.begin(), messages.end());
    std::sort(waiting_.begin(), waiting_.end(), is_before);
}

}  // namespace mailkeep::imap
