// SPDX-License-Identifier: Apache-2.0
#include "select.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/imap/mailbox_name.hpp"

#include "connection.hpp"

#include <algorithm>

namespace mailkeep::imap {

namespace {

void take_code(SelectData& data, const ResponseCode& code) {
    const auto* const number = std::get_if<std::uint32_t>(&code.value);
    const auto* const flags = std::get_if<std::vector<std::string>>(&code.value);
    const auto* const mod_seq = std::get_if<ModSeq>(&code.value);
    if (code.name == "UIDVALIDITY" && number) {
        data.uid_validity = *number;
    } else if (code.name == "UIDNEXT" && number) {
        data.uid_next = *number;
    } else if (code.name == "PERMANENTFLAGS" && flags) {
        data.permanent_flags = *flags;
    } else if (code.name == "MAILBOXID" && flags) {
        data.object_id = flags->front();
    } else if (code.name == "HIGHESTMODSEQ" && mod_seq) {
        data.mod_seq = *mod_seq;
    } else if (code.name == "CLOSED") {
        data = {};  // all before it was said of the mailbox that was open until now
    }
}

Encoder opening(std::string_view command, std::string_view mailbox, const Following& following) {
    Encoder encoder(command);
    encoder.astring(mailbox);
    if (following.resync) {
        const KnownState& known = *following.resync;
        encoder.nested_list("QRESYNC",
                            {std::to_string(known.uid_validity), std::to_string(known.mod_seq),
                             "1:" + std::to_string(known.last)});
    } else if (following.has_mod_seqs) {
        encoder.list({"CONDSTORE"});
    }
    return encoder;
}

/// Data of an opening that is no status response.
void take_data(SelectData& data, std::vector<FetchData>& changed, Response& response) {
    if (const auto* const exists = std::get_if<Exists>(&response)) {
        data.exists = exists->count;
    } else if (const auto* const vanished = std::get_if<Vanished>(&response)) {
        if (vanished->is_earlier)
            data.vanished = data.vanished | vanished->uids;
    } else if (auto* const fetched = std::get_if<FetchData>(&response)) {
        if (fetched->uid && *fetched->uid != 0 && fetched->flags)
            changed.push_back({fetched->uid, std::move(fetched->flags), {}, {}, {}});
    }
}

}  // namespace

std::vector<UidFlags> folded(std::vector<FetchData> lines) {
    std::stable_sort(lines.begin(), lines.end(),
                     [](const FetchData& a, const FetchData& b) { return *a.uid < *b.uid; });
    std::vector<UidFlags> messages;
    messages.reserve(lines.size());
    for (FetchData& line : lines) {
        if (messages.empty() || messages.back().uid != *line.uid)
            messages.push_back({*line.uid, {}, 0});
        auto& flags = messages.back().flags;
        auto labels = line.labels ? std::move(*line.labels) : std::move(flags.labels);
        if (line.flags)
            flags = std::move(*line.flags);
        flags.labels = std::move(labels);
        if (line.size)
            messages.back().size = *line.size;
    }
    return messages;
}

// A server may list a name no command can carry: then it is as if it had refused that mailbox.
// The answer may hold several EXISTS, the last one counts (Zimbra), and no UIDNEXT (Courier).
SelectData open_mailbox(Connection& connection, std::string_view mailbox, Access access,
                        const Following& following) {
    const std::string_view command = access == Access::read_only ? "EXAMINE" : "SELECT";
    if (mailbox.find('\0') != std::string_view::npos)
        throw Error(Errc::refused, "its name holds a NUL, with which it cannot be asked for");
    SelectData data;
    std::vector<FetchData> changed;
    connection.forget_mailbox();
    const Tagged answer = connection.run(
        opening(command, mailbox, following), long_patience, [&](Response& response) {
            if (const auto* const condition = std::get_if<Condition>(&response)) {
                take_code(data, condition->code);
            } else {
                take_data(data, changed, response);
            }
        });
    connection.require_ok(answer, command);
    connection.open_mailbox(data.uid_validity);
    data.changed = folded(std::move(changed));
    if (data.uid_validity == 0)  // QQ tells none
        log_warning("imap.no_uid_validity", {{"mailbox", display_mailbox_name(mailbox)}});
    return data;
}

}  // namespace mailkeep::imap
