// SPDX-License-Identifier: Apache-2.0
#include "connector.hpp"

#include "mailkeep/net/connect.hpp"

namespace mailkeep::service {

namespace {

constexpr std::chrono::seconds connect_timeout{20};

std::unique_ptr<net::Stream> reach(const Server& server, const std::stop_token& stop) {
    const auto encryption =
        server.security == Security::tls ? net::Encryption::on_connect : net::Encryption::later;
    return net::connect({server.host, server.port}, encryption,
                        {server.ca_file, server.tls_fingerprint}, connect_timeout, stop);
}

}  // namespace

imap::ReadSession open_imap(const Server& server, const Secret& password,
                            const std::stop_token& stop) {
    imap::ReadSession session(reach(server, stop), server.security);
    session.greet();
    session.login({server.user, password});
    return session;
}

std::unique_ptr<pop3::Session> open_pop3(const Server& server, const Secret& password,
                                         const std::stop_token& stop) {
    auto session = std::make_unique<pop3::Session>(reach(server, stop), server.security);
    session->greet();
    session->login({server.user, password});
    return session;
}

}  // namespace mailkeep::service
