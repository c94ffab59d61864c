// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/imap/write_session.hpp"

#include "mailkeep/base/text.hpp"
#include "mailkeep/imap/mailbox_name.hpp"

#include "connection.hpp"
#include "internal_date.hpp"
#include "select.hpp"

#include <algorithm>

namespace mailkeep::imap {

namespace {

/// The slowest upload that is still worth waiting for, in octets a second.
constexpr std::size_t slowest_upload = 20'000;

bool holds(const std::vector<std::string>& flags, std::string_view flag) {
    return std::any_of(flags.begin(), flags.end(),
                       [&](const std::string& each) { return equals_ignoring_case(each, flag); });
}

/// Unknown system flags make servers answer BAD; they are no atoms and so never pass.
std::vector<std::string> kept_flags(const Flags& flags,
                                    const std::optional<std::vector<std::string>>& permanent) {
    Flags system = flags;
    system.keywords.clear();
    std::vector<std::string> kept = words_of(system);
    std::erase_if(kept,
                  [&](const std::string& flag) { return permanent && !holds(*permanent, flag); });
    const bool takes_any = !permanent || holds(*permanent, "\\*");
    for (const std::string& keyword : flags.keywords) {
        if (is_atom(keyword) && (takes_any || holds(*permanent, keyword)))
            kept.push_back(keyword);
    }
    return kept;
}

}  // namespace

WriteSession::WriteSession(ReadSession session) : session_(std::move(session)) {}

SelectData WriteSession::select(std::string_view mailbox) {
    return open_mailbox(*session_.connection_, mailbox, Access::read_write);
}

// Not every server gives the reason as [ALREADYEXISTS], so a refusal is looked into.
void WriteSession::create(std::string_view mailbox) {
    if (is_inbox(mailbox))
        return;
    Connection& connection = *session_.connection_;
    const Tagged answer =
        connection.run(Encoder("CREATE").astring(mailbox), command_patience, ignore_data);
    if (answer.status == Status::no) {
        if (answer.code.name == "ALREADYEXISTS")
            return;
        const auto entries = session_.list();
        const bool is_there = std::any_of(entries.begin(), entries.end(), [&](const auto& entry) {
            return entry.mailbox == mailbox && entry.is_selectable();
        });
        if (is_there)
            return;
    }
    connection.require_ok(answer, "CREATE");
    const Tagged subscribed =
        connection.run(Encoder("SUBSCRIBE").astring(mailbox), command_patience, ignore_data);
    if (subscribed.status == Status::bad)
        connection.require_ok(subscribed, "SUBSCRIBE");
}

// append = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal
std::optional<AppendUid> WriteSession::append(
    std::string_view mailbox, std::string_view raw, const Flags& flags, const InternalDate& date,
    const std::optional<std::vector<std::string>>& permanent_flags) {
    Connection& connection = *session_.connection_;
    const std::vector<std::string> kept = kept_flags(flags, permanent_flags);
    const std::string date_time = to_date_time(date);
    const std::string arguments =
        std::string(mailbox) + '\n' + join(kept, " ") + date_time.substr(date_time.rfind(' '));
    const LiteralForm form = confirmed_.contains(arguments)
                                 ? literal_form_of(connection.capabilities())
                                 : LiteralForm::synchronizing;
    Encoder command("APPEND");
    command.astring(mailbox);
    if (!kept.empty())
        command.list(kept);
    command.date_time(date).literal(raw, form);
    const auto patience = command_patience + std::chrono::seconds(raw.size() / slowest_upload);
    const Tagged answer = connection.run(command, patience, ignore_data);
    connection.require_ok(answer, "APPEND");
    confirmed_.insert(arguments);
    const auto* const uid = std::get_if<AppendUid>(&answer.code.value);
    return uid ? std::optional(*uid) : std::nullopt;
}

}  // namespace mailkeep::imap
