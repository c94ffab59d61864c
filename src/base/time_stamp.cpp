// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/time_stamp.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "openssl.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <ctime>
#include <utility>

namespace mailkeep {

namespace {

constexpr std::size_t request_nonce_size = 8;

/// What OpenSSL has against it, in its own words; its list of errors is empty afterwards.
std::string take_reason() {
    std::string reason;
    const char* data = nullptr;
    int flags = 0;
    while (const auto code = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
        const auto* text = ERR_reason_error_string(code);
        reason = text == nullptr ? "unknown error" : text;
        if ((flags & ERR_TXT_STRING) != 0 && data != nullptr && *data != '\0') {
            reason += std::string(" (") + data + ")";
        }
    }
    return reason;
}

std::string hex_of(const ASN1_INTEGER* number) {
    if (number == nullptr) {
        return {};
    }
    const Owned<BIGNUM> value(ASN1_INTEGER_to_BN(number, nullptr));
    std::string octets(static_cast<std::size_t>(BN_num_bytes(value.get())), '\0');
    BN_bn2bin(value.get(), reinterpret_cast<unsigned char*>(octets.data()));
    return to_hex(octets);
}

std::time_t seconds_of(const ASN1_GENERALIZEDTIME* time) {
    std::tm broken{};
    return ASN1_TIME_to_tm(time, &broken) == 1 ? ::timegm(&broken) : 0;
}

/// The certificates of a PEM text; nothing when there is none in it.
Owned<X509_STORE> store_of(std::string_view pem) {
    if (pem.empty()) {
        return nullptr;
    }
    Owned<X509_STORE> store(X509_STORE_new());
    const Owned<BIO> octets(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    require(store != nullptr && octets != nullptr);
    bool has_any = false;
    while (
        const Owned<X509> certificate{PEM_read_bio_X509(octets.get(), nullptr, nullptr, nullptr)}) {
        require(X509_STORE_add_cert(store.get(), certificate.get()) == 1);
        has_any = true;
    }
    ERR_clear_error();  // the end of the text counts as one
    return has_any ? std::move(store) : nullptr;
}

/// "rejected: too busy" when the authority gave no stamp; else empty.
std::string refusal_in(TS_RESP* response) {
    auto* status = TS_RESP_get_status_info(response);
    const auto code = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(status));
    if (code == TS_STATUS_GRANTED || code == TS_STATUS_GRANTED_WITH_MODS) {
        return {};
    }
    std::string text = "the authority gave no stamp (status " + std::to_string(code) + ")";
    const auto* words = TS_STATUS_INFO_get0_text(status);
    for (int i = 0; i < sk_ASN1_UTF8STRING_num(words); ++i) {
        const auto* word = sk_ASN1_UTF8STRING_value(words, i);
        text += ": " + to_valid_utf8({reinterpret_cast<const char*>(ASN1_STRING_get0_data(word)),
                                      static_cast<std::size_t>(ASN1_STRING_length(word))});
    }
    return text;
}

bool is_sha256(TS_TST_INFO* info) {
    const ASN1_OBJECT* algorithm = nullptr;
    X509_ALGOR_get0(&algorithm, nullptr, nullptr,
                    TS_MSG_IMPRINT_get_algo(TS_TST_INFO_get_msg_imprint(info)));
    return OBJ_obj2nid(algorithm) == NID_sha256;
}

/// Digest, signature and chain of certificates; the reason when one does not hold.
std::string problem_of(TS_RESP* response, const Digest& digest, Owned<X509_STORE> store) {
    const Owned<TS_VERIFY_CTX> context(TS_VERIFY_CTX_new());
    auto* imprint =
        static_cast<unsigned char*>(OPENSSL_memdup(digest.octets.data(), digest.octets.size()));
    require(context != nullptr && imprint != nullptr);
    // The context frees both.
    TS_VERIFY_CTX_set_imprint(context.get(), imprint, static_cast<long>(digest.octets.size()));
    TS_VERIFY_CTX_set_store(context.get(), store.release());
    TS_VERIFY_CTX_set_flags(context.get(), TS_VFY_VERSION | TS_VFY_SIGNATURE | TS_VFY_IMPRINT);
    const bool holds = TS_RESP_verify_response(context.get(), response) == 1;
    auto reason = take_reason();
    return holds ? std::string() : std::move(reason);
}

}  // namespace

TimeStampQuery make_time_stamp_query(const Digest& digest) {
    // Its first bit is clear and its first octet is not zero, so that it stays as it is in DER.
    auto nonce = random_octets(request_nonce_size);
    nonce[0] = static_cast<char>((nonce[0] & 0x3F) | 0x40);
    const Owned<TS_REQ> request(TS_REQ_new());
    const Owned<TS_MSG_IMPRINT> imprint(TS_MSG_IMPRINT_new());
    const Owned<X509_ALGOR> algorithm(X509_ALGOR_new());
    const Owned<BIGNUM> number(BN_bin2bn(in(nonce), request_nonce_size, nullptr));
    const Owned<ASN1_INTEGER> serial(BN_to_ASN1_INTEGER(number.get(), nullptr));
    require(request && imprint && algorithm && serial);
    auto octets = digest.octets;
    require(X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) == 1 &&
            TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get()) == 1 &&
            TS_MSG_IMPRINT_set_msg(imprint.get(), octets.data(), static_cast<int>(octets.size())) ==
                1 &&
            TS_REQ_set_version(request.get(), 1) == 1 &&
            TS_REQ_set_msg_imprint(request.get(), imprint.get()) == 1 &&
            TS_REQ_set_nonce(request.get(), serial.get()) == 1 &&
            TS_REQ_set_cert_req(request.get(), 1) == 1);
    unsigned char* der = nullptr;
    const auto size = i2d_TS_REQ(request.get(), &der);
    require(size > 0);
    TimeStampQuery query{std::string(reinterpret_cast<char*>(der), static_cast<std::size_t>(size)),
                         to_hex(nonce)};
    OPENSSL_free(der);
    return query;
}

TimeStamp check_time_stamp(std::string_view response, const Digest& digest,
                           std::string_view authorities, TrustAt trust) {
    TimeStamp stamp;
    const auto* octets = in(response);
    const Owned<TS_RESP> decoded(d2i_TS_RESP(nullptr, &octets, static_cast<long>(response.size())));
    ERR_clear_error();
    if (!decoded || octets != in(response) + response.size()) {
        stamp.problem = "this is no time stamp response";
        return stamp;
    }
    stamp.problem = refusal_in(decoded.get());
    auto* info = TS_RESP_get_tst_info(decoded.get());
    if (stamp.problem.empty() && info == nullptr) {
        stamp.problem = "there is no stamp in the response";
    }
    if (!stamp.problem.empty()) {
        return stamp;
    }
    const auto seconds = seconds_of(TS_TST_INFO_get_time(info));
    stamp.at = from_unix_ms(std::int64_t{1000} * seconds);
    stamp.nonce = hex_of(TS_TST_INFO_get_nonce(info));
    auto store = store_of(authorities);
    if (!store) {
        stamp.problem = "there is no certificate to trust";
        return stamp;
    }
    if (trust == TrustAt::of_stamp) {
        X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()), seconds);
    }
    stamp.problem = is_sha256(info) ? problem_of(decoded.get(), digest, std::move(store))
                                    : "it is not of a SHA-256";
    return stamp;
}

}  // namespace mailkeep
