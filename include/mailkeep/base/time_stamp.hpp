// SPDX-License-Identifier: Apache-2.0
// RFC 3161 time stamps through OpenSSL: an authority's signature under a digest and the time it was
// shown it. Octets in, octets out; who carries them to the authority is no business of this file.
#pragma once

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mailkeep {

struct TimeStampQuery {
    std::string octets;  ///< TimeStampReq, DER
    std::string nonce;   ///< the answer must hold it: hex
};

/// Asks for the authority's certificate too, so that the answer can be checked by itself.
[[nodiscard]] TimeStampQuery make_time_stamp_query(const Digest& digest);

struct TimeStamp {
    Timestamp at{};       ///< when the digest existed, says the authority
    std::string nonce;    ///< hex; empty when there is none
    std::string problem;  ///< why it proves nothing; empty when it does
};

/// now: for a new stamp. of_stamp: for an old one, whose authority's certificate may have expired
/// since.
enum class TrustAt { now, of_stamp };

/// What a TimeStampResp says of a digest. `authorities` is PEM: the certificates to trust.
[[nodiscard]] TimeStamp check_time_stamp(std::string_view response, const Digest& digest,
                                         std::string_view authorities, TrustAt trust);

}  // namespace mailkeep
