// SPDX-License-Identifier: Apache-2.0
// From words to values, and the complaints about words that make none.
#include "mailkeep/base/error.hpp"

#include "options.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace mailkeep::app {

namespace {

using testing::HasSubstr;
using Words = std::vector<std::string>;

Invocation parsed(const Words& words, const std::filesystem::path& folder = "/home/me") {
    return std::get<Invocation>(parse_arguments(words, folder));
}

template <class Kind>
Kind command_of(const Words& words) {
    return std::get<Kind>(parsed(words).command);
}

std::string notice_of(const Words& words) {
    return std::get<Notice>(parse_arguments(words, "/")).text;
}

/// "text | hint" of what the words are refused with.
std::string refusal_of(const Words& words) {
    try {
        static_cast<void>(parse_arguments(words, "/home/me"));
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::invalid);
        return std::string(error.what()) + " | " + error.hint();
    }
    return "not refused";
}

struct Refused {
    Words words;
    std::string part;
};

class Refusals : public testing::TestWithParam<Refused> {};

TEST_P(Refusals, name_what_is_wrong) {
    EXPECT_THAT(refusal_of(GetParam().words), HasSubstr(GetParam().part));
}

INSTANTIATE_TEST_SUITE_P(
    Options, Refusals,
    testing::Values(
        Refused{{}, "no command was given | Run `mailkeep --help`"},
        Refused{{"import", "x.mbox"}, "--account is required"},
        Refused{{"import", "--account", "a"}, "PATH is required"},
        Refused{{"import", "x", "--account", "a", "--format", "pst"}, "is not a format of mail"},
        Refused{{"defragment"}, "\"defragment\" is not a command of this version"},
        Refused{{"replicate"}, "--to is required"},
        Refused{{"replicate", "--to", "s3://bucket"}, "object stores are not in this version"},
        Refused{{"salvage", "x.mkp"}, "--output is required"},
        Refused{{"prove", "xyz"}, "is not a message's id"},
        Refused{{"log", "stamp", "--tsa", "http://x"}, "--ca-file is required"},
        Refused{{"hold", "add", "x", "--mailbox", "INBOX"}, "--account"},
        Refused{{"--frobnicate", "status"}, "--frobnicate"},
        Refused{{"status", "--frobnicate"}, "Run `mailkeep status --help`"},
        Refused{{"status", "backup"}, "backup | Run `mailkeep status --help`"},
        Refused{{"account"}, "Run `mailkeep account --help`"},
        Refused{{"account", "add", "post"}, "Run `mailkeep account add --help`"},
        Refused{{"account", "add", "post", "ftp://me@host"}, "is not a mail server's URL"},
        Refused{{"account", "add", "post", "imaps://me:secret@host"}, "a password does not belong"},
        Refused{{"account", "add", "post", "imap://me@host", "--insecure-plaintext"},
                "only for this machine itself"},
        Refused{{"account", "add", "post", "imaps://me@localhost", "--insecure-plaintext"},
                "goes with imap:// or pop3://"},
        Refused{{"account", "add", "post", "imaps://me@host", "--ca-file", "not-there.pem"},
                "there is no file /home/me/not-there.pem"},
        Refused{{"account", "add", "post", "imaps://me@host", "--tls-fingerprint", "AB:CD"},
                "wants 64 hex digits"},
        Refused{{"account", "add", "post", "imaps://me@host", "--schedule", "often"},
                "\"often\" is not a schedule"},
        Refused{{"account", "add", "post", "imaps://me@host", "--auth", "kerberos"},
                "--auth wants auto, password, apop or oauth"},
        Refused{{"account", "add", "post", "pop3s://me@host", "--include", "INBOX"},
                "a POP3 server has one mailbox"},
        Refused{{"account", "add", "post", "pop3s://me@host", "--watch", "INBOX"},
                "tells of nothing by itself"},
        Refused{{"account", "add", "post", "imaps://me@host", "--watch", "Work/*"},
                "these are not mailboxes to follow: Work/*"},
        Refused{{"account", "set", "post", "--insecure-plaintext"}, "goes with --url"},
        Refused{{"account", "test", "post", "--password-stdin", "--password-env", "X"}, "| Run"},
        Refused{{"user", "add", "anna", "--password", "secret"}, "--password"},
        Refused{{"search", "x", "--limit", "0"}, "--limit"},
        Refused{{"search", "x", "--as-of", "yesterday"}, "\"yesterday\" is not a moment"},
        Refused{{"show", "1234567"}, "is not a message's id"},
        Refused{{"show", "1234567g"}, "is not a message's id"},
        Refused{{"show", "12345678", "--raw", "--text"}, "| Run"},
        Refused{{"show", "12345678", "--raw", "--json"}, "--json does not go with"},
        Refused{{"restore"}, "--to is required"},
        Refused{{"restore", "--to", "pop3s://me@host"}, "to an IMAP server only"},
        Refused{{"export", "--output", "x"}, "--format is required"},
        Refused{{"export", "--format", "pst", "--output", "x"}, "not a format of an export"},
        Refused{{"export", "--format", "eml", "--output", "x.mbox"}, "only mbox makes one file"},
        Refused{{"export", "--format", "mbox", "--output", "-", "--json"}, "--json does not go"},
        Refused{{"export", "--format", "eml", "--output", "x.7z"}, "cannot write a file that ends"},
        Refused{{"verify", "-q", "-v"}, "| Run"}));

