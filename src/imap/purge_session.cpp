// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/imap/purge_session.hpp"

#include "mailkeep/base/error.hpp"

#include "connection.hpp"
#include "select.hpp"

namespace mailkeep::imap {

PurgeSession::PurgeSession(ReadSession session) : session_(std::move(session)) {}

bool PurgeSession::can_purge() const {
    const auto& capabilities = session_.capabilities();
    return capabilities.has("UIDPLUS") || capabilities.has("IMAP4REV2");
}

SelectData PurgeSession::select(std::string_view mailbox) {
    return open_mailbox(*session_.connection_, mailbox, Access::read_write);
}

UidSet PurgeSession::purge(const UidSet& uids) {
    MAILKEEP_ASSERT(can_purge() && !uids.empty());
    Connection& connection = *session_.connection_;
    const auto run = [&](Encoder& command, std::string_view name) {
        connection.require_ok(connection.run(command, long_patience, ignore_data), name);
    };
    Encoder store("UID STORE");
    store.uid_set(uids).atom("+FLAGS.SILENT").list({"\\Seen", "\\Deleted"});
    run(store, "UID STORE");
    Encoder expunge("UID EXPUNGE");
    expunge.uid_set(uids);
    run(expunge, "UID EXPUNGE");
    return uids - still_there(uids);
}

/// The answer to EXPUNGE tells numbers, not UIDs, and a server may say OK and keep a message.
UidSet PurgeSession::still_there(const UidSet& uids) {
    Connection& connection = *session_.connection_;
    UidSet there;
    Encoder command("UID FETCH");
    command.uid_set(uids).list({"UID"});
    const Tagged answer = connection.run(command, long_patience, [&](const Response& response) {
        const auto* const data = std::get_if<FetchData>(&response);
        if (data && data->uid && uids.contains(*data->uid)) {
            there.add(*data->uid);
        }
    });
    connection.require_ok(answer, "UID FETCH");
    return there;
}

}  // namespace mailkeep::imap
