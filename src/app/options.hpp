// SPDX-License-Identifier: Apache-2.0
// What was asked for on the command line, as values that were checked once. Each command is a
// struct; which function carries it out stands in commands.hpp. Knows all flags and nothing else.
#pragma once

#include "mailkeep/base/time.hpp"
#include "mailkeep/catalog/query.hpp"
#include "mailkeep/files/mail_files.hpp"
#include "mailkeep/model/account.hpp"
#include "mailkeep/sync/compact.hpp"
#include "mailkeep/sync/export_mail.hpp"
#include "mailkeep/sync/restore.hpp"

#include "output.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mailkeep::app {

/// Where a password comes from. unset: the command decides whether it asks for one.
struct SecretSource {
    enum class Kind { unset, file, environment, standard_input, prompt };
    Kind kind = Kind::unset;
    std::string name;  ///< of the file (absolute) or the variable
};

/// The settings of an account that were given; the rest stay as they are.
struct AccountChange {
    std::optional<std::string> name;
    std::optional<Server> server;
    std::optional<std::string> ca_file;  ///< absolute, or empty for the system's
    std::optional<std::string> tls_fingerprint;
    std::optional<Auth> auth;
    std::optional<std::string> oauth_client_id;
    std::optional<std::string> oauth_token_url;
    std::optional<std::vector<std::string>> include;
    std::optional<std::vector<std::string>> exclude;
    std::optional<std::vector<std::string>> watch;
    std::optional<Schedule> schedule;
    std::optional<DeletePolicy> delete_policy;
    std::optional<KeepRule> keep;
    std::optional<KeepFrom> keep_from;
    std::optional<std::vector<MailboxRule>> keep_mailboxes;
};

/// The account with the change made. Error{invalid} for what does not go together.
[[nodiscard]] Account changed(Account account, const AccountChange& change);

/// What restore and export take, before names are looked up.
struct Choice {
    std::string account;
    std::vector<std::string> mailboxes;
    catalog::SearchQuery query;
    std::optional<Timestamp> as_of;
};

struct Init {
    bool is_encrypted = false;
    SecretSource passphrase;  ///< of the first key slot
};

struct Serve {};

/// Everything of the new account except its password.
struct AccountAdd {
    Account account;
    SecretSource password;
};

struct AccountList {};

struct AccountShow {
    std::string name;
};

struct AccountSet {
    std::string name;
    AccountChange change;
    SecretSource password;
};

struct AccountRemove {
    std::string name;
};

struct AccountAccept {
    std::string name;
};

struct AccountTest {
    std::string name;
    SecretSource password;
};

struct Backup {
    std::vector<std::string> names;  ///< empty: all
};

struct Status {
    bool with_mailboxes = false;
};

struct Mailboxes {
    std::string account;
    std::optional<Timestamp> as_of;
};

struct Search {
    catalog::SearchQuery query;
    std::size_t limit = 50;
    std::optional<Timestamp> as_of;
    bool with_snippets = false;
    catalog::SearchOrder order = catalog::SearchOrder::newest;
};

struct Thread {
    std::string id;  ///< as Show
};

struct Show {
    enum class View { readable, raw, headers, text, part };
    std::string id;  ///< 8 to 64 hex digits, lower case
    View view = View::readable;
    int part = 0;
};

struct Restore {
    Server target;
    std::string account;    ///< whose server it is and which logs in there; empty: `target`
    SecretSource password;  ///< for `target`
    Choice choice;
    std::string prefix;
    sync::Effect effect = sync::Effect::apply;
    sync::Alterations alterations = sync::Alterations::refused;
    bool verifies = false;
};

struct Export {
    sync::ExportFormat format = sync::ExportFormat::eml;
    std::filesystem::path output;  ///< absolute, or empty for standard output
    files::Packing packing = files::Packing::folder;
    files::Existing existing = files::Existing::keep;
    Choice choice;
};

struct Drill {
    std::size_t sample = 100;
    std::optional<Server> target;  ///< nothing: only from the archive
    SecretSource password;
};

struct Import {
    std::vector<std::filesystem::path> paths;  ///< absolute
    std::string account;
    std::string mailbox;
    files::Format format = files::Format::automatic;
};

struct Verify {
    bool is_full = false;
};

struct Rebuild {};

struct Seal {};

struct Compact {
    sync::Effect effect = sync::Effect::apply;
    sync::ClockTrust trust = sync::ClockTrust::checked;
};

struct Replicate {
    std::filesystem::path to;  ///< absolute
};

struct Repair {
    std::filesystem::path from;  ///< absolute, or empty for the configured replica
};

struct Salvage {
    std::filesystem::path file;    ///< absolute
    std::filesystem::path output;  ///< absolute
};

struct Prove {
    std::string id;                ///< 8 to 64 hex digits, lower case
    std::filesystem::path output;  ///< absolute, or empty for standard output
};

struct LogList {};

struct LogVerify {
    std::filesystem::path checkpoint;  ///< one kept elsewhere, absolute; or empty
};

struct LogStamp {
    std::string authority;          ///< URL
    std::filesystem::path ca_file;  ///< absolute
};

struct KeyAdd {
    std::string name;
    SecretSource passphrase;
};

struct KeyList {};

struct KeyRemove {
    std::string name;
};

struct HoldAdd {
    std::string name;
    std::string account;  ///< empty: everything
    std::string mailbox;  ///< empty: all of the account
    std::string reason;
};

struct HoldList {};

struct HoldRemove {
    std::string name;
};

struct UserAdd {
    std::string name;
    SecretSource password;
};

struct UserList {};

struct UserPasswd {
    std::string name;
    SecretSource password;
};

struct UserRemove {
    std::string name;
};

using Command =
    std::variant<Init, Serve, AccountAdd, AccountList, AccountShow, AccountSet, AccountRemove,
                 AccountAccept, AccountTest, Backup, Status, Mailboxes, Search, Show, Thread,
                 Restore, Export, Import, Drill, Verify, Rebuild, Seal, Compact, Replicate, Repair,
                 Salvage, Prove, LogList, LogVerify, LogStamp, KeyAdd, KeyList, KeyRemove, HoldAdd,
                 HoldList, HoldRemove, UserAdd, UserList, UserPasswd, UserRemove>;

struct Invocation {
    Verbosity verbosity = Verbosity::normal;
    std::optional<std::filesystem::path> config;  ///< absolute
    std::map<std::string, std::string> settings;  ///< those given as flags, by name
    Command command;
};

/// Text to print instead of doing anything: --help, --version.
struct Notice {
    std::string text;
};

/// How to speak, read before anything else so that also a complaint about the rest comes in the
/// form asked for.
[[nodiscard]] Style style_of(const std::vector<std::string>& arguments);

/// `folder` is what relative paths are relative to. Throws Error{invalid} with a hint where to read
/// more.
[[nodiscard]] std::variant<Invocation, Notice> parse_arguments(
    const std::vector<std::string>& arguments, const std::filesystem::path& folder);

/// The same for a program that only searches mail and shows it. Nothing for all else, right or
/// wrong: what there is to say of that, parse_arguments() says.
[[nodiscard]] std::optional<Invocation> parse_reading(const std::vector<std::string>& arguments,
                                                      const std::filesystem::path& folder);

}  // namespace mailkeep::app
