// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/imap/write_session.hpp"

#include "mailkeep/base/text.hpp"
#include "mailkeep/imap/mailbox_name.hpp"

#include "connection.hpp"
#include "quirks.hpp"
#include "select.hpp"

#include <algorithm>
#include <utility>

namespace mailkeep::imap {

namespace {

/// What one command takes: enough that round trips do not count, little enough that a refusal of
/// all for the sake of one is soon mended.
constexpr std::size_t messages_together = 100;
constexpr std::uint64_t octets_together = std::uint64_t{4} << 20U;

/// A keyword since RFC 5788; some servers have a flag of their own.
const std::string forwarded = "$Forwarded";

bool holds(const std::vector<std::string>& flags, std::string_view flag) {
    return std::any_of(flags.begin(), flags.end(),
                       [&](const std::string& each) { return equals_ignoring_case(each, flag); });
}

/// What has to be accepted once before the text of a message goes along with it. The date is
/// always of one form.
std::string arguments_of(std::string_view mailbox, const Outgoing& message) {
    return std::string(mailbox) + '\n' + join(message.flags, " ");
}

}  // namespace

KeptFlags kept_flags(const Flags& flags, const std::optional<std::vector<std::string>>& permanent) {
    KeptFlags sorted;
    Flags system = flags;
    system.keywords.clear();
    for (const std::string& flag : words_of(system)) {
        const bool is_kept = !permanent || holds(*permanent, flag);
        (is_kept ? sorted.kept : sorted.dropped).push_back(flag);
    }
    const bool takes_any = !permanent || holds(*permanent, "\\*");
    for (const std::string& keyword : flags.keywords) {
        const bool is_forwarded = equals_ignoring_case(keyword, "\\Forwarded");
        const std::string& word = is_forwarded ? forwarded : keyword;
        const bool is_kept = is_atom(word) && (takes_any || holds(*permanent, word));
        (is_kept ? sorted.kept : sorted.dropped).push_back(word);
    }
    return sorted;
}

WriteSession::WriteSession(ReadSession session) : session_(std::move(session)) {}

WriteSession::~WriteSession() = default;
WriteSession::WriteSession(WriteSession&&) noexcept = default;
WriteSession& WriteSession::operator=(WriteSession&&) noexcept = default;

SelectData WriteSession::select(std::string_view mailbox) {
    return open_mailbox(*session_.connection_, mailbox, Access::read_write);
}

// Not every server gives the reason as [ALREADYEXISTS], so a refusal is looked into.
std::string WriteSession::create(std::string_view mailbox, std::string_view role) {
    if (is_inbox(mailbox))
        return "INBOX";
    Connection& connection = *session_.connection_;
    const Tagged answer = run_create(mailbox, role);
    if (answer.status == Status::no) {
        const auto entries = session_.list();
        const auto find = [&](const auto& is_same) {
            return std::find_if(entries.begin(), entries.end(), [&](const ListEntry& entry) {
                return entry.is_selectable() && is_same(entry.mailbox, mailbox);
            });
        };
        auto found = find(std::equal_to<std::string_view>());
        if (found == entries.end())
            found = find(equals_ignoring_case);
        if (found != entries.end())
            return found->mailbox;
    }
    connection.require_ok(answer, "CREATE");
    const Tagged subscribed =
        connection.run(Encoder("SUBSCRIBE").astring(mailbox), command_patience, ignore_data);
    if (subscribed.status == Status::bad)
        connection.require_ok(subscribed, "SUBSCRIBE");
    return std::string(mailbox);
}

// create = "CREATE" SP mailbox [SP "(" "USE" SP "(" use-attr ")" ")"]
// A server may refuse a use it knows, as one that is taken: [USEATTR], which not all say.
Tagged WriteSession::run_create(std::string_view mailbox, std::string_view role) {
    Connection& connection = *session_.connection_;
    if (!role.empty() && offers(session_.capabilities(), "CREATE-SPECIAL-USE")) {
        Encoder command("CREATE");
        command.astring(mailbox).nested_list("USE", {std::string(role)});
        Tagged answer = connection.run(command, command_patience, ignore_data);
        if (answer.status == Status::ok)
            return answer;
    }
    return connection.run(Encoder("CREATE").astring(mailbox), command_patience, ignore_data);
}

// "APPENDLIMIT=" number, or "APPENDLIMIT" where it differs by mailbox
std::optional<std::uint64_t> WriteSession::append_limit() const {
    constexpr std::string_view name = "APPENDLIMIT=";
    const auto& names = session_.capabilities().names;
    const auto found = names.lower_bound(std::string(name));
    if (found == names.end() || !found->starts_with(name))
        return std::nullopt;
    return parse_number(std::string_view(*found).substr(name.size()));
}

bool WriteSession::takes_nul() const {
    return offers(session_.capabilities(), "BINARY");
}

bool WriteSession::has_labels() const {
    return session_.capabilities().has("X-GM-EXT-1");
}

// "UID STORE" SP sequence-set SP "+X-GM-LABELS" SP "(" astring *(SP astring) ")"
std::optional<std::string> WriteSession::add_labels(const UidSet& uids,
                                                    const std::vector<std::string>& labels) {
    Connection& connection = *session_.connection_;
    Encoder command("UID STORE");
    command.uid_set(uids).atom("+X-GM-LABELS").labels(labels);
    const Tagged answer = connection.run(command, command_patience, ignore_data);
    return answer.status == Status::ok ? std::nullopt
                                       : std::optional(connection.shown(answer.text));
}

bool WriteSession::waits(std::string_view mailbox, const Outgoing& message) const {
    return is_wary_ || !confirmed_.contains(arguments_of(mailbox, message));
}

// A command ends before a second message whose arguments have still to be accepted: it need not
// wait any more in the next one.
std::size_t WriteSession::fitting(std::string_view mailbox,
                                  std::span<const Outgoing> messages) const {
    if (is_wary_ || !offers(session_.capabilities(), "MULTIAPPEND"))
        return 1;
    std::set<std::string> unconfirmed;
    std::uint64_t octets = 0;
    std::size_t count = 0;
    for (const Outgoing& message : messages) {
        octets += message.text.size;
        const bool is_second =
            waits(mailbox, message) && !unconfirmed.insert(arguments_of(mailbox, message)).second;
        if (count > 0 && (count == messages_together || octets > octets_together || is_second))
            return count;
        ++count;
    }
    return count;
}

// append = "APPEND" SP mailbox 1*append-message
// append-message = [SP flag-list] [SP date-time] SP append-data
void WriteSession::start(std::string_view mailbox, std::span<const Outgoing> messages, Care care) {
    Connection& connection = *session_.connection_;
    const LiteralForm best = literal_form_of(connection.capabilities());
    Encoder command("APPEND");
    command.astring(mailbox);
    Sent sent;
    may_go_on_ = best == LiteralForm::plus;
    for (const Outgoing& message : messages) {
        const bool has_to_wait = care == Care::great || waits(mailbox, message);
        may_go_on_ = may_go_on_ && !has_to_wait;
        if (!message.flags.empty())
            command.list(message.flags);
        command.date_time(message.date);
        command.literal(message.text, has_to_wait ? LiteralForm::synchronizing : best);
        sent.arguments.insert(arguments_of(mailbox, message));
        sent.octets += message.text.size;
    }
    sent.tag =
        connection.start(command, upload_patience(sent.octets), [&](const Response& response) {
            if (const auto* const answer = std::get_if<Tagged>(&response))
                note(*answer);
        });
    in_flight_.push_back(std::move(sent));
}

void WriteSession::note(const Tagged& answer) {
    Connection& connection = *session_.connection_;
    if (answer.status == Status::bad)
        connection.require_ok(answer, "APPEND");
    Appended appended{.is_refused = answer.status != Status::ok,
                      .is_over_quota = answer.code.name == "OVERQUOTA",
                      .reason = connection.shown(answer.text),
                      .uids = {}};
    if (const auto* const uids = std::get_if<AppendUids>(&answer.code.value))
        appended.uids = *uids;
    answers_.emplace(answer.tag, std::move(appended));
}

Appended WriteSession::finish() {
    MAILKEEP_ASSERT(!in_flight_.empty());
    Connection& connection = *session_.connection_;
    const Sent& sent = in_flight_.front();
    std::uint64_t octets = 0;
    for (const Sent& each : in_flight_) {
        octets += each.octets;
    }
    connection.set_patience(upload_patience(octets));
    while (!answers_.contains(sent.tag)) {
        const Response response = connection.receive();
        if (const auto* const answer = std::get_if<Tagged>(&response))
            note(*answer);
    }
    Appended appended = answers_.extract(sent.tag).mapped();
    if (!appended.is_refused)
        confirmed_.insert(sent.arguments.begin(), sent.arguments.end());
    in_flight_.pop_front();
    return appended;
}

}  // namespace mailkeep::imap
