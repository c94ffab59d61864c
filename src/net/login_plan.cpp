// SPDX-License-Identifier: Apache-2.0
// Which ways of logging in are tried, and in which order. Pure.
#include "mailkeep/base/error.hpp"
#include "mailkeep/net/sasl.hpp"

#include <algorithm>
#include <iterator>

namespace mailkeep::net {

namespace {

bool offers(const LoginOffer& offer, SaslMechanism mechanism) {
    return offer.mechanisms.contains(std::string(name_of(mechanism)));
}

bool offers_any_bound(const LoginOffer& offer) {
    return offers(offer, SaslMechanism::scram_sha_256_plus) ||
           offers(offer, SaslMechanism::scram_sha_1_plus);
}

/// One hash only: a server that has nothing to check the better one with has as little for the
/// other, and each attempt that fails brings a lock nearer.
void add_scram(std::vector<LoginWay>& ways, const LoginOffer& offer, SaslMechanism bound,
               SaslMechanism unbound) {
    if (offers(offer, bound)) {
        for (const ChannelBinding& channel : offer.bindings) {
            ways.push_back({bound, {SaslBinding::Kind::bound, channel}});
        }
    }
    if (offers(offer, unbound)) {
        const bool is_missed = !offer.bindings.empty() && !offers_any_bound(offer);
        const auto kind =
            is_missed ? SaslBinding::Kind::not_offered : SaslBinding::Kind::impossible;
        ways.push_back({unbound, {kind, {}}});
    }
}

void add_clear(std::vector<LoginWay>& ways, const LoginOffer& offer) {
    if (offers(offer, SaslMechanism::plain)) {
        ways.push_back({SaslMechanism::plain, {}});
    }
    if (offer.has_command) {
        ways.push_back({});
    }
}

void add_cram(std::vector<LoginWay>& ways, const LoginOffer& offer) {
    if (offers(offer, SaslMechanism::cram_md5)) {
        ways.push_back({SaslMechanism::cram_md5, {}});
    }
}

std::vector<LoginWay> plan_password(const LoginOffer& offer) {
    std::vector<LoginWay> ways;
    add_scram(ways, offer, SaslMechanism::scram_sha_256_plus, SaslMechanism::scram_sha_256);
    if (ways.empty()) {
        add_scram(ways, offer, SaslMechanism::scram_sha_1_plus, SaslMechanism::scram_sha_1);
    }
    if (offer.is_encrypted) {
        add_clear(ways, offer);
        add_cram(ways, offer);
    } else {
        add_cram(ways, offer);
        add_clear(ways, offer);
    }
    return ways;
}

}  // namespace

std::vector<LoginWay> plan_login(Proof proof, const LoginOffer& offer) {
    MAILKEEP_ASSERT(proof != Proof::apop);
    if (proof == Proof::password) {
        return plan_password(offer);
    }
    std::vector<LoginWay> ways;
    for (const auto mechanism : {SaslMechanism::oauthbearer, SaslMechanism::xoauth2}) {
        if (offers(offer, mechanism)) {
            ways.push_back({mechanism, {}});
        }
    }
    return ways;
}

bool may_be_of_the_binding(const std::vector<LoginWay>& ways, const LoginWay& way) {
    MAILKEEP_ASSERT(!ways.empty());
    return &way != &ways.back() && way.binding.kind == SaslBinding::Kind::bound &&
           std::next(&way)->binding.kind == SaslBinding::Kind::bound;
}

}  // namespace mailkeep::net
