// SPDX-License-Identifier: Apache-2.0
#include "support/certificate.hpp"

#include "mailkeep/base/text.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>

namespace mailkeep::test {

namespace {

struct OpensslFree {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

    void operator()(X509* certificate) const { X509_free(certificate); }

    void operator()(BIO* bio) const { BIO_free(bio); }
};

using Key = std::unique_ptr<EVP_PKEY, OpensslFree>;
using Certificate = std::unique_ptr<X509, OpensslFree>;
using Memory = std::unique_ptr<BIO, OpensslFree>;

void require(bool done) {
    if (!done) {
        throw std::runtime_error("OpenSSL did not make the certificate");
    }
}

std::string text_of(BIO& bio) {
    std::string text(BIO_ctrl_pending(&bio), '\0');
    require(BIO_read(&bio, text.data(), static_cast<int>(text.size())) > 0);
    return text;
}

std::string pem_of(X509& certificate) {
    const Memory memory(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_X509(memory.get(), &certificate) == 1);
    return text_of(*memory);
}

std::string pem_of(EVP_PKEY& key) {
    const Memory memory(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_PrivateKey(memory.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) ==
            1);
    return text_of(*memory);
}

std::string fingerprint_of(const X509& certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    require(X509_digest(&certificate, EVP_sha256(), digest.data(), &size) == 1);
    return to_hex(std::string(digest.begin(), digest.begin() + size));
}

void add_extension(X509& certificate, int kind, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    require(extension != nullptr);
    const int added = X509_add_ext(&certificate, extension, -1);
    X509_EXTENSION_free(extension);
    require(added == 1);
}

void set_name(X509_NAME& name, const std::string& text) {
    const auto* octets = reinterpret_cast<const unsigned char*>(text.data());
    require(X509_NAME_add_entry_by_txt(&name, "CN", MBSTRING_ASC, octets,
                                       static_cast<int>(text.size()), -1, 0) == 1);
}

/// Without issuer, extensions and signature.
Certificate new_certificate(const std::string& name, EVP_PKEY& key, Validity validity) {
    using std::chrono::seconds;
    static long serial = 0;
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), seconds(validity.from).count());
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds(validity.until).count());
    X509_set_pubkey(certificate.get(), &key);
    set_name(*X509_get_subject_name(certificate.get()), name);
    return certificate;
}

}  // namespace

struct Authority::Parts {
    Key key;
    Certificate certificate;
};

Authority::Authority() : parts_(std::make_unique<Parts>()) {
    parts_->key.reset(EVP_EC_gen("P-256"));
    parts_->certificate = new_certificate("Test Authority", *parts_->key, {});
    X509& certificate = *parts_->certificate;
    X509_set_issuer_name(&certificate, X509_get_subject_name(&certificate));
    add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate, NID_key_usage, "critical,keyCertSign");
    require(X509_sign(&certificate, parts_->key.get(), EVP_sha256()) > 0);
}

Authority::~Authority() = default;

std::string Authority::certificate() const {
    return pem_of(*parts_->certificate);
}

Identity Authority::issue(const std::string& names, Validity validity) const {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate = new_certificate("Test Server", *key, validity);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(parts_->certificate.get()));
    add_extension(*certificate, NID_subject_alt_name, names);
    require(X509_sign(certificate.get(), parts_->key.get(), EVP_sha256()) > 0);
    return {pem_of(*certificate), pem_of(*key), fingerprint_of(*certificate)};
}

}  // namespace mailkeep::test
