// SPDX-License-Identifier: Apache-2.0
#include "event_fields.hpp"

#include "octets.hpp"

#include <algorithm>

namespace mailkeep::archive {

namespace {

constexpr std::size_t number_size = 8;
constexpr std::size_t uid_size = 4;

}  // namespace

void FieldWriter::text(Field field, std::string_view octets) {
    if (!octets.empty()) {
        put_field(field, octets);
    }
}

void FieldWriter::texts(Field field, const std::vector<std::string>& list) {
    for (const auto& octets : list) {
        put_field(field, octets);
    }
}

void FieldWriter::number(Field field, std::uint64_t value) {
    if (value != 0) {
        std::string octets;
        put_number(octets, value, number_size);
        put_field(field, octets);
    }
}

void FieldWriter::signed_number(Field field, std::int64_t value) {
    number(field, static_cast<std::uint64_t>(value));
}

void FieldWriter::uids(const UidSet& uids) {
    std::string octets;
    for (const auto& range : uids.ranges()) {
        put_number(octets, range.first, uid_size);
        put_number(octets, range.last, uid_size);
    }
    text(Field::uids, octets);
}

void FieldWriter::put_field(Field field, std::string_view octets) {
    put_number(octets_, static_cast<std::uint8_t>(field), 1);
    put_number(octets_, octets.size(), 4);
    octets_ += octets;
}

FieldReader::FieldReader(std::string_view record) {
    OctetReader reader(record);
    while (!reader.at_end()) {
        const auto tag = static_cast<Field>(reader.number(1));
        const auto size = reader.number(4);
        fields_.push_back({tag, reader.take(size)});
    }
    is_malformed_ = reader.failed();
}

std::string FieldReader::text(Field field) const {
    const auto* entry = find(field);
    return entry == nullptr ? std::string() : std::string(entry->octets);
}

std::vector<std::string> FieldReader::texts(Field field) const {
    std::vector<std::string> list;
    for (const auto& [tag, octets] : fields_) {
        if (tag == field) {
            list.emplace_back(octets);
        }
    }
    return list;
}

std::uint64_t FieldReader::number(Field field) {
    const auto* entry = find(field);
    if (entry == nullptr) {
        return 0;
    }
    is_malformed_ = is_malformed_ || entry->octets.size() != number_size;
    return OctetReader(entry->octets).number(number_size);
}

std::int64_t FieldReader::signed_number(Field field) {
    return static_cast<std::int64_t>(number(field));
}

std::uint64_t FieldReader::number_of_bits(Field field, unsigned bits) {
    const auto value = number(field);
    is_malformed_ = is_malformed_ || value >> bits != 0;
    return value;
}

Digest FieldReader::digest(Field field) {
    const auto* entry = find(field);
    if (entry == nullptr || entry->octets.size() != sizeof(Digest::octets)) {
        is_malformed_ = true;
        return {};
    }
    return Digest::from_octets(entry->octets);
}

UidSet FieldReader::uids() {
    const auto* entry = find(Field::uids);
    UidSet uids;
    OctetReader reader(entry == nullptr ? std::string_view() : entry->octets);
    while (!is_malformed_ && !reader.at_end()) {
        const auto first = static_cast<Uid>(reader.number(uid_size));
        const auto last = static_cast<Uid>(reader.number(uid_size));
        is_malformed_ = reader.failed() || first == 0 || last < first;
        if (!is_malformed_) {
            uids.add(first, last);
        }
    }
    return uids;
}

Flags FieldReader::flags() const {
    Flags flags;
    for (const auto& word : texts(Field::flag)) {
        flags.add(word);
    }
    flags.labels = texts(Field::label);
    return flags;
}

const FieldReader::Entry* FieldReader::find(Field field) const {
    const auto entry = std::find_if(fields_.begin(), fields_.end(),
                                    [field](const Entry& e) { return e.tag == field; });
    return entry == fields_.end() ? nullptr : &*entry;
}

}  // namespace mailkeep::archive
