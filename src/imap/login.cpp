// SPDX-License-Identifier: Apache-2.0
// Logging in: the ways the server offers, one after another until one is taken or refused, and what
// a refusal means.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/net/sasl.hpp"

#include "connection.hpp"

namespace mailkeep::imap {

namespace {

constexpr std::string_view mechanism_prefix = "AUTH=";
constexpr const char* no_clear_password = "the mail server takes no password without encryption";

/// So does what Connection takes for the wish for a pause.
bool passes_by_itself(const ResponseCode& code) {
    return code.name == "SERVERBUG";
}

/// What PLAIN sends: the password in another form, which no answer to any login may show.
Secret plain_token(const Credentials& credentials) {
    return Secret(to_base64('\0' + credentials.user + '\0' + credentials.secret.reveal()));
}

}  // namespace

// Capabilities are asked for again even when the login told them: the proxy of iCloud rewrites the
// early ones (Mailspring-Sync #91).
void Connection::log_in(const Credentials& credentials) {
    if (is_authenticated_)
        return;
    if ((credentials.user + credentials.secret.reveal()).find('\0') != std::string::npos)
        throw Error(Errc::invalid, "user name or password holds a NUL");
    const auto ways = net::plan_login(credentials.proof, login_offer());
    if (ways.empty())
        refuse_all_ways(credentials.proof);
    for (const net::LoginWay& way : ways) {
        const LoginAttempt attempt = try_login(way, credentials);
        if (attempt.answer.status == Status::ok)
            break;
        const ResponseCode& code = attempt.answer.code;
        const bool is_final = attempt.has_proven && (code.name == "AUTHENTICATIONFAILED" ||
                                                     !net::may_be_of_the_binding(ways, way));
        if (is_final || passes_by_itself(code) || &way == &ways.back())
            refuse_login(attempt, credentials.proof);
        log_info("imap.login_turned_away",
                 {{"mechanism", way.mechanism ? net::name_of(*way.mechanism) : "LOGIN"}});
    }
    is_authenticated_ = true;
    const bool takes_id = capabilities_.has("ID");
    if (takes_id)
        introduce_ourselves();
    ask_capabilities();
    if (!takes_id && capabilities_.has("ID"))
        introduce_ourselves();
    while (!open_commands_.empty())
        static_cast<void>(receive());
    hidden_ = {};
}

// LOGINDISABLED speaks of passwords in the clear, so of PLAIN, too, where nothing is encrypted.
net::LoginOffer Connection::login_offer() const {
    net::LoginOffer offer;
    offer.is_encrypted = security_ != Security::plaintext;
    offer.has_command = !capabilities_.has("LOGINDISABLED");
    offer.bindings = stream_->channel_bindings();
    for (const std::string& name : capabilities_.names) {
        if (name.starts_with(mechanism_prefix))
            offer.mechanisms.insert(name.substr(mechanism_prefix.size()));
    }
    if (!offer.is_encrypted && !offer.has_command)
        offer.mechanisms.erase("PLAIN");
    return offer;
}

Connection::LoginAttempt Connection::try_login(const net::LoginWay& way,
                                               const Credentials& credentials) {
    hidden_ = {credentials.secret, plain_token(credentials), Secret()};
    if (!way.mechanism) {
        const Encoder command =
            Encoder("LOGIN").string(credentials.user).string(credentials.secret.reveal());
        return {run(command, command_patience, ignore_data), true, {}, {}};
    }
    net::SaslClient client(*way.mechanism, credentials, way.binding);
    Tagged answer = authenticate(client, net::name_of(*way.mechanism));
    if (answer.status == Status::ok && !client.is_complete())
        throw net::unproven_server();
    return {std::move(answer), client.has_proven(), client.fault(), client.refusal()};
}

// authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp] *(CRLF base64)
// "*" cancels (RFC 9051 section 6.2.2).
Tagged Connection::authenticate(net::SaslClient& client, std::string_view mechanism) {
    Encoder command("AUTHENTICATE");
    command.atom(mechanism);
    if (capabilities_.has("SASL-IR")) {
        if (const auto first = client.initial_response()) {
            hidden_.back() = *first;
            command.atom(first->reveal());
        }
    }
    const std::string tag = send(command);
    for (;;) {
        const Response response = receive();
        if (const auto* const tagged = std::get_if<Tagged>(&response))
            return *tagged;
        const auto* const challenge = std::get_if<Continuation>(&response);
        if (!challenge)
            continue;
        if (client.fault())
            throw Error(*client.fault());
        const auto line = client.answer(challenge->text);
        if (line && hidden_.back().empty())
            hidden_.back() = *line;
        write((line ? line->reveal() : "*") + "\r\n");
    }
}

void Connection::refuse_all_ways(Proof proof) const {
    if (proof == Proof::token)
        throw Error(Errc::authentication, "the mail server takes no access token",
                    "It offers neither OAUTHBEARER nor XOAUTH2: this account needs a password.");
    if (security_ == Security::plaintext)
        throw Error(Errc::tls, no_clear_password);
    throw Error(Errc::authentication, "the mail server takes no password");
}

// RFC 5530 tells what passes by itself from a wrong password.
void Connection::refuse_login(const LoginAttempt& attempt, Proof proof) {
    const Tagged& answer = attempt.answer;
    if (attempt.fault)
        throw Error(*attempt.fault);
    if (answer.status == Status::bad)
        require_ok(answer, "the login");
    if (answer.code.name == "PRIVACYREQUIRED")
        throw Error(Errc::tls, no_clear_password);
    if (passes_by_itself(answer.code))
        throw Error(Errc::network, "the mail server takes no login now" + because(answer.text),
                    "Try again later.");
    if (proof != Proof::token)
        throw Error(Errc::authentication,
                    "the mail server refused user name or password" + because(answer.text));
    const std::string status = attempt.refusal.empty() ? "" : " (" + attempt.refusal + ")";
    throw Error(Errc::authentication,
                "the mail server refused the access token" + status + because(answer.text),
                std::string(net::refused_token_hint));
}

// NetEase (163, 126) opens no mailbox before it is told a name and a version. The answer does not
// matter.
void Connection::introduce_ourselves() {
    static_cast<void>(send(Encoder(R"(ID ("name" "mailkeep" "version" "1"))")));
}

}  // namespace mailkeep::imap
