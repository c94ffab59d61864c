// SPDX-License-Identifier: Apache-2.0
#include "event_codec.hpp"

#include "mailkeep/base/error.hpp"

#include "event_fields.hpp"
#include "octets.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mailkeep::archive {

namespace {

enum class Kind : std::uint8_t {
    account_saved = 1,
    account_removed = 2,
    user_saved = 3,
    user_removed = 4,
    run_started = 5,
    run_finished = 6,
    mailbox_seen = 7,
    mailbox_gone = 8,
    seen = 9,
    flags_changed = 10,
    gone = 11,
    restored = 12,
    expired = 13,
    hold_placed = 14,
    hold_lifted = 15,
    mailbox_renamed = 16,
};

constexpr std::array protocols{std::pair{Protocol::imap, std::string_view("imap")},
                               std::pair{Protocol::pop3, std::string_view("pop3")}};
constexpr std::array securities{std::pair{Security::tls, std::string_view("tls")},
                                std::pair{Security::starttls, std::string_view("starttls")},
                                std::pair{Security::plaintext, std::string_view("plaintext")}};
constexpr std::array delete_kinds{
    std::pair{DeletePolicy::Kind::never, std::string_view("never")},
    std::pair{DeletePolicy::Kind::archived, std::string_view("archived")},
    std::pair{DeletePolicy::Kind::days, std::string_view("days")}};
constexpr std::array gone_reasons{
    std::pair{GoneReason::vanished, std::string_view("vanished")},
    std::pair{GoneReason::uid_validity, std::string_view("uid_validity")},
    std::pair{GoneReason::mailbox, std::string_view("mailbox")},
    std::pair{GoneReason::deleted_by_us, std::string_view("deleted_by_us")}};
constexpr std::array proofs{std::pair{RemovalProof::none, std::string_view("")},
                            std::pair{RemovalProof::read_back, std::string_view("read_back")},
                            std::pair{RemovalProof::replicated, std::string_view("replicated")}};

/// Tables hold pairs of a value and its name.
template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) {
    const auto row = std::find_if(table.begin(), table.end(),
                                  [value](const auto& pair) { return pair.first == value; });
    MAILKEEP_ASSERT(row != table.end());
    return row->second;
}

template <class Table>
auto value_in(const Table& table, std::string_view name) {
    const auto row = std::find_if(table.begin(), table.end(),
                                  [name](const auto& pair) { return pair.second == name; });
    return row == table.end() ? std::nullopt : std::optional(row->first);
}

struct CountField {
    Field field;
    std::uint64_t RunCounts::*member;
};

constexpr std::array count_fields{
    CountField{Field::count_seen, &RunCounts::seen},
    CountField{Field::count_stored, &RunCounts::stored},
    CountField{Field::count_flag_changes, &RunCounts::flag_changes},
    CountField{Field::count_vanished, &RunCounts::vanished},
    CountField{Field::count_deleted_from_server, &RunCounts::deleted_from_server},
    CountField{Field::count_bytes, &RunCounts::bytes},
    CountField{Field::count_appended, &RunCounts::appended},
    CountField{Field::count_already_there, &RunCounts::already_there},
    CountField{Field::count_failed, &RunCounts::failed}};

/// What is as ever is left out, so that most accounts are written as they were before.
void write(FieldWriter& out, const RetentionPolicy& policy) {
    if (policy == RetentionPolicy{}) {
        return;
    }
    out.text(Field::keep, to_text(policy.keep));
    out.text(Field::keep_from, name_of(policy.from));
    std::vector<std::string> rules;
    for (const auto& rule : policy.mailboxes) {
        rules.push_back(to_text(rule));
    }
    out.texts(Field::keep_mailbox, rules);
}

void write_login(FieldWriter& out, const Account& account) {
    if (account.auth != Auth::automatic) {
        out.text(Field::auth, name_of(account.auth));
    }
    out.text(Field::oauth_client_id, account.oauth.client_id);
    out.text(Field::oauth_token_url, account.oauth.token_url);
}

/// Without the field it is INBOX; an empty name is none.
void write_watch(FieldWriter& out, const Account& account) {
    if (account.watch.empty()) {
        out.texts(Field::watch, {""});
    } else if (account.watch != Account{}.watch) {
        out.texts(Field::watch, account.watch);
    }
}

