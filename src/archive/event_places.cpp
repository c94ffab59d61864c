// SPDX-License-Identifier: Apache-2.0
#include "event_places.hpp"

#include "octets.hpp"

namespace mailkeep::archive {

namespace {

constexpr std::uint8_t seen_kind = 9;
constexpr std::uint8_t id_tag = 9;
constexpr std::uint8_t place_tag = 46;
constexpr std::size_t place_size = 8;

void put_field(std::string& out, std::uint8_t tag, std::string_view octets) {
    put_number(out, tag, 1);
    put_number(out, octets.size(), 4);
    out += octets;
}

/// Asks `translate(tag, octets, out)` to write each field of a Seen event; false from it leaves the
/// event out.
template <class Translate>
std::optional<std::string> translate_seen(std::string_view records, const Translate& translate) {
    std::string translated;
    OctetReader reader(records);
    while (!reader.at_end()) {
        const auto record = reader.take(reader.number(4));
        OctetReader rest(record);
        const auto kind = rest.number(1);
        std::string fields;
        bool is_kept = true;
        while (kind == seen_kind && !rest.at_end()) {
            const auto tag = static_cast<std::uint8_t>(rest.number(1));
            is_kept = translate(tag, rest.take(rest.number(4)), fields) && is_kept;
        }
        if (reader.failed() || rest.failed()) {
            return std::nullopt;
        }
        if (is_kept) {
            put_number(translated, 1 + fields.size() + rest.rest().size(), 4);
            put_number(translated, kind, 1);
            translated.append(fields).append(rest.rest());
        }
    }
    return reader.failed() ? std::nullopt : std::optional(std::move(translated));
}

}  // namespace

std::optional<std::string> shorten_ids(std::string_view records, const PlaceOf& place_of) {
    return translate_seen(
        records, [&](std::uint8_t tag, std::string_view octets, std::string& out) {
            const bool is_id = tag == id_tag && octets.size() == sizeof(Digest::octets);
            if (const auto place = is_id ? place_of(Digest::from_octets(octets)) : std::nullopt) {
                std::string number;
                put_number(number, *place, place_size);
                put_field(out, place_tag, number);
            } else {
                put_field(out, tag, octets);
            }
            return true;
        });
}

std::optional<std::string> restore_ids(std::string_view records, const IdAt& id_at) {
    return translate_seen(
        records, [&](std::uint8_t tag, std::string_view octets, std::string& out) {
            if (tag != place_tag) {
                put_field(out, tag, octets);
                return true;
            }
            const bool is_place = octets.size() == place_size;
            const auto id = is_place ? id_at(OctetReader(octets).number(place_size)) : std::nullopt;
            if (id) {
                put_field(out, id_tag, id->view());
            }
            return id.has_value();
        });
}

}  // namespace mailkeep::archive
