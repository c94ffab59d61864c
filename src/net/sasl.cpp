// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/net/sasl.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "scram.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mailkeep::net {

namespace {

constexpr std::array<std::string_view, 8> mechanism_names{
    "PLAIN",         "CRAM-MD5",           "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "XOAUTH2",     "OAUTHBEARER"};

constexpr std::size_t nonce_size = 18;
constexpr std::size_t longest_challenge = std::size_t{12} << 10U;
constexpr std::size_t longest_status = 32;

bool is_scram(SaslMechanism mechanism) {
    return name_of(mechanism).starts_with("SCRAM-");
}

bool is_bearer(SaslMechanism mechanism) {
    return mechanism == SaslMechanism::xoauth2 || mechanism == SaslMechanism::oauthbearer;
}

ScramBinding scram_binding(const SaslBinding& binding) {
    switch (binding.kind) {
        case SaslBinding::Kind::impossible:
            return {};
        case SaslBinding::Kind::not_offered:
            return {"y,,", {}};
        case SaslBinding::Kind::bound:
            break;
    }
    return {"p=" + binding.channel.type + ",,", binding.channel.octets};
}

HashKind scram_hash(SaslMechanism mechanism) {
    return name_of(mechanism).starts_with("SCRAM-SHA-256") ? HashKind::sha256 : HashKind::sha1;
}

// client-resp = (gs2-header kvsep *kvpair kvsep), RFC 7628 section 3.1
Secret bearer_message(const Credentials& credentials) {
    std::string text = "n,a=" + sasl_name(credentials.user) + ",\x01";
    if (!credentials.host.empty()) {
        text +=
            "host=" + credentials.host + "\x01port=" + std::to_string(credentials.port) + '\x01';
    }
    return Secret(text + "auth=Bearer " + credentials.secret.reveal() + "\x01\x01");
}

Secret first_of(SaslMechanism mechanism, const Credentials& credentials) {
    const std::string& user = credentials.user;
    const std::string& secret = credentials.secret.reveal();
    switch (mechanism) {
        case SaslMechanism::plain:
            return Secret('\0' + user + '\0' + secret);
        case SaslMechanism::xoauth2:
            return Secret("user=" + user + '\x01' + "auth=Bearer " + secret + "\x01\x01");
        case SaslMechanism::oauthbearer:
            return bearer_message(credentials);
        default:
            return {};
    }
}

/// The status in the JSON of a refused token, when it is a word: never what the server likes.
std::string status_in(std::string_view json) {
    constexpr std::string_view key = "\"status\"";
    auto at = json.find(key);
    at = at == json.npos ? at : json.find('"', at + key.size());
    if (at == json.npos) {
        return {};
    }
    const auto end = json.find('"', at + 1);
    if (end == json.npos) {
        return {};
    }
    const auto value = json.substr(at + 1, end - at - 1);
    const bool is_word =
        value.size() <= longest_status && std::all_of(value.begin(), value.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        });
    return is_word ? std::string(value) : std::string();
}

Secret in_base64(const Secret& octets) {
    return Secret(to_base64(octets.reveal()));
}

}  // namespace

std::string_view name_of(SaslMechanism mechanism) {
    return mechanism_names.at(static_cast<std::size_t>(mechanism));
}

std::string new_sasl_nonce() {
    return to_base64(random_octets(nonce_size));
}

Error unproven_server() {
    return {Errc::tls, "the mail server does not prove that it knows the password",
            "Somebody may stand between you and the server."};
}

struct SaslClient::State {
    SaslMechanism mechanism;
    Credentials credentials;
    std::optional<Scram> scram;
    std::size_t said = 0;     ///< lines of ours
    bool may_repeat = false;  ///< the first came along with the command
    std::optional<Error> fault;
    std::string refusal;

    [[nodiscard]] Secret first() const {
        return scram ? Secret(scram->first()) : first_of(mechanism, credentials);
    }

    [[nodiscard]] bool speaks_first() const { return mechanism != SaslMechanism::cram_md5; }

    [[nodiscard]] std::optional<Secret> answer_octets(std::string_view challenge);

    std::nullopt_t fail(const std::string& text) {
        fault.emplace(Errc::protocol, text);
        return std::nullopt;
    }
};

SaslClient::SaslClient(SaslMechanism mechanism, const Credentials& credentials, SaslBinding binding,
                       std::string nonce)
    : state_(std::make_unique<State>(State{mechanism, credentials})) {
    if (is_scram(mechanism)) {
        state_->scram.emplace(scram_hash(mechanism), credentials, scram_binding(binding),
                              std::move(nonce));
    }
}

SaslClient::~SaslClient() = default;
SaslClient::SaslClient(SaslClient&&) noexcept = default;
SaslClient& SaslClient::operator=(SaslClient&&) noexcept = default;

std::optional<Secret> SaslClient::initial_response(std::size_t most) {
    if (!state_->speaks_first()) {
        return std::nullopt;
    }
    auto first = in_base64(state_->first());
    if (first.reveal().size() > most) {
        return std::nullopt;
    }
    state_->said = 1;
    state_->may_repeat = true;
    return first;
}

// Whatever the server says before we have said anything is no challenge: "+ go ahead" was seen.
std::optional<Secret> SaslClient::answer(std::string_view line) {
    State& state = *state_;
    if (line.size() > longest_challenge) {
        return state.fail("the mail server's challenge is too long");
    }
    const bool has_no_challenge = line.empty() || state.mechanism == SaslMechanism::plain;
    if (state.speaks_first() &&
        (state.said == 0 || (state.may_repeat && state.said == 1 && has_no_challenge))) {
        state.said = 1;
        state.may_repeat = false;
        return in_base64(state.first());
    }
    const auto challenge = from_base64(line);
    if (!challenge) {
        return state.fail("the mail server's challenge is not base64");
    }
    auto answer = state.answer_octets(*challenge);
    if (!answer) {
        return std::nullopt;
    }
    ++state.said;
    return in_base64(*answer);
}

std::optional<Secret> SaslClient::State::answer_octets(std::string_view challenge) {
    if (scram) {
        auto message = scram->answer(challenge);
        if (!message) {
            fault = scram->fault();
            return std::nullopt;
        }
        return Secret(std::move(*message));
    }
    if (mechanism == SaslMechanism::cram_md5 && said == 0) {
        return Secret(credentials.user + " " +
                      to_hex(hmac(HashKind::md5, credentials.secret.reveal(), challenge)));
    }
    if (is_bearer(mechanism) && said == 1) {
        refusal = status_in(challenge);
        return Secret(mechanism == SaslMechanism::xoauth2 ? "" : "\x01");
    }
    return fail("the mail server asks for more than " + std::string(name_of(mechanism)) +
                " can tell");
}

const std::optional<Error>& SaslClient::fault() const {
    return state_->fault;
}

bool SaslClient::has_proven() const {
    return state_->scram ? state_->scram->has_proven() : state_->said > 0;
}

bool SaslClient::is_complete() const {
    return state_->scram ? state_->scram->is_server_proven() : state_->said > 0;
}

const std::string& SaslClient::refusal() const {
    return state_->refusal;
}

}  // namespace mailkeep::net
