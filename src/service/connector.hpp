// SPDX-License-Identifier: Apache-2.0
// From an account's server to a logged-in session.
#pragma once

#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/model/account.hpp"
#include "mailkeep/pop3/session.hpp"

#include <memory>
#include <stop_token>

namespace mailkeep::service {

[[nodiscard]] imap::ReadSession open_imap(const Server& server, const Secret& password,
                                          const std::stop_token& stop);
[[nodiscard]] std::unique_ptr<pop3::Session> open_pop3(const Server& server, const Secret& password,
                                                       const std::stop_token& stop);

}  // namespace mailkeep::service
