// SPDX-License-Identifier: Apache-2.0
// What the callers of OpenSSL in this room share: owners of its objects, and octets as it takes
// them.
#pragma once

#include "mailkeep/base/error.hpp"

#include <openssl/evp.h>
#include <openssl/ts.h>

#include <memory>
#include <string>
#include <string_view>

namespace mailkeep {

struct OpensslDeleter {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }

    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }

    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }

    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

    void operator()(TS_REQ* request) const { TS_REQ_free(request); }

    void operator()(TS_RESP* response) const { TS_RESP_free(response); }

    void operator()(TS_VERIFY_CTX* context) const { TS_VERIFY_CTX_free(context); }

    void operator()(TS_MSG_IMPRINT* imprint) const { TS_MSG_IMPRINT_free(imprint); }

    void operator()(X509_ALGOR* algorithm) const { X509_ALGOR_free(algorithm); }

    void operator()(X509_STORE* store) const { X509_STORE_free(store); }

    void operator()(X509* certificate) const { X509_free(certificate); }

    void operator()(BIO* octets) const { BIO_free(octets); }

    void operator()(BIGNUM* number) const { BN_free(number); }

    void operator()(ASN1_INTEGER* number) const { ASN1_INTEGER_free(number); }
};

/// An object of OpenSSL's with one owner.
template <class Type>
using Owned = std::unique_ptr<Type, OpensslDeleter>;

inline const unsigned char* in(std::string_view octets) {
    return reinterpret_cast<const unsigned char*>(octets.data());
}

inline unsigned char* out(std::string& octets, std::size_t at = 0) {
    return reinterpret_cast<unsigned char*>(octets.data() + at);
}

/// Throws Errc::internal when a call failed that fails only for want of memory or by a fault of
/// ours.
inline void require(bool succeeded) {
    if (!succeeded) {
        throw Error(Errc::internal, "OpenSSL refused a basic operation");
    }
}

}  // namespace mailkeep
