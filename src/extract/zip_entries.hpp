// SPDX-License-Identifier: Apache-2.0
// What lies in a zip, inflated piece by piece within the caps against bombs.
#pragma once

#include "mailkeep/extract/extractor.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct archive;

namespace mailkeep::extract {

/// One thread. Never throws; what hindered it stands in trouble().
class ZipEntries {
  public:
    /// `octets` must outlive it.
    explicit ZipEntries(std::string_view octets);

    /// The name of the next entry, until there is none or there is trouble.
    [[nodiscard]] std::optional<std::string> next();
    /// The next octets of this entry; returns how many, 0 at its end, -1 for trouble.
    int read(char* into, int room);

    [[nodiscard]] Trouble trouble() const { return trouble_; }

  private:
    struct Free {
        void operator()(struct archive* handle) const;
    };

    std::unique_ptr<struct archive, Free> handle_;
    std::size_t size_;
    std::size_t entries_ = 0;
    std::size_t inflated_ = 0;
    Trouble trouble_ = Trouble::none;
};

}  // namespace mailkeep::extract
