// SPDX-License-Identifier: Apache-2.0
// One HTTP(S) request to a service on the web: a body there, a body back.
#pragma once

#include <string>
#include <string_view>

namespace mailkeep::service {

struct PostRequest {
    std::string peer;  ///< for errors: "the time stamping authority"
    std::string url;
    std::string content_type;
    std::string_view body;   ///< borrowed
    std::string ca_file;     ///< PEM; empty: the system's
    std::string retry_hint;  ///< of an error that may pass
};

struct PostAnswer {
    int status = 0;
    std::string reason;
    std::string body;
};

/// Whatever the status is. Error{invalid} for a bad address, Error{network}, Error{timeout},
/// Error{tls}, Error{protocol} when the answer is too long.
[[nodiscard]] PostAnswer post(const PostRequest& request);

}  // namespace mailkeep::service
