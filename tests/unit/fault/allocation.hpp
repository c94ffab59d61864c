// SPDX-License-Identifier: Apache-2.0
// Memory that ends: replaces operator new in fault_test.
#pragma once

namespace mailkeep::fault {

/// While it exists, the n-th call of operator new on this thread throws std::bad_alloc.
class MemoryEndsAt {
  public:
    explicit MemoryEndsAt(long allocation);
    MemoryEndsAt(const MemoryEndsAt&) = delete;
    MemoryEndsAt& operator=(const MemoryEndsAt&) = delete;
    ~MemoryEndsAt();
};

}  // namespace mailkeep::fault
