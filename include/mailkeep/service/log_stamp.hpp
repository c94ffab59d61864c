// SPDX-License-Identifier: Apache-2.0
// The newest checkpoint of the log shown to a time stamping authority (RFC 3161), and its answer
// kept.
#pragma once

#include "mailkeep/archive/log.hpp"
#include "mailkeep/service/depot.hpp"

#include <string>
#include <string_view>

namespace mailkeep::service {

struct Stamped {
    archive::Checkpoint checkpoint;
    Timestamp at{};  ///< says the authority
};

/// Lets the log catch up first. `authorities` is PEM: the certificates to trust the authority by.
/// Error{not_found} when there is nothing to stamp yet, Error{conflict} when the newest checkpoint
/// has a stamp, Error{network} and Error{timeout} when the authority cannot be reached, Error{tls}
/// when its answer does not hold. The log stays as it is.
Stamped stamp_log(Depot& depot, const std::string& authority_url, std::string_view authorities);

}  // namespace mailkeep::service
