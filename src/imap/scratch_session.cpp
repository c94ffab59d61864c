// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/imap/scratch_session.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/imap/write_session.hpp"

#include "connection.hpp"
#include "select.hpp"

namespace mailkeep::imap {

namespace {

constexpr std::size_t random_size = 16;

}  // namespace

ScratchSession::ScratchSession(ReadSession session) : session_(std::move(session)) {}

void ScratchSession::create() {
    MAILKEEP_ASSERT(mailbox_.empty());
    const std::string name = session_.personal_namespace().prefix + "mailkeep-drill-" +
                             to_hex(random_octets(random_size));
    Connection& connection = *session_.connection_;
    connection.require_ok(
        connection.run(Encoder("CREATE").astring(name), command_patience, ignore_data), "CREATE");
    mailbox_ = name;
}

// append = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal
void ScratchSession::append(std::string_view raw, const Flags& flags, const InternalDate& date) {
    MAILKEEP_ASSERT(!mailbox_.empty());
    Connection& connection = *session_.connection_;
    Encoder command("APPEND");
    command.astring(mailbox_);
    if (const std::vector<std::string> words = kept_flags(flags, std::nullopt).kept; !words.empty())
        command.list(words);
    command.date_time(date).literal(raw, LiteralForm::synchronizing);
    connection.require_ok(connection.run(command, upload_patience(raw.size()), ignore_data),
                          "APPEND");
}

// Only SELECT tells which flags are kept.
std::size_t ScratchSession::fetch(const std::function<void(FetchedMessage&&)>& sink) {
    MAILKEEP_ASSERT(!mailbox_.empty());
    permanent_flags_ =
        open_mailbox(*session_.connection_, mailbox_, Access::read_write).permanent_flags;
    const std::vector<UidFlags> listed = session_.fetch_flags();
    return session_.fetch_raw(listed, FetchWindow{}, sink).size();
}

// Some servers do not delete a mailbox that is open.
void ScratchSession::remove() {
    MAILKEEP_ASSERT(!mailbox_.empty());
    session_.examine("INBOX");
    Connection& connection = *session_.connection_;
    connection.require_ok(
        connection.run(Encoder("DELETE").astring(mailbox_), command_patience, ignore_data),
        "DELETE");
    mailbox_.clear();
}

}  // namespace mailkeep::imap
