// SPDX-License-Identifier: Apache-2.0
// Little-endian numbers in and out of octets: the only way numbers stand in the archive's files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailkeep::archive {

/// Appends the `count` low octets of value, lowest first. Requires: count <= 8.
inline void put_number(std::string& out, std::uint64_t value, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        out.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
    }
}

/// Appends value as LEB128: seven bits an octet, lowest first, the high bit says that more follow.
inline void put_varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
        out.push_back(static_cast<char>(0x80 | (value & 0x7F)));
    }
    out.push_back(static_cast<char>(value));
}

/// How many octets put_varint appends.
[[nodiscard]] inline std::size_t varint_size(std::uint64_t value) {
    std::size_t size = 1;
    for (; value >= 0x80; value >>= 7) {
        ++size;
    }
    return size;
}

/// Takes numbers and octets off the front of a view, which must outlive it. After the first take
/// that wants more than is left, failed() stays true and all takes give zero or nothing.
class OctetReader {
  public:
    explicit OctetReader(std::string_view octets) : left_(octets) {}

    /// Requires: count <= 8.
    [[nodiscard]] std::uint64_t number(std::size_t count) {
        std::uint64_t value = 0;
        const auto octets = take(count);
        for (std::size_t i = 0; i < octets.size(); ++i) {
            value |= std::uint64_t{static_cast<unsigned char>(octets[i])} << (8 * i);
        }
        return value;
    }

    [[nodiscard]] std::uint32_t number32() { return static_cast<std::uint32_t>(number(4)); }

    /// What put_varint wrote. A longer spelling of the number, or one above 64 bits, has failed:
    /// equal values are equal octets.
    [[nodiscard]] std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint64_t octet = number(1);
            const bool is_last = octet < 0x80;
            if (has_failed_ || (shift == 63 && octet > 1) || (is_last && octet == 0 && shift > 0)) {
                break;
            }
            value |= (octet & 0x7F) << shift;
            if (is_last)
                return value;
        }
        fail();
        return 0;
    }

    [[nodiscard]] std::string_view take(std::uint64_t count) {
        if (count > left_.size()) {
            fail();
            return {};
        }
        const auto octets = left_.substr(0, count);
        left_.remove_prefix(count);
        return octets;
    }

    [[nodiscard]] std::string_view rest() const { return left_; }

    [[nodiscard]] bool at_end() const { return left_.empty(); }

    [[nodiscard]] bool failed() const { return has_failed_; }

  private:
    void fail() {
        has_failed_ = true;
        left_ = {};
    }

    std::string_view left_;
    bool has_failed_ = false;
};

}  // namespace mailkeep::archive
