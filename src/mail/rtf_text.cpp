// SPDX-License-Identifier: Apache-2.0
#include "rtf_text.hpp"

#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/body.hpp"
#include "mailkeep/mail/message.hpp"

#include "code_point.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace mailkeep::mail {

namespace {

constexpr std::size_t most_rtf_octets = 2 * most_text_octets;
constexpr std::size_t header_octets_of_rtf = 16;

unsigned octet_of(char c) {
    return static_cast<unsigned char>(c);
}

/// What the dictionary holds before anything was written ([MS-OXRTFCP] 2.1.2.1).
constexpr std::string_view first_words =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    "\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    "\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// The last 4096 octets written, as a ring.
class Dictionary {
  public:
    Dictionary() { std::copy(first_words.begin(), first_words.end(), octets_.begin()); }

    void write(char c, std::string& out) {
        octets_[end_] = c;
        end_ = (end_ + 1) % octets_.size();
        out += c;
    }

    [[nodiscard]] char at(std::size_t offset) const { return octets_[offset % octets_.size()]; }

    [[nodiscard]] std::size_t end() const { return end_; }

  private:
    std::array<char, 4096> octets_{};
    std::size_t end_ = first_words.size();
};

/// False at the end, which refers to where the next octet would be written.
bool copy_reference(std::string_view reference, Dictionary& dictionary, std::string& out) {
    const auto offset = octet_of(reference[0]) << 4U | octet_of(reference[1]) >> 4U;
    const auto length = (octet_of(reference[1]) & 0xFU) + 2;
    if (offset == dictionary.end()) {
        return false;
    }
    for (unsigned i = 0; i < length; ++i) {
        dictionary.write(dictionary.at(offset + i), out);
    }
    return true;
}

/// Runs of eight literals or references, each led by an octet that says which they are.
std::string decompress_lzfu(std::string_view tokens) {
    std::string out;
    Dictionary dictionary;
    while (!tokens.empty() && out.size() < most_rtf_octets) {
        auto control = octet_of(tokens.front());
        tokens.remove_prefix(1);
        for (int i = 0; i < 8 && !tokens.empty(); ++i, control >>= 1U) {
            const std::size_t length = (control & 1U) == 0 ? 1 : 2;
            if (tokens.size() < length) {
                return out;
            }
            if (length == 1) {
                dictionary.write(tokens.front(), out);
            } else if (!copy_reference(tokens, dictionary, out)) {
                return out;
            }
            tokens.remove_prefix(length);
        }
    }
    return out;
}

using Signs = std::array<std::pair<std::string_view, std::string_view>, 16>;

/// Control words that stand for text.
constexpr Signs signs{{{"par", "\n"},
                       {"line", "\n"},
                       {"sect", "\n"},
                       {"page", "\n"},
                       {"row", "\n"},
                       {"cell", "\t"},
                       {"tab", "\t"},
                       {"emdash", "—"},
                       {"endash", "–"},
                       {"lquote", "‘"},
                       {"rquote", "’"},
                       {"ldblquote", "“"},
                       {"rdblquote", "”"},
                       {"bullet", "•"},
                       {"~", " "},
                       {"_", "-"}}};

/// Groups that are not shown, beside those marked with "\*".
constexpr std::array<std::string_view, 10> destinations = {
    "fonttbl", "colortbl", "stylesheet", "info",      "pict",
    "object",  "header",   "footer",     "themedata", "listtable"};

struct Control {
    std::string_view word;
    std::optional<int> number;
};

class RtfReader {
  public:
    explicit RtfReader(std::string_view rtf) : rest_(rtf) {}

    [[nodiscard]] std::string read() {
        while (!rest_.empty()) {
            const char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '{') {
                groups_.push_back(groups_.back());
            } else if (c == '}') {
                groups_.resize(std::max<std::size_t>(groups_.size() - 1, 1));
            } else if (c == '\\') {
                read_control();
            } else if (c != '\r' && c != '\n') {
                add_octet(c);
            }
            if (groups_.size() > most_groups) {
                break;
            }
        }
        flush();
        return std::move(text_);
    }

  private:
    static constexpr std::size_t most_groups = 10'000;

    struct Group {
        bool is_hidden = false;
        bool is_markup = false;  ///< \htmlrtf: for those that read no HTML
        int skipped_per_character = 1;
    };

    [[nodiscard]] bool is_shown() const {
        return !groups_.back().is_hidden && !groups_.back().is_markup;
    }

