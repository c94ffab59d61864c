// SPDX-License-Identifier: Apache-2.0
// Points in time: milliseconds since 1970, UTC. RFC 3339 both ways; a Clock that tests can set.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep {

using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// "2026-11-23T04:05:06Z"; milliseconds are written only when they are not zero.
[[nodiscard]] std::string to_rfc3339(Timestamp at);
/// Any RFC 3339 date-time, and also YYYY, YYYY-MM and YYYY-MM-DD (their first instant, UTC).
[[nodiscard]] std::optional<Timestamp> parse_rfc3339(std::string_view text);
[[nodiscard]] Timestamp from_unix_ms(std::int64_t milliseconds_since_1970);
[[nodiscard]] std::int64_t unix_ms(Timestamp at);

/// Safe to use from any thread.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override;
};

}  // namespace mailkeep