TEST(Options, give_every_command_without_flags_its_value) {
    EXPECT_TRUE(std::holds_alternative<Init>(parsed({"init"}).command));
    EXPECT_TRUE(std::holds_alternative<Serve>(parsed({"serve"}).command));
    EXPECT_TRUE(std::holds_alternative<AccountList>(parsed({"account", "list"}).command));
    EXPECT_TRUE(std::holds_alternative<Rebuild>(parsed({"rebuild"}).command));
    EXPECT_TRUE(std::holds_alternative<UserList>(parsed({"user", "list"}).command));
    EXPECT_EQ(command_of<AccountShow>({"account", "show", "post"}).name, "post");
    EXPECT_EQ(command_of<AccountRemove>({"account", "remove", "post"}).name, "post");
    EXPECT_EQ(command_of<AccountAccept>({"account", "accept", "post"}).name, "post");
    EXPECT_EQ(command_of<UserRemove>({"user", "remove", "anna"}).name, "anna");
    EXPECT_EQ(command_of<UserPasswd>({"user", "passwd", "anna"}).name, "anna");
    EXPECT_TRUE(command_of<Backup>({"backup"}).names.empty());
    EXPECT_FALSE(command_of<Verify>({"verify"}).is_full);
    EXPECT_TRUE(command_of<Verify>({"verify", "--full"}).is_full);
    EXPECT_TRUE(command_of<Status>({"status", "--mailboxes"}).with_mailboxes);
}

TEST(Options, take_global_flags_before_and_after_the_command) {
    for (const Words& words : {Words{"--data", "there", "-v", "backup", "a", "b"},
                               Words{"backup", "a", "b", "--data", "there", "-v"}}) {
        const auto invocation = parsed(words);
        EXPECT_EQ(invocation.settings.at("data"), "there");
        EXPECT_EQ(invocation.verbosity, Verbosity::verbose);
        EXPECT_EQ(std::get<Backup>(invocation.command).names, (Words{"a", "b"}));
    }
}

TEST(Options, keep_settings_as_they_were_written) {
    const auto invocation =
        parsed({"serve", "--listen", "[::1]:80", "--workers", "4", "--config", "keep.toml"});
    EXPECT_EQ(invocation.settings.at("listen"), "[::1]:80");
    EXPECT_EQ(invocation.settings.at("workers"), "4");
    EXPECT_EQ(invocation.config, std::filesystem::path("/home/me/keep.toml"));
}

