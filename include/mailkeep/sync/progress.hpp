// SPDX-License-Identifier: Apache-2.0
// How far a run is: written by the run, read by whoever shows it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace mailkeep::sync {

/// Any thread.
class Progress {
  public:
    struct View {
        std::string place;  ///< mailbox being worked on
        std::uint64_t done = 0;
        std::uint64_t total = 0;  ///< messages known so far to be moved; grows
        std::uint64_t octets = 0;
        std::chrono::milliseconds pause{0};  ///< the server wants one of this length
    };

    void enter(const std::string& place);

    void expect(std::uint64_t messages) { total_ += messages; }

    void advance(std::uint64_t octets);

    /// The run waits, and what was still to be moved is found out anew after that.
    void pause(std::chrono::milliseconds length);
    void go_on();
    [[nodiscard]] View view() const;

  private:
    mutable std::mutex mutex_;  // guards place_ and pause_
    std::string place_;
    std::chrono::milliseconds pause_{0};
    std::atomic<std::uint64_t> done_{0};
    std::atomic<std::uint64_t> total_{0};
    std::atomic<std::uint64_t> octets_{0};
};

}  // namespace mailkeep::sync
