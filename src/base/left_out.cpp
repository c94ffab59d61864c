// SPDX-License-Identifier: Apache-2.0
// What `mailkeep` has instead of the files of this room that need Poco or all of OpenSSL: it opens
// no archive that is encrypted, writes none and knows no server, so nobody gets here
// (app/reader.cpp). To load and set up those libraries for nothing would take longer than a search.
#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/passphrase.hpp"
#include "mailkeep/base/sector_cipher.hpp"
#include "mailkeep/base/signature.hpp"
#include "mailkeep/base/time_stamp.hpp"
#include "mailkeep/base/uri.hpp"

namespace mailkeep {

namespace {

[[noreturn]] void left_out() {
    broken_promise("this program does not need that", __FILE__, __LINE__);
}

}  // namespace

// crypto

std::string random_octets(std::size_t) {
    left_out();
}

std::string derive_key(std::string_view, std::string_view, std::string_view) {
    left_out();
}

std::string seal(std::string_view, std::string_view, std::string_view) {
    left_out();
}

std::optional<std::string> unseal(std::string_view, std::string_view, std::string_view) {
    left_out();
}

std::string seal_with_nonce(std::string_view, std::string_view, std::string_view,
                            std::string_view) {
    left_out();
}

std::optional<std::string> unseal_with_nonce(std::string_view, std::string_view, std::string_view,
                                             std::string_view) {
    left_out();
}

// passphrase

bool is_bearable(const ScryptCost&) {
    left_out();
}

std::string derive_from_passphrase(std::string_view, std::string_view, const ScryptCost&) {
    left_out();
}

// sector_cipher

struct SectorCipher::Contexts {};

SectorCipher::SectorCipher(std::string_view) {
    left_out();
}

SectorCipher::~SectorCipher() = default;

bool SectorCipher::encrypt(std::uint64_t, std::span<char>) const noexcept {
    left_out();
}

bool SectorCipher::decrypt(std::uint64_t, std::span<char>) const noexcept {
    left_out();
}

// signature

std::string make_signing_key() {
    left_out();
}

std::string public_key_of(std::string_view) {
    left_out();
}

std::string sign(std::string_view, std::string_view) {
    left_out();
}

bool is_signed(std::string_view, std::string_view, std::string_view) {
    left_out();
}

std::string public_key_to_pem(std::string_view) {
    left_out();
}

std::optional<std::string> public_key_from_pem(std::string_view) {
    left_out();
}

// time_stamp

TimeStampQuery make_time_stamp_query(const Digest&) {
    left_out();
}

TimeStamp check_time_stamp(std::string_view, const Digest&, std::string_view, TrustAt) {
    left_out();
}

// uri

std::optional<Uri> parse_uri(std::string_view) {
    left_out();
}

std::string encode_uri_user(std::string_view) {
    left_out();
}

bool matches_glob(std::string_view, const std::string&) {
    left_out();
}

}  // namespace mailkeep
