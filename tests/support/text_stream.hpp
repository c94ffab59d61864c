// SPDX-License-Identifier: Apache-2.0
// Octets of a server without a conversation: for what is read, however little comes at once. What
// the client says goes nowhere.
#pragma once

#include "mailkeep/net/stream.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace mailkeep::test {

class TextStream final : public net::Stream {
  public:
    explicit TextStream(std::string octets,
                        std::size_t chunk = std::numeric_limits<std::size_t>::max())
        : octets_(std::move(octets)), chunk_(chunk) {}

    std::size_t read_some(std::span<char> into) override {
        const std::size_t count = std::min({into.size(), octets_.size() - read_, chunk_});
        std::copy_n(octets_.begin() + static_cast<std::ptrdiff_t>(read_), count, into.begin());
        read_ += count;
        return count;
    }

    void write_all(std::string_view) override {}

    void start_tls() override {}

    void set_timeout(std::chrono::milliseconds) override {}

    void close() noexcept override {}

    [[nodiscard]] bool is_read() const { return read_ == octets_.size(); }

  private:
    std::string octets_;
    std::size_t chunk_;
    std::size_t read_ = 0;
};

}  // namespace mailkeep::test
