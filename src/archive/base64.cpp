// SPDX-License-Identifier: Apache-2.0
#include "base64.hpp"

#include <array>
#include <cstring>

namespace mailkeep::archive {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_sextet = 0xFF;

constexpr std::array<std::uint8_t, 256> make_sextets() {
    std::array<std::uint8_t, 256> sextets{};
    sextets.fill(no_sextet);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        sextets[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return sextets;
}

constexpr auto sextets = make_sextets();

struct Pair {
    char high;
    char low;
};

/// Two characters for every twelve bits.
constexpr std::array<Pair, 4096> make_pairs() {
    std::array<Pair, 4096> pairs{};
    for (std::size_t bits = 0; bits < pairs.size(); ++bits) {
        pairs[bits] = {alphabet[bits >> 6], alphabet[bits & 63]};
    }
    return pairs;
}

constexpr auto pairs = make_pairs();

/// What a character adds to the 24 bits of its quad at each of the four places.
constexpr std::array<std::array<std::uint32_t, 256>, 4> make_places() {
    std::array<std::array<std::uint32_t, 256>, 4> places{};
    for (std::size_t place = 0; place < places.size(); ++place) {
        for (std::size_t c = 0; c < sextets.size(); ++c) {
            places[place][c] = std::uint32_t{sextets[c]} << (18 - 6 * place);
        }
    }
    return places;
}

constexpr auto places = make_places();

std::uint32_t octet_at(const char* at) {
    return static_cast<unsigned char>(*at);
}

void put_octets(std::uint32_t bits, char* out) {
    out[0] = static_cast<char>(bits >> 16);
    out[1] = static_cast<char>(bits >> 8);
    out[2] = static_cast<char>(bits);
}

}  // namespace

std::size_t count_base64(std::string_view text) {
    std::size_t count = 0;
    while (count < text.size() && sextets[octet_at(text.data() + count)] != no_sextet) {
        ++count;
    }
    return count;
}

std::uint8_t sextet_of(char character) {
    return sextets[static_cast<unsigned char>(character)];
}

std::size_t encode_base64(std::string_view octets, char* out) {
    const char* const begin = out;
    const char* in = octets.data();
    const char* const end = in + octets.size() / 3 * 3;
    for (; in != end; in += 3, out += 4) {
        const auto bits = octet_at(in) << 16 | octet_at(in + 1) << 8 | octet_at(in + 2);
        std::memcpy(out, &pairs[bits >> 12], 2);
        std::memcpy(out + 2, &pairs[bits & 0xFFF], 2);
    }
    if (const auto rest = octets.size() % 3; rest > 0) {
        const auto bits = octet_at(in) << 16 | (rest == 2 ? octet_at(in + 1) << 8 : 0);
        std::memcpy(out, &pairs[bits >> 12], 2);
        out[2] = rest == 2 ? pairs[bits & 0xFFF].high : '=';
        out[3] = '=';
        out += 4;
    }
    return static_cast<std::size_t>(out - begin);
}

std::size_t Base64Decoder::add(std::string_view text, char* out) {
    const char* const begin = out;
    const char* in = text.data();
    const char* const end = in + text.size();
    const auto hold = [&] {
        bits_ = bits_ << 6 | sextet_of(*in++);
        held_ = (held_ + 1) % 4;
    };
    while (held_ > 0 && in != end) {
        hold();
        if (held_ == 0) {
            put_octets(bits_, out);
            out += 3;
        }
    }
    for (; end - in >= 4; in += 4, out += 3) {
        put_octets(places[0][octet_at(in)] | places[1][octet_at(in + 1)] |
                       places[2][octet_at(in + 2)] | places[3][octet_at(in + 3)],
                   out);
    }
    while (in != end) {
        hold();
    }
    return static_cast<std::size_t>(out - begin);
}

std::size_t Base64Decoder::finish(char* out) {
    const auto octets = held_ > 0 ? held_ - 1 : 0;
    const auto bits = bits_ << (6 * (4 - held_));
    for (unsigned i = 0; i < octets; ++i) {
        out[i] = static_cast<char>(bits >> (16 - 8 * i));
    }
    held_ = 0;
    return octets;
}

}  // namespace mailkeep::archive
