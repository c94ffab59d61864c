// SPDX-License-Identifier: Apache-2.0
#include "support/model_server.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

namespace mailkeep::test {

namespace {

constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();

std::uint64_t end_of_range(std::string_view text) {
    return text == "*" ? no_limit : parse_number(text).value_or(0);
}

/// Of "BODY.PEEK[]<7.3>": from the 8th octet on, three at most.
std::string part_of(std::string_view raw, std::string_view items) {
    const auto begin = items.find('<') + 1;
    const auto words = split(items.substr(begin, items.find('>') - begin), '.');
    const auto from = parse_number(words.at(0)).value_or(0);
    const auto part = raw.substr(std::min<std::uint64_t>(from, raw.size()),
                                 parse_number(words.at(1)).value_or(0));
    return " BODY[]<" + std::to_string(from) + "> {" + std::to_string(part.size()) + "}\r\n" +
           std::string(part);
}

// sequence-set = (seq-number / seq-range) *("," ...)
bool set_holds(std::string_view set, std::uint32_t uid) {
    const auto ranges = split(set, ',');
    return std::any_of(ranges.begin(), ranges.end(), [&](std::string_view range) {
        const auto colon = std::min(range.find(':'), range.size());
        const auto first = end_of_range(range.substr(0, colon));
        const auto last = colon == range.size() ? first : end_of_range(range.substr(colon + 1));
        return uid >= first && uid <= last;
    });
}

class ModelStream final : public net::Stream {
  public:
    ModelStream(ModelServer& server, LineFault fault, LineCount& count)
        : server_(server), fault_(fault), count_(count), unread_(server.greeting()) {}

    ~ModelStream() override { server_.hang_up(); }

    std::size_t read_some(std::span<char> into) override {
        const std::size_t left = count_before_fault();
        const std::size_t octets = std::min({into.size(), unread_.size(), left});
        if (octets == 0) {
            fail_or_end();
            return 0;
        }
        std::memcpy(into.data(), unread_.data(), octets);
        unread_.erase(0, octets);
        count_.server_octets += octets;
        return octets;
    }

    void write_all(std::string_view octets) override {
        const std::size_t left = fault_.client_octets - count_.client_octets;
        const std::size_t taken = std::min(octets.size(), left);
        said_ += octets.substr(0, taken);
        count_.client_octets += taken;
        while (const auto piece = next_piece()) {
            unread_ += server_.answer(*piece);
        }
        if (taken < octets.size()) {
            unread_.clear();
            fail_or_end();
            throw Error(Errc::network, "the line to the model server is cut");
        }
    }

    void start_tls() override { throw Error(Errc::tls, "the model server has no TLS"); }

    [[nodiscard]] std::chrono::steady_clock::time_point now() const override { return now_; }

    void set_timeout(std::chrono::milliseconds) override {}

    void close() noexcept override {}

  private:
    std::size_t count_before_fault() {
        if (fault_.kind == LineFault::Kind::trickle &&
            count_.server_octets >= fault_.server_octets) {
            now_ += std::chrono::seconds(1);
            return 1;
        }
        return fault_.server_octets - count_.server_octets;
    }

    /// What has come whole: a line, or the literal the server waits for.
    std::optional<std::string> next_piece() {
        const std::size_t awaited = server_.awaited();
        const auto end = awaited > 0 ? awaited : said_.find("\r\n");
        if (end == said_.npos || said_.size() < end) {
            return std::nullopt;
        }
        std::string piece = said_.substr(0, end);
        said_.erase(0, end + (awaited > 0 ? 0 : 2));
        return piece;
    }

    void fail_or_end() const {
        if (fault_.kind == LineFault::Kind::silence) {
            throw Error(Errc::timeout, "the model server is silent");
        }
    }

