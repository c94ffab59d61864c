// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/model/account.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/base/uri.hpp"

#include <algorithm>
#include <array>

namespace mailkeep {

namespace {

struct Scheme {
    std::string_view name;
    Protocol protocol;
    Security security;
    std::uint16_t port;
};

constexpr std::array schemes{Scheme{"imaps", Protocol::imap, Security::tls, 993},
                             Scheme{"imap", Protocol::imap, Security::starttls, 143},
                             Scheme{"pop3s", Protocol::pop3, Security::tls, 995},
                             Scheme{"pop3", Protocol::pop3, Security::starttls, 110}};

constexpr const char* url_hint = "Write imaps://user@host[:port], imap://…, pop3s://… or pop3://….";

const Scheme& scheme_named(std::string_view name, std::string_view url) {
    for (const auto& scheme : schemes) {
        if (scheme.name == name) {
            return scheme;
        }
    }
    throw Error(Errc::invalid, "\"" + std::string(url) + "\" is not a mail server's URL", url_hint);
}

/// One connection follows them all.
constexpr std::size_t most_watched = 20;

constexpr std::array<std::string_view, 4> auth_names{"auto", "password", "apop", "oauth"};

constexpr std::array<std::pair<char, std::int64_t>, 4> units{
    {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};

std::optional<std::int64_t> seconds_from(std::string_view text) {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto number = parse_number(text.substr(0, text.size() - 1));
    for (const auto& [letter, factor] : units) {
        if (letter == text.back() && number && *number > 0 && *number <= 100'000) {
            return static_cast<std::int64_t>(*number) * factor;
        }
    }
    return std::nullopt;
}

bool matches_any(const std::vector<std::string>& patterns, const std::string& name) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return matches_glob(pattern, name); });
}

}  // namespace

Secret::~Secret() {
    wipe(text_);
}

std::string to_url(const Server& server) {
    // plaintext has no scheme of its own: it is the STARTTLS one with the demand taken away
    const auto security = server.security == Security::tls ? Security::tls : Security::starttls;
    const auto scheme = std::find_if(schemes.begin(), schemes.end(), [&](const Scheme& candidate) {
        return candidate.protocol == server.protocol && candidate.security == security;
    });
    const bool is_v6 = server.host.find(':') != std::string::npos;
    std::string url(scheme->name);
    url.append("://").append(encode_uri_user(server.user)).append("@");
    url.append(is_v6 ? "[" + server.host + "]" : server.host);
    if (server.port != scheme->port) {
        url.append(":").append(std::to_string(server.port));
    }
    return url;
}

Server server_from_url(std::string_view url) {
    const auto uri = parse_uri(url);
    if (!uri) {
        throw Error(Errc::invalid, "\"" + std::string(url) + "\" is not a mail server's URL",
                    url_hint);
    }
    const auto& scheme = scheme_named(uri->scheme, url);
    if (uri->user.empty() || uri->host.empty()) {
        throw Error(
            Errc::invalid,
            "\"" + std::string(url) + "\" names no " + (uri->user.empty() ? "user" : "host"),
            url_hint);
    }
    const auto user_part = url.substr(0, url.rfind('@'));
    if (user_part.find(':', user_part.find("://") + 3) != std::string_view::npos) {
        throw Error(Errc::invalid, "a password does not belong into the URL",
                    "Use --password-file, --password-env or --password-stdin; write a colon in a "
                    "user name as %3A.");
    }
    Server server;
    server.protocol = scheme.protocol;
    server.security = scheme.security;
    server.host = uri->host;
    server.port = uri->port == 0 ? scheme.port : uri->port;
    server.user = uri->user;
    return server;
}

DeletePolicy delete_policy_from_text(std::string_view text) {
    if (text == "never") {
        return {DeletePolicy::Kind::never, 0};
    }
    if (text == "archived") {
        return {DeletePolicy::Kind::archived, 0};
    }
    const auto seconds = seconds_from(text);
    if (!seconds || text.back() != 'd') {
        throw Error(Errc::invalid, "\"" + std::string(text) + "\" is not a delete policy",
                    "Write never, archived, or a number of days such as 30d.");
    }
    return {DeletePolicy::Kind::days, static_cast<int>(*seconds / 86400)};
}

std::string to_text(const DeletePolicy& policy) {
    switch (policy.kind) {
        case DeletePolicy::Kind::never:
            return "never";
        case DeletePolicy::Kind::archived:
            return "archived";
        case DeletePolicy::Kind::days:
            return std::to_string(policy.days) + "d";
    }
    return "never";
}

Schedule schedule_from_text(std::string_view text) {
    if (text == "manual") {
        return {std::chrono::seconds{0}};
    }
    constexpr std::string_view every = "@every ";
    const auto seconds =
        seconds_from(text.substr(0, every.size()) == every ? text.substr(every.size()) : text);
    if (!seconds) {
        throw Error(Errc::invalid, "\"" + std::string(text) + "\" is not a schedule",
                    "Write \"@every 15m\" (s, m, h or d), or manual.");
    }
    return {std::chrono::seconds{*seconds}};
}

std::string to_text(const Schedule& schedule) {
    const auto count = schedule.every.count();
    if (count == 0) {
        return "manual";
    }
    const auto unit = std::find_if(units.begin(), units.end(),
                                   [&](const auto& row) { return count % row.second == 0; });
    return "@every " + std::to_string(count / unit->second) + unit->first;
}

std::string_view name_of(Auth auth) {
    return auth_names.at(static_cast<std::size_t>(auth));
}

std::optional<Auth> auth_named(std::string_view name) {
    const auto* const found = std::find(auth_names.begin(), auth_names.end(), name);
    return found == auth_names.end() ? std::nullopt
                                     : std::optional(static_cast<Auth>(found - auth_names.begin()));
}

bool has_server(const Account& account) {
    return !account.server.host.empty();
}

bool uses_tokens(const Account& account) {
    return account.auth == Auth::oauth ||
           (account.auth == Auth::automatic && !account.oauth.token_url.empty());
}

std::vector<std::string> watch_from_names(std::vector<std::string> names) {
    if (names == std::vector<std::string>{"none"}) {
        return {};
    }
    const bool has_none = std::any_of(names.begin(), names.end(), [](const std::string& name) {
        return name.empty() || name == "none" || name.find_first_of("*?\r\n") != std::string::npos;
    });
    if (has_none || names.size() > most_watched) {
        throw Error(Errc::invalid, "these are not mailboxes to follow: " + join(names, ", "),
                    "Name up to " + std::to_string(most_watched) +
                        " mailboxes as `mailkeep mailboxes` shows them, or say: none");
    }
    return names;
}

std::vector<std::string> watched_mailboxes(const Account& account) {
    const bool runs_by_itself = has_server(account) && account.schedule.every.count() > 0;
    return account.server.protocol == Protocol::imap && runs_by_itself ? account.watch
                                                                       : std::vector<std::string>{};
}

bool wants_mailbox(const Account& account, std::string_view name) {
    const std::string text(name);
    return (account.include.empty() || matches_any(account.include, text)) &&
           !matches_any(account.exclude, text);
}

}  // namespace mailkeep
