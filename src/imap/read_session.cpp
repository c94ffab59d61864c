// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/imap/read_session.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/imap/mailbox_name.hpp"

#include "connection.hpp"
#include "identity_fetch.hpp"
#include "quirks.hpp"
#include "raw_fetch.hpp"
#include "select.hpp"

#include <algorithm>
#include <map>

namespace mailkeep::imap {

namespace {

/// What no server has and memory still bears. Beyond it nothing is cut off silently: a list that
/// ends early would look like mail that is gone.
constexpr std::size_t mailbox_count_limit = 100'000;
constexpr std::size_t message_count_limit = 1U << 24U;
/// A message may be told of again, when its flags change meanwhile.
constexpr std::size_t repetitions_allowed = 1000;

/// Without ESEARCH a search answers with one line of every number, which must stay readable.
constexpr std::uint32_t plain_search_limit = 100'000;
/// Of a round trip: nearer than that the servers' processors are slower than the line.
constexpr std::chrono::milliseconds long_way{5};
/// STATUS commands that wait for their answers at once.
constexpr std::size_t status_window = 10;

std::string key_of(const std::string& mailbox) {
    return is_inbox(mailbox) ? "INBOX" : mailbox;
}

/// What comes in answer to a LIST: mailboxes, each once, and the status of some.
class Listing {
  public:
    void take(Response& response) {
        if (auto* const entry = std::get_if<ListEntry>(&response)) {
            if (!places_.emplace(key_of(entry->mailbox), entries_.size()).second)
                return;
            if (entries_.size() == mailbox_count_limit)
                throw Error(Errc::protocol, "the mail server lists too many mailboxes");
            entries_.push_back(std::move(*entry));
        } else if (const auto* const data = std::get_if<StatusData>(&response)) {
            const auto place = places_.find(key_of(data->mailbox));
            if (place != places_.end())
                entries_[place->second].status = data->status;
        }
    }

    [[nodiscard]] bool has_inbox() const { return places_.contains("INBOX"); }

    [[nodiscard]] std::vector<ListEntry> entries() { return std::move(entries_); }

