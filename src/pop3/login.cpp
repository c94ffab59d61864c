// SPDX-License-Identifier: Apache-2.0
// Logging in: the ways the server offers, one after another until one is taken or refused.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/hmac.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/pop3/session.hpp"

#include "reply.hpp"

namespace mailkeep::pop3 {

namespace {

constexpr std::string_view mechanism_prefix = "SASL ";
/// RFC 2449 section 4: a command with its arguments and CRLF.
constexpr std::size_t longest_command = 255;

std::string without(std::string text, const Secret& secret) {
    constexpr std::string_view mask = "***";
    const std::string& hidden = secret.reveal();
    if (hidden.empty()) {
        return text;
    }
    for (auto at = text.find(hidden); at != text.npos; at = text.find(hidden, at + mask.size())) {
        text.replace(at, hidden.size(), mask);
    }
    return text;
}

/// Servers exist that repeat the command they refuse: the text is cleaned of what was in it.
std::string cleaned(const Reply& reply, const Credentials& credentials) {
    const Secret plain(to_base64('\0' + credentials.user + '\0' + credentials.secret.reveal()));
    return for_people(without(without(reply.text, plain), credentials.secret));
}

Error login_error(const Reply& reply, const Credentials& credentials, const std::string& refusal) {
    const std::string text = cleaned(reply, credentials);
    if (is_temporary(reply)) {
        return {Errc::refused, "the server does not open the maildrop now: " + text,
                "Another program may be reading it, or the server wants a pause between logins; "
                "the next run tries again."};
    }
    if (credentials.proof != Proof::token) {
        return {Errc::authentication, "the mail server refused user name or password: " + text};
    }
    const std::string status = refusal.empty() ? "" : " (" + refusal + ")";
    return {Errc::authentication, "the mail server refused the access token" + status + ": " + text,
            std::string(net::refused_token_hint)};
}

void check_credential(const std::string& text) {
    if (text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos) {
        return;
    }
    throw Error(Errc::invalid,
                "user name or password holds a line end or NUL, which no login can carry");
}

/// The msg-id of RFC 1939 section 7, wherever it stands in the greeting; empty: none.
std::string_view time_stamp_in(std::string_view greeting) {
    const auto begin = greeting.find('<');
    const auto end = greeting.find('>', begin == greeting.npos ? 0 : begin);
    if (begin == greeting.npos || end == greeting.npos) {
        return {};
    }
    const auto stamp = greeting.substr(begin, end - begin + 1);
    return stamp.find('@') == stamp.npos ? std::string_view{} : stamp;
}

}  // namespace

struct Session::LoginAttempt {
    Reply reply;
    bool has_proven = false;     ///< the server was given the proof
    std::optional<Error> fault;  ///< why we gave it up
    std::string refusal;         ///< the status of a refused token
};

void Session::login(const Credentials& credentials) {
    check_credential(credentials.user);
    check_credential(credentials.secret.reveal());
    if (credentials.proof == Proof::apop) {
        authenticate_apop(credentials);
        return ask_capabilities();
    }
    const auto ways = login_ways(credentials.proof);
    for (const net::LoginWay& way : ways) {
        const LoginAttempt attempt = try_login(way, credentials);
        if (attempt.reply.status == Status::ok) {
            break;
        }
        const bool is_last = &way == &ways.back();
        const bool is_final = attempt.has_proven && !net::may_be_of_the_binding(ways, way);
        if (attempt.fault && (attempt.has_proven || is_last)) {
            throw Error(*attempt.fault);
        }
        if (is_final || is_last || is_temporary(attempt.reply)) {
            throw login_error(attempt.reply, credentials, attempt.refusal);
        }
        log_info("pop3.login_turned_away",
                 {{"mechanism", way.mechanism ? net::name_of(*way.mechanism) : "USER"}});
    }
    ask_capabilities();
}

// CAPA may leave out USER although it is taken.
std::vector<net::LoginWay> Session::login_ways(Proof proof) const {
    net::LoginOffer offer;
    offer.has_command = true;
    offer.is_encrypted = security_ != Security::plaintext;
    offer.bindings = stream_->channel_bindings();
    for (const std::string& capability : capabilities_) {
        if (capability.starts_with(mechanism_prefix)) {
            offer.mechanisms.insert(capability.substr(mechanism_prefix.size()));
        }
    }
    auto ways = net::plan_login(proof, offer);
    if (ways.empty()) {
        throw Error(Errc::authentication, "the mail server takes no access token",
                    "It offers neither OAUTHBEARER nor XOAUTH2: this account needs a password.");
    }
    return ways;
}

Session::LoginAttempt Session::try_login(const net::LoginWay& way, const Credentials& credentials) {
    if (!way.mechanism) {
        return {authenticate_user(credentials), true, {}, {}};
    }
    net::SaslClient client(*way.mechanism, credentials, way.binding);
    Reply reply = authenticate(client, net::name_of(*way.mechanism));
    if (reply.status == Status::ok && !client.is_complete()) {
        throw net::unproven_server();
    }
    return {std::move(reply), client.has_proven(), client.fault(), client.refusal()};
}

/// RFC 5034 section 4. A response too long for the command waits for "+"; some servers say "+OK"
/// where "+" is meant (MailKit's release notes). "*" cancels.
Reply Session::authenticate(net::SaslClient& client, std::string_view mechanism) {
    const std::string bare = "AUTH " + std::string(mechanism);
    const std::size_t room = longest_command - bare.size() - std::string_view(" \r\n").size();
    const auto first = client.initial_response(room);
    const Secret command(first ? bare + " " + first->reveal() : bare);
    send(command.reveal());
    Reply reply = receive_any();
    while (reply.status == Status::go_on ||
           (reply.status == Status::ok && !client.has_proven() && !client.fault())) {
        if (client.fault()) {
            throw Error(*client.fault());
        }
        const auto line = client.answer(reply.text);
        send(line ? std::string_view(line->reveal()) : "*");
        reply = receive_any();
    }
    return reply;
}

Reply Session::authenticate_user(const Credentials& credentials) {
    send("USER " + credentials.user);
    Reply reply = receive();
    if (reply.status != Status::ok) {
        return reply;
    }
    const Secret command("PASS " + credentials.secret.reveal());
    send(command.reveal());
    return receive();
}

/// RFC 1939 section 7. MD5 over a text that whoever sits in between may have chosen: so never by
/// itself, and never with a greeting that came before TLS.
void Session::authenticate_apop(const Credentials& credentials) {
    const auto stamp = time_stamp_in(greeting_);
    if (security_ == Security::starttls) {
        throw Error(
            Errc::tls, "APOP takes its challenge from a greeting that was not encrypted",
            "Use pop3s://, or another way to log in: mailkeep account set NAME --auth auto");
    }
    if (stamp.empty()) {
        throw Error(Errc::authentication, "the mail server does not offer APOP",
                    "Use another way to log in: mailkeep account set NAME --auth auto");
    }
    send("APOP " + credentials.user + " " +
         to_hex(hash_of(HashKind::md5, std::string(stamp) + credentials.secret.reveal())));
    const Reply reply = receive();
    if (reply.status != Status::ok) {
        throw login_error(reply, credentials, {});
    }
}

}  // namespace mailkeep::pop3
