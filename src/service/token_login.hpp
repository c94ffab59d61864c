// SPDX-License-Identifier: Apache-2.0
// The access token that an account logs in with, renewed in time.
#pragma once

#include "mailkeep/model/account.hpp"
#include "mailkeep/service/depot.hpp"

namespace mailkeep::service {

struct AccessToken {
    Secret token;
    bool is_renewable = false;  ///< a refusal may mean no more than that it is old
};

/// The one that is kept, or a new one when it is about to end or is the one just refused. What is
/// new is kept durably before it is used: an authority may take the old refresh token no more.
[[nodiscard]] AccessToken access_token(Depot& depot, AccountId id, const Secret& refused = {});

}  // namespace mailkeep::service