Kind write(FieldWriter& out, const AccountSaved& event) {
    const auto& account = event.account;
    const auto& server = account.server;
    out.signed_number(Field::account, account.id.value);
    out.text(Field::name, account.name);
    out.text(Field::protocol, name_in(protocols, server.protocol));
    out.text(Field::security, name_in(securities, server.security));
    out.text(Field::host, server.host);
    out.number(Field::port, server.port);
    out.text(Field::user, server.user);
    out.text(Field::ca_file, server.ca_file);
    out.text(Field::tls_fingerprint, server.tls_fingerprint);
    out.text(Field::sealed_password, account.sealed_password);
    out.texts(Field::include, account.include);
    out.texts(Field::exclude, account.exclude);
    out.signed_number(Field::every, account.schedule.every.count());
    out.text(Field::delete_kind, name_in(delete_kinds, account.delete_policy.kind));
    out.signed_number(Field::delete_days, account.delete_policy.days);
    write(out, account.retention);
    write_login(out, account);
    write_watch(out, account);
    return Kind::account_saved;
}

Kind write(FieldWriter& out, const AccountRemoved& event) {
    out.signed_number(Field::account, event.account.value);
    return Kind::account_removed;
}

Kind write(FieldWriter& out, const UserSaved& event) {
    out.text(Field::name, event.name);
    out.text(Field::password_hash, event.password_hash);
    return Kind::user_saved;
}

Kind write(FieldWriter& out, const UserRemoved& event) {
    out.text(Field::name, event.name);
    return Kind::user_removed;
}

Kind write(FieldWriter& out, const RunStarted& event) {
    out.signed_number(Field::account, event.account.value);
    out.text(Field::run_kind, name_of(event.kind));
    return Kind::run_started;
}

Kind write(FieldWriter& out, const RunFinished& event) {
    out.text(Field::run_state, name_of(event.state));
    for (const auto& [field, member] : count_fields) {
        out.number(field, event.counts.*member);
    }
    out.text(Field::error, event.error);
    out.text(Field::hint, event.hint);
    out.text(Field::error_code, event.error_code ? name_of(*event.error_code) : "");
    return Kind::run_finished;
}

Kind write(FieldWriter& out, const MailboxSeen& event) {
    out.signed_number(Field::account, event.account.value);
    out.text(Field::mailbox, event.mailbox);
    out.text(Field::name, event.name);
    out.number(Field::delimiter, static_cast<unsigned char>(event.delimiter));
    out.texts(Field::attribute, event.attributes);
    out.number(Field::uid_validity, event.uid_validity);
    out.text(Field::object_id, event.object_id);
    return Kind::mailbox_seen;
}

Kind write(FieldWriter& out, const MailboxGone& event) {
    out.signed_number(Field::account, event.account.value);
    out.text(Field::mailbox, event.mailbox);
    return Kind::mailbox_gone;
}

Kind write(FieldWriter& out, const MailboxRenamed& event) {
    out.signed_number(Field::account, event.account.value);
    out.text(Field::mailbox, event.mailbox);
    out.text(Field::new_mailbox, event.new_mailbox);
    out.text(Field::name, event.name);
    out.number(Field::delimiter, static_cast<unsigned char>(event.delimiter));
    return Kind::mailbox_renamed;
}

Kind write(FieldWriter& out, const Seen& event) {
    out.signed_number(Field::account, event.account.value);
    out.text(Field::mailbox, event.mailbox);
    out.number(Field::uid_validity, event.uid_validity);
    out.number(Field::uid, event.uid);
    out.text(Field::unique_id, event.unique_id);
    out.text(Field::content_id, event.content_id.view());
    out.signed_number(Field::internal_date, unix_ms(event.internal_date.at));
    out.signed_number(Field::zone, event.internal_date.zone.count());
    out.texts(Field::flag, words_of(event.flags));
    out.texts(Field::label, event.flags.labels);
    out.text(Field::object_id, event.object_id);
    return Kind::seen;
}

Kind write(FieldWriter& out, const FlagsChanged& event) {
    out.signed_number(Field::account, event.account.value);
    out.text(Field::mailbox, event.mailbox);
    out.number(Field::uid_validity, event.uid_validity);
    out.number(Field::uid, event.uid);
    out.texts(Field::flag, words_of(event.flags));
    out.texts(Field::label, event.flags.labels);
    return Kind::flags_changed;
}

Kind write(FieldWriter& out, const Gone& event) {
    out.signed_number(Field::account, event.account.value);
    out.text(Field::mailbox, event.mailbox);
    out.number(Field::uid_validity, event.uid_validity);
    out.uids(event.uids);
    out.text(Field::reason, name_in(gone_reasons, event.reason));
    out.text(Field::proof, name_in(proofs, event.proof));
    return Kind::gone;
}

Kind write(FieldWriter& out, const Restored& event) {
    out.text(Field::target, event.target);
    out.text(Field::mailbox, event.mailbox);
    out.number(Field::uid_validity, event.uid_validity);
    out.number(Field::uid, event.uid);
    out.text(Field::content_id, event.content_id.view());
    return Kind::restored;
}

