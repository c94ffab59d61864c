// SPDX-License-Identifier: Apache-2.0
#include "select.hpp"

#include "mailkeep/base/log.hpp"
#include "mailkeep/imap/mailbox_name.hpp"

#include "connection.hpp"

namespace mailkeep::imap {

namespace {

void take_code(SelectData& data, const ResponseCode& code) {
    const auto* const number = std::get_if<std::uint32_t>(&code.value);
    const auto* const flags = std::get_if<std::vector<std::string>>(&code.value);
    if (code.name == "UIDVALIDITY" && number) {
        data.uid_validity = *number;
    } else if (code.name == "UIDNEXT" && number) {
        data.uid_next = *number;
    } else if (code.name == "PERMANENTFLAGS" && flags) {
        data.permanent_flags = *flags;
    } else if (code.name == "CLOSED") {
        data = {};  // all before it was said of the mailbox that was open until now
    }
}

}  // namespace

// The answer may hold several EXISTS, the last one counts (Zimbra), and no UIDNEXT (Courier).
SelectData open_mailbox(Connection& connection, std::string_view mailbox, Access access) {
    const std::string_view command = access == Access::read_only ? "EXAMINE" : "SELECT";
    SelectData data;
    connection.forget_mailbox();
    const Tagged answer = connection.run(
        Encoder(command).astring(mailbox), long_patience, [&](const Response& response) {
            if (const auto* const exists = std::get_if<Exists>(&response)) {
                data.exists = exists->count;
            } else if (const auto* const condition = std::get_if<Condition>(&response)) {
                take_code(data, condition->code);
            }
        });
    connection.require_ok(answer, command);
    if (data.uid_validity == 0)  // QQ tells none
        log_warning("imap.no_uid_validity", {{"mailbox", display_mailbox_name(mailbox)}});
    return data;
}

}  // namespace mailkeep::imap
