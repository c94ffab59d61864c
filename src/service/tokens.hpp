// SPDX-License-Identifier: Apache-2.0
// The tokens of an OAuth account: what is kept sealed of them, and how new ones are had (RFC 6749).
#pragma once

#include "mailkeep/base/time.hpp"
#include "mailkeep/model/account.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::service {

struct Tokens {
    Secret refresh;
    Secret client_secret;  ///< empty: a public client
    Secret access;
    std::optional<Timestamp> expires;  ///< of access; nothing: nobody said
};

/// A refresh token alone, or a JSON object as authorities answer with: "refresh_token",
/// "access_token", "expires_in" (seconds from now), "expires_at" (seconds since 1970), and
/// "client_secret" for us. Error{invalid}, without what was given, when it is neither or empty.
[[nodiscard]] Tokens tokens_from_text(const Secret& text, Timestamp now);
[[nodiscard]] Secret to_text(const Tokens& tokens);

/// Whether there is no access token, or one that ends within five minutes.
[[nodiscard]] bool is_due(const Tokens& tokens, Timestamp now);

/// The body of the request for a new access token.
[[nodiscard]] Secret renewal_form(const OAuthClient& client, const Tokens& tokens);

/// What the authority's answer makes of them. Error{authentication} when it takes the refresh token
/// or the client no more, Error{network} when it cannot now, Error{protocol}.
[[nodiscard]] Tokens renewed(Tokens tokens, int status, std::string_view answer, Timestamp now);

}  // namespace mailkeep::service