Kind write(FieldWriter& out, const Expired& event) {
    out.signed_number(Field::account, event.account.value);
    out.text(Field::content_id, event.content_id.view());
    out.text(Field::mailbox_name, event.mailbox);
    out.text(Field::rule, event.rule);
    return Kind::expired;
}

Kind write(FieldWriter& out, const HoldPlaced& event) {
    const auto& hold = event.hold;
    out.text(Field::name, hold.name);
    out.signed_number(Field::account, hold.account.value);
    out.text(Field::mailbox_name, hold.mailbox);
    out.text(Field::hold_reason, hold.reason);
    return Kind::hold_placed;
}

Kind write(FieldWriter& out, const HoldLifted& event) {
    out.text(Field::name, event.name);
    return Kind::hold_lifted;
}

AccountId account_of(FieldReader& in) {
    return {in.signed_number(Field::account)};
}

UidValidity uid_validity_of(FieldReader& in) {
    return static_cast<UidValidity>(in.number_of_bits(Field::uid_validity, 32));
}

Uid uid_of(FieldReader& in) {
    return static_cast<Uid>(in.number_of_bits(Field::uid, 32));
}

RetentionPolicy read_retention(FieldReader& in) {
    RetentionPolicy policy;
    if (const auto keep = in.text(Field::keep); !keep.empty()) {
        policy.keep = in.known(parse_keep_rule(keep));
        policy.from = in.known(keep_from_named(in.text(Field::keep_from)));
        for (const auto& text : in.texts(Field::keep_mailbox)) {
            policy.mailboxes.push_back(in.known(parse_mailbox_rule(text)));
        }
    }
    return policy;
}

void read_login(FieldReader& in, Account& account) {
    if (const auto name = in.text(Field::auth); !name.empty()) {
        account.auth = in.known(auth_named(name));
    }
    account.oauth.client_id = in.text(Field::oauth_client_id);
    account.oauth.token_url = in.text(Field::oauth_token_url);
}

void read_watch(const FieldReader& in, Account& account) {
    if (auto names = in.texts(Field::watch); !names.empty()) {
        std::erase(names, "");
        account.watch = std::move(names);
    }
}

AccountSaved read_account_saved(FieldReader& in) {
    Account account;
    account.id = account_of(in);
    account.name = in.text(Field::name);
    account.server.protocol = in.known(value_in(protocols, in.text(Field::protocol)));
    account.server.security = in.known(value_in(securities, in.text(Field::security)));
    account.server.host = in.text(Field::host);
    account.server.port = static_cast<std::uint16_t>(in.number_of_bits(Field::port, 16));
    account.server.user = in.text(Field::user);
    account.server.ca_file = in.text(Field::ca_file);
    account.server.tls_fingerprint = in.text(Field::tls_fingerprint);
    account.sealed_password = in.text(Field::sealed_password);
    account.include = in.texts(Field::include);
    account.exclude = in.texts(Field::exclude);
    account.schedule.every = std::chrono::seconds{in.signed_number(Field::every)};
    account.delete_policy.kind = in.known(value_in(delete_kinds, in.text(Field::delete_kind)));
    account.delete_policy.days = static_cast<int>(in.signed_number(Field::delete_days));
    account.retention = read_retention(in);
    read_login(in, account);
    read_watch(in, account);
    return {std::move(account)};
}

RunFinished read_run_finished(FieldReader& in) {
    RunFinished event;
    event.state = in.known(run_state_from(in.text(Field::run_state)));
    for (const auto& [field, member] : count_fields) {
        event.counts.*member = in.number(field);
    }
    event.error = in.text(Field::error);
    event.hint = in.text(Field::hint);
    event.error_code = errc_from(in.text(Field::error_code));
    return event;
}

MailboxSeen read_mailbox_seen(FieldReader& in) {
    return {.account = account_of(in),
            .mailbox = in.text(Field::mailbox),
            .name = in.text(Field::name),
            .delimiter = static_cast<char>(in.number_of_bits(Field::delimiter, 8)),
            .attributes = in.texts(Field::attribute),
            .uid_validity = uid_validity_of(in),
            .object_id = in.text(Field::object_id)};
}

MailboxRenamed read_mailbox_renamed(FieldReader& in) {
    return {.account = account_of(in),
            .mailbox = in.text(Field::mailbox),
            .new_mailbox = in.text(Field::new_mailbox),
            .name = in.text(Field::name),
            .delimiter = static_cast<char>(in.number_of_bits(Field::delimiter, 8))};
}

