// SPDX-License-Identifier: Apache-2.0
// A backup's session with a server that says any octets at all ends with an Error of the network,
// the protocol or the login, and hands over no more than was sent, no message twice, and none that
// was not asked for.
#include "mailkeep/base/error.hpp"
#include "mailkeep/imap/read_session.hpp"

#include "peer_faults.hpp"
#include "support/text_stream.hpp"
#include "targets.hpp"

#include <set>

namespace mailkeep::fuzz {

namespace {

void read_all(imap::ReadSession& session, std::size_t sent) {
    session.greet();
    session.login({"joe", Secret("secret")});
    static_cast<void>(session.personal_namespace());
    for (const auto& entry : session.list()) {
        static_cast<void>(session.examine(entry.mailbox));
        const auto known = session.fetch_flags();
        std::set<Uid> wanted;
        for (const auto& message : known) {
            MAILKEEP_ASSERT(message.uid != 0 && wanted.insert(message.uid).second);
        }
        std::size_t given = 0;
        const auto unfetched = session.fetch_raw(known, {}, [&](imap::FetchedMessage&& message) {
            MAILKEEP_ASSERT(wanted.erase(message.uid) == 1);
            given += message.raw.size();
        });
        MAILKEEP_ASSERT(unfetched.size() == wanted.size() && given <= sent);
    }
}

}  // namespace

void imap_session(std::string_view octets) {
    imap::ReadSession session(std::make_unique<test::TextStream>(std::string(octets)),
                              Security::tls);
    try {
        read_all(session, octets.size());
    } catch (const Error& error) {
        if (!is_fault_of_peer(error.code()))
            throw;
    }
    session.logout();
}

}  // namespace mailkeep::fuzz
