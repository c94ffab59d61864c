// SPDX-License-Identifier: Apache-2.0
// Arguments may hold any octets: what is written is one command, and a strict reader of RFC 9051's
// grammar, which shares nothing with the encoder, gets the same arguments out of it.
#include "mailkeep/base/error.hpp"

#include "encoder.hpp"
#include "targets.hpp"

#include <optional>

namespace mailkeep::fuzz {

namespace {

/// One argument as a server reads it; nothing when the grammar is broken.
class StrictReader {
  public:
    explicit StrictReader(std::string_view octets) : rest_(octets) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    bool take(std::string_view text) {
        if (!rest_.starts_with(text))
            return false;
        rest_.remove_prefix(text.size());
        return true;
    }

    std::optional<std::string> astring() {
        if (take("\""))
            return quoted();
        return take("{") ? literal() : atom();
    }

  private:
    std::optional<std::string> quoted() {
        std::string text;
        while (!rest_.empty()) {
            char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"')
                return text;
            if (c == '\\') {
                if (rest_.empty() || (rest_.front() != '"' && rest_.front() != '\\'))
                    return std::nullopt;
                c = rest_.front();
                rest_.remove_prefix(1);
            }
            if (c < ' ' || c > '~')
                return std::nullopt;
            text += c;
        }
        return std::nullopt;
    }

    std::optional<std::string> literal() {
        std::size_t count = 0;
        bool has_digit = false;
        while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
            count = count * 10 + static_cast<std::size_t>(rest_.front() - '0');
            has_digit = true;
            rest_.remove_prefix(1);
        }
        take("+");
        if (!has_digit || !take("}\r\n") || rest_.size() < count)
            return std::nullopt;
        const std::string octets(rest_.substr(0, count));
        rest_.remove_prefix(count);
        return octets;
    }

    std::optional<std::string> atom() {
        std::string word;
        while (!rest_.empty() && rest_.front() > ' ' && rest_.front() <= '~' &&
               std::string_view("(){%*\"\\").find(rest_.front()) == std::string_view::npos) {
            word += rest_.front();
            rest_.remove_prefix(1);
        }
        if (word.empty())
            return std::nullopt;
        return word;
    }

    std::string_view rest_;
};

std::string wire_of(const imap::Encoder& command) {
    std::string wire;
    for (const auto& fragment : command.fragments()) {
        wire += fragment.literal;
        wire += fragment.text;
    }
    return wire;
}

/// What may not be sent at all must be refused as invalid, and nothing else.
bool is_refused(imap::Encoder& command, std::string_view text) {
    try {
        command.astring(text).string(text);
    } catch (const Error& error) {
        MAILKEEP_ASSERT(error.code() == Errc::invalid);
        return true;
    }
    return false;
}

}  // namespace

void imap_command(std::string_view octets) {
    const std::size_t half = octets.size() / 2;
    const std::string_view text = octets.substr(0, half);
    const std::string_view raw = octets.substr(half);
    const auto form = octets.empty() ? 0 : static_cast<unsigned char>(octets.front()) % 3;
    imap::Encoder command("APPEND");
    const bool refused = is_refused(command, text);
    MAILKEEP_ASSERT(refused == (text.find('\0') != std::string_view::npos));
    if (refused)
        return;
    command.literal(raw, static_cast<imap::LiteralForm>(form));
    const std::string wire = wire_of(command);
    StrictReader reader(wire);
    MAILKEEP_ASSERT(reader.take("APPEND "));
    const auto first = reader.astring();
    MAILKEEP_ASSERT(first == text && reader.take(" "));
    const auto second = reader.astring();
    MAILKEEP_ASSERT(second == text && reader.take(" "));
    MAILKEEP_ASSERT(reader.astring() == raw && reader.at_end());
    if (imap::is_atom(text))
        MAILKEEP_ASSERT(wire_of(imap::Encoder("X").atom(text)) == "X " + std::string(text));
}

}  // namespace mailkeep::fuzz
