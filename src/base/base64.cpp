// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace mailkeep {

std::string to_base64(std::string_view octets) {
    std::string text(4 * ((octets.size() + 2) / 3) + 1, '\0');
    const auto length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                        reinterpret_cast<const unsigned char*>(octets.data()),
                                        static_cast<int>(octets.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    std::string octets(text.size() / 4 * 3, '\0');
    if (!text.empty() && EVP_DecodeBlock(reinterpret_cast<unsigned char*>(octets.data()),
                                         reinterpret_cast<const unsigned char*>(text.data()),
                                         static_cast<int>(text.size())) < 0) {
        return std::nullopt;
    }
    const auto padding = text.size() - std::min(text.size(), text.find_last_not_of('=') + 1);
    octets.resize(octets.size() - std::min<std::size_t>(padding, octets.size()));
    if (to_base64(octets) != text) {  // EVP trims blanks and takes loose bits
        return std::nullopt;
    }
    return octets;
}

}  // namespace mailkeep
