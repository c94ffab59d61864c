// SPDX-License-Identifier: Apache-2.0
// A POP3 server may say any octets at all: the session ends with an Error of the network, the
// protocol or the login, hands over no more than was sent, and each message asked for is either
// handed over or refused, once.
#include "mailkeep/base/error.hpp"
#include "mailkeep/pop3/session.hpp"

#include "peer_faults.hpp"
#include "support/text_stream.hpp"
#include "targets.hpp"

#include <set>

namespace mailkeep::fuzz {

namespace {

void collect_all(pop3::Session& session, std::size_t sent) {
    session.greet();
    session.login({"joe", Secret("secret")});
    std::vector<pop3::Number> numbers;
    for (const auto& line : session.listing()) {
        MAILKEEP_ASSERT(numbers.empty() || numbers.back() < line.number);
        numbers.push_back(line.number);
    }
    std::set<pop3::Number> open(numbers.begin(), numbers.end());
    std::size_t octets = 0;
    session.retrieve(
        numbers,
        [&](pop3::Number number, std::string&& raw) {
            MAILKEEP_ASSERT(open.erase(number) == 1);
            octets += raw.size();
        },
        [&](pop3::Number number, const std::string&) { MAILKEEP_ASSERT(open.erase(number) == 1); });
    MAILKEEP_ASSERT(open.empty() && octets <= sent);
    std::size_t marks = 0;
    static_cast<void>(session.quit(pop3::each_of(numbers), [&](pop3::Number, bool) { ++marks; }));
    MAILKEEP_ASSERT(marks == numbers.size());
}

}  // namespace

// One octet at a time: more of them at once would be more than the session had asked for.
void pop3_session(std::string_view octets) {
    pop3::Session session(std::make_unique<test::TextStream>(std::string(octets), 1), Security::tls,
                          1U << 16U);
    try {
        collect_all(session, octets.size());
    } catch (const Error& error) {
        if (!is_fault_of_peer(error.code()))
            throw;
    }
}

}  // namespace mailkeep::fuzz