TEST(Options, make_an_imap_account_that_deletes_nothing) {
    const auto account =
        command_of<AccountAdd>({"account", "add", "post", "imaps://anna@example.org@mail.org",
                                "--include", "INBOX", "--include", "Work/*", "--exclude", "Spam",
                                "--schedule", "@every 15m"})
            .account;
    EXPECT_EQ(account.name, "post");
    EXPECT_EQ(account.server.user, "anna@example.org");
    EXPECT_EQ(account.server.security, Security::tls);
    EXPECT_EQ(account.include, (Words{"INBOX", "Work/*"}));
    EXPECT_EQ(account.exclude, (Words{"Spam"}));
    EXPECT_EQ(account.schedule.every, std::chrono::minutes{15});
    EXPECT_EQ(account.delete_policy.kind, DeletePolicy::Kind::never);
}

TEST(Options, choose_which_mailboxes_are_followed) {
    const auto watch = [](std::vector<std::string> flags) {
        flags.insert(flags.begin(), {"account", "add", "post", "imaps://me@host"});
        return command_of<AccountAdd>(flags).account.watch;
    };
    EXPECT_EQ(watch({}), (Words{"INBOX"}));
    EXPECT_EQ(watch({"--watch", "INBOX", "--watch", "Sent"}), (Words{"INBOX", "Sent"}));
    EXPECT_EQ(watch({"--watch", "none"}), Words{});
}

TEST(Options, make_a_pop3_account_that_deletes_what_is_archived) {
    const auto by_default = command_of<AccountAdd>({"account", "add", "p", "pop3s://me@host"});
    EXPECT_EQ(by_default.account.delete_policy.kind, DeletePolicy::Kind::archived);
    const auto after_days = command_of<AccountAdd>(
        {"account", "add", "p", "pop3s://me@host", "--delete-from-server", "30d"});
    EXPECT_EQ(after_days.account.delete_policy, (DeletePolicy{DeletePolicy::Kind::days, 30}));
}

TEST(Options, allow_plain_text_on_this_machine_only) {
    for (const auto* host : {"localhost", "127.0.0.1", "127.3.2.1", "[::1]"}) {
        const auto url = std::string("imap://me@") + host + ":1143";
        EXPECT_EQ(command_of<AccountAdd>({"account", "add", "a", url, "--insecure-plaintext"})
                      .account.server.security,
                  Security::plaintext);
    }
}

TEST(Options, keep_the_path_of_a_certificate_file_absolute) {
    const test::TempDir folder;
    std::ofstream(folder / "ca.pem") << "certificate";
    const auto invocation =
        parsed({"account", "add", "a", "imaps://me@host", "--ca-file", "./ca.pem"}, folder.path());
    EXPECT_EQ(std::get<AccountAdd>(invocation.command).account.server.ca_file,
              (folder / "ca.pem").string());
}

TEST(Options, know_where_a_password_is_without_reading_it) {
    using Kind = SecretSource::Kind;
    const auto source = [](const Words& flags) {
        Words words{"user", "add", "anna"};
        words.insert(words.end(), flags.begin(), flags.end());
        return command_of<UserAdd>(words).password;
    };
    EXPECT_EQ(source({}).kind, Kind::unset);
    EXPECT_EQ(source({"--password-file", "p"}).kind, Kind::file);
    EXPECT_EQ(source({"--password-file", "p"}).name, "/home/me/p");
    EXPECT_EQ(source({"--password-env", "P"}).kind, Kind::environment);
    EXPECT_EQ(source({"--password-env", "P"}).name, "P");
    EXPECT_EQ(source({"--password-stdin"}).kind, Kind::standard_input);
    EXPECT_EQ(source({"--password-prompt"}).kind, Kind::prompt);
}

