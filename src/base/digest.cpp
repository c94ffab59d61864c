// SPDX-License-Identifier: Apache-2.0
// SHA-256 by OpenSSL's own functions for it. Through EVP the same code runs, but all of OpenSSL is
// set up first, which takes longer than a search; OpenSSL 3 calls them deprecated for that other
// reason, that no provider can take their place.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "openssl.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

namespace mailkeep {

std::string Digest::hex() const {
    return to_hex(view());
}

std::string_view Digest::view() const {
    return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

std::optional<Digest> Digest::from_hex(std::string_view text) {
    const auto decoded = mailkeep::from_hex(text);
    if (!decoded || decoded->size() != sizeof(Digest::octets)) {
        return std::nullopt;
    }
    return from_octets(*decoded);
}

Digest Digest::from_octets(std::string_view octets) {
    Digest digest;
    MAILKEEP_ASSERT(octets.size() == digest.octets.size());
    std::copy(octets.begin(), octets.end(), digest.octets.begin());
    return digest;
}

Digest sha256(std::string_view octets) {
    Sha256 sum;
    sum.add(octets);
    return sum.finish();
}

struct Sha256::Context {
    SHA256_CTX state{};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
    require(SHA256_Init(&context_->state) == 1);
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(std::string_view octets) {
    require(SHA256_Update(&context_->state, octets.data(), octets.size()) == 1);
}

Digest Sha256::finish() {
    Digest digest;
    require(SHA256_Final(digest.octets.data(), &context_->state) == 1);
    return digest;
}

bool equals_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::string& secret) {
    OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

}  // namespace mailkeep
