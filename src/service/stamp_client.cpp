// SPDX-License-Identifier: Apache-2.0
#include "stamp_client.hpp"

#include "mailkeep/base/error.hpp"

#include "http_post.hpp"

namespace mailkeep::service {

std::string post_time_stamp_query(const std::string& url, std::string_view query) {
    auto answer = post({.peer = "the time stamping authority",
                        .url = url,
                        .content_type = "application/timestamp-query",
                        .body = query,
                        .retry_hint = "The log stays as it is; stamp it later."});
    if (answer.status != 200) {
        throw Error(Errc::refused, "the time stamping authority answered " +
                                       std::to_string(answer.status) + " " + answer.reason);
    }
    return std::move(answer.body);
}

}  // namespace mailkeep::service