TEST(Options, say_how_an_account_logs_in) {
    const auto account =
        command_of<AccountAdd>({"account", "add", "post", "imaps://me@host", "--auth", "oauth",
                                "--oauth-client-id", "id", "--oauth-token-url", "https://a/t"})
            .account;
    EXPECT_EQ(account.auth, Auth::oauth);
    EXPECT_EQ(account.oauth, (OAuthClient{"id", "https://a/t"}));
    EXPECT_TRUE(uses_tokens(account));
    const auto change = command_of<AccountSet>({"account", "set", "post", "--auth", "apop"}).change;
    EXPECT_EQ(changed(account, change).auth, Auth::apop);
    EXPECT_EQ(changed(account, change).oauth, account.oauth);
}

TEST(Options, change_only_what_was_given) {
    const auto change = command_of<AccountSet>({"account", "set", "post", "--schedule", "manual",
                                                "--include", "", "--name", "mail"})
                            .change;
    EXPECT_EQ(change.schedule, Schedule{});
    EXPECT_EQ(change.include, Words{});
    EXPECT_EQ(change.name, "mail");
    EXPECT_FALSE(change.exclude || change.server || change.ca_file || change.tls_fingerprint ||
                 change.delete_policy || change.auth || change.oauth_client_id);
}

TEST(Options, read_a_fingerprint_in_any_spelling) {
    std::string colons;
    for (int i = 0; i < 32; ++i) {
        colons += i == 0 ? "AB" : ":AB";
    }
    const auto account = command_of<AccountAdd>({"account", "add", "a", "imaps://me@host",
                                                 "--tls-fingerprint", colons})
                             .account;
    EXPECT_EQ(account.server.tls_fingerprint.size(), 64U);
    EXPECT_EQ(account.server.tls_fingerprint.substr(0, 4), "abab");
}

TEST(Options, explain_the_query_language) {
    const auto help = notice_of({"search", "--help"});
    for (const auto& line : catalog::query_help()) {
        EXPECT_NE(help.find(line.written), std::string::npos) << line.written;
        EXPECT_NE(help.find(line.meaning), std::string::npos) << line.written;
    }
}

TEST(Options, join_the_words_of_a_search) {
    const auto search = command_of<Search>({"search", "from:anna", "zoo", "--limit", "7"});
    EXPECT_EQ(search.query, catalog::SearchQuery::parse("from:anna zoo"));
    EXPECT_EQ(search.limit, 7U);
    EXPECT_FALSE(search.with_snippets);
    EXPECT_TRUE(command_of<Search>({"search", "zoo", "--snippets"}).with_snippets);
    EXPECT_EQ(search.order, catalog::SearchOrder::newest);
    EXPECT_EQ(command_of<Search>({"search", "zoo", "--sort", "relevance"}).order,
              catalog::SearchOrder::relevance);
    EXPECT_EQ(command_of<Search>({"search", "--", "-zoo"}).query,
              catalog::SearchQuery::parse("-zoo"));
    EXPECT_EQ(command_of<Search>({"search", ""}).query, catalog::SearchQuery::parse(""));
    EXPECT_EQ(command_of<Search>({"search", "last", "backup"}).query,
              catalog::SearchQuery::parse("last backup"));
}

TEST(Options, know_what_only_reads_mail) {
    for (const Words& words :
         {Words{"search", "last", "backup", "--json"}, {"--data", "x", "show", "12345678"}}) {
        EXPECT_EQ(parse_reading(words, "/home/me").value().command.index(),
                  parsed(words).command.index());
    }
    EXPECT_TRUE(parse_reading({"thread", "12345678"}, "/"));
    for (const Words& words : {Words{},
                               {"backup"},
                               {"status"},
                               {"--help"},
                               {"search", "--help"},
                               {"search", "x", "--limit", "0"},
                               {"show", "x"},
                               {"extract"}}) {
        EXPECT_FALSE(parse_reading(words, "/"));
    }
}

