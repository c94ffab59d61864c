// SPDX-License-Identifier: Apache-2.0
#include "connector.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/net/connect.hpp"

#include "token_login.hpp"

namespace mailkeep::service {

namespace {

constexpr std::chrono::seconds connect_timeout{20};

std::unique_ptr<net::Stream> reach(const Server& server, const std::stop_token& stop) {
    const auto encryption =
        server.security == Security::tls ? net::Encryption::on_connect : net::Encryption::later;
    return net::connect({server.host, server.port}, encryption,
                        {server.ca_file, server.tls_fingerprint}, connect_timeout, stop);
}

imap::ReadSession imap_session(const Server& server, const Credentials& credentials,
                               const std::stop_token& stop) {
    imap::ReadSession session(reach(server, stop), server.security);
    session.greet();
    session.login(credentials);
    return session;
}

std::unique_ptr<pop3::Session> pop3_session(const Server& server, const Credentials& credentials,
                                            const std::stop_token& stop) {
    auto session = std::make_unique<pop3::Session>(reach(server, stop), server.security);
    session->greet();
    session->login(credentials);
    return session;
}

Credentials token_credentials(const Server& server, const Secret& token) {
    return {server.user, token, Proof::token, server.host, server.port};
}

template <class Open>
auto open_with_token(Depot& depot, const Account& account, const Open& open) {
    const auto first = access_token(depot, account.id);
    try {
        return open(token_credentials(account.server, first.token));
    } catch (const Error& error) {
        if (error.code() != Errc::authentication || !first.is_renewable) {
            throw;
        }
    }
    const auto second = access_token(depot, account.id, first.token);
    return open(token_credentials(account.server, second.token));
}

template <class Open>
auto open_account(Depot& depot, const Account& account, const Open& open) {
    if (uses_tokens(account)) {
        return open_with_token(depot, account, open);
    }
    const auto proof = account.auth == Auth::apop ? Proof::apop : Proof::password;
    return open(Credentials{account.server.user,
                            depot.vault().open(account.id, "password", account.sealed_password),
                            proof});
}

}  // namespace

imap::ReadSession open_imap(const Server& server, const Secret& password,
                            const std::stop_token& stop) {
    return imap_session(server, {server.user, password}, stop);
}

std::unique_ptr<pop3::Session> open_pop3(const Server& server, const Secret& password,
                                         const std::stop_token& stop) {
    return pop3_session(server, {server.user, password}, stop);
}

imap::ReadSession open_imap(Depot& depot, const Account& account, const std::stop_token& stop) {
    return open_account(depot, account, [&](const Credentials& credentials) {
        return imap_session(account.server, credentials, stop);
    });
}

std::unique_ptr<pop3::Session> open_pop3(Depot& depot, const Account& account,
                                         const std::stop_token& stop) {
    return open_account(depot, account, [&](const Credentials& credentials) {
        return pop3_session(account.server, credentials, stop);
    });
}

}  // namespace mailkeep::service
