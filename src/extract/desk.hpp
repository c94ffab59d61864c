// SPDX-License-Identifier: Apache-2.0
// A file without a name, in memory (memfd_create(2)): what lies on it is on no disk and is not held
// by this process.
#pragma once

#include <string_view>

namespace mailkeep::extract {

/// One thread. Throws Error{internal} when there is no memory.
class Desk {
  public:
    Desk();
    ~Desk();
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;

    void clear();
    void append(std::string_view octets);

    [[nodiscard]] int descriptor() const { return descriptor_; }

  private:
    int descriptor_;
};

}  // namespace mailkeep::extract
