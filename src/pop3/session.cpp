// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/pop3/session.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "reply.hpp"

#include <fmt/format.h>

#include <chrono>
#include <deque>
#include <utility>

namespace mailkeep::pop3 {

namespace {

using std::chrono::minutes;

constexpr minutes usual_timeout{1};
/// A large maildrop takes its time to be listed, and so do many deletions.
constexpr minutes patient_timeout{5};

constexpr std::size_t line_cap = std::size_t{8} << 10U;
constexpr std::size_t most_capabilities = 512;
constexpr std::size_t most_listed = 5'000'000;
/// How far commands may be ahead of their answers (RFC 2449 section 6.6): by number, so that their
/// octets, 24 KiB, fit into the buffers of two sockets, and by the octets the answers will have.
/// More are sent when half of that is answered, for each sending costs the server as much as an
/// answer.
constexpr std::size_t commands_ahead = 2048;
constexpr std::uint64_t octets_ahead = std::uint64_t{16} << 20U;
/// Of commands, before whoever says the next one is asked for more: that may take its time.
constexpr std::size_t commands_at_once = std::size_t{4} << 10U;

/// Of a text, for it may have lines without end.
constexpr std::size_t piece_of_line = std::size_t{64} << 10U;

/// How a text may end whose last line has no end.
constexpr std::string_view glued_dot = ".\r\n";

}  // namespace

NextNumber each_of(std::span<const Number> numbers) {
    return [numbers]() mutable -> std::optional<Number> {
        if (numbers.empty()) {
            return std::nullopt;
        }
        const Number number = numbers.front();
        numbers = numbers.subspan(1);
        return number;
    };
}

Session::Session(std::unique_ptr<net::Stream> stream, Security security,
                 std::size_t largest_message)
    : stream_(std::move(stream)),
      reader_(*stream_),
      security_(security),
      largest_message_(largest_message) {
    stream_->set_timeout(usual_timeout);
}

Session::~Session() = default;

void Session::greet() {
    const Reply greeting = receive();
    if (greeting.status != Status::ok) {
        throw Error(Errc::refused, "the server turned us away: " + for_people(greeting.text));
    }
    greeting_ = greeting.text;
    if (security_ == Security::starttls) {
        start_tls();
    }
    ask_capabilities();
}

void Session::start_tls() {
    send("STLS");
    const Reply reply = receive();
    if (reply.status != Status::ok) {
        throw Error(Errc::tls, "the server does not offer STLS: " + for_people(reply.text),
                    "Use pop3s:// if the server has a port for it (995).");
    }
    // Octets sent in the clear must not be taken for octets of the protected stream (RFC 8314).
    if (reader_.has_buffered()) {
        throw Error(Errc::tls,
                    "the server, or somebody in its name, sent more than the answer to "
                    "STLS before TLS began");
    }
    stream_->start_tls();
}

void Session::ask_capabilities() {
    capabilities_.clear();
    send("CAPA");
    const Reply reply = receive();
    if (reply.status != Status::ok) {
        return;
    }
    read_lines(reply, most_capabilities,
               [this](std::string_view line) { add_capability(capabilities_, line); });
}

std::vector<ListLine> Session::listing() {
    stream_->set_timeout(patient_timeout);
    const bool is_pipelined = has("PIPELINING");
    send(is_pipelined ? "UIDL\r\nLIST" : "UIDL");
    const auto [names, unique_ids] = receive_table();
    if (!is_pipelined) {
        send("LIST");
    }
    const auto [sizes, octets_of] = receive_table();
    if (!unique_ids && (has("UIDL") || is_temporary(names))) {
        throw Error(Errc::refused, "the server refused UIDL: " + for_people(names.text));
    }
    if (!octets_of) {
        throw Error(Errc::refused, "the server refused LIST: " + for_people(sizes.text));
    }
    listed_octets_.clear();
    std::vector<ListLine> listing;
    for (const auto& [number, value] : *octets_of) {
        const std::uint64_t octets = parse_size(value);
        listed_octets_.emplace(number, octets);
        if (!unique_ids) {
            listing.push_back({number, octets, {}});
        } else if (const auto named = unique_ids->find(number); named != unique_ids->end()) {
            listing.push_back({number, octets, named->second});
        }
    }
    stream_->set_timeout(usual_timeout);
    return listing;
}

/// Number and value of each line of LIST or UIDL.
std::pair<Reply, std::optional<Session::Table>> Session::receive_table() {
    const Reply reply = receive();
    if (reply.status != Status::ok) {
        return {reply, std::nullopt};
    }
    Table table;
    read_lines(reply, most_listed, [&table](std::string_view line) {
        const NumberedLine entry = parse_numbered_line(line);
        const auto [place, is_new] = table.emplace(entry.number, entry.value);
        if (!is_new && place->second != entry.value) {
            throw Error(Errc::protocol,
                        fmt::format("the server lists message {} twice", entry.number));
        }
    });
    return {reply, std::move(table)};
}

void Session::read_lines(const Reply& reply, std::size_t most,
                         const std::function<void(std::string_view)>& take) {
    Unstuffer unstuffer(reply.line_end);
    for (std::size_t count = 0; count <= most; ++count) {
        const std::string line = reader_.read_line_with_end(line_cap);
        const auto text = unstuffer.take(line);
        if (!text) {
            return;
        }
        take(trim(*text));
    }
    throw Error(Errc::protocol, fmt::format("the server's answer has more than {} lines", most));
}

void Session::retrieve(std::span<const Number> numbers,
                       const std::function<void(Number, std::string&& raw)>& sink,
                       const std::function<void(Number, const std::string& reason)>& refused,
                       const LargeTexts& large) {
    throttled_.clear();
    std::vector<Number> wanted;
    for (const Number number : numbers) {
        if (listed_octets(number) <= largest_message_) {
            wanted.push_back(number);
        } else {
            refused(number, fmt::format("it is larger than {} octets", largest_message_));
        }
    }
    send_for_each("RETR", each_of(wanted), Answers::texts, [&](Number number, const Reply& reply) {
        if (reply.status == Status::ok) {
            auto text = read_text(reply, number, large);
            if (text.spool) {
                text.spool->append(text.rest);
                text.spool->close();
                large.sink(number, *text.spool);
            } else {
                sink(number, std::move(text.rest));
            }
        } else if (wants_a_pause(reply)) {
            throttled_ = for_people(reply.text);
        } else {
            refused(number, for_people(reply.text));
        }
    });
}

void Session::top(std::span<const Number> numbers,
                  const std::function<void(Number, std::string&& head)>& sink) {
    send_for_each("TOP", each_of(numbers), Answers::heads, [&](Number number, const Reply& reply) {
        if (reply.status == Status::ok) {
            sink(number, read_text(reply, number, {}).rest);
        }
    });
}

MaildropRules Session::rules() const {
    return maildrop_rules(capabilities_);
}

/// Exchange 2000 leaves out the line end before the last dot. The line is silent then, and as much
/// has come as was announced; whoever says nothing for so long would be given up anyway.
bool Session::ends_in_a_glued_dot(const Text& text, Number number) {
    return asked_ahead_ == 0 && listed_octets(number) > 0 && text.rest.ends_with(glued_dot) &&
           text.size() - std::string_view(".").size() >= listed_octets(number) &&
           !reader_.has_buffered() && !stream_->wait_readable(usual_timeout);
}

Session::Text Session::read_text(const Reply& reply, Number number, const LargeTexts& large) {
    Unstuffer unstuffer(reply.line_end);
    Text text;
    for (;;) {
        if (ends_in_a_glued_dot(text, number)) {
            unended_.insert(number);
            text.rest.resize(text.rest.size() - glued_dot.size());
            return text;
        }
        const auto piece = unstuffer.take(reader_.read_piece_of_line(piece_of_line));
        if (!piece) {
            return text;
        }
        if (piece->size() > largest_message_ - text.size()) {
            throw Error(Errc::protocol, fmt::format("message {} is larger than {} octets", number,
                                                    largest_message_));
        }
        text.rest += *piece;
        text.spill(large);
    }
}

/// What may be no part of the message stays behind.
void Session::Text::spill(const LargeTexts& large) {
    if (!spool && rest.size() > large.above) {
        spool.emplace(large.make());
    }
    if (spool && rest.size() > glued_dot.size()) {
        const auto kept = rest.size() - glued_dot.size();
        spool->append(std::string_view(rest).substr(0, kept));
        rest.erase(0, kept);
    }
}

void Session::dele(const NextNumber& next, const TakeMark& take) {
    send_for_each("DELE", next, Answers::lines, [&](Number number, const Reply& reply) {
        take(number, reply.status == Status::ok);
    });
}

bool Session::quit() {
    return quit(each_of({}), {});
}

bool Session::quit(const NextNumber& next, const TakeMark& take) {
    stream_->set_timeout(patient_timeout);
    const auto take_one = [&](Number number, const Reply& reply) {
        take(number, reply.status == Status::ok);
    };
    send_for_each("DELE", next, Answers::lines, take_one, "QUIT\r\n");
    const Reply reply = receive();
    stream_->close();
    return reply.status == Status::ok;
}

/// One command for each number; the answers are taken in the same order. Commands are sent ahead
/// of the answers to those before as far as the server and the window allow, and `last` behind
/// them, whose answer is left to the caller.
void Session::send_for_each(std::string_view verb, const NextNumber& next, Answers answers,
                            const std::function<void(Number, const Reply&)>& take,
                            std::string_view last) {
    const auto weight = [&](Number number) {
        return answers == Answers::texts ? listed_octets(number) : 0;
    };
    const std::size_t most_ahead = has("PIPELINING") ? commands_ahead : 1;
    std::deque<Number> asked;
    std::uint64_t expected = 0;  // octets of the answers asked for
    auto following = next();
    const auto is_next = [&] {
        const bool has_room = asked.empty() || (asked.size() < most_ahead &&
                                                expected + weight(*following) <= octets_ahead);
        return has_room && (answers != Answers::texts || throttled_.empty());
    };
    for (;;) {
        if (asked.empty()) {
            if (following ? !is_next() : last.empty()) {
                return;
            }
            expect_silence();
        }
        std::string commands;
        const bool is_low = asked.size() <= most_ahead / 2 && expected <= octets_ahead / 2;
        while (is_low && following && is_next()) {
            commands +=
                fmt::format("{} {}{}\r\n", verb, *following, answers == Answers::heads ? " 0" : "");
            expected += weight(*following);
            asked.push_back(*following);
            if (commands.size() >= commands_at_once) {
                stream_->write_all(std::exchange(commands, {}));
            }
            following = next();
        }
        if (!following && !last.empty() && (asked.empty() || most_ahead > 1)) {
            commands += std::exchange(last, {});
        }
        if (!commands.empty()) {
            stream_->write_all(commands);
        }
        if (asked.empty()) {
            return;
        }
        const Number number = asked.front();
        asked.pop_front();
        asked_ahead_ = asked.size();
        take(number, receive());
        expected -= weight(number);
    }
}

void Session::send(std::string_view command) {
    expect_silence();
    write_line(command);
}

/// Requires: no answer is awaited. More octets would be taken for the answer to the next command.
void Session::expect_silence() const {
    if (reader_.has_buffered()) {
        throw Error(Errc::protocol, "the server says more than it was asked for");
    }
}

void Session::write_line(std::string_view command) {
    const Secret line(std::string(command) + "\r\n");
    stream_->write_all(line.reveal());
}

Reply Session::receive() {
    const Reply reply = receive_any();
    if (reply.status != Status::go_on) {
        return reply;
    }
    throw Error(Errc::protocol, "the server wants more of a command that has no more");
}

Reply Session::receive_any() {
    reader_.begin_answer();
    return parse_reply(reader_.read_line_with_end(line_cap));
}

bool Session::has(const std::string& capability) const {
    return capabilities_.contains(capability);
}

std::uint64_t Session::listed_octets(Number number) const {
    const auto place = listed_octets_.find(number);
    return place == listed_octets_.end() ? 0 : place->second;
}

}  // namespace mailkeep::pop3
