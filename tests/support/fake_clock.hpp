// SPDX-License-Identifier: Apache-2.0
// A Clock that stands still until a test moves it.
#pragma once

#include "mailkeep/base/time.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace mailkeep::test {

class FakeClock final : public Clock {
  public:
    /// 2026-01-01T00:00:00Z.
    FakeClock() : FakeClock(from_unix_ms(1'767'225'600'000)) {}

    explicit FakeClock(Timestamp now) : now_(unix_ms(now)) {}

    [[nodiscard]] Timestamp now() const override { return from_unix_ms(now_); }

    void set(Timestamp now) { now_ = unix_ms(now); }

    void advance(std::chrono::milliseconds by) { now_ += by.count(); }

  private:
    std::atomic<std::int64_t> now_;
};

}  // namespace mailkeep::test
