// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/imap/scratch_session.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "connection.hpp"

namespace mailkeep::imap {

namespace {

constexpr std::size_t random_size = 16;
/// The slowest upload that is still worth waiting for, in octets a second.
constexpr std::size_t slowest_append = 20'000;

std::vector<std::string> words_to_append(const Flags& flags) {
    std::vector<std::string> words = words_of(flags);
    std::erase_if(
        words, [](const std::string& word) { return !word.starts_with('\\') && !is_atom(word); });
    return words;
}

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
    if (const std::vector<std::string> words = words_to_append(flags); !words.empty())
        command.list(words);
    command.date_time(date).literal(raw, LiteralForm::synchronizing);
    const auto patience = command_patience + std::chrono::seconds(raw.size() / slowest_append);
    connection.require_ok(connection.run(command, patience, ignore_data), "APPEND");
}

std::size_t ScratchSession::fetch(const std::function<void(FetchedMessage&&)>& sink) {
    MAILKEEP_ASSERT(!mailbox_.empty());
    session_.examine(mailbox_);
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
