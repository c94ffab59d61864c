// SPDX-License-Identifier: Apache-2.0
#include "tokens.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include <Poco/Dynamic/Var.h>
#include <Poco/Exception.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <Poco/URI.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace mailkeep::service {

namespace {

using Poco::JSON::Object;
using std::chrono::seconds;

constexpr std::chrono::minutes margin{5};
constexpr std::size_t deepest_json = 16;
constexpr std::size_t longest_word = 40;
constexpr std::int64_t longest_life = 10LL * 365 * 86400;
constexpr std::int64_t latest_moment = 253'402'300'799;  // 9999-12-31

Object::Ptr parse_object(const std::string& text) {
    try {
        Poco::JSON::Parser parser;
        parser.setDepth(deepest_json);
        const auto value = parser.parse(text);
        return value.type() == typeid(Object::Ptr) ? value.extract<Object::Ptr>() : nullptr;
    } catch (const Poco::Exception&) {
        return nullptr;
    }
}

/// Empty when it is not there or no text.
std::string text_in(const Object& object, const char* name) {
    const auto value = object.get(name);
    return value.isString() ? value.extract<std::string>() : std::string();
}

/// Some authorities write numbers as texts.
std::optional<std::int64_t> number_in(const Object& object, const char* name) {
    const auto value = object.get(name);
    if (value.isEmpty() || !(value.isString() || value.isInteger())) {
        return std::nullopt;
    }
    const auto number = parse_number(value.toString());
    return number && *number <= static_cast<std::uint64_t>(latest_moment)
               ? std::optional(static_cast<std::int64_t>(*number))
               : std::nullopt;
}

std::optional<Timestamp> expiry_in(const Object& object, Timestamp now) {
    if (const auto at = number_in(object, "expires_at")) {
        return Timestamp(seconds(*at));
    }
    if (const auto after = number_in(object, "expires_in")) {
        return now + seconds(std::min(*after, longest_life));
    }
    return std::nullopt;
}

/// Blanks and line ends would end the command or the field that a token stands in.
bool is_token(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

/// An error code of RFC 6749 section 5.2, never what else an authority says.
std::string error_word(const Object::Ptr& answer) {
    const auto word = answer ? text_in(*answer, "error") : std::string();
    const bool is_word = !word.empty() && word.size() <= longest_word &&
                         std::all_of(word.begin(), word.end(),
                                     [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    return is_word ? word : std::string();
}

Error renewal_error(int status, const std::string& word) {
    const auto text = "the authority gives no new access token: " +
                      (word.empty() ? "HTTP status " + std::to_string(status) : word);
    if (word == "invalid_grant") {
        return {Errc::authentication, text,
                "Consent was taken back or has ended. Give it again in the browser, then: mailkeep "
                "account set NAME --password-file FILE, with the new refresh token in the file."};
    }
    if (status >= 500 || status == 429 || word == "temporarily_unavailable") {
        return {Errc::network, text, "Try again later."};
    }
    return {Errc::authentication, text,
            "Check --oauth-client-id, --oauth-token-url and the client secret of the account."};
}

std::string encoded(const std::string& value) {
    std::string text;
    Poco::URI::encode(value, "!#$&'()*+,/:;=?@[]~", text);
    return text;
}

}  // namespace

Tokens tokens_from_text(const Secret& text, Timestamp now) {
    Tokens tokens;
    if (trim(text.reveal()).starts_with('{')) {
        const auto object = parse_object(text.reveal());
        if (!object) {
            throw Error(Errc::invalid, "the tokens are no JSON object",
                        "Give a refresh token, or the token answer of the authority.");
        }
        tokens.refresh = Secret(text_in(*object, "refresh_token"));
        tokens.client_secret = Secret(text_in(*object, "client_secret"));
        tokens.access = Secret(text_in(*object, "access_token"));
        tokens.expires = expiry_in(*object, now);
    } else {
        tokens.refresh = Secret(std::string(trim(text.reveal())));
    }
    if ((tokens.refresh.empty() && tokens.access.empty()) || !is_token(tokens.refresh.reveal()) ||
        !is_token(tokens.access.reveal())) {
        throw Error(Errc::invalid, "there is neither a refresh token nor an access token",
                    "Give a refresh token, or JSON with \"refresh_token\" or \"access_token\".");
    }
    return tokens;
}

Secret to_text(const Tokens& tokens) {
    Object object;
    const auto put = [&](const char* name, const Secret& secret) {
        if (!secret.empty()) {
            object.set(name, secret.reveal());
        }
    };
    put("refresh_token", tokens.refresh);
    put("client_secret", tokens.client_secret);
    put("access_token", tokens.access);
    if (tokens.expires) {
        object.set("expires_at", unix_ms(*tokens.expires) / 1000);
    }
    std::ostringstream text;
    object.stringify(text);
    return Secret(text.str());
}

bool is_due(const Tokens& tokens, Timestamp now) {
    return tokens.access.empty() || (tokens.expires && *tokens.expires - margin <= now);
}

Secret renewal_form(const OAuthClient& client, const Tokens& tokens) {
    auto form = "grant_type=refresh_token&refresh_token=" + encoded(tokens.refresh.reveal()) +
                "&client_id=" + encoded(client.client_id);
    if (!tokens.client_secret.empty()) {
        form += "&client_secret=" + encoded(tokens.client_secret.reveal());
    }
    return Secret(std::move(form));
}

// RFC 6749 sections 5.1 and 5.2. A refresh token that is not renewed stays.
Tokens renewed(Tokens tokens, int status, std::string_view answer, Timestamp now) {
    const auto object = parse_object(std::string(answer));
    if (status != 200) {
        throw renewal_error(status, error_word(object));
    }
    const auto access = object ? text_in(*object, "access_token") : std::string();
    const auto type = object ? text_in(*object, "token_type") : std::string();
    if (access.empty() || !is_token(access) ||
        !(type.empty() || equals_ignoring_case(type, "Bearer"))) {
        throw Error(Errc::protocol, "the authority's answer has no access token that mail takes");
    }
    tokens.access = Secret(access);
    tokens.expires = expiry_in(*object, now);
    const auto refresh = text_in(*object, "refresh_token");
    if (!refresh.empty() && is_token(refresh)) {
        tokens.refresh = Secret(refresh);
    }
    return tokens;
}

}  // namespace mailkeep::service
