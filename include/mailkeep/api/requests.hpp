// SPDX-License-Identifier: Apache-2.0
// What people send as JSON, checked and turned into our nouns. Every function throws Error{invalid}
// naming the member at fault; unknown members are faults too. A password goes from the text
// straight into a Secret.
#pragma once

#include "mailkeep/model/account.hpp"
#include "mailkeep/sync/import_mail.hpp"
#include "mailkeep/sync/restore.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::api {

/// {"user","password"}
struct SignInRequest {
    std::string user;
    Secret password;
};

[[nodiscard]] SignInRequest sign_in_request(std::string_view json);

/// {"code","user","password"}
struct SetupRequest {
    std::string code;
    std::string user;
    Secret password;
};

[[nodiscard]] SetupRequest setup_request(std::string_view json);

/// {"name","url","password"} and, each optional, "include", "exclude" (arrays of patterns),
/// "schedule", "delete_from_server", "keep", "keep_from", "keep_mailboxes" (array), "ca_file",
/// "tls_fingerprint", "insecure_plaintext" (loopback only), "auth", "oauth_client_id",
/// "oauth_token_url"; where it uses tokens, "password" is what they are given as (README). What is
/// deleted defaults to archived for POP3, never for IMAP.
struct AccountRequest {
    Account account;  ///< without an id
    Secret password;
};

[[nodiscard]] AccountRequest account_request(std::string_view json);

/// {"url","password"} and the optional members of a server as above.
struct ServerRequest {
    Server server;
    Secret password;
};

[[nodiscard]] ServerRequest server_request(std::string_view json);

/// A server as above, or "to_account" (the id of an account, which logs in there itself), and, each
/// optional, "query", "account" (a name), "mailboxes", "as_of", "prefix", "dry_run", "verify",
/// "allow_alterations".
struct RestoreRequest {
    ServerRequest target;
    AccountId to_account;          ///< none: to the server
    std::string account;           ///< by name, for the caller to look up; empty: all
    sync::RestoreRequest restore;  ///< without the account
};

[[nodiscard]] RestoreRequest restore_request(std::string_view json);

/// {"name"}: of the file.
[[nodiscard]] std::string upload_name(std::string_view json);

/// {"account","upload"} and, each optional, "mailbox", "format".
struct ImportRequest {
    std::string account;         ///< by name; one not there yet is made
    std::string upload;          ///< whose file is imported
    sync::ImportRequest import;  ///< without paths
};

[[nodiscard]] ImportRequest import_request(std::string_view json);

}  // namespace mailkeep::api
