// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/imap/read_session.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/imap/mailbox_name.hpp"

#include "connection.hpp"
#include "raw_fetch.hpp"
#include "select.hpp"

#include <algorithm>

namespace mailkeep::imap {

namespace {

/// What no server has and memory still bears. Beyond it nothing is cut off silently: a list that
/// ends early would look like mail that is gone.
constexpr std::size_t mailbox_count_limit = 100'000;
constexpr std::size_t message_count_limit = 1U << 24U;

std::vector<ListEntry> run_list(Connection& connection, std::string_view pattern) {
    std::vector<ListEntry> entries;
    std::set<std::string> known;
    const Tagged answer = connection.run(
        Encoder("LIST").string("").string(pattern), long_patience, [&](Response& response) {
            auto* const entry = std::get_if<ListEntry>(&response);
            if (!entry || !known.insert(is_inbox(entry->mailbox) ? "INBOX" : entry->mailbox).second)
                return;
            if (entries.size() == mailbox_count_limit)
                throw Error(Errc::protocol, "the mail server lists too many mailboxes");
            entries.push_back(std::move(*entry));
        });
    connection.require_ok(answer, "LIST");
    return entries;
}

/// Ascending and each UID once; what is told later of the same message counts.
std::vector<UidFlags> folded(std::vector<FetchData> lines) {
    std::stable_sort(lines.begin(), lines.end(),
                     [](const FetchData& a, const FetchData& b) { return *a.uid < *b.uid; });
    std::vector<UidFlags> messages;
    messages.reserve(lines.size());
    for (FetchData& line : lines) {
        if (messages.empty() || messages.back().uid != *line.uid)
            messages.push_back({*line.uid, {}, 0});
        if (line.flags)
            messages.back().flags = std::move(*line.flags);
        if (line.size)
            messages.back().size = *line.size;
    }
    return messages;
}

/// The highest UID a limited server has still to tell of; nothing when it told all. RFC 9738: it
/// begins at the top and names the lowest UID it came to.
std::optional<Uid> left_over(const Tagged& answer, std::optional<Uid> last) {
    if (answer.code.name != "MESSAGELIMIT")
        return std::nullopt;
    const auto* const lowest = std::get_if<std::uint32_t>(&answer.code.value);
    if (!lowest || *lowest == 0 || (last && *lowest > *last))
        throw Error(Errc::protocol, "the mail server does not say which messages it left out");
    return *lowest == 1 ? std::nullopt : std::optional<Uid>(*lowest - 1);
}

}  // namespace

bool ListEntry::is_selectable() const {
    return std::none_of(attributes.begin(), attributes.end(), [](const std::string& attribute) {
        return equals_ignoring_case(attribute, "\\Noselect") ||
               equals_ignoring_case(attribute, "\\NonExistent");
    });
}

ReadSession::ReadSession(std::unique_ptr<net::Stream> stream, Security security)
    : connection_(std::make_unique<Connection>(std::move(stream), security)) {}

ReadSession::~ReadSession() = default;
ReadSession::ReadSession(ReadSession&&) noexcept = default;
ReadSession& ReadSession::operator=(ReadSession&&) noexcept = default;

void ReadSession::greet() {
    connection_->greet();
}

void ReadSession::login(const Credentials& credentials) {
    connection_->log_in(credentials);
}

const Capabilities& ReadSession::capabilities() const {
    return connection_->capabilities();
}

Namespace ReadSession::personal_namespace() {
    if (capabilities().has("NAMESPACE")) {
        std::optional<Namespace> personal;
        const Tagged answer =
            connection_->run(Encoder("NAMESPACE"), command_patience, [&](const Response& response) {
                if (const auto* const data = std::get_if<NamespaceData>(&response))
                    personal = data->personal;
            });
        if (answer.status == Status::bad)
            connection_->require_ok(answer, "NAMESPACE");
        if (personal)
            return *personal;
    }
    // LIST "" "" asks for the delimiter alone; not every server answers it.
    for (const std::string_view pattern : {"", "%"}) {
        const auto entries = run_list(*connection_, pattern);
        if (!entries.empty())
            return {"", entries.front().delimiter};
    }
    return {};
}

std::vector<ListEntry> ReadSession::list() {
    return run_list(*connection_, "*");
}

SelectData ReadSession::examine(std::string_view mailbox) {
    return open_mailbox(*connection_, mailbox, Access::read_only);
}

// An empty mailbox is not asked: for some servers "1:*" is an error there.
std::vector<UidFlags> ReadSession::fetch_flags() {
    std::vector<FetchData> lines;
    if (connection_->exists() == 0)
        return {};
    const auto take = [&](Response& response) {
        auto* const data = std::get_if<FetchData>(&response);
        if (!data || !data->uid || *data->uid == 0)
            return;
        if (lines.size() == message_count_limit)
            throw Error(Errc::protocol, "the mail server tells of too many messages");
        data->body.reset();
        lines.push_back(std::move(*data));
    };
    std::string range = "1:*";
    for (std::optional<Uid> last;; range = "1:" + std::to_string(*last)) {
        Encoder command("UID FETCH");
        command.atom(range).list({"FLAGS", "RFC822.SIZE"});
        const Tagged answer = connection_->run(command, long_patience, take);
        connection_->require_ok(answer, "UID FETCH");
        last = left_over(answer, last);
        if (!last)
            return folded(std::move(lines));
    }
}

std::vector<Unfetched> ReadSession::fetch_raw(std::span<const UidFlags> wanted,
                                              const FetchWindow& window,
                                              const std::function<void(FetchedMessage&&)>& sink) {
    return RawFetch(*connection_, window, sink).run(wanted);
}

void ReadSession::logout() noexcept {
    connection_->log_out();
}

}  // namespace mailkeep::imap