TEST(Options, tell_the_views_of_a_message_apart) {
    EXPECT_EQ(command_of<Thread>({"thread", "ABCDEF01"}).id, "abcdef01");
    using View = Show::View;
    EXPECT_EQ(command_of<Show>({"show", "ABCDEF01"}).view, View::readable);
    EXPECT_EQ(command_of<Show>({"show", "ABCDEF01"}).id, "abcdef01");
    EXPECT_EQ(command_of<Show>({"show", "abcdef01", "--raw"}).view, View::raw);
    EXPECT_EQ(command_of<Show>({"show", "abcdef01", "--headers"}).view, View::headers);
    EXPECT_EQ(command_of<Show>({"show", "abcdef01", "--text"}).view, View::text);
    const auto part = command_of<Show>({"show", "abcdef01", "--part", "2"});
    EXPECT_EQ(part.view, View::part);
    EXPECT_EQ(part.part, 2);
}

TEST(Options, choose_what_is_restored) {
    const auto restore = command_of<Restore>(
        {"restore", "--to", "imap://me@localhost:1143", "--insecure-plaintext", "--account", "post",
         "--mailbox", "INBOX", "--mailbox", "Work", "--query", "zoo", "--as-of", "2026-01-02",
         "--prefix", "Back", "--dry-run", "--verify", "--allow-alterations"});
    EXPECT_EQ(restore.target.port, 1143);
    EXPECT_EQ(restore.target.security, Security::plaintext);
    EXPECT_EQ(restore.choice.account, "post");
    EXPECT_EQ(restore.choice.mailboxes, (Words{"INBOX", "Work"}));
    EXPECT_EQ(restore.choice.query, catalog::SearchQuery::parse("zoo"));
    EXPECT_EQ(restore.choice.as_of, parse_rfc3339("2026-01-02"));
    EXPECT_EQ(restore.prefix, "Back");
    EXPECT_EQ(restore.effect, sync::Effect::dry_run);
    EXPECT_EQ(restore.alterations, sync::Alterations::allowed);
    EXPECT_TRUE(restore.verifies);
    EXPECT_EQ(restore.account, "");
}

TEST(Options, take_an_account_to_restore_to) {
    const auto restore = command_of<Restore>({"restore", "--to", "other"});
    EXPECT_EQ(restore.account, "other");
    EXPECT_FALSE(restore.verifies);
}

TEST(Options, import_takes_paths_from_where_it_was_called) {
    const auto wanted =
        command_of<Import>({"import", "a.mbox", "/b", "--account", "old", "--mailbox", "Attic"});
    EXPECT_THAT(wanted.paths, testing::ElementsAre("/home/me/a.mbox", "/b"));
    EXPECT_EQ(wanted.account, "old");
    EXPECT_EQ(wanted.mailbox, "Attic");
    EXPECT_EQ(wanted.format, files::Format::automatic);
    EXPECT_EQ(command_of<Import>({"import", "a", "--account", "b", "--format", "mboxo"}).format,
              files::Format::mboxo);
}

TEST(Options, know_standard_output_from_a_path) {
    const auto piped = command_of<Export>({"export", "--format", "mbox", "--output", "-"});
    EXPECT_EQ(piped.format, sync::ExportFormat::mbox);
    EXPECT_TRUE(piped.output.empty());
    const auto kept = command_of<Export>({"export", "--format", "eml", "--output", "out"});
    EXPECT_EQ(kept.output, std::filesystem::path("/home/me/out"));
    EXPECT_EQ(kept.packing, files::Packing::folder);
    EXPECT_EQ(kept.existing, files::Existing::keep);
    const auto forced =
        command_of<Export>({"export", "--format", "eml", "--output", "a/", "--force"});
    EXPECT_EQ(forced.output, std::filesystem::path("/home/me/a"));
    EXPECT_EQ(forced.existing, files::Existing::replace);
    EXPECT_EQ(command_of<Export>({"export", "--format", "maildir", "--output", "-"}).packing,
              files::Packing::tar);
    EXPECT_EQ(command_of<Export>({"export", "--format", "mbox", "--output", "x.mbox.zst"}).packing,
              files::Packing::single_zst);
}

