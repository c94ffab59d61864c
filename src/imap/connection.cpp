// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/base/text.hpp"

#include "deflate_stream.hpp"
#include "throttling.hpp"

#include <algorithm>
#include <utility>

namespace mailkeep::imap {

namespace {

constexpr std::chrono::seconds farewell_patience{5};
constexpr std::size_t shown_limit = 300;

/// Written in one go, and written before it is looked whether the server has said something.
constexpr std::size_t piece_size = std::size_t{64} << 10U;
constexpr std::uint64_t unheard_limit = std::uint64_t{1} << 20U;

}  // namespace

Connection::Connection(std::unique_ptr<net::Stream> stream, Security security)
    : stream_(std::move(stream)), reader_(*stream_), security_(security) {}

void Connection::greet() {
    stream_->set_timeout(command_patience);
    const Response response = receive();
    const auto* const greeting = std::get_if<Condition>(&response);
    if (!greeting || greeting->status == Status::no)
        throw Error(Errc::protocol, "the mail server does not greet as an IMAP server does");
    is_authenticated_ = greeting->status == Status::preauth;
    if (security_ == Security::starttls)
        start_tls();
    if (capabilities_.names.empty())
        ask_capabilities();
}

// Nothing said in the clear is believed: whoever sits in between may have said it. So PREAUTH ends
// here (the server could no longer switch to TLS), and so do octets that came along with the OK.
void Connection::start_tls() {
    if (is_authenticated_)
        throw Error(
            Errc::tls,
            "the mail server logs in before encryption (PREAUTH), which rules out STARTTLS");
    if (capabilities_.names.empty())
        ask_capabilities();
    if (!capabilities_.has("STARTTLS"))
        throw Error(Errc::tls, "the mail server does not offer STARTTLS");
    const Tagged answer = run(Encoder("STARTTLS"), command_patience, ignore_data);
    if (answer.status != Status::ok)
        throw Error(Errc::tls, "the mail server refused STARTTLS" + because(answer.text));
    if (reader_.has_buffered())
        throw Error(Errc::tls, "the mail server went on unencrypted after STARTTLS");
    stream_->start_tls();
    capabilities_ = {};
}

void Connection::ask_capabilities() {
    capabilities_ = {};
    const Tagged answer = run(Encoder("CAPABILITY"), command_patience, ignore_data);
    require_ok(answer, "CAPABILITY");
}

// What came behind the OK is compressed already (RFC 4978 section 3).
bool Connection::compress() {
    MAILKEEP_ASSERT(open_commands_.empty());
    const Tagged answer = run(Encoder("COMPRESS DEFLATE"), command_patience, ignore_data);
    if (answer.status != Status::ok)
        return false;
    net::Stream& before = *stream_;
    stream_ = std::make_unique<DeflateStream>(std::move(stream_), reader_.change_to(before));
    static_cast<void>(reader_.change_to(*stream_));
    log_info("imap.compressed", {});
    return true;
}

// A command that was given up half-way leaves the server in the middle of something: then nothing
// more is said.
void Connection::log_out() noexcept {
    try {
        is_leaving_ = true;
        if (!is_broken_ && open_commands_.empty())
            static_cast<void>(run(Encoder("LOGOUT"), farewell_patience, ignore_data));
    } catch (const std::exception&) {
        is_broken_ = true;
    }
    is_broken_ = true;
    stream_->close();
}

std::string Connection::send(const Encoder& command) {
    stream_->set_timeout(command_patience);
    Outgoing outgoing{new_tag(command), command.fragments()};
    MAILKEEP_ASSERT(outgoing.fragments.size() == 1);
    write_next(outgoing);
    return outgoing.tag;
}

Response Connection::receive() {
    require_usable();
    is_broken_ = true;  // until the response is understood: nothing thrown meanwhile can be mended
    Response response = parse_response(read_response(reader_, large_ ? *large_ : LargeMessages()));
    heed(response);
    is_broken_ = false;
    return response;
}

void Connection::heed(const Response& response) {
    if (const auto* const tagged = std::get_if<Tagged>(&response)) {
        heed_answer(*tagged);
    } else if (const auto* const condition = std::get_if<Condition>(&response)) {
        heed_condition(*condition);
    } else if (const auto* const capabilities = std::get_if<Capabilities>(&response)) {
        capabilities_ = *capabilities;
    } else if (const auto* const exists = std::get_if<Exists>(&response)) {
        exists_ = present_ = exists->count;
    } else if (std::holds_alternative<Expunged>(response)) {
        take_away(1);
    } else if (const auto* const vanished = std::get_if<Vanished>(&response)) {
        take_away(vanished->is_earlier ? 0 : static_cast<std::uint32_t>(vanished->uids.count()));
    }
}

void Connection::heed_answer(const Tagged& answer) {
    const auto command = open_commands_.extract(answer.tag);
    if (!command)
        throw Error(Errc::protocol, "the mail server answers a command that was never sent");
    if (answer.status != Status::ok &&
        wants_pause(command.mapped(), answer.code.name, answer.text) &&
        !(is_insisting_ && is_doubtful_pause(answer.code.name, answer.text)))
        throw Error::throttled("the mail server wants a pause" + because(answer.text),
                               pause_told(answer.text));
    heed_code(answer.code, answer.text);
}

void Connection::heed_condition(const Condition& condition) {
    const bool is_end = condition.status == Status::bye && !is_leaving_;
    if ((is_end || condition.status == Status::bad) &&
        wants_pause({}, condition.code.name, condition.text))
        throw Error::throttled("the mail server wants a pause" + because(condition.text),
                               pause_told(condition.text));
    if (is_end)
        throw Error(Errc::network, "the mail server ended the session" + because(condition.text),
                    "Try again later.");
    if (condition.status == Status::bad)
        throw Error(Errc::protocol, "the mail server complains" + because(condition.text));
    heed_code(condition.code, condition.text);
}

void Connection::take_away(std::uint32_t count) {
    expunged_ += count;
    present_ -= std::min(present_, count);
}

void Connection::heed_code(const ResponseCode& code, std::string_view text) {
    if (const auto* const capabilities = std::get_if<Capabilities>(&code.value))
        capabilities_ = *capabilities;
    const auto* const number = std::get_if<std::uint32_t>(&code.value);
    if (code.name == "UIDVALIDITY" && number && uid_validity_ != 0 && *number != uid_validity_)
        throw Error(Errc::protocol, "the mailbox got another UIDVALIDITY while it was read",
                    "Run it again: what came in is kept, and compared then.");
    if (code.name == "ALERT" && is_authenticated_)
        log_warning("imap.alert", {{"text", shown(text)}});
}

// Data may come before the server says "+", and between DONE and its answer.
Tagged Connection::idle(std::chrono::milliseconds most,
                        const std::function<bool(const Response&)>& is_enough) {
    using Steady = std::chrono::steady_clock;
    const auto end = Steady::now() + most;
    const std::string tag = send(Encoder("IDLE"));
    bool is_idling = false;  // the server waits for DONE
    bool has_enough = false;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Steady::now());
        if (is_idling && (has_enough || !hears_within(left))) {
            write("DONE\r\n");
            is_idling = false;
        }
        Response response = receive();
        if (auto* const tagged = std::get_if<Tagged>(&response); tagged && tagged->tag == tag)
            return std::move(*tagged);
        if (std::holds_alternative<Continuation>(response)) {
            is_idling = true;
        } else {
            has_enough = is_enough(response) || has_enough;
        }
    }
}

