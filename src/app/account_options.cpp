// SPDX-License-Identifier: Apache-2.0
// The flags of accounts, of the servers behind them, and of users.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "option_parser.hpp"

namespace mailkeep::app {

namespace fs = std::filesystem;

namespace {

void add_account_flags(Parser& parser, CLI::App& command) {
    auto& draft = parser.draft;
    add_server_flags(parser, command);
    command.add_option("--auth", draft.auth,
                       "How to log in: auto, password, apop (POP3), or oauth: the password options "
                       "then give a refresh token, or the token answer of the authority (JSON)");
    command.add_option("--oauth-client-id", draft.oauth_client_id,
                       "Who asks for access tokens: the application's id at the authority");
    command.add_option("--oauth-token-url", draft.oauth_token_url,
                       "Where access tokens are had (https)");
    add_repeated(command, "--include", draft.include, "Only mailboxes like this (* and ?)");
    add_repeated(command, "--exclude", draft.exclude, "No mailboxes like this");
    add_repeated(command, "--watch", draft.watch,
                 "IMAP: mailboxes followed at once while the service runs (INBOX), or none");
    command.add_option("--schedule", draft.schedule, R"("@every 15m" (s, m, h, d) or manual)");
    command.add_option("--delete-from-server", draft.delete_policy,
                       "never, archived, or a number of days such as 30d");
    command.add_option("--keep", draft.keep,
                       "How long mail stays here once it is not on the server: forever, 30d, 7y");
    command.add_option("--keep-from", draft.keep_from, "ingest, or internal-date");
    add_repeated(command, "--keep-mailbox", draft.keep_mailboxes,
                 "Another rule for some mailboxes: PATTERN=RULE; the first that matches counts");
    add_password_flags(parser, command);
}

Server server_of(const Draft& draft) {
    auto server = server_from_url(draft.url);
    if (draft.is_plaintext) {
        if (server.security == Security::tls) {
            throw Error(Errc::invalid, "--insecure-plaintext goes with imap:// or pop3:// only");
        }
        server.security = Security::plaintext;
    }
    return server;
}

std::string checked_ca_file(const Parser& parser) {
    if (parser.draft.ca_file.empty()) {
        return {};
    }
    const auto path = absolute_in(parser.folder, parser.draft.ca_file);
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored)) {
        throw Error(Errc::invalid, "there is no file " + path.string() + " for --ca-file");
    }
    return path;
}

std::string checked_fingerprint(const std::string& given) {
    auto digits = to_lower_ascii(given);
    std::erase(digits, ':');
    if (!digits.empty() && !Digest::from_hex(digits)) {
        throw Error(Errc::invalid, "--tls-fingerprint wants 64 hex digits",
                    "openssl x509 -noout -fingerprint -sha256 -in CERTIFICATE shows it.");
    }
    return digits;
}

/// An empty pattern takes the earlier ones away.
std::vector<std::string> patterns(std::vector<std::string> given) {
    std::erase(given, "");
    return given;
}

void read_retention(const Draft& draft, const CLI::App& command, AccountChange& change) {
    if (!draft.keep.empty()) {
        change.keep = keep_rule_from_text(draft.keep);
    }
    if (!draft.keep_from.empty()) {
        change.keep_from = keep_from_named(draft.keep_from);
        if (!change.keep_from) {
            throw Error(Errc::invalid, "--keep-from wants ingest or internal-date");
        }
    }
    if (command.count("--keep-mailbox") > 0) {
        change.keep_mailboxes.emplace();
        for (const auto& text : patterns(draft.keep_mailboxes)) {
            change.keep_mailboxes->push_back(mailbox_rule_from_text(text));
        }
    }
}

void read_login(const Draft& draft, const CLI::App& command, AccountChange& change) {
    if (!draft.auth.empty()) {
        change.auth = auth_named(draft.auth);
        if (!change.auth) {
            throw Error(Errc::invalid, "--auth wants auto, password, apop or oauth");
        }
    }
    if (command.count("--oauth-client-id") > 0) {
        change.oauth_client_id = draft.oauth_client_id;
    }
    if (command.count("--oauth-token-url") > 0) {
        change.oauth_token_url = draft.oauth_token_url;
    }
}

