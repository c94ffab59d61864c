// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/api/json.hpp"

#include "mailkeep/mail/body.hpp"

#include "tree.hpp"

#include <fmt/core.h>

#include <chrono>

namespace mailkeep::api {

namespace {

template <class Items>
Json array_of(const Items& items);

/// Whole milliseconds as seconds: 1.234.
double seconds_of(const Run& run) {
    if (!run.finished) {
        return 0;
    }
    return static_cast<double>((*run.finished - run.started).count()) / 1000.0;
}

Json to_tree(const catalog::SnippetPiece& piece) {
    return {{"text", piece.text}, {"is_hit", piece.is_hit}};
}

Json to_tree(const catalog::Correspondent& who) {
    return {{"name", or_null(who.name)}, {"address", who.address}, {"messages", who.messages}};
}

Json to_tree(const catalog::Completion& completed) {
    return {{"query", completed.query}, {"label", completed.label}};
}

Json to_tree(const catalog::ListedMessage& message) {
    return {{"id", message.content_id.hex()},
            {"date", to_rfc3339(message.date)},
            {"from", message.from},
            {"to", message.to},
            {"subject", message.subject},
            {"size", message.size},
            {"account", message.account},
            {"mailbox", message.mailbox},
            {"flags", words_of(message.flags)},
            {"attachments", message.attachments},
            {"is_gone", message.is_gone},
            {"is_damaged", message.is_damaged},
            {"snippet", array_of(message.snippet)}};
}

Json to_tree(const sync::Progress::View& progress) {
    return {{"place", progress.place},
            {"done", progress.done},
            {"total", progress.total},
            {"bytes", progress.octets}};
}

Json to_tree(const RunCounts& counts) {
    return {{"new", counts.seen},
            {"stored", counts.stored},
            {"flag_changes", counts.flag_changes},
            {"vanished", counts.vanished},
            {"deleted_from_server", counts.deleted_from_server},
            {"bytes", counts.bytes},
            {"appended", counts.appended},
            {"already_there", counts.already_there},
            {"failed", counts.failed}};
}

Json to_tree(const Pause& pause) {
    return {{"until", to_rfc3339(pause.until)}, {"reason", pause.reason}};
}

Json to_tree(const RunView& view) {
    const Run& run = view.run;
    return {{"id", run.id.value},
            {"account_id", run.account ? Json(run.account.value) : Json()},
            {"account", or_null(view.account)},
            {"kind", name_of(run.kind)},
            {"state", name_of(run.state)},
            {"started", to_rfc3339(run.started)},
            {"finished", or_null(run.finished)},
            {"seconds", seconds_of(run)},
            {"counts", to_tree(run.counts)},
            {"error", or_null(run.error)},
            {"hint", or_null(run.hint)},
            {"pause", run.pause ? to_tree(*run.pause) : Json()},
            {"progress", view.progress ? to_tree(*view.progress) : Json()}};
}

std::string_view protocol_name(Protocol protocol) {
    return protocol == Protocol::imap ? "imap" : "pop3";
}

/// "PATTERN=RULE", as on the command line.
Json texts_of(const std::vector<MailboxRule>& rules) {
    Json texts = Json::array();
    for (const auto& rule : rules) {
        texts.push_back(to_text(rule));
    }
    return texts;
}

Json to_tree(const Loss& loss) {
    return {{"mailbox", or_null(loss.name)},
            {"lost", loss.lost},
            {"held", loss.held},
            {"found_at", to_rfc3339(loss.found_at)},
            {"accepted_at", or_null(loss.accepted_at)}};
}

Json to_tree(const Watching& watching) {
    return {{"state", mailkeep::name_of(watching.state)},
            {"since", or_null(watching.since)},
            {"next_try", or_null(watching.next_try)},
            {"problem", or_null(watching.problem)}};
}

Json to_tree(const MaildropRules& rules) {
    return {{"login_delay", rules.login_delay.count()},
            {"expires_after_days", rules.expires_after ? Json(*rules.expires_after) : Json()}};
}

Json proof_or_null(const std::optional<catalog::RestoreProof>& proof) {
    if (!proof) {
        return {};
    }
    return {{"at", to_rfc3339(proof->at)},
            {"messages", proof->messages},
            {"returned_at", or_null(proof->returned_at)},
            {"target", or_null(proof->target)}};
}

Json to_tree(const AccountView& view) {
    const Account& account = view.account;
    const RunView last{view.last_run.value_or(Run{}), account.name};
    return {{"id", account.id.value},
            {"name", account.name},
            {"url", or_null(has_server(account) ? to_url(account.server) : "")},
            {"protocol", protocol_name(account.server.protocol)},
            {"ca_file", or_null(account.server.ca_file)},
            {"tls_fingerprint", or_null(account.server.tls_fingerprint)},
            {"auth", mailkeep::name_of(account.auth)},
            {"oauth_client_id", or_null(account.oauth.client_id)},
            {"oauth_token_url", or_null(account.oauth.token_url)},
            {"has_password", !account.sealed_password.empty()},
            {"include", account.include},
            {"exclude", account.exclude},
            {"watch", account.server.protocol == Protocol::imap ? account.watch
                                                                : std::vector<std::string>{}},
            {"watching", to_tree(view.watching)},
            {"maildrop", to_tree(view.maildrop)},
            {"proven", proof_or_null(view.proven)},
            {"schedule", to_text(account.schedule)},
            {"delete_from_server", to_text(account.delete_policy)},
            {"keep", to_text(account.retention.keep)},
            {"keep_from", mailkeep::name_of(account.retention.from)},
            {"keep_mailboxes", texts_of(account.retention.mailboxes)},
            {"messages", view.messages},
            {"size", view.size},
            {"last_run", view.last_run ? to_tree(last) : Json()},
            {"next_run", or_null(view.next_run)},
            {"needs_a_look", array_of(view.losses)}};
}

Json to_tree(const Quarantined& message) {
    return {{"uid", message.uid}, {"reason", message.reason}, {"since", to_rfc3339(message.since)}};
}

Json to_tree(const Completeness& completeness) {
    return {{"at", to_rfc3339(completeness.at)},
            {"on_server", completeness.on_server},
            {"archived", completeness.archived},
            {"quarantined", completeness.quarantined},
            {"to_come", completeness.to_come}};
}

Json to_tree(const catalog::MailboxRow& row) {
    return {{"id", row.id.value},
            {"account_id", row.account.value},
            {"account", row.account_name},
            {"name", row.name},
            {"delimiter", row.delimiter == 0 ? Json() : Json(std::string(1, row.delimiter))},
            {"attributes", row.attributes},
            {"uid_validity", row.uid_validity},
            {"is_gone", row.is_gone},
            {"messages", row.messages},
            {"unread", row.unread},
            {"size", row.size},
            {"completeness", row.completeness ? to_tree(*row.completeness) : Json()},
            {"quarantined", array_of(row.quarantined)}};
}

Json to_tree(const catalog::User& user) {
    return {{"name", user.name}};
}

Json to_tree(const archive::KeySlot& slot) {
    const bool is_usable = slot.problem.empty();
    return {{"name", slot.name},
            {"created", is_usable ? Json(to_rfc3339(slot.created)) : Json()},
            {"problem", or_null(slot.problem)}};
}

Json to_tree(const archive::Finding& finding) {
    return {{"object", finding.object},
            {"what", finding.what},
            {"message", finding.message ? Json(finding.message->hex()) : Json()},
            {"known", or_null(finding.known)}};
}

Json to_tree(const catalog::AdoptedPack& pack) {
    return {{"pack", pack.name},
            {"finding", pack.finding},
            {"messages", pack.affected},
            {"checked_at", or_null(pack.verified_at)}};
}

Json to_tree(const sync::LostMessage& lost) {
    return {{"id", lost.damage.content_id.hex()},
            {"what", lost.damage.what},
            {"found_at", to_rfc3339(lost.damage.found_at)},
            {"known", or_null(lost.known)}};
}

Json chore_or_null(const std::optional<catalog::ChoreDone>& chore) {
    return chore ? Json{{"at", to_rfc3339(chore->at)}, {"problem", or_null(chore->problem)}}
                 : Json();
}

Json to_tree(const mail::Part& part) {
    return {{"number", part.number},
            {"content_type", part.content_type},
            {"file_name", or_null(part.file_name)},
            {"size", part.body.size()},
            {"is_attachment", part.is_attachment}};
}

Json to_tree(const Receipt& receipt) {
    return {{"run", receipt.run.value}, {"proof", name_of(receipt.proof)}};
}

Json to_tree(const Placement& placement) {
    return {{"account", placement.account_name},
            {"mailbox", placement.mailbox},
            {"uid_validity", placement.uid_validity},
            {"uid", placement.uid},
            {"flags", words_of(placement.flags)},
            {"labels", placement.flags.labels},
            {"internal_date", to_rfc3339(placement.internal_date)},
            {"seen_at", to_rfc3339(placement.seen_at)},
            {"gone_at", or_null(placement.gone_at)},
            {"receipt", placement.receipt ? to_tree(*placement.receipt) : Json()}};
}

Json to_tree(const std::pair<std::string, std::string>& header_field) {
    return {{"name", header_field.first}, {"value", header_field.second}};
}

template <class Items>
Json array_of(const Items& items) {
    Json array = Json::array();
    for (const auto& item : items) {
        array.push_back(to_tree(item));
    }
    return array;
}

template <class Items>
Json list_of(const Items& items, const std::string& next) {
    return {{"items", array_of(items)}, {"next", or_null(next)}};
}

Json to_tree(const sync::Health& health) {
    return {{"packs", health.packs},
            {"packs_checked", health.packs_checked},
            {"oldest_check", or_null(health.oldest_check)},
            {"damaged_packs", array_of(health.damaged_packs)},
            {"damaged_messages", array_of(health.damaged_messages)},
            {"unindexed", health.unindexed},
            {"troubled_attachments", health.troubled_attachments},
            {"proven", proof_or_null(health.proven)},
            {"journals", chore_or_null(health.journals)},
            {"retention", chore_or_null(health.retention)},
            {"replica", chore_or_null(health.replica)}};
}

Json backup_line(const RunView& view) {
    const RunCounts& counts = view.run.counts;
    return {{"name", view.account},
            {"state", name_of(view.run.state)},
            {"new", counts.seen},
            {"flag_changes", counts.flag_changes},
            {"vanished", counts.vanished},
            {"deleted_from_server", counts.deleted_from_server},
            {"bytes", counts.bytes},
            {"seconds", seconds_of(view.run)},
            {"error", or_null(view.run.error)},
            {"hint", or_null(view.run.hint)}};
}

}  // namespace

std::string backup_result(std::span<const RunView> runs) {
    Json accounts = Json::array();
    for (const RunView& run : runs) {
        accounts.push_back(backup_line(run));
    }
    return text_of({{"accounts", std::move(accounts)}});
}

std::string export_result(const sync::Exported& exported) {
    return text_of({{"messages", exported.messages},
                    {"attachments", exported.attachments},
                    {"bytes", exported.octets},
                    {"failed", exported.failed.size()},
                    {"errors", exported.failed}});
}

std::string drill_result(const sync::Drilled& drilled) {
    return text_of({{"messages", drilled.messages},
                    {"bytes", drilled.octets},
                    {"files", drilled.files},
                    {"accounts", drilled.accounts},
                    {"returned", drilled.returned},
                    {"proven", drilled.is_proven()},
                    {"damaged", array_of(drilled.damaged)},
                    {"altered", drilled.altered},
                    {"left_behind", or_null(drilled.left_behind)}});
}

std::string import_result(const Run& run) {
    return text_of({{"imported", run.counts.seen},
                    {"already_there", run.counts.already_there},
                    {"failed", run.counts.failed},
                    {"expunged", run.counts.vanished},
                    {"bytes", run.counts.bytes},
                    {"seconds", seconds_of(run)},
                    {"state", name_of(run.state)},
                    {"error", or_null(run.error)},
                    {"hint", or_null(run.hint)}});
}

std::string search_result(const catalog::SearchPage& found) {
    return text_of({{"total", found.total},
                    {"total_is_exact", found.total_is_exact},
                    {"messages", array_of(found.page.items)}});
}

std::string messages_json(const catalog::SearchPage& found) {
    Json list = list_of(found.page.items, found.page.next);
    list["total"] = found.total;
    list["total_is_exact"] = found.total_is_exact;
    return text_of(list);
}

std::string thread_result(std::span<const catalog::ListedMessage> messages) {
    return text_of({{"messages", array_of(messages)}});
}

std::string completions_json(std::span<const catalog::Completion> completed) {
    return text_of(list_of(completed, ""));
}

std::string addresses_json(std::span<const catalog::Correspondent> people) {
    return text_of(list_of(people, ""));
}

std::string thread_json(std::span<const catalog::ListedMessage> messages) {
    return text_of(list_of(messages, ""));
}

std::string message_json(const catalog::MessageDetail& detail, const mail::Message& message) {
    const MessageSummary& summary = detail.summary;
    return text_of({{"id", detail.stored.content_id.hex()},
                    {"date", to_rfc3339(detail.date)},
                    {"from", summary.from},
                    {"to", summary.to},
                    {"cc", summary.cc},
                    {"bcc", summary.bcc},
                    {"subject", summary.subject},
                    {"message_id", or_null(summary.message_id)},
                    {"size", detail.stored.size},
                    {"header", array_of(message.header)},
                    {"protection", or_null(message.protection)},
                    {"text", mail::readable_text(message)},
                    {"parts", array_of(message.parts)},
                    {"placements", array_of(detail.placements)},
                    {"damage", or_null(detail.damage)}});
}

std::string account_json(const AccountView& account) {
    return text_of(to_tree(account));
}

std::string accounts_json(std::span<const AccountView> accounts) {
    return text_of(list_of(accounts, ""));
}

std::string server_report_json(const service::ServerReport& report) {
    return text_of({{"capabilities", report.capabilities},
                    {"mailboxes", report.mailboxes},
                    {"messages", report.messages ? Json(*report.messages) : Json()}});
}

std::string mailboxes_json(std::span<const catalog::MailboxRow> mailboxes) {
    return text_of(list_of(mailboxes, ""));
}

std::string run_json(const RunView& run) {
    return text_of(to_tree(run));
}

std::string runs_json(std::span<const RunView> runs) {
    return text_of(list_of(runs, ""));
}

std::string users_json(std::span<const catalog::User> users) {
    return text_of(list_of(users, ""));
}

std::string key_slots_json(std::span<const archive::KeySlot> slots) {
    return text_of(list_of(slots, ""));
}

std::string status_json(const StatusView& status) {
    Json tree{{"accounts", array_of(status.accounts)},  {"messages", status.totals.messages},
              {"placements", status.totals.placements}, {"bytes", status.totals.octets},
              {"size_on_disk", status.size_on_disk},    {"health", to_tree(status.health)}};
    if (status.mailboxes) {
        tree["mailboxes"] = array_of(*status.mailboxes);
    }
    return text_of(tree);
}

std::string verify_result(const archive::Verdict& verdict) {
    return text_of({{"messages", verdict.messages},
                    {"bytes", verdict.bytes},
                    {"last_batch", verdict.last_batch},
                    {"damaged", array_of(verdict.damaged)},
                    {"notes", array_of(verdict.notes)}});
}

std::string error_json(const Error& error) {
    return text_of({{"error",
                     {{"code", mailkeep::name_of(error.code())},
                      {"text", error.what()},
                      {"hint", or_null(error.hint())}}}});
}

std::string problem_json(const Error& error, int status) {
    const std::string_view code = mailkeep::name_of(error.code());
    return text_of({{"type", fmt::format("urn:mailkeep:error:{}", code)},
                    {"title", code},
                    {"status", status},
                    {"detail", error.what()},
                    {"code", code},
                    {"hint", or_null(error.hint())}});
}

Field::Field(std::string_view name, std::string_view text)
    : name_(name), json_(text_of(Json(std::string(text)))) {}

Field::Field(std::string_view name, double number) : name_(name), json_(text_of(Json(number))) {}

std::string Field::number_json(std::int64_t number) {
    return std::to_string(number);
}

std::string object(std::initializer_list<Field> fields) {
    std::string json = "{";
    for (const Field& field : fields) {
        if (json.size() > 1) {
            json += ',';
        }
        json += text_of(Json(field.name())) + ':' + field.json();
    }
    return json + '}';
}

}  // namespace mailkeep::api