bool Connection::hears_within(std::chrono::milliseconds most) {
    return reader_.has_buffered() || (most.count() > 0 && stream_->wait_readable(most));
}

std::string Connection::new_tag(const Encoder& command) {
    require_usable();
    const std::string tag = "A" + std::to_string(++last_tag_);
    open_commands_.emplace(tag, command.name());
    return tag;
}

void Connection::require_usable() const {
    if (is_broken_)
        throw Error(Errc::network, "the session with the mail server is over");
}

void Connection::write(std::string_view octets) {
    require_usable();
    is_broken_ = true;
    stream_->write_all(octets);
    is_broken_ = false;
}

/// Its room is kept for what comes next.
void Connection::write_gathered() {
    write(unwritten_);
    unwritten_.clear();
}

/// Writes up to the next literal that has to wait, or to where it is time to listen.
void Connection::write_next(Outgoing& outgoing) {
    if (outgoing.next == outgoing.fragments.size())
        throw Error(Errc::protocol, "the mail server waits for more where there is no more");
    std::uint64_t written = 0;
    do {
        const Fragment& fragment = outgoing.fragments[outgoing.next];
        const bool is_first = outgoing.next == 0;
        const bool is_last = ++outgoing.next == outgoing.fragments.size();
        written += fragment.stream ? fragment.stream->size : fragment.literal.size();
        write_fragment(fragment, is_first ? outgoing.tag + " " : "", is_last ? "\r\n" : "");
    } while (outgoing.next < outgoing.fragments.size() && written < unheard_limit &&
             outgoing.fragments[outgoing.next].start == Fragment::Start::at_once);
    write_gathered();
}