  private:
    std::vector<ListEntry> entries_;
    std::map<std::string, std::size_t> places_;
};

std::vector<ListEntry> run_list(Connection& connection, std::string_view pattern) {
    Listing listing;
    const Tagged answer = connection.run(Encoder("LIST").string("").string(pattern), long_patience,
                                         [&](Response& response) { listing.take(response); });
    connection.require_ok(answer, "LIST");
    return listing.entries();
}

// Strato leaves INBOX out of an extended answer (MailKit #1957), and an answer that is no OK may
// have been cut short: both are asked again in the plain form.
std::vector<ListEntry> run_extended_list(Connection& connection, const Encoder& command) {
    Listing listing;
    const Tagged answer =
        connection.run(command, long_patience, [&](Response& response) { listing.take(response); });
    return answer.status == Status::ok && listing.has_inbox() ? listing.entries()
                                                              : run_list(connection, "*");
}

/// What is asked of STATUS. HIGHESTMODSEQ only where it is known: one unknown item makes some
/// servers refuse the whole command.
std::vector<std::string> status_items(bool has_mod_seqs) {
    std::vector<std::string> items{"MESSAGES", "UIDNEXT", "UIDVALIDITY"};
    if (has_mod_seqs)
        items.emplace_back("HIGHESTMODSEQ");
    return items;
}

/// All that a person may have set on a message.
std::vector<std::string> flag_items(const Capabilities& capabilities) {
    std::vector<std::string> items{"FLAGS"};
    if (offers(capabilities, "X-GM-EXT-1"))
        items.emplace_back("X-GM-LABELS");
    return items;
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

/// Hands over what stands in the open mailbox from UID `first` on, each line as it comes. An empty
/// mailbox is not asked: for some servers "1:*" is an error there. Of "9:*" servers also tell the
/// last message when its UID is lower; Courier tells nothing then.
void fetch_from(Connection& connection, Uid first, const std::vector<std::string>& items,
                const std::function<void(FetchData&&)>& sink) {
    if (connection.exists() == 0)
        return;
    std::size_t lines = 0;
    const auto take = [&](Response& response) {
        auto* const data = std::get_if<FetchData>(&response);
        if (!data || !data->uid || *data->uid < std::max(first, Uid{1}))
            return;
        const std::size_t most = std::size_t{2} * connection.exists() + repetitions_allowed;
        if (lines++ == std::min(most, message_count_limit))
            throw Error(Errc::protocol, "the mail server tells of too many messages");
        sink(std::move(*data));
    };
    const std::string begin = std::to_string(first) + ":";
    std::string range = begin + "*";
    for (std::optional<Uid> last;; range = begin + std::to_string(*last)) {
        Encoder command("UID FETCH");
        command.atom(range).list(items);
        const Tagged answer = connection.run(command, long_patience, take);
        connection.require_ok(answer, "UID FETCH");
        last = left_over(answer, last);
        if (!last || *last < first)
            return;
    }
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

Compression ReadSession::compression() const {
    if (is_compressed_ || !offers(capabilities(), "COMPRESS=DEFLATE"))
        return Compression::never;
    const bool is_far = !connection_->is_near() && is_slow();
    return compression_ == Compression::automatic && !is_far ? Compression::never : compression_;
}

bool ReadSession::is_slow() const {
    return connection_->round_trip() >= long_way;
}

void ReadSession::compress() {
    if (!is_compressed_ && offers(capabilities(), "COMPRESS=DEFLATE"))
        is_compressed_ = connection_->compress();
}

void ReadSession::insist() {
    connection_->insist();
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

std::vector<ListEntry> ReadSession::list_with_status() {
    if (!offers(capabilities(), "LIST-STATUS"))
        return list();
    Encoder command("LIST");
    command.string("").string("*").atom("RETURN").nested_list("STATUS",
                                                              status_items(has_mod_seqs()));
    return run_extended_list(*connection_, command);
}

std::vector<ListEntry> ReadSession::list_with_roles() {
    if (!offers(capabilities(), "LIST-EXTENDED") || !offers(capabilities(), "SPECIAL-USE"))
        return list();
    Encoder command("LIST");
    command.string("").string("*").atom("RETURN").list({"SPECIAL-USE", "CHILDREN"});
    return run_extended_list(*connection_, command);
}

// Of several roots the fullest one counts.
std::optional<std::uint64_t> ReadSession::free_octets() {
    std::optional<std::uint64_t> least;
    if (!offers(capabilities(), "QUOTA"))
        return least;
    static_cast<void>(connection_->run(
        Encoder("GETQUOTAROOT").astring("INBOX"), command_patience, [&](const Response& response) {
            const auto* const quota = std::get_if<QuotaData>(&response);
            if (quota && quota->free)
                least = std::min(least.value_or(*quota->free), *quota->free);
        }));
    return least;
}

void ReadSession::ask_status(std::span<ListEntry* const> entries) {
    const auto items = status_items(has_mod_seqs());
    std::map<std::string, ListEntry*> in_flight;  // by tag
    auto next = entries.begin();
    const auto send_more = [&] {
        for (; next != entries.end() && in_flight.size() < status_window; ++next) {
            Encoder command("STATUS");
            command.astring((*next)->mailbox).list(items);
            const bool needs_literal = command.fragments().size() > 1;
            if (!(*next)->status && (*next)->is_selectable() && !needs_literal)
                in_flight.emplace(connection_->send(command), *next);
        }
    };
    for (send_more(); !in_flight.empty(); send_more()) {
        const Response response = connection_->receive();
        if (const auto* const data = std::get_if<StatusData>(&response)) {
            for (const auto& [tag, entry] : in_flight) {
                if (key_of(entry->mailbox) == key_of(data->mailbox))
                    entry->status = data->status;
            }
        } else if (const auto* const answer = std::get_if<Tagged>(&response)) {
            in_flight.erase(answer->tag);
        }
    }
}

bool ReadSession::has_mod_seqs() const {
    return resyncs_ || offers(capabilities(), "CONDSTORE") || offers(capabilities(), "QRESYNC");
}

// iCloud sends no ENABLED (MailKit #1871) and Courier an empty one: the OK counts.
bool ReadSession::enable_resync() {
    if (!resyncs_ && offers(capabilities(), "ENABLE") && offers(capabilities(), "QRESYNC")) {
        const Tagged answer =
            connection_->run(Encoder("ENABLE QRESYNC"), command_patience, ignore_data);
        resyncs_ = answer.status == Status::ok;
    }
    return resyncs_;
}

SelectData ReadSession::examine(std::string_view mailbox) {
    return open_mailbox(*connection_, mailbox, Access::read_only);
}

SelectData ReadSession::examine_changes(std::string_view mailbox,
                                        const std::optional<KnownState>& known) {
    Following following{.has_mod_seqs = has_mod_seqs(), .resync = {}};
    if (resyncs_ && known && known->uid_validity != 0 && known->mod_seq != 0 && known->last != 0)
        following.resync = known;
    return open_mailbox(*connection_, mailbox, Access::read_only, following);
}

std::uint32_t ReadSession::expunged() const {
    return connection_->expunged();
}

std::vector<UidFlags> ReadSession::fetch_flags(Uid first) {
    std::vector<FetchData> lines;
    auto items = flag_items(capabilities());
    items.emplace_back("RFC822.SIZE");
    fetch_from(*connection_, first, items, [&](FetchData&& line) {
        line.body.reset();
        lines.push_back(std::move(line));
    });
    return folded(std::move(lines));
}

// The largest size told of a UID counts: a line that tells of something else has none.
std::vector<UidSize> ReadSession::fetch_sizes(Uid first) {
    std::vector<UidSize> told;
    fetch_from(*connection_, first, {"RFC822.SIZE"}, [&](FetchData&& line) {
        told.push_back({*line.uid, line.size.value_or(0)});
    });
    std::ranges::sort(told, std::ranges::greater());
    const auto repeated = std::ranges::unique(told, {}, &UidSize::uid);
    told.erase(repeated.begin(), repeated.end());
    std::ranges::reverse(told);
    return told;
}

std::vector<UidFlags> ReadSession::fetch_changed_flags(Uid last, ModSeq since) {
    std::vector<FetchData> lines;
    const auto take = [&](Response& response) {
        auto* const data = std::get_if<FetchData>(&response);
        if (data && data->uid && *data->uid != 0 && data->flags)
            lines.push_back({.uid = data->uid,
                             .flags = std::move(data->flags),
                             .size = {},
                             .internal_date = {},
                             .body = {},
                             .labels = std::move(data->labels)});
    };
    for (std::optional<Uid> highest = last; highest;) {
        Encoder command("UID FETCH");
        command.atom("1:" + std::to_string(*highest))
            .list(flag_items(capabilities()))
            .list({"CHANGEDSINCE", std::to_string(since)});
        const Tagged answer = connection_->run(command, long_patience, take);
        connection_->require_ok(answer, "UID FETCH");
        highest = left_over(answer, highest);
    }
    return folded(std::move(lines));
}

bool ReadSession::can_search_uids(std::uint32_t messages) const {
    return offers(capabilities(), "ESEARCH") || messages <= plain_search_limit;
}

// Some servers leave the line out when nothing is found, and iCloud takes no notice of RETURN: a
// search finds what either form tells.
std::optional<UidSet> ReadSession::search_uids() {
    UidSet uids;
    Encoder command("UID SEARCH");
    if (offers(capabilities(), "ESEARCH"))
        command.atom("RETURN").list({"ALL"});
    command.atom("ALL");
    const Tagged answer = connection_->run(command, long_patience, [&](const Response& response) {
        if (const auto* const found = std::get_if<Found>(&response))
            uids = uids | found->uids;
    });
    const bool is_whole = answer.status == Status::ok && answer.code.name != "MESSAGELIMIT";
    return is_whole ? std::optional(std::move(uids)) : std::nullopt;
}

bool ReadSession::tells_object_ids() const {
    return object_id_item(capabilities()).has_value();
}

std::vector<Identity> ReadSession::fetch_identities(const UidSet& uids) {
    std::vector<Identity> told;
    std::vector<std::string> items{"RFC822.SIZE", "INTERNALDATE"};
    if (const auto object_id = object_id_item(capabilities()))
        items.push_back(*object_id);
    const auto ask = [&](Encoder& command) { command.list(items); };
    fetch_in_pieces(*connection_, uids, ask, [&](FetchData&& data) {
        told.push_back(
            {*data.uid, data.size.value_or(0), data.internal_date, std::move(data.object_id)});
    });
    return told;
}

void ReadSession::fetch_headers(const UidSet& uids,
                                const std::function<void(Uid, std::string&&)>& sink) {
    const auto ask = [](Encoder& command) { command.list({"BODY.PEEK[HEADER]"}); };
    fetch_in_pieces(*connection_, uids, ask, [&](FetchData&& data) {
        if (data.header)
            sink(*data.uid, *std::move(data.header));
    });
}

void ReadSession::fetch_message_ids(const UidSet& uids,
                                    const std::function<void(Uid, std::string&&)>& sink) {
    fetch_in_pieces(
        *connection_, uids, [](Encoder& command) { command.header_field("MESSAGE-ID"); },
        [&](FetchData&& data) {
            if (data.header)
                sink(*data.uid, *std::move(data.header));
        });
}

std::vector<Unfetched> ReadSession::fetch_raw(std::span<const UidFlags> wanted,
                                              const FetchWindow& window,
                                              const std::function<void(FetchedMessage&&)>& sink,
                                              const LargeMessages& large) {
    FetchList list(wanted);
    return fetch_raw([&](const FetchWindow& most) { return list.next(most); }, window, sink, large);
}

std::vector<Unfetched> ReadSession::fetch_raw(const FetchSource& source, const FetchWindow& window,
                                              const std::function<void(FetchedMessage&&)>& sink,
                                              const LargeMessages& large) {
    return RawFetch(*connection_, source, window, sink, large).run();
}

void ReadSession::logout() noexcept {
    connection_->log_out();
}

}  // namespace mailkeep::imap
