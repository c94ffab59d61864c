// SPDX-License-Identifier: Apache-2.0
#include "signed_data.hpp"

#include <cstdint>

namespace mailkeep::mail {

namespace {

// Identifier octets (X.690 section 8.1.2).
constexpr unsigned octet_string = 0x04;
constexpr unsigned object_identifier = 0x06;
constexpr unsigned constructed_octet_string = 0x24;
constexpr unsigned sequence = 0x30;
constexpr unsigned explicit_0 = 0xA0;

/// 1.2.840.113549.1.7.2
constexpr std::string_view signed_data = "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02";

/// Of an element: what follows is its content, up to the end of the octets when it does not say a
/// length ("indefinite").
struct Head {
    unsigned identifier = 0;
    std::optional<std::size_t> length;
};

unsigned octet_at(std::string_view ber, std::size_t at) {
    return static_cast<unsigned char>(ber[at]);
}

std::optional<Head> take_head(std::string_view& ber) {
    constexpr unsigned indefinite = 0x80;
    constexpr unsigned most_length_octets = 4;
    if (ber.size() < 2) {
        return std::nullopt;
    }
    Head head{.identifier = octet_at(ber, 0)};
    const auto first = octet_at(ber, 1);
    ber.remove_prefix(2);
    if (first < indefinite) {
        head.length = first;
    } else if (first > indefinite) {
        const auto octets = first - indefinite;
        if (octets > most_length_octets || octets > ber.size()) {
            return std::nullopt;
        }
        std::uint32_t length = 0;
        for (unsigned i = 0; i < octets; ++i) {
            length = length << 8U | octet_at(ber, i);
        }
        ber.remove_prefix(octets);
        head.length = length;
    }
    return head;
}

/// Steps into an element of that kind.
bool enter(std::string_view& ber, unsigned identifier) {
    const auto head = take_head(ber);
    return head && head->identifier == identifier;
}

/// Steps over an element that says its length, of that kind if one is named.
bool skip(std::string_view& ber, unsigned identifier = 0) {
    const auto head = take_head(ber);
    const bool is_there = head && head->length && *head->length <= ber.size() &&
                          (identifier == 0 || head->identifier == identifier);
    ber.remove_prefix(is_there ? *head->length : 0);
    return is_there;
}

/// Up to EncapsulatedContentInfo's content (RFC 5652 section 5.2): version and digest algorithms
/// stand before it.
bool enter_content(std::string_view& ber) {
    return enter(ber, sequence) && skip(ber, object_identifier) && enter(ber, explicit_0) &&
           enter(ber, sequence) && skip(ber) && skip(ber) && enter(ber, sequence) &&
           skip(ber, object_identifier) && enter(ber, explicit_0);
}

}  // namespace

bool is_signed_data(std::string_view cms) {
    std::string_view rest = cms;
    return enter(rest, sequence) && enter(rest, object_identifier) && rest.starts_with(signed_data);
}

std::optional<std::string> signed_content(std::string_view cms) {
    if (!is_signed_data(cms) || !enter_content(cms)) {
        return std::nullopt;
    }
    std::string content;
    while (const auto head = take_head(cms)) {
        if (head->identifier == constructed_octet_string) {
            continue;  // its pieces follow
        }
        if (head->identifier != octet_string || !head->length) {
            break;
        }
        const auto piece = cms.substr(0, *head->length);
        content += piece;
        cms.remove_prefix(piece.size());
    }
    return content.empty() ? std::nullopt : std::optional(std::move(content));
}

}  // namespace mailkeep::mail
