// SPDX-License-Identifier: Apache-2.0
// The nouns as JSON: one shape for the REST API and for --json of the commands. snake_case names,
// times RFC 3339 in UTC, "nothing" is null, octets that are no UTF-8 become U+FFFD. No function
// here ever writes a password, sealed or not. Lists are {"items":[…],"next":cursor or null}.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/mail/message.hpp"
#include "mailkeep/model/account.hpp"
#include "mailkeep/model/run.hpp"
#include "mailkeep/service/accounts.hpp"
#include "mailkeep/sync/drill.hpp"
#include "mailkeep/sync/export_mail.hpp"
#include "mailkeep/sync/health.hpp"
#include "mailkeep/sync/progress.hpp"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::api {

/// A run with the name of its account (empty: a restore, or an account that is no more).
struct RunView {
    Run run;
    std::string account;
    std::optional<sync::Progress::View> progress = std::nullopt;  ///< while queued or under way
};

/// An account with what people ask about it first.
struct AccountView {
    Account account;
    std::optional<Run> last_run;
    std::optional<Timestamp> next_run;  ///< nothing: manual
    std::uint64_t messages = 0;         ///< that stand in its mailboxes now
    std::uint64_t size = 0;             ///< octets of these
    std::vector<Loss> losses = {};      ///< not believed before a person accepts them
    Watching watching = {};
    MaildropRules maildrop = {};                       ///< POP3: as the server told it last
    std::optional<catalog::RestoreProof> proven = {};  ///< that its mail could be given back
};

[[nodiscard]] AccountView view_of(const Account& account, const catalog::Catalog& catalog,
                                  Timestamp now);
[[nodiscard]] std::vector<AccountView> account_views(const catalog::Catalog& catalog,
                                                     Timestamp now);
[[nodiscard]] RunView view_of(const Run& run, const catalog::Catalog& catalog);

struct StatusView {
    std::vector<AccountView> accounts;
    catalog::Totals totals;
    std::uint64_t size_on_disk = 0;
    sync::Health health = {};
    std::optional<std::vector<catalog::MailboxRow>> mailboxes = std::nullopt;  ///< when asked for
};

/// {"accounts":[{"name","state","new","flag_changes","vanished","deleted_from_server","bytes",
/// "seconds","error","hint"}]}
[[nodiscard]] std::string backup_result(std::span<const RunView> runs);
/// {"messages","attachments","bytes","failed","errors":[…]}
[[nodiscard]] std::string export_result(const sync::Exported& exported);
/// {"messages","bytes","files","accounts","returned","proven","damaged":[{"object","what","message","known"}],
/// "altered":[…],"left_behind"}
[[nodiscard]] std::string drill_result(const sync::Drilled& drilled);
/// {"imported","already_there","failed","expunged","bytes","seconds","state","error","hint"}
[[nodiscard]] std::string import_result(const Run& run);
/// {"total","total_is_exact","messages":[{"id","date","from","to","subject","size","account","mailbox","flags",
/// "attachments","is_gone","is_damaged"}]}
[[nodiscard]] std::string search_result(const catalog::SearchPage& found);
/// {"messages"}, likewise.
[[nodiscard]] std::string thread_result(std::span<const catalog::ListedMessage> messages);
/// {"items","next":null}
[[nodiscard]] std::string addresses_json(std::span<const catalog::Correspondent> people);
[[nodiscard]] std::string completions_json(std::span<const catalog::Completion> completed);
[[nodiscard]] std::string thread_json(std::span<const catalog::ListedMessage> messages);
/// The same messages as a list: {"items","next","total","total_is_exact"}.
[[nodiscard]] std::string messages_json(const catalog::SearchPage& found);
/// Header fields, readable text, parts without their bodies, and every placement.
[[nodiscard]] std::string message_json(const catalog::MessageDetail& detail,
                                       const mail::Message& message);

[[nodiscard]] std::string account_json(const AccountView& account);
[[nodiscard]] std::string accounts_json(std::span<const AccountView> accounts);
[[nodiscard]] std::string server_report_json(const service::ServerReport& report);
[[nodiscard]] std::string mailboxes_json(std::span<const catalog::MailboxRow> mailboxes);
[[nodiscard]] std::string run_json(const RunView& run);
[[nodiscard]] std::string runs_json(std::span<const RunView> runs);
[[nodiscard]] std::string users_json(std::span<const catalog::User> users);
/// The items are {"name","created","problem"}.
[[nodiscard]] std::string key_slots_json(std::span<const archive::KeySlot> slots);

/// {"accounts","messages","placements","bytes","size_on_disk","health":{"packs","packs_checked",
/// "oldest_check","damaged_packs":[{"pack","finding","messages","checked_at"}],"damaged_messages":
/// [{"id","what","found_at","known"}],"unindexed","troubled_attachments":{REASON:count},"journals","retention","replica"},"mailboxes"?};
/// the last three of health are {"at","problem"} or null.
[[nodiscard]] std::string status_json(const StatusView& status);
/// {"messages","bytes","last_batch","damaged":[{"object","what","message","known"}],
/// "notes":[…]}
[[nodiscard]] std::string verify_result(const archive::Verdict& verdict);

/// {"error":{"code","text","hint"}}: the last line of a command that failed.
[[nodiscard]] std::string error_json(const Error& error);
/// application/problem+json (RFC 9457): {"type","title","status","detail","code","hint"}.
[[nodiscard]] std::string problem_json(const Error& error, int status);

/// One member of an object made by hand.
class Field {
  public:
    Field(std::string_view name, std::string_view text);

    Field(std::string_view name, const std::string& text) : Field(name, std::string_view(text)) {}

    Field(std::string_view name, const char* text) : Field(name, std::string_view(text)) {}

    template <std::integral Number>
    Field(std::string_view name, Number number)
        : name_(name), json_(number_json(static_cast<std::int64_t>(number))) {}

    Field(std::string_view name, double number);

    Field(std::string_view name, bool truth) : name_(name), json_(truth ? "true" : "false") {}

    [[nodiscard]] const std::string& name() const { return name_; }

    /// The value, already JSON.
    [[nodiscard]] const std::string& json() const { return json_; }

  private:
    [[nodiscard]] static std::string number_json(std::int64_t number);

    std::string name_;
    std::string json_;
};

/// For results of few numbers and texts: object({{"imported", 3}, {"failed", 0}}).
[[nodiscard]] std::string object(std::initializer_list<Field> fields);

}  // namespace mailkeep::api
