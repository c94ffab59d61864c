// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/log_stamp.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/base/time_stamp.hpp"

#include "stamp_client.hpp"

namespace mailkeep::service {

Stamped stamp_log(Depot& depot, const std::string& authority_url, std::string_view authorities) {
    auto& log = depot.log();
    log.catch_up(depot.clock().now());
    auto newest = log.newest();
    if (!newest) {
        throw Error(Errc::not_found, "the log is empty: there is nothing to stamp",
                    "It grows with every backup.");
    }
    if (log.stamp(*newest)) {
        throw Error(Errc::conflict, "the newest checkpoint has a time stamp already",
                    "The next backup that finds something new makes another checkpoint.");
    }
    const auto digest = sha256(newest->note);
    const auto query = make_time_stamp_query(digest);
    const auto response = post_time_stamp_query(authority_url, query.octets);
    auto stamp = check_time_stamp(response, digest, authorities, TrustAt::now);
    if (stamp.problem.empty() && stamp.nonce != query.nonce) {
        stamp.problem = "it answers another question";
    }
    if (!stamp.problem.empty()) {
        throw Error(Errc::tls, "the time stamp does not hold: " + stamp.problem,
                    "The log stays as it is. See whether --ca-file is that of this authority, or "
                    "try another one.");
    }
    log.keep_stamp(*newest, response, authorities);
    log_info("log.stamped", {{"entries", newest->size}, {"at", to_rfc3339(stamp.at)}});
    return {*std::move(newest), stamp.at};
}

}  // namespace mailkeep::service
