// SPDX-License-Identifier: Apache-2.0
// One HTTP(S) request to a time stamping authority (RFC 3161 section 3.4).
#pragma once

#include <string>
#include <string_view>

namespace mailkeep::service {

/// The body of the answer. Error{invalid} for a bad address, Error{network}, Error{timeout},
/// Error{tls}, Error{refused} for another status than 200.
[[nodiscard]] std::string post_time_stamp_query(const std::string& url, std::string_view query);

}  // namespace mailkeep::service