    /// A control symbol, or letters and a number, which a blank may end.
    Control take_control() {
        const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
        const auto* const end = std::find_if_not(rest_.begin(), rest_.end(), is_letter);
        const auto length = std::max<std::size_t>(static_cast<std::size_t>(end - rest_.begin()),
                                                  rest_.empty() ? 0 : 1);
        Control control{.word = rest_.substr(0, length)};
        rest_.remove_prefix(length);
        if (end == rest_.begin() && !control.word.empty() && is_letter(control.word.front())) {
            int number = 0;
            const auto parsed = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
            if (parsed.ec == std::errc()) {
                control.number = number;
            }
            rest_.remove_prefix(static_cast<std::size_t>(parsed.ptr - rest_.data()));
            rest_.remove_prefix(rest_.starts_with(' ') ? 1 : 0);
        }
        return control;
    }

    void read_control() {
        const auto control = take_control();
        auto& group = groups_.back();
        if (control.word == "'") {
            add_hex();
        } else if (control.word == "\\" || control.word == "{" || control.word == "}") {
            add_octet(control.word.front());
        } else if (control.word == "u" && control.number) {
            add_unit(*control.number);
        } else if (control.word == "uc") {
            group.skipped_per_character = std::clamp(control.number.value_or(1), 0, 8);
        } else if (control.word == "ansicpg") {
            charset_ = "cp" + std::to_string(control.number.value_or(1252));
        } else if (control.word == "htmlrtf") {
            group.is_markup = control.number.value_or(1) != 0;
        } else if (control.word == "bin") {
            rest_.remove_prefix(std::min(
                rest_.size(), static_cast<std::size_t>(std::max(control.number.value_or(0), 0))));
        } else if (control.word == "*" || std::find(destinations.begin(), destinations.end(),
                                                    control.word) != destinations.end()) {
            group.is_hidden = true;
        } else {
            add_sign(control.word);
        }
    }

    void add_octet(char c) {
        if (skipped_ > 0) {
            --skipped_;
        } else if (is_shown()) {
            octets_ += c;
        }
    }

    void add_hex() {
        const auto digits = rest_.substr(0, 2);
        unsigned octet = 0;
        const auto parsed =
            std::from_chars(digits.data(), digits.data() + digits.size(), octet, 16);
        rest_.remove_prefix(static_cast<std::size_t>(parsed.ptr - digits.data()));
        add_octet(static_cast<char>(octet));
    }

    /// A UTF-16 code unit, written as a signed number; stand-ins for old readers follow.
    void add_unit(int number) {
        const auto unit = static_cast<char32_t>(static_cast<std::uint16_t>(number));
        skipped_ = groups_.back().skipped_per_character;
        if (!is_shown()) {
            return;
        }
        flush();
        const bool is_high = unit >= 0xD800 && unit < 0xDC00;
        const bool is_low = unit >= 0xDC00 && unit < 0xE000;
        if (is_low && high_surrogate_ != 0) {
            append_utf8(text_, 0x10000 + ((high_surrogate_ - 0xD800) << 10U) + (unit - 0xDC00));
        } else if (!is_high && !is_low && unit != 0) {
            append_utf8(text_, unit);
        }
        high_surrogate_ = is_high ? unit : 0;
    }

    void add_sign(std::string_view word) {
        const auto* const sign = std::find_if(
            signs.begin(), signs.end(), [&](const auto& entry) { return entry.first == word; });
        if (sign != signs.end() && is_shown()) {
            flush();
            text_ += sign->second;
        }
    }

    /// Octets that follow each other make characters together.
    void flush() {
        const bool is_ascii =
            std::all_of(octets_.begin(), octets_.end(), [](char c) { return c > 0; });
        text_ += is_ascii ? octets_ : to_utf8(octets_, charset_);
        octets_.clear();
    }

    std::string_view rest_;
    std::vector<Group> groups_ = {Group()};
    std::string charset_ = "cp1252";
    std::string octets_;
    std::string text_;
    char32_t high_surrogate_ = 0;
    int skipped_ = 0;
};

}  // namespace

std::string decompress_rtf(std::string_view compressed) {
    constexpr std::size_t kind_at = 8;
    if (compressed.size() < header_octets_of_rtf) {
        return {};
    }
    const auto kind = compressed.substr(kind_at, 4);
    const auto content = compressed.substr(header_octets_of_rtf);
    if (kind == "MELA") {
        return std::string(content.substr(0, most_rtf_octets));
    }
    return kind == "LZFu" ? decompress_lzfu(content) : std::string();
}

std::string rtf_to_text(std::string_view rtf) {
    return RtfReader(rtf).read();
}

}  // namespace mailkeep::mail
