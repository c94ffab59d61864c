// SPDX-License-Identifier: Apache-2.0
#include "scram.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <utility>

namespace mailkeep::net {

namespace {

/// Real servers ask for some thousands; more would let any server keep our processor busy.
constexpr std::uint64_t most_iterations = 1'000'000;
constexpr std::size_t longest_salt = 1024;

constexpr const char* impostor_hint =
    "Somebody may stand between you and the server. If you are sure of it, ask who runs it.";

/// What stands behind "r=" in an attribute that must come next.
std::optional<std::string_view> value_of(std::string_view attribute, char name) {
    if (attribute.size() < 2 || attribute[0] != name || attribute[1] != '=') {
        return std::nullopt;
    }
    return attribute.substr(2);
}

std::string exclusive_or(std::string a, std::string_view b) {
    std::transform(a.begin(), a.end(), b.begin(), a.begin(),
                   [](char x, char y) { return static_cast<char>(x ^ y); });
    return a;
}

/// Words of RFC 5802 section 7, and nothing that a server made up.
std::string shown_error(std::string_view value) {
    const bool is_word = value.size() <= 64 && std::all_of(value.begin(), value.end(), [](char c) {
                             return (c >= 'a' && c <= 'z') || c == '-';
                         });
    return is_word ? std::string(value) : "other-error";
}

}  // namespace

// saslname = 1*(value-safe-char / "=2C" / "=3D")
std::string sasl_name(std::string_view user) {
    std::string name;
    for (const char c : user) {
        if (c == ',') {
            name += "=2C";
        } else if (c == '=') {
            name += "=3D";
        } else {
            name += c;
        }
    }
    return name;
}

Scram::Scram(HashKind hash, Credentials credentials, ScramBinding binding, std::string nonce)
    : hash_(hash),
      credentials_(std::move(credentials)),
      binding_(std::move(binding)),
      nonce_(std::move(nonce)) {}

std::nullopt_t Scram::fail(Errc code, const std::string& text) {
    const char* hint = code == Errc::tls ? impostor_hint : "";
    fault_.emplace(code, text, hint);
    return std::nullopt;
}

std::string Scram::first_bare() const {
    return "n=" + sasl_name(credentials_.user) + ",r=" + nonce_;
}

std::string Scram::first() const {
    return binding_.gs2_header + first_bare();
}

std::optional<std::string> Scram::answer(std::string_view message) {
    if (is_server_proven_) {
        return fail(Errc::protocol, "the mail server asks for more than SCRAM can tell");
    }
    return has_proven() ? check(message) : prove(message);
}

// server-first-message = [reserved-mext ","] nonce "," salt "," iteration-count ["," extensions]
// An extension in front is one that must be understood, and none is.
std::optional<std::string> Scram::prove(std::string_view message) {
    const auto attributes = split(message, ',');
    if (const auto error = value_of(attributes[0], 'e')) {
        return fail(Errc::protocol, "the mail server gives up SCRAM: " + shown_error(*error));
    }
    if (attributes.size() < 3) {
        return fail(Errc::protocol, "the mail server's SCRAM message is not one");
    }
    const auto nonce = value_of(attributes[0], 'r');
    const auto salt_text = value_of(attributes[1], 's');
    const auto count_text = value_of(attributes[2], 'i');
    const auto salt = from_base64(salt_text.value_or("!"));
    const auto count = parse_number(count_text.value_or(""));
    if (!nonce || !salt || salt->empty() || salt->size() > longest_salt || !count || *count == 0) {
        return fail(Errc::protocol, "the mail server's SCRAM message is not one");
    }
    if (!nonce->starts_with(nonce_) || nonce->size() == nonce_.size()) {
        return fail(Errc::protocol, "the mail server's SCRAM message answers another login");
    }
    if (*count > most_iterations) {
        return fail(Errc::protocol, "the mail server wants too much computing for a login: " +
                                        std::to_string(*count) + " iterations");
    }
    std::string salted =
        pbkdf2(hash_, credentials_.secret.reveal(), *salt, static_cast<std::uint32_t>(*count));
    std::string answer = final_message(message, salted, *nonce);
    wipe(salted);
    return answer;
}

// client-final-message = channel-binding "," nonce "," proof
std::string Scram::final_message(std::string_view server_first, const std::string& salted,
                                 std::string_view nonce) {
    const std::string bound = to_base64(binding_.gs2_header + binding_.octets);
    const std::string without_proof = "c=" + bound + ",r=" + std::string(nonce);
    const std::string signed_text =
        first_bare() + "," + std::string(server_first) + "," + without_proof;
    std::string client_key = hmac(hash_, salted, "Client Key");
    const std::string client_signature = hmac(hash_, hash_of(hash_, client_key), signed_text);
    const std::string proof = exclusive_or(client_key, client_signature);
    wipe(client_key);
    server_signature_ = hmac(hash_, hmac(hash_, salted, "Server Key"), signed_text);
    return without_proof + ",p=" + to_base64(proof);
}

// server-final-message = (server-error / verifier) ["," extensions]
std::optional<std::string> Scram::check(std::string_view message) {
    const auto attribute = split(message, ',').front();
    if (const auto error = value_of(attribute, 'e')) {
        const std::string word = shown_error(*error);
        const bool is_binding = word.find("channel-binding") != word.npos;
        return fail(is_binding ? Errc::tls : Errc::authentication,
                    "the mail server refuses the SCRAM login: " + word);
    }
    const auto signature = from_base64(value_of(attribute, 'v').value_or("!"));
    if (!signature || !equals_in_constant_time(*signature, server_signature_)) {
        return fail(Errc::tls, "the mail server does not know the password that it asks for");
    }
    is_server_proven_ = true;
    return std::string();
}

}  // namespace mailkeep::net
