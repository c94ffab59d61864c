// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/crypto.hpp"

#include "mailkeep/base/error.hpp"

#include "openssl.hpp"

#include <openssl/kdf.h>
#include <openssl/rand.h>

namespace mailkeep {

namespace {

constexpr std::size_t key_size = 32;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;

int length(std::string_view octets) {
    return static_cast<int>(octets.size());
}

}  // namespace

std::string random_octets(std::size_t count) {
    std::string octets(count, '\0');
    require(RAND_bytes(out(octets), static_cast<int>(count)) == 1);
    return octets;
}

std::string derive_key(std::string_view key, std::string_view salt, std::string_view purpose) {
    const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr));
    std::string derived(key_size, '\0');
    auto size = derived.size();
    require(context && EVP_PKEY_derive_init(context.get()) == 1 &&
            EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha256()) == 1 &&
            EVP_PKEY_CTX_set1_hkdf_salt(context.get(), in(salt), length(salt)) == 1 &&
            EVP_PKEY_CTX_set1_hkdf_key(context.get(), in(key), length(key)) == 1 &&
            EVP_PKEY_CTX_add1_hkdf_info(context.get(), in(purpose), length(purpose)) == 1 &&
            EVP_PKEY_derive(context.get(), out(derived), &size) == 1);
    return derived;
}

std::string seal_with_nonce(std::string_view key, std::string_view nonce, std::string_view plain,
                            std::string_view bound) {
    MAILKEEP_ASSERT(key.size() == key_size && nonce.size() == nonce_size);
    std::string sealed(plain.size() + tag_size, '\0');
    const Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
    int written = 0;
    require(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, in(key), in(nonce)) == 1);
    require(EVP_EncryptUpdate(context.get(), nullptr, &written, in(bound), length(bound)) == 1);
    require(EVP_EncryptUpdate(context.get(), out(sealed), &written, in(plain), length(plain)) == 1);
    require(EVP_EncryptFinal_ex(context.get(), out(sealed, plain.size()), &written) == 1);
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_size,
                                out(sealed, plain.size())) == 1);
    return sealed;
}

std::optional<std::string> unseal_with_nonce(std::string_view key, std::string_view nonce,
                                             std::string_view sealed, std::string_view bound) {
    MAILKEEP_ASSERT(key.size() == key_size && nonce.size() == nonce_size);
    if (sealed.size() < tag_size) {
        return std::nullopt;
    }
    const auto ciphertext = sealed.substr(0, sealed.size() - tag_size);
    std::string tag(sealed.substr(ciphertext.size()));
    std::string plain(ciphertext.size(), '\0');
    const Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
    int written = 0;
    require(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, in(key), in(nonce)) == 1);
    require(EVP_DecryptUpdate(context.get(), nullptr, &written, in(bound), length(bound)) == 1);
    require(EVP_DecryptUpdate(context.get(), out(plain), &written, in(ciphertext),
                              length(ciphertext)) == 1);
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, out(tag)) == 1);
    std::string rest(tag_size, '\0');
    if (EVP_DecryptFinal_ex(context.get(), out(rest), &written) != 1) {
        return std::nullopt;
    }
    return plain;
}

std::string seal(std::string_view key, std::string_view plain, std::string_view bound) {
    const auto nonce = random_octets(nonce_size);
    return nonce + seal_with_nonce(key, nonce, plain, bound);
}

std::optional<std::string> unseal(std::string_view key, std::string_view sealed,
                                  std::string_view bound) {
    if (sealed.size() < nonce_size) {
        return std::nullopt;
    }
    return unseal_with_nonce(key, sealed.substr(0, nonce_size), sealed.substr(nonce_size), bound);
}

}  // namespace mailkeep