Seen read_seen(FieldReader& in) {
    return {.account = account_of(in),
            .mailbox = in.text(Field::mailbox),
            .uid_validity = uid_validity_of(in),
            .uid = uid_of(in),
            .unique_id = in.text(Field::unique_id),
            .content_id = in.digest(Field::content_id),
            .internal_date = {from_unix_ms(in.signed_number(Field::internal_date)),
                              std::chrono::minutes{in.signed_number(Field::zone)}},
            .flags = in.flags(),
            .object_id = in.text(Field::object_id)};
}

FlagsChanged read_flags_changed(FieldReader& in) {
    return {.account = account_of(in),
            .mailbox = in.text(Field::mailbox),
            .uid_validity = uid_validity_of(in),
            .uid = uid_of(in),
            .flags = in.flags()};
}

Gone read_gone(FieldReader& in) {
    return {.account = account_of(in),
            .mailbox = in.text(Field::mailbox),
            .uid_validity = uid_validity_of(in),
            .uids = in.uids(),
            .reason = in.known(value_in(gone_reasons, in.text(Field::reason))),
            .proof = in.known(value_in(proofs, in.text(Field::proof)))};
}

Restored read_restored(FieldReader& in) {
    return {.target = in.text(Field::target),
            .mailbox = in.text(Field::mailbox),
            .uid_validity = uid_validity_of(in),
            .uid = uid_of(in),
            .content_id = in.digest(Field::content_id)};
}

Expired read_expired(FieldReader& in) {
    return {.content_id = in.digest(Field::content_id),
            .account = account_of(in),
            .mailbox = in.text(Field::mailbox_name),
            .rule = in.text(Field::rule)};
}

HoldPlaced read_hold_placed(FieldReader& in) {
    return {Hold{.name = in.text(Field::name),
                 .account = account_of(in),
                 .mailbox = in.text(Field::mailbox_name),
                 .reason = in.text(Field::hold_reason)}};
}

/// Nothing for a kind unknown to us.
std::optional<decltype(Event::what)> read_what(Kind kind, FieldReader& in) {
    switch (kind) {
        case Kind::account_saved:
            return read_account_saved(in);
        case Kind::account_removed:
            return AccountRemoved{account_of(in)};
        case Kind::user_saved:
            return UserSaved{in.text(Field::name), in.text(Field::password_hash)};
        case Kind::user_removed:
            return UserRemoved{in.text(Field::name)};
        case Kind::run_started:
            return RunStarted{account_of(in), in.known(run_kind_from(in.text(Field::run_kind)))};
        case Kind::run_finished:
            return read_run_finished(in);
        case Kind::mailbox_seen:
            return read_mailbox_seen(in);
        case Kind::mailbox_gone:
            return MailboxGone{account_of(in), in.text(Field::mailbox)};
        case Kind::mailbox_renamed:
            return read_mailbox_renamed(in);
        case Kind::seen:
            return read_seen(in);
        case Kind::flags_changed:
            return read_flags_changed(in);
        case Kind::gone:
            return read_gone(in);
        case Kind::restored:
            return read_restored(in);
        case Kind::expired:
            return read_expired(in);
        case Kind::hold_placed:
            return read_hold_placed(in);
        case Kind::hold_lifted:
            return HoldLifted{in.text(Field::name)};
    }
    return std::nullopt;
}

}  // namespace

std::string encode(const Event& event) {
    FieldWriter fields;
    fields.signed_number(Field::at, unix_ms(event.at));
    fields.signed_number(Field::run, event.run.value);
    const auto kind =
        std::visit([&fields](const auto& what) { return write(fields, what); }, event.what);
    std::string record;
    put_number(record, 1 + fields.octets().size(), 4);
    put_number(record, static_cast<std::uint8_t>(kind), 1);
    record += fields.octets();
    return record;
}

std::optional<DecodedEvents> decode_events(std::string_view payload) {
    DecodedEvents decoded;
    OctetReader reader(payload);
    while (!reader.at_end()) {
        OctetReader record(reader.take(reader.number(4)));
        const auto kind = static_cast<Kind>(record.number(1));
        if (reader.failed() || record.failed()) {
            return std::nullopt;
        }
        FieldReader fields(record.rest());
        const Timestamp at = from_unix_ms(fields.signed_number(Field::at));
        const RunId run{fields.signed_number(Field::run)};
        auto what = read_what(kind, fields);
        if (fields.malformed()) {
            return std::nullopt;
        }
        ++decoded.records;
        if (what && !fields.has_unknown()) {
            decoded.events.push_back({at, run, std::move(*what)});
        }
    }
    if (reader.failed()) {
        return std::nullopt;
    }
    return decoded;
}

}  // namespace mailkeep::archive
