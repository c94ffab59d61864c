// SPDX-License-Identifier: Apache-2.0
// Which settings of an account go together: the rules, apart from flags and from the catalog.
#include "mailkeep/base/error.hpp"

#include "options.hpp"

#include <string_view>

namespace mailkeep::app {

namespace {

/// Plain text is for tests on one machine (RFC 8314 section 3): nothing of it may reach a network.
bool is_loopback(std::string_view host) {
    const bool is_v4 = host.find_first_not_of("0123456789.") == std::string_view::npos;
    return host == "localhost" || host == "::1" || (is_v4 && host.starts_with("127."));
}

/// A new URL keeps the certificate settings, which are not part of it.
void move_to(Account& account, const Server& server) {
    if (account.id && has_server(account) && account.server.protocol != server.protocol) {
        throw Error(Errc::invalid, "an account cannot change between IMAP and POP3",
                    "Add another account with `mailkeep account add`.");
    }
    const auto old = account.server;
    account.server = server;
    account.server.ca_file = old.ca_file;
    account.server.tls_fingerprint = old.tls_fingerprint;
}

void require_sense(const Account& account) {
    const auto& server = account.server;
    if (server.security == Security::plaintext && !is_loopback(server.host)) {
        throw Error(Errc::invalid,
                    "--insecure-plaintext is only for this machine itself, not for " + server.host,
                    "Leave it out: the connection is encrypted then.");
    }
    if (server.security == Security::plaintext &&
        !(server.ca_file.empty() && server.tls_fingerprint.empty())) {
        throw Error(Errc::invalid, "without TLS there is no certificate to check",
                    "Leave out --insecure-plaintext, or --ca-file and --tls-fingerprint.");
    }
    if (server.protocol == Protocol::pop3 &&
        !(account.include.empty() && account.exclude.empty())) {
        throw Error(Errc::invalid, "a POP3 server has one mailbox, nothing to include or exclude");
    }
}

}  // namespace

Account changed(Account account, const AccountChange& change) {
    if (change.server) {
        move_to(account, *change.server);
    }
    account.name = change.name.value_or(account.name);
    account.server.ca_file = change.ca_file.value_or(account.server.ca_file);
    account.server.tls_fingerprint =
        change.tls_fingerprint.value_or(account.server.tls_fingerprint);
    account.auth = change.auth.value_or(account.auth);
    account.oauth.client_id = change.oauth_client_id.value_or(account.oauth.client_id);
    account.oauth.token_url = change.oauth_token_url.value_or(account.oauth.token_url);
    account.include = change.include.value_or(account.include);
    account.exclude = change.exclude.value_or(account.exclude);
    account.watch = change.watch.value_or(account.watch);
    account.schedule = change.schedule.value_or(account.schedule);
    account.delete_policy = change.delete_policy.value_or(account.delete_policy);
    auto& retention = account.retention;
    retention.keep = change.keep.value_or(retention.keep);
    retention.from = change.keep_from.value_or(retention.from);
    retention.mailboxes = change.keep_mailboxes.value_or(retention.mailboxes);
    require_sense(account);
    if (change.watch && account.server.protocol == Protocol::pop3) {
        throw Error(Errc::invalid, "a POP3 server tells of nothing by itself",
                    "Leave --watch out; --schedule says how often it is asked.");
    }
    return account;
}

}  // namespace mailkeep::app