AccountChange account_change(const Parser& parser, const CLI::App& command) {
    const auto& draft = parser.draft;
    AccountChange change;
    if (!draft.url.empty()) {
        change.server = server_of(draft);
    } else if (draft.is_plaintext) {
        throw Error(Errc::invalid, "--insecure-plaintext goes with --url");
    }
    if (command.count("--ca-file") > 0) {
        change.ca_file = checked_ca_file(parser);
    }
    if (command.count("--tls-fingerprint") > 0) {
        change.tls_fingerprint = checked_fingerprint(draft.fingerprint);
    }
    if (command.count("--include") > 0) {
        change.include = patterns(draft.include);
    }
    if (command.count("--exclude") > 0) {
        change.exclude = patterns(draft.exclude);
    }
    if (command.count("--watch") > 0) {
        change.watch = watch_from_names(draft.watch);
    }
    if (!draft.schedule.empty()) {
        change.schedule = schedule_from_text(draft.schedule);
    }
    if (!draft.delete_policy.empty()) {
        change.delete_policy = delete_policy_from_text(draft.delete_policy);
    }
    read_login(draft, command, change);
    read_retention(draft, command, change);
    if (!draft.new_name.empty()) {
        change.name = draft.new_name;
    }
    return change;
}

void define_account_add(Parser& parser, CLI::App& account) {
    auto& command = add_named_command(parser, account, "add", "Add a mail server's account");
    command.add_option("URL", parser.draft.url, "imaps://user@host[:port], imap, pop3s or pop3")
        ->required();
    add_account_flags(parser, command);
    command.callback([&parser, &command] {
        Account fresh;
        fresh.name = parser.draft.name;
        fresh.server = server_of(parser.draft);
        if (fresh.server.protocol == Protocol::pop3) {
            fresh.delete_policy.kind = DeletePolicy::Kind::archived;
        }
        parser.command = AccountAdd{changed(std::move(fresh), account_change(parser, command)),
                                    secret_source(parser)};
    });
}

void define_account_set(Parser& parser, CLI::App& account) {
    auto& command = add_named_command(parser, account, "set", "Change an account's settings");
    command.add_option("--url", parser.draft.url, "Another server, port or user");
    command.add_option("--name", parser.draft.new_name, "Another name");
    add_account_flags(parser, command);
    command.callback([&parser, &command] {
        parser.command =
            AccountSet{parser.draft.name, account_change(parser, command), secret_source(parser)};
    });
}

}  // namespace

void add_server_flags(Parser& parser, CLI::App& command) {
    auto& draft = parser.draft;
    command.add_flag("--insecure-plaintext", draft.is_plaintext,
                     "No TLS; only for a server on this machine, for tests");
    command.add_option("--ca-file", draft.ca_file,
                       "Certificates to trust instead of the system's (PEM)");
    command.add_option("--tls-fingerprint", draft.fingerprint,
                       "Trust exactly the certificate with this SHA-256");
}

Server restore_target(const Parser& parser) {
    AccountChange change;
    change.server = server_of(parser.draft);
    change.ca_file = checked_ca_file(parser);
    change.tls_fingerprint = checked_fingerprint(parser.draft.fingerprint);
    const auto server = changed(Account{}, change).server;
    if (server.protocol != Protocol::imap) {
        throw Error(Errc::invalid, "mail can be given back to an IMAP server only",
                    "Write --to imaps://user@host[:port] or imap://….");
    }
    return server;
}

void define_account(Parser& parser, CLI::App& account) {
    account.require_subcommand(1);
    define_account_add(parser, account);
    add_command(account, "list", "All accounts").callback([&parser] {
        parser.command = AccountList{};
    });
    add_named_command(parser, account, "show", "One account").callback([&parser] {
        parser.command = AccountShow{parser.draft.name};
    });
    define_account_set(parser, account);
    add_named_command(parser, account, "remove", "Remove an account; its mail stays archived")
        .callback([&parser] { parser.command = AccountRemove{parser.draft.name}; });
    add_named_command(parser, account, "accept",
                      "Believe that mail is gone which is missing in great numbers")
        .callback([&parser] { parser.command = AccountAccept{parser.draft.name}; });
    auto& test = add_named_command(parser, account, "test", "Log in, say what the server offers");
    add_password_flags(parser, test);
    test.callback([&parser] {
        parser.command = AccountTest{parser.draft.name, secret_source(parser)};
    });
}

void define_user(Parser& parser, CLI::App& user) {
    user.require_subcommand(1);
    auto& add = add_named_command(parser, user, "add", "Add a user");
    add_password_flags(parser, add);
    add.callback([&parser] { parser.command = UserAdd{parser.draft.name, secret_source(parser)}; });
    add_command(user, "list", "All users").callback([&parser] { parser.command = UserList{}; });
    auto& passwd = add_named_command(parser, user, "passwd", "Give a user another password");
    add_password_flags(parser, passwd);
    passwd.callback([&parser] {
        parser.command = UserPasswd{parser.draft.name, secret_source(parser)};
    });
    add_named_command(parser, user, "remove", "Remove a user").callback([&parser] {
        parser.command = UserRemove{parser.draft.name};
    });
}

}  // namespace mailkeep::app