/// Small pieces go together: a write for each would cost more than the octets.
void Connection::write_fragment(const Fragment& fragment, std::string_view before,
                                std::string_view after) {
    std::uint64_t octets = 0;
    const auto put = [&](std::string_view piece) {
        octets += piece.size();
        unwritten_ += piece;
        if (unwritten_.size() >= piece_size)
            write_gathered();
    };
    put(fragment.literal);
    if (fragment.stream) {
        is_broken_ = true;  // what cannot be read to its end leaves the server in the middle of it
        const auto write_piece = [&](std::string_view piece) {
            is_broken_ = false;
            put(piece);
            is_broken_ = true;
        };
        fragment.stream->read(write_piece);
        MAILKEEP_ASSERT(octets == fragment.stream->size);
        is_broken_ = false;
    }
    unwritten_.append(before).append(fragment.text).append(after);
}

std::string Connection::start(const Encoder& command, std::chrono::milliseconds patience,
                              const std::function<void(const Response&)>& take) {
    stream_->set_timeout(patience);
    Outgoing outgoing{new_tag(command), command.fragments()};
    do {
        write_next(outgoing);
    } while (outgoing.next < outgoing.fragments.size() && hear_before(outgoing, take));
    return outgoing.tag;
}

/// Whether the next fragment may be written; false once the command was answered.
bool Connection::hear_before(const Outgoing& outgoing,
                             const std::function<void(const Response&)>& take) {
    using std::chrono::milliseconds;
    const bool waits =
        outgoing.fragments[outgoing.next].start == Fragment::Start::after_continuation;
    while (waits || reader_.has_buffered() || stream_->wait_readable(milliseconds(0))) {
        const Response response = receive();
        if (waits && std::holds_alternative<Continuation>(response))
            return true;
        take(response);
        const auto* const tagged = std::get_if<Tagged>(&response);
        if (!tagged || tagged->tag != outgoing.tag)
            continue;
        if (waits)
            return false;
        drop();
        throw Error(Errc::protocol,
                    "the mail server answered before it had heard all" + because(tagged->text));
    }
    return true;
}

void Connection::drop() noexcept {
    is_broken_ = true;
    stream_->close();
}

void Connection::require_ok(const Tagged& answer, std::string_view command) {
    if (answer.status == Status::no)
        throw Error(Errc::refused,
                    "the mail server refused " + std::string(command) + because(answer.text));
    if (answer.status != Status::bad)
        return;
    drop();
    throw Error(Errc::protocol, "the mail server did not understand " + std::string(command) +
                                    because(answer.text));
}

std::string Connection::shown(std::string_view text) const {
    const bool is_hidden = std::any_of(hidden_.begin(), hidden_.end(), [&](const Secret& secret) {
        return !secret.empty() && text.find(secret.reveal()) != std::string_view::npos;
    });
    if (is_hidden)
        return {};
    std::string words = to_valid_utf8(text);
    std::replace_if(
        words.begin(), words.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    return std::string(clip(words, shown_limit));
}

std::string Connection::because(std::string_view text) const {
    const std::string words = shown(text);
    return words.empty() ? "" : ": " + words;
}

}  // namespace mailkeep::imap
