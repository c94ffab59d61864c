// SPDX-License-Identifier: Apache-2.0
#include "transfer_encoding.hpp"

#include "mailkeep/base/text.hpp"

#include "text_files.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace mailkeep::mail {

namespace {

constexpr std::uint8_t not_in_alphabet = 0xFF;

constexpr std::array<std::uint8_t, 256> make_base64_values() {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::array<std::uint8_t, 256> values{};
    values.fill(not_in_alphabet);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
}

constexpr auto base64_values = make_base64_values();

/// Small letters are against RFC 2045 but frequent.
int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    const char small = static_cast<char>(digit | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/// The octet that two hexadecimal digits at the front of text stand for.
std::optional<char> octet_from_hex(std::string_view text) {
    if (text.size() < 2 || hex_value(text[0]) < 0 || hex_value(text[1]) < 0) {
        return std::nullopt;
    }
    return static_cast<char>(hex_value(text[0]) * 16 + hex_value(text[1]));
}

/// Up to four sextets on their way to three octets.
class Quantum {
  public:
    void add(std::uint8_t sextet, std::string& octets) {
        bits_ = bits_ << 6U | sextet;
        if (++count_ == 4) {
            finish(octets);
        }
    }

    /// A single sextet holds no whole octet and is dropped.
    void finish(std::string& octets) {
        bits_ <<= 6U * (4U - count_);
        for (unsigned octet = 0; octet + 1 < count_; ++octet) {
            octets += static_cast<char>(bits_ >> (16U - 8U * octet) & 0xFFU);
        }
        bits_ = 0;
        count_ = 0;
    }

  private:
    std::uint32_t bits_ = 0;
    unsigned count_ = 0;
};

/// Octets of a soft line break's rest after "=": blanks and a line end; 0 when it is none.
std::size_t soft_break_length(std::string_view after_equals) {
    const auto end = after_equals.find_first_not_of(" \t\r");
    if (end == std::string_view::npos) {
        return after_equals.size();
    }
    return after_equals[end] == '\n' ? end + 1 : 0;
}

bool is_outside_alphabet(char c) {
    return base64_values[static_cast<unsigned char>(c)] == not_in_alphabet && c != '=';
}

/// Text that was not encoded is full of blanks and punctuation.
bool looks_plain(std::string_view line) {
    const auto outside = std::count_if(line.begin(), line.end(), is_outside_alphabet);
    return static_cast<std::size_t>(outside) * 10 > line.size();
}

/// A line as encoders write them all but the last.
bool looks_encoded(std::string_view line) {
    constexpr std::size_t long_enough = 60;
    return line.size() >= long_enough &&
           std::none_of(line.begin(), line.end(), is_outside_alphabet);
}

/// Octets of the base64 at the front: up to a plain line that no encoded one follows.
std::size_t base64_length(std::string_view text) {
    std::optional<std::size_t> end;
    for (std::size_t at = 0; at < text.size();) {
        const auto next = std::min(text.find('\n', at), text.size() - 1) + 1;
        const auto line = trim(text.substr(at, next - at));
        if (end && looks_encoded(line)) {
            return text.size();
        }
        if (!end && looks_plain(line)) {
            end = at;
        }
        at = next;
    }
    return end.value_or(text.size());
}

/// Blanks at the end of a line of quoted-printable are padding; not the first `kept` octets, which
/// were encoded or stand in lines before.
void end_line(std::string& octets, std::size_t kept) {
    const bool has_cr = octets.size() > kept && octets.back() == '\r';
    octets.resize(octets.size() - (has_cr ? 1 : 0));
    while (octets.size() > kept && (octets.back() == ' ' || octets.back() == '\t')) {
        octets.pop_back();
    }
    octets += has_cr ? "\r\n" : "\n";
}

}  // namespace

std::string decode_base64(std::string_view text) {
    std::string octets;
    octets.reserve(text.size() / 4 * 3 + 3);
    Quantum quantum;
    for (const char c : text) {
        const auto value = base64_values[static_cast<unsigned char>(c)];
        if (value != not_in_alphabet) {
            quantum.add(value, octets);
        } else if (c == '=') {
            quantum.finish(octets);
        }
    }
    quantum.finish(octets);
    return octets;
}

std::string decode_quoted_printable(std::string_view text) {
    std::string octets;
    octets.reserve(text.size());
    std::size_t kept = 0;
    while (!text.empty()) {
        const auto plain = text.substr(0, text.find_first_of("=\n"));
        octets += plain;
        text.remove_prefix(plain.size());
        if (text.empty()) {
            break;
        }
        const char special = text.front();
        text.remove_prefix(1);
        if (special == '\n') {
            end_line(octets, kept);
        } else if (const auto octet = octet_from_hex(text.substr(0, 2))) {
            octets += *octet;
            text.remove_prefix(2);
        } else if (const auto length = soft_break_length(text); length > 0 || text.empty()) {
            text.remove_prefix(length);
        } else {
            octets += '=';
        }
        kept = octets.size();
    }
    return octets;
}

bool is_encoded(std::string_view encoding) {
    return encoding == "base64" || encoding == "quoted-printable";
}

std::string decode_transfer(std::string_view encoding, std::string_view octets, Footer footer) {
    if (encoding == "base64") {
        const auto length = base64_length(octets);
        if (length == 0) {
            return std::string(octets);
        }
        auto decoded = decode_base64(octets.substr(0, length));
        decoded += footer == Footer::kept ? octets.substr(length) : std::string_view();
        return decoded;
    }
    if (encoding == "quoted-printable") {
        return decode_quoted_printable(octets);
    }
    if (encoding == "x-uuencode" || encoding == "uuencode" || encoding == "x-uue" ||
        encoding == "x-yencode") {
        auto files = split_files(octets).files;
        return files.empty() ? std::string(octets) : std::move(files.front().content);
    }
    return std::string(octets);
}

}  // namespace mailkeep::mail
