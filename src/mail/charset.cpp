// SPDX-License-Identifier: Apache-2.0
// Octets to UTF-8. What a message declares is believed as long as the octets agree; then UTF-8 is
// tried, then uchardet's guess, at last windows-1252, which can read anything.
#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/body.hpp"

#include "iso_2022_jp.hpp"

#include <iconv.h>
#include <uchardet/uchardet.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace mailkeep::mail {

namespace {

constexpr std::size_t guessed_octets = 64U << 10U;  ///< enough to guess a charset from
constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// Names that mail uses for what iconv knows by another name, mostly supersets: senders that say
/// ISO-8859-1 mean windows-1252, and so on (WHATWG Encoding, section 4.2).
constexpr std::array<std::pair<std::string_view, std::string_view>, 28> wider_charsets{{
    {"big5", "big5-hkscs"},
    {"euc-kr", "cp949"},
    {"euc-cn", "gb18030"},
    {"gb2312", "gb18030"},
    {"gb_2312-80", "gb18030"},
    {"gbk", "gb18030"},
    {"x-gbk", "gb18030"},
    {"csiso2022jp", "iso-2022-jp"},
    {"iso-2022-jp-ms", "iso-2022-jp"},
    {"cp50220", "iso-2022-jp"},
    {"cp50221", "iso-2022-jp"},
    {"iso-8859-1", "windows-1252"},
    {"iso-8859-8-i", "iso-8859-8"},
    {"iso-8859-9", "windows-1254"},
    {"iso8859-1", "windows-1252"},
    {"iso8859_1", "windows-1252"},
    {"iso_8859-1", "windows-1252"},
    {"ks_c_5601-1987", "cp949"},
    {"ksc5601", "cp949"},
    {"latin1", "windows-1252"},
    {"shift_jis", "cp932"},
    {"shift-jis", "cp932"},
    {"sjis", "cp932"},
    {"tis-620", "cp874"},
    {"unicode-1-1-utf-7", "utf-7"},
    {"windows-874", "cp874"},
    {"x-mac-roman", "macintosh"},
    {"x-sjis", "cp932"},
}};

/// The name for iconv; empty when nothing (or only ASCII or UTF-8) is declared. What follows a name
/// is no part of it, least of all iconv's own "//" options.
std::string iconv_name(std::string_view charset) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.:+";
    charset = charset.substr(std::min(charset.size(), charset.find_first_not_of(" \t\"'")));
    const auto name = to_lower_ascii(charset.substr(0, charset.find_first_not_of(allowed)));
    for (const std::string_view ascii :
         {"us-ascii", "ascii", "ansi_x3.4-1968", "utf-8", "utf8", "unicode-1-1-utf-8"}) {
        if (name == ascii) {
            return {};
        }
    }
    const auto* const wider = std::find_if(wider_charsets.begin(), wider_charsets.end(),
                                           [&](const auto& entry) { return entry.first == name; });
    return wider == wider_charsets.end() ? name : std::string(wider->second);
}

struct Converted {
    std::string text;
    std::size_t bad_octets = 0;  ///< each became U+FFFD
};

class Converter {
  public:
    explicit Converter(const std::string& from) : descriptor_(iconv_open("UTF-8", from.c_str())) {}

    ~Converter() {
        if (is_open()) {
            iconv_close(descriptor_);
        }
    }

    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;

    [[nodiscard]] bool is_open() const {
        return reinterpret_cast<std::intptr_t>(descriptor_) != -1;
    }

    [[nodiscard]] Converted convert(std::string_view octets) {
        Converted result;
        while (!octets.empty()) {
            if (!convert_some(octets, result.text)) {
                ++result.bad_octets;
                result.text += replacement;
                octets.remove_prefix(1);
            }
        }
        return result;
    }

  private:
    /// False when a bad octet is now the first. Otherwise octets got fewer, so convert() ends.
    bool convert_some(std::string_view& octets, std::string& text) {
        std::array<char, 4096> buffer;
        char* in = const_cast<char*>(octets.data());  // iconv does not write there
        char* out = buffer.data();
        std::size_t in_left = octets.size();
        std::size_t out_left = buffer.size();
        const auto result = iconv(descriptor_, &in, &in_left, &out, &out_left);
        const bool is_full = result == static_cast<std::size_t>(-1) && errno == E2BIG;
        const bool is_bad = result == static_cast<std::size_t>(-1) && !is_full;
        text.append(buffer.data(), buffer.size() - out_left);
        const bool is_stuck = in_left == octets.size();
        octets.remove_prefix(octets.size() - in_left);
        return octets.empty() || !(is_bad || is_stuck);
    }

