// SPDX-License-Identifier: Apache-2.0
// Raw deflate (RFC 1951), fast rather than small, and the CRC-32 of what went in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace mailkeep::files {

/// One stream after another, each of any size. One thread.
class Deflater {
  public:
    Deflater();
    ~Deflater();
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    void begin();
    /// Appends what comes of it, which may be nothing yet. Requires: up to some MiB.
    void write(std::string_view octets, std::string& to);
    void finish(std::string& to);

    // Since begin(). The CRC is that of RFC 1952, section 8.
    [[nodiscard]] std::uint32_t crc() const { return crc_; }

    [[nodiscard]] std::uint64_t size() const { return size_; }

    [[nodiscard]] std::uint64_t deflated_size() const { return deflated_size_; }

  private:
    struct State;

    void deflate(std::string_view octets, bool is_last, std::string& to);

    std::unique_ptr<State> state_;
    std::uint32_t crc_ = 0;
    std::uint64_t size_ = 0;
    std::uint64_t deflated_size_ = 0;
};

}  // namespace mailkeep::files
