// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/sector_cipher.hpp"

#include "mailkeep/base/error.hpp"

#include "openssl.hpp"

#include <array>

namespace mailkeep {

namespace {

constexpr std::size_t xts_key_size = 64;

using CipherContext = Owned<EVP_CIPHER_CTX>;

/// The key is set up once; each sector sets its place only.
CipherContext context_for(std::string_view key, int is_encrypting) {
    CipherContext context(EVP_CIPHER_CTX_new());
    require(context != nullptr && EVP_CipherInit_ex(context.get(), EVP_aes_256_xts(), nullptr,
                                                    in(key), nullptr, is_encrypting) == 1);
    return context;
}

bool run(EVP_CIPHER_CTX* context, std::uint64_t place, std::span<char> sector) {
    std::array<unsigned char, 16> tweak{};  // the place, low octet first
    for (std::size_t i = 0; i < sizeof place; ++i) {
        tweak[i] = static_cast<unsigned char>(place >> (8 * i));
    }
    auto* octets = reinterpret_cast<unsigned char*>(sector.data());
    int written = 0;
    return EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, tweak.data(), -1) == 1 &&
           EVP_CipherUpdate(context, octets, &written, octets, static_cast<int>(sector.size())) ==
               1;
}

}  // namespace

struct SectorCipher::Contexts {
    CipherContext encrypting;
    CipherContext decrypting;
};

SectorCipher::SectorCipher(std::string_view key) {
    MAILKEEP_ASSERT(key.size() == xts_key_size);
    contexts_ = std::make_unique<Contexts>(Contexts{context_for(key, 1), context_for(key, 0)});
}

SectorCipher::~SectorCipher() = default;

bool SectorCipher::encrypt(std::uint64_t place, std::span<char> sector) const noexcept {
    return run(contexts_->encrypting.get(), place, sector);
}

bool SectorCipher::decrypt(std::uint64_t place, std::span<char> sector) const noexcept {
    return run(contexts_->decrypting.get(), place, sector);
}

}  // namespace mailkeep
