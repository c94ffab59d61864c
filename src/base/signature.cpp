// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/signature.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "openssl.hpp"

namespace mailkeep {

namespace {

constexpr std::string_view pem_begin = "-----BEGIN PUBLIC KEY-----\n";
constexpr std::string_view pem_end = "-----END PUBLIC KEY-----\n";
/// All of a SubjectPublicKeyInfo for Ed25519 but the key itself (RFC 8410 section 4).
constexpr std::string_view spki_head("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);

using Key = Owned<EVP_PKEY>;
using Context = Owned<EVP_MD_CTX>;

Key private_key(std::string_view signing_key) {
    MAILKEEP_ASSERT(signing_key.size() == signing_key_size);
    Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, in(signing_key),
                                         signing_key.size()));
    require(key != nullptr);
    return key;
}

}  // namespace

std::string make_signing_key() {
    return random_octets(signing_key_size);
}

std::string public_key_of(std::string_view signing_key) {
    const auto key = private_key(signing_key);
    std::string octets(public_key_size, '\0');
    auto size = octets.size();
    require(EVP_PKEY_get_raw_public_key(key.get(), out(octets), &size) == 1 &&
            size == octets.size());
    return octets;
}

std::string sign(std::string_view signing_key, std::string_view text) {
    const auto key = private_key(signing_key);
    const Context context(EVP_MD_CTX_new());
    std::string signature(signature_size, '\0');
    auto size = signature.size();
    require(context != nullptr &&
            EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
            EVP_DigestSign(context.get(), out(signature), &size, in(text), text.size()) == 1 &&
            size == signature.size());
    return signature;
}

bool is_signed(std::string_view public_key, std::string_view text, std::string_view signature) {
    if (public_key.size() != public_key_size || signature.size() != signature_size) {
        return false;
    }
    const Key key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, in(public_key), public_key.size()));
    const Context context(EVP_MD_CTX_new());
    return key != nullptr && context != nullptr &&
           EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), in(signature), signature.size(), in(text),
                            text.size()) == 1;
}

std::string public_key_to_pem(std::string_view public_key) {
    MAILKEEP_ASSERT(public_key.size() == public_key_size);
    return std::string(pem_begin) + to_base64(std::string(spki_head) + std::string(public_key)) +
           "\n" + std::string(pem_end);
}

std::optional<std::string> public_key_from_pem(std::string_view pem) {
    if (!pem.starts_with(pem_begin) || !pem.ends_with(pem_end) ||
        pem.size() < pem_begin.size() + pem_end.size()) {
        return std::nullopt;
    }
    pem.remove_prefix(pem_begin.size());
    pem.remove_suffix(pem_end.size());
    const auto octets = from_base64(trim(pem));
    if (!octets || !octets->starts_with(spki_head) ||
        octets->size() != spki_head.size() + public_key_size) {
        return std::nullopt;
    }
    return octets->substr(spki_head.size());
}

}  // namespace mailkeep
