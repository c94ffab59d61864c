// SPDX-License-Identifier: Apache-2.0
#include "zip_records.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <limits>

namespace mailkeep::files {

namespace {

constexpr std::uint64_t most_in_16 = std::numeric_limits<std::uint16_t>::max();
constexpr std::uint64_t most_in_32 = std::numeric_limits<std::uint32_t>::max();

constexpr unsigned version_plain = 20;
constexpr unsigned version_zip64 = 45;
constexpr unsigned made_on_unix = 3U << 8;  // so that the modes below are taken for what they are
constexpr unsigned has_descriptor_flag = 1U << 3;
constexpr unsigned is_utf8_flag = 1U << 11;
constexpr unsigned stored = 0;
constexpr unsigned deflated = 8;
constexpr std::uint32_t zip_file_mode = 0100600;
constexpr std::uint32_t zip_folder_mode = 0040700;

/// Numbers come least octet first.
class Record {
  public:
    Record& u8(unsigned value) { return number(value, 1); }

    Record& u16(std::uint64_t value) { return number(value, 2); }

    Record& u32(std::uint64_t value) { return number(value, 4); }

    Record& u64(std::uint64_t value) { return number(value, 8); }

    /// All ones say that zip64 has it.
    Record& u16_or_wide(std::uint64_t value) { return u16(std::min(value, most_in_16)); }

    Record& u32_or_wide(std::uint64_t value) { return u32(std::min(value, most_in_32)); }

    Record& text(std::string_view octets) {
        octets_ += octets;
        return *this;
    }

    [[nodiscard]] std::size_t size() const { return octets_.size(); }

    [[nodiscard]] std::string take() { return std::move(octets_); }

  private:
    Record& number(std::uint64_t value, int octets) {
        for (int i = 0; i < octets; ++i) {
            octets_ += static_cast<char>(value >> (8 * i) & 0xff);
        }
        return *this;
    }

    std::string octets_;
};

std::time_t seconds_of(Timestamp at) {
    return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

/// Date and time as DOS has them (4.4.6): in the zone of this machine, from 1980 to 2107.
std::uint32_t dos_time(std::optional<Timestamp> at) {
    constexpr std::uint32_t first = 1U << 21 | 1U << 16;
    constexpr std::uint32_t last = 127U << 25 | 12U << 21 | 31U << 16 | 23U << 11 | 59U << 5 | 29U;
    if (!at) {
        return first;
    }
    const auto seconds = seconds_of(*at);
    std::tm local{};
    if (::localtime_r(&seconds, &local) == nullptr || local.tm_year < 80) {
        return first;
    }
    if (local.tm_year > 207) {
        return last;
    }
    const auto bits = [](int value, int shift) {
        return static_cast<std::uint32_t>(value) << shift;
    };
    return bits(local.tm_year - 80, 25) | bits(local.tm_mon + 1, 21) | bits(local.tm_mday, 16) |
           bits(local.tm_hour, 11) | bits(local.tm_min, 5) |
           bits(std::min(local.tm_sec, 59) / 2, 0);
}

/// The time in UTC, as Info-ZIP's extra field "UT" has it, where that has it at all.
std::string time_field(std::optional<Timestamp> at) {
    const auto seconds = at ? seconds_of(*at) : 0;
    if (!at || seconds != static_cast<std::int32_t>(seconds)) {
        return {};
    }
    constexpr unsigned has_modified = 1;
    return Record()
        .u16(0x5455)
        .u16(5)
        .u8(has_modified)
        .u32(static_cast<std::uint64_t>(seconds))
        .take();
}

/// 4.5.3.
std::string zip64_field(const std::string& numbers) {
    return numbers.empty() ? "" : Record().u16(1).u16(numbers.size()).text(numbers).take();
}

/// What local header and directory have in common, from "general purpose bit flag" to "date".
void put_kind(Record& to, const ZipMember& member) {
    const bool is_ascii = std::all_of(member.name.begin(), member.name.end(),
                                      [](char c) { return static_cast<signed char>(c) >= 0; });
    to.u16((member.has_descriptor ? has_descriptor_flag : 0) | (is_ascii ? 0 : is_utf8_flag))
        .u16(member.is_folder() ? stored : deflated)
        .u32(dos_time(member.modified));
}

}  // namespace

std::string local_header(const ZipMember& member) {
    const bool is_known = !member.has_descriptor;
    const auto deflated_size = is_known ? member.deflated_size : 0;
    const auto size = is_known ? member.size : 0;
    auto extra = time_field(member.modified);
    if (member.has_wide_sizes) {
        extra += zip64_field(Record().u64(size).u64(deflated_size).take());
    }
    Record header;
    header.u32(0x04034b50).u16(member.has_wide_sizes ? version_zip64 : version_plain);
    put_kind(header, member);
    return header.u32(is_known ? member.crc : 0)
        .u32(member.has_wide_sizes ? most_in_32 : deflated_size)
        .u32(member.has_wide_sizes ? most_in_32 : size)
        .u16(member.name.size())
        .u16(extra.size())
        .text(member.name)
        .text(extra)
        .take();
}

std::string data_descriptor(const ZipMember& member) {
    Record descriptor;
    descriptor.u32(0x08074b50).u32(member.crc);
    if (member.has_wide_sizes) {
        return descriptor.u64(member.deflated_size).u64(member.size).take();
    }
    return descriptor.u32(member.deflated_size).u32(member.size).take();
}

std::string directory_header(const ZipMember& member) {
    Record wide;
    for (const auto value : {member.size, member.deflated_size, member.offset}) {
        if (value >= most_in_32) {
            wide.u64(value);
        }
    }
    const auto version = member.has_wide_sizes || wide.size() > 0 ? version_zip64 : version_plain;
    const auto extra = time_field(member.modified) + zip64_field(wide.take());
    const std::uint64_t mode = member.is_folder() ? zip_folder_mode : zip_file_mode;
    Record header;
    header.u32(0x02014b50).u16(made_on_unix | version).u16(version);
    put_kind(header, member);
    return header.u32(member.crc)
        .u32_or_wide(member.deflated_size)
        .u32_or_wide(member.size)
        .u16(member.name.size())
        .u16(extra.size())
        .u16(0)  // of a comment
        .u16(0)  // disk
        .u16(0)  // internal attributes
        .u32(mode << 16)
        .u32_or_wide(member.offset)
        .text(member.name)
        .text(extra)
        .take();
}

std::string end_of_directory(std::uint64_t members, std::uint64_t size, std::uint64_t offset) {
    Record end;
    if (members >= most_in_16 || size >= most_in_32 || offset >= most_in_32) {
        constexpr std::uint64_t octets_that_follow = 44;
        end.u32(0x06064b50).u64(octets_that_follow);
        end.u16(made_on_unix | version_zip64).u16(version_zip64).u32(0).u32(0);
        end.u64(members).u64(members).u64(size).u64(offset);
        end.u32(0x07064b50).u32(0).u64(offset + size).u32(1);  // where that is, on one disk
    }
    return end.u32(0x06054b50)
        .u16(0)
        .u16(0)
        .u16_or_wide(members)
        .u16_or_wide(members)
        .u32_or_wide(size)
        .u32_or_wide(offset)
        .u16(0)  // of a comment
        .take();
}

}  // namespace mailkeep::files