    ModelServer& server_;
    LineFault fault_;
    LineCount& count_;
    std::chrono::steady_clock::time_point now_{};
    std::string unread_;  ///< by the client
    std::string said_;    ///< by the client, up to a line that has not ended
};

}  // namespace

std::string ModelImap::answer(std::string_view said) {
    if (awaited_ > 0) {
        awaited_ = 0;
        appended_ = said;
        return {};
    }
    if (!append_tag_.empty()) {
        return end_append();
    }
    const auto words = split(said, ' ');
    const std::string tag(words.at(0));
    const std::string verb = to_upper_ascii(words.size() > 1 ? words[1] : std::string_view());
    const std::string done = tag + " OK done\r\n";
    if (verb == "CAPABILITY") {
        return "* CAPABILITY IMAP4rev1\r\n" + done;
    }
    if (verb == "LIST") {
        return "* LIST () \"/\" INBOX\r\n" + done;
    }
    if (verb == "EXAMINE" || verb == "SELECT") {
        return selected() + done;
    }
    if (verb == "UID" && words.size() > 4) {
        return fetched(words[3], said) + done;
    }
    if (verb == "APPEND") {
        return begin_append(said);
    }
    if (verb == "LOGOUT") {
        return "* BYE bye\r\n" + done;
    }
    const bool is_known = verb == "LOGIN" || verb == "NOOP" || verb == "UNSELECT";
    return is_known ? done : tag + " BAD unknown\r\n";
}

void ModelImap::hang_up() {
    awaited_ = 0;
    append_tag_.clear();
}

std::uint32_t ModelImap::next_uid() const {
    return messages.empty() ? 1 : messages.back().uid + 1;
}

std::string ModelImap::selected() const {
    return "* " + std::to_string(messages.size()) + " EXISTS\r\n* OK [UIDVALIDITY " +
           std::to_string(uid_validity) + "] ok\r\n* OK [UIDNEXT " + std::to_string(next_uid()) +
           "] ok\r\n";
}

// append = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP "{" number64 "}"
std::string ModelImap::begin_append(std::string_view line) {
    const auto open = line.rfind('{') + 1;
    append_tag_ = line.substr(0, line.find(' '));
    awaited_ = parse_number(line.substr(open, line.size() - 1 - open)).value_or(0);
    return "+ go on\r\n";
}

std::string ModelImap::end_append() {
    messages.push_back({next_uid(), std::exchange(appended_, {}), "", false});
    return std::exchange(append_tag_, {}) + " OK appended\r\n";
}

std::string ModelImap::fetched(std::string_view set, std::string_view items) const {
    std::string text;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const ModelMessage& message = messages[i];
        if (!set_holds(set, message.uid)) {
            continue;
        }
        const std::string size = std::to_string(message.raw.size());
        text += "* " + std::to_string(i + 1) + " FETCH (UID " + std::to_string(message.uid) +
                " FLAGS (" + message.flags + ") RFC822.SIZE " + size;
        if (items.find("INTERNALDATE") != items.npos) {
            text += " INTERNALDATE \"01-Feb-2024 10:00:00 +0100\"";
        }
        if (items.find("BODY.PEEK[]<") != items.npos) {
            text += part_of(message.raw, items);
        } else if (items.find("BODY.PEEK[]") != items.npos) {
            text += " BODY[] {" + size + "}\r\n" + message.raw;
        }
        if (items.find("BODY.PEEK[HEADER]") != items.npos) {
            const auto header = message.raw.substr(0, message.raw.find("\r\n\r\n") + 4);
            text += " BODY[HEADER] {" + std::to_string(header.size()) + "}\r\n" + header;
        }
        if (items.find("BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]") != items.npos) {
            text += " BODY[HEADER.FIELDS (MESSAGE-ID)] {2}\r\n\r\n";
        }
        text += ")\r\n";
    }
    return text;
}

std::string ModelPop3::answer(std::string_view said) {
    const auto words = split(said, ' ');
    const std::string verb = to_upper_ascii(words.at(0));
    const auto number = words.size() > 1 ? parse_number(words[1]).value_or(0) : 0;
    if (verb == "UIDL" || verb == "LIST") {
        return listed(verb == "UIDL");
    }
    if (verb == "CAPA" && can_top) {
        return "+OK\r\nTOP\r\nUIDL\r\nPIPELINING\r\n.\r\n";
    }
    if ((verb == "RETR" || verb == "TOP" || verb == "DELE") &&
        (number == 0 || number > messages.size())) {
        return "-ERR no such message\r\n";
    }
    if (verb == "RETR") {
        retrieved.push_back(messages[number - 1].uid);
        return "+OK\r\n" + messages[number - 1].raw + ".\r\n";
    }
    if (verb == "TOP" && can_top) {
        const std::string& raw = messages[number - 1].raw;
        return "+OK\r\n" + raw.substr(0, raw.find("\r\n\r\n") + 4) + ".\r\n";
    }
    if (verb == "DELE") {
        messages[number - 1].is_deleted = true;
        return "+OK\r\n";
    }
    if (verb == "QUIT") {
        std::erase_if(messages, [](const ModelMessage& message) { return message.is_deleted; });
        return "+OK bye\r\n";
    }
    return verb == "USER" || verb == "PASS" ? "+OK\r\n" : "-ERR unknown\r\n";
}

void ModelPop3::hang_up() {
    for (ModelMessage& message : messages) {
        message.is_deleted = false;
    }
}

std::string ModelPop3::listed(bool as_uidl) const {
    std::string text = "+OK\r\n";
    for (std::size_t i = 0; i < messages.size(); ++i) {
        text += std::to_string(i + 1) + " " +
                (as_uidl ? "u" + std::to_string(messages[i].uid)
                         : std::to_string(messages[i].raw.size())) +
                "\r\n";
    }
    return text + ".\r\n";
}

std::unique_ptr<net::Stream> connect_to(ModelServer& server, LineFault fault, LineCount& count) {
    count = {};
    return std::make_unique<ModelStream>(server, fault, count);
}

}  // namespace mailkeep::test