TEST(Options, drill_with_a_server_or_without) {
    EXPECT_FALSE(command_of<Drill>({"drill"}).target);
    EXPECT_EQ(command_of<Drill>({"drill"}).sample, 100U);
    const auto drill = command_of<Drill>(
        {"drill", "--sample", "7", "--to", "imaps://jo@mail.example.org", "--password-stdin"});
    EXPECT_EQ(drill.sample, 7U);
    EXPECT_EQ(drill.target->host, "mail.example.org");
    EXPECT_EQ(drill.password.kind, SecretSource::Kind::standard_input);
}

TEST(Options, explain_themselves) {
    EXPECT_THAT(notice_of({"--help"}), HasSubstr("restore"));
    EXPECT_THAT(notice_of({"--help"}), HasSubstr("Exit codes"));
    EXPECT_THAT(notice_of({"account", "add", "--help"}), HasSubstr("--delete-from-server"));
    EXPECT_THAT(notice_of({"--version"}), HasSubstr("mailkeep "));
}

TEST(Options, read_the_style_from_words_that_are_wrong_otherwise) {
    EXPECT_EQ(style_of({"nonsense", "--json", "-q"}), (Style{Form::json, Verbosity::quiet}));
    EXPECT_EQ(style_of({"search", "--", "--json"}), Style{});
}

TEST(Options, make_paths_of_the_archive_commands_absolute) {
    EXPECT_EQ(command_of<Replicate>({"replicate", "--to", "copy"}).to, "/home/me/copy");
    EXPECT_EQ(command_of<Repair>({"repair"}).from, "");
    EXPECT_EQ(command_of<Repair>({"repair", "--from", "../copy"}).from, "/home/copy");
    const auto salvage = command_of<Salvage>({"salvage", "a.mkp", "--output", "out"});
    EXPECT_EQ(salvage.file, "/home/me/a.mkp");
    EXPECT_EQ(salvage.output, "/home/me/out");
    EXPECT_EQ(command_of<Prove>({"prove", "ABCDEF01"}).output, "");
    EXPECT_EQ(command_of<Prove>({"prove", "ABCDEF01", "--output", "p"}).output, "/home/me/p");
}

TEST(Options, compact_for_good_or_to_look) {
    EXPECT_EQ(command_of<Compact>({"compact"}).effect, sync::Effect::apply);
    EXPECT_EQ(command_of<Compact>({"compact", "--dry-run"}).effect, sync::Effect::dry_run);
}

TEST(Options, hold_everything_or_a_part) {
    const auto all = command_of<HoldAdd>({"hold", "add", "case 7"});
    EXPECT_EQ(all.name, "case 7");
    EXPECT_EQ(all.account, "");
    const auto part = command_of<HoldAdd>(
        {"hold", "add", "case 7", "--account", "work", "--mailbox", "INBOX", "--reason", "court"});
    EXPECT_EQ(part.account, "work");
    EXPECT_EQ(part.mailbox, "INBOX");
    EXPECT_EQ(part.reason, "court");
}

TEST(Options, know_how_an_archive_is_encrypted) {
    EXPECT_FALSE(command_of<Init>({"init"}).is_encrypted);
    const auto init = command_of<Init>({"init", "--encrypt", "--password-file", "secret"});
    EXPECT_TRUE(init.is_encrypted);
    EXPECT_EQ(init.passphrase.name, "/home/me/secret");
    EXPECT_EQ(parsed({"status", "--key-file", "key"}).settings.at("key_file"), "key");
    EXPECT_EQ(command_of<KeyAdd>({"key", "add", "anna", "--password-stdin"}).passphrase.kind,
              SecretSource::Kind::standard_input);
}

}  // namespace

}  // namespace mailkeep::app
