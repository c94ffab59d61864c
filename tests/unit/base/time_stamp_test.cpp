// SPDX-License-Identifier: Apache-2.0
// A stamp that `openssl ts` made of the text "mailkeep" on 2026-11-23, with a certificate that was
// valid for a minute only; and a refusal of the same authority.
#include "mailkeep/base/text.hpp"
#include "mailkeep/base/time_stamp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep {
namespace {

using testing::HasSubstr;

const std::string authority =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBiTCCAS+gAwIBAgIUfNHWTYAQ1bz0O1dL1aC6tdfwmhcwCgYIKoZIzj0EAwIw\n"
    "GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjYxMTIzMDgyMTM5WhgPMjEy\n"
    "NjEwMzAwODIxMzlaMBkxFzAVBgNVBAMMDlRlc3QgYXV0aG9yaXR5MFkwEwYHKoZI\n"
    "zj0CAQYIKoZIzj0DAQcDQgAE6rZ6XlWP/FoCpBfkOxWkht4O0IMHo8RRU9uiJLWL\n"
    "LgJ2Xymt0cPrmTXHXgxVwJ5czw4dnV8xdT3NtAjnwLgdDqNTMFEwHQYDVR0OBBYE\n"
    "FG5wo5rAQteBY8Qrg0RiO2JQpsf/MB8GA1UdIwQYMBaAFG5wo5rAQteBY8Qrg0Ri\n"
    "O2JQpsf/MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgfk1tVd25\n"
    "qWx0+3TQKBd4fOyDBN1gFAlRUs6bq+I3Mw4CIQDtmm3oREU9ndfeGscvMG4oYiJk\n"
    "SnJl5ImoEA/p0EABdA==\n"
    "-----END CERTIFICATE-----\n";

const std::string granted = *from_base64(
    "MIIDUDADAgEAMIIDRwYJKoZIhvcNAQcCoIIDODCCAzQCAQMxDzANBglghkgBZQMEAgEFADBiBgsq"
    "hkiG9w0BCRABBKBTBFEwTwIBAQYDKgMEMDEwDQYJYIZIAWUDBAIBBQAEINVfGsmcKjZCRUwgfgnF"
    "9COI8EM7aCOqUCay/0nJLJtsAgECGA8yMDI2MTEyMzA4MjE0MFqgggGBMIIBfTCCASOgAwIBAgIB"
    "ATAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5UZXN0IGF1dGhvcml0eTAeFw0yNjExMjIwODIxNDBa"
    "Fw0yNjExMjMwODIyNDBaMBsxGTAXBgNVBAMMEFRlc3QgdGltZSBzdGFtcHMwWTATBgcqhkjOPQIB"
    "BggqhkjOPQMBBwNCAARyJznkx/vDqLvfxW/c/lO7NGqjocaNHUGJAsWfkYiQ2lsWVCmuMOsMXxew"
    "bHfZLKG/TlRqMlrUqXnw+QMqQnRKo1owWDAWBgNVHSUBAf8EDDAKBggrBgEFBQcDCDAdBgNVHQ4E"
    "FgQUXatokTI/Bn3emYIzneFRkl5GigMwHwYDVR0jBBgwFoAUbnCjmsBC14FjxCuDRGI7YlCmx/8w"
    "CgYIKoZIzj0EAwIDSAAwRQIhAPOdyjGTZnox8wu8fSjBkShuVbR4xJ6FATPm3P/UjoFQAiB3sF62"
    "dKFfaxiOMIst4wZgKAChdWAixr9+NRzi5eVAdzGCATMwggEvAgEBMB4wGTEXMBUGA1UEAwwOVGVz"
    "dCBhdXRob3JpdHkCAQEwDQYJYIZIAWUDBAIBBQCggaQwGgYJKoZIhvcNAQkDMQ0GCyqGSIb3DQEJ"
    "EAEEMBwGCSqGSIb3DQEJBTEPFw0yNjExMjMwODIxNDBaMC8GCSqGSIb3DQEJBDEiBCDrvaB4aQjl"
    "XSNZh6VPNhe/TmecGbuS0afspyn4kSeJ9jA3BgsqhkiG9w0BCRACLzEoMCYwJDAiBCBQdMyblmie"
    "099pDxu2DaqwHEOadqtLIpouNVGePl4nsjAKBggqhkjOPQQDAgRIMEYCIQDfuUFEMeRTTbbRIsWt"
    "t6LNSlZi3bey0zQ0YNy4jqNrbgIhAJ6L1MXqKimoXAIxfAQ8v0NOLS8ZF8HiVT0gnK3KMDU4");

const std::string rejected =
    *from_base64("MDcwNQIBAjAsDCpNZXNzYWdlIGRpZ2VzdCBhbGdvcml0aG0gaXMgbm90IHN1cHBvcnRlZC4DAgeA");

const Digest digest = sha256("mailkeep");

TEST(TimeStamp, of_an_authority_we_trust_says_when) {
    const auto stamp = check_time_stamp(granted, digest, authority, TrustAt::of_stamp);
    EXPECT_EQ(stamp.problem, "");
    EXPECT_EQ(to_rfc3339(stamp.at), "2026-11-23T08:21:40Z");
    EXPECT_EQ(stamp.nonce, "");
}

TEST(TimeStamp, by_an_expired_certificate_is_no_new_stamp) {
    EXPECT_THAT(check_time_stamp(granted, digest, authority, TrustAt::now).problem,
                HasSubstr("certificate has expired"));
}

TEST(TimeStamp, of_another_digest_proves_nothing) {
    EXPECT_THAT(check_time_stamp(granted, sha256("x"), authority, TrustAt::of_stamp).problem,
                HasSubstr("imprint mismatch"));
}

TEST(TimeStamp, wants_an_authority_to_trust) {
    for (const std::string_view none : {std::string_view(), std::string_view("no PEM")}) {
        EXPECT_EQ(check_time_stamp(granted, digest, none, TrustAt::of_stamp).problem,
                  "there is no certificate to trust");
    }
}

TEST(TimeStamp, that_was_refused_says_why) {
    EXPECT_THAT(check_time_stamp(rejected, digest, authority, TrustAt::now).problem,
                HasSubstr("Message digest algorithm is not supported."));
}

TEST(TimeStamp, cut_anywhere_is_none) {
    for (std::size_t size = 0; size < granted.size(); ++size) {
        EXPECT_EQ(check_time_stamp(std::string_view(granted).substr(0, size), digest, authority,
                                   TrustAt::of_stamp)
                      .problem,
                  "this is no time stamp response");
    }
    EXPECT_NE(check_time_stamp(granted + "x", digest, authority, TrustAt::of_stamp).problem, "");
}

TEST(TimeStamp, with_an_octet_changed_still_says_this_time_or_nothing) {
    for (std::size_t at = 0; at < granted.size(); at += 7) {
        auto changed = granted;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        const auto stamp = check_time_stamp(changed, digest, authority, TrustAt::of_stamp);
        EXPECT_TRUE(!stamp.problem.empty() || to_rfc3339(stamp.at) == "2026-11-23T08:21:40Z") << at;
    }
}

TEST(TimeStamp, is_asked_for_with_a_nonce) {
    const auto query = make_time_stamp_query(digest);
    EXPECT_EQ(query.nonce.size(), 16U);
    EXPECT_THAT(query.octets, HasSubstr(digest.view()));
    EXPECT_THAT(query.octets, HasSubstr(*from_hex(query.nonce)));
    EXPECT_NE(make_time_stamp_query(digest).nonce, query.nonce);
}

}  // namespace
}  // namespace mailkeep
