// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/archive/keys.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"

namespace mailkeep::archive {

DataKey::DataKey(std::string_view octets) : octets_(octets) {
    MAILKEEP_ASSERT(octets.size() == size);
}

DataKey& DataKey::operator=(const DataKey& other) {
    if (this != &other) {
        wipe(octets_);
        octets_ = other.octets_;
    }
    return *this;
}

DataKey::~DataKey() {
    wipe(octets_);
}

std::string DataKey::derive(std::string_view salt, std::string_view purpose) const {
    MAILKEEP_ASSERT(!empty());
    return derive_key(octets_, salt, purpose);
}

DataKey make_data_key() {
    auto octets = random_octets(DataKey::size);
    const DataKey key(octets);
    wipe(octets);
    return key;
}

}  // namespace mailkeep::archive
