// SPDX-License-Identifier: Apache-2.0
// From an account's server to a logged-in session.
#pragma once

#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/model/account.hpp"
#include "mailkeep/pop3/session.hpp"
#include "mailkeep/service/depot.hpp"

#include <memory>
#include <stop_token>

namespace mailkeep::service {

/// With a password.
[[nodiscard]] imap::ReadSession open_imap(const Server& server, const Secret& password,
                                          const std::stop_token& stop);
[[nodiscard]] std::unique_ptr<pop3::Session> open_pop3(const Server& server, const Secret& password,
                                                       const std::stop_token& stop);

/// With what the account keeps. A token that is refused is renewed once.
[[nodiscard]] imap::ReadSession open_imap(Depot& depot, const Account& account,
                                          const std::stop_token& stop);
[[nodiscard]] std::unique_ptr<pop3::Session> open_pop3(Depot& depot, const Account& account,
                                                       const std::stop_token& stop);

}  // namespace mailkeep::service