    iconv_t descriptor_;
};

std::optional<Converted> convert(std::string_view octets, const std::string& charset) {
    if (charset == "iso-2022-jp" && octets.find("\x1B$(D") == std::string_view::npos) {
        return convert(shift_jis_from_iso_2022_jp(octets), "cp932");
    }
    if (charset.empty()) {  // iconv's name for the locale's charset
        return std::nullopt;
    }
    Converter converter(charset == "iso-2022-jp" ? "iso-2022-jp-2" : charset);
    if (!converter.is_open()) {
        return std::nullopt;
    }
    auto converted = converter.convert(octets);
    converted.text = to_valid_utf8(converted.text);
    return converted;
}

std::size_t count_high(std::string_view octets) {
    return static_cast<std::size_t>(
        std::count_if(octets.begin(), octets.end(), [](char c) { return c < 0; }));
}

/// A few accented letters in a Western text tell uchardet too little: it then names any of a dozen
/// single-byte charsets.
bool is_sparse(std::string_view octets) {
    const auto high = count_high(octets);
    return high > 0 && high < 10 && high * 4 < octets.size();
}

std::string guess_charset(std::string_view octets) {
    if (is_sparse(octets)) {
        return "windows-1252";
    }

    struct Delete {
        void operator()(uchardet_t detector) const { uchardet_delete(detector); }
    };

    const std::unique_ptr<std::remove_pointer_t<uchardet_t>, Delete> detector(uchardet_new());
    const auto start = octets.substr(0, guessed_octets);
    if (uchardet_handle_data(detector.get(), start.data(), start.size()) != 0) {
        return {};
    }
    uchardet_data_end(detector.get());
    return iconv_name(uchardet_get_charset(detector.get()));
}

/// Few enough to believe in damage, not in a wrong charset. ISO-2022 and UTF-7 have no high octets.
bool is_mostly_good(const Converted& converted, std::string_view octets) {
    const auto high = count_high(octets);
    return converted.bad_octets * 20 <= (high == 0 ? octets.size() : high);
}

/// ISO-2022 looks like ASCII but for the escape sequences that switch charsets.
bool has_iso_2022_escape(std::string_view octets) {
    return octets.find("\x1B$") != std::string_view::npos;
}

Converted repair_utf8(std::string_view octets) {
    auto text = to_valid_utf8(octets);
    const auto bad_octets = (text.size() - octets.size()) / (replacement.size() - 1);
    return {.text = std::move(text), .bad_octets = bad_octets};
}

std::string convert_undeclared(std::string_view octets) {
    auto repaired = repair_utf8(octets);
    if (is_mostly_good(repaired, octets) && !has_iso_2022_escape(octets)) {
        return std::move(repaired.text);
    }
    if (auto guess = convert(octets, guess_charset(octets));
        guess && is_mostly_good(*guess, octets)) {
        return std::move(guess->text);
    }
    auto western = convert(octets, "windows-1252");
    return std::move(western ? western->text : repaired.text);
}

/// UTF-16 and UTF-32 have NULs in every line end; read as such, other text would turn into Chinese.
/// And it is no chance when this many octets are valid UTF-8, whatever is declared.
bool is_believable(std::string_view name, std::string_view octets) {
    constexpr std::size_t telling_octets = 8;
    const bool is_wide = name.starts_with("utf-16") || name.starts_with("utf-32") ||
                         name.starts_with("ucs-") || name.starts_with("iso-10646-ucs");
    if (is_wide) {
        return octets.find('\0') != std::string_view::npos;
    }
    return count_high(octets) < telling_octets || !is_valid_utf8(octets);
}

std::optional<Converted> convert_declared(std::string_view octets, std::string_view charset) {
    const auto name = iconv_name(charset);
    if (!is_believable(name, octets)) {
        return std::nullopt;
    }
    auto converted = convert(octets, name);
    return converted && is_mostly_good(*converted, octets) ? converted : std::nullopt;
}

}  // namespace

std::string to_utf8(std::string_view octets, std::string_view charset) {
    auto declared = convert_declared(octets, charset);
    auto text = declared ? std::move(declared->text) : convert_undeclared(octets);
    if (text.starts_with("\xEF\xBB\xBF")) {
        text.erase(0, 3);
    }
    std::replace(text.begin(), text.end(), '\0', ' ');
    return text;
}

}  // namespace mailkeep::mail
