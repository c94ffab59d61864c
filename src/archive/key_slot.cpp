// SPDX-License-Identifier: Apache-2.0
#include "key_slot.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace mailkeep::archive {

namespace {

constexpr std::string_view first_line = "Mailkeep key slot\n";
constexpr std::string_view slot_version = "1";
constexpr std::string_view derivation = "scrypt";
constexpr std::size_t longest_name = 64;
constexpr std::size_t salt_size = 32;
constexpr std::size_t wrapped_size = 12 + DataKey::size + 16;

bool is_letter_or_digit(char sign) {
    return (sign >= 'a' && sign <= 'z') || (sign >= '0' && sign <= '9');
}

/// All that is said of the wrapped key; it is authenticated with it.
std::string lines_above_key(const SlotFile& slot) {
    std::string text(first_line);
    const auto add = [&text](std::string_view name, std::string_view value) {
        text.append(name).append(": ").append(value).append("\n");
    };
    add("slot", slot_version);
    add("name", slot.name);
    add("created", to_rfc3339(slot.created));
    add("kdf", derivation);
    add("n", std::to_string(slot.cost.n));
    add("r", std::to_string(slot.cost.r));
    add("p", std::to_string(slot.cost.p));
    add("salt", to_hex(slot.salt));
    return text;
}

std::string bound_to(std::string_view archive_uuid, const SlotFile& slot) {
    return std::string(archive_uuid) + lines_above_key(slot);
}

using Lines = std::map<std::string_view, std::string_view>;

Lines lines_of(std::string_view text) {
    Lines lines;
    for (const auto line : split(text, '\n')) {
        if (const auto colon = line.find(": "); colon != std::string_view::npos) {
            lines.emplace(line.substr(0, colon), line.substr(colon + 2));
        }
    }
    return lines;
}

std::optional<ScryptCost> cost_of(const Lines& lines) {
    const auto n = parse_number(lines.at("n"));
    const auto r = parse_number(lines.at("r"));
    const auto p = parse_number(lines.at("p"));
    constexpr auto most = std::numeric_limits<std::uint32_t>::max();
    if (!n || !r || !p || *r > most || *p > most) {
        return std::nullopt;
    }
    const ScryptCost cost{*n, static_cast<std::uint32_t>(*r), static_cast<std::uint32_t>(*p)};
    return is_bearable(cost) ? std::optional(cost) : std::nullopt;
}

}  // namespace

bool is_slot_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_name && is_letter_or_digit(name.front()) &&
           std::all_of(name.begin(), name.end(), [](char sign) {
               return is_letter_or_digit(sign) || sign == '.' || sign == '_' || sign == '-';
           });
}

std::string to_text(const SlotFile& slot) {
    auto text = lines_above_key(slot);
    text += "wrapped: " + to_hex(slot.wrapped) + "\n";
    return text + "sha256: " + sha256(text).hex() + "\n";
}

std::optional<SlotFile> slot_from_text(std::string_view text) {
    const auto lines = lines_of(text);
    for (const auto* name : {"name", "created", "n", "r", "p", "salt", "wrapped"}) {
        if (!lines.contains(name)) {
            return std::nullopt;
        }
    }
    const auto created = parse_rfc3339(lines.at("created"));
    const auto cost = cost_of(lines);
    const auto salt = from_hex(lines.at("salt"));
    const auto wrapped = from_hex(lines.at("wrapped"));
    if (!created || !cost || !salt || salt->size() != salt_size || !wrapped ||
        wrapped->size() != wrapped_size || !is_slot_name(lines.at("name"))) {
        return std::nullopt;
    }
    SlotFile slot{std::string(lines.at("name")), *created, *cost, *salt, *wrapped};
    // One text for one slot: this also checks the version, the derivation and the SHA-256.
    return to_text(slot) == text ? std::optional(std::move(slot)) : std::nullopt;
}

SlotFile close_slot(const SlotFile& plan, std::string_view archive_uuid, const DataKey& key,
                    const Secret& passphrase) {
    auto slot = plan;
    slot.salt = random_octets(salt_size);
    auto wrapping = derive_from_passphrase(passphrase.reveal(), slot.salt, slot.cost);
    slot.wrapped = seal(wrapping, key.reveal(), bound_to(archive_uuid, slot));
    wipe(wrapping);
    return slot;
}

std::optional<DataKey> open_slot(const SlotFile& slot, std::string_view archive_uuid,
                                 const Secret& passphrase) {
    auto wrapping = derive_from_passphrase(passphrase.reveal(), slot.salt, slot.cost);
    auto octets = unseal(wrapping, slot.wrapped, bound_to(archive_uuid, slot));
    wipe(wrapping);
    if (!octets || octets->size() != DataKey::size) {
        return std::nullopt;
    }
    const DataKey key(*octets);
    wipe(*octets);
    return key;
}

}  // namespace mailkeep::archive
