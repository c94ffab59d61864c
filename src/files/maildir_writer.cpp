// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/maildir_writer.hpp"

#include "mailkeep/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::files {

namespace {

constexpr std::size_t letters_there_are = 26;
constexpr std::size_t id_digits = 16;

std::string flags_text(const Flags& flags, KeywordLetters& letters) {
    std::string text;
    const auto add = [&text](bool is_set, char letter) {
        if (is_set && text.find(letter) == std::string::npos) {
            text += letter;
        }
    };
    add(flags.draft, 'D');
    add(flags.flagged, 'F');
    add(flags.answered, 'R');
    add(flags.seen, 'S');
    add(flags.deleted, 'T');
    for (const auto& keyword : flags.keywords) {
        add(equals_ignoring_case(keyword, "$Forwarded"), 'P');
        const auto letter = letters.letter_of(keyword);
        add(letter.has_value(), letter.value_or(' '));
    }
    std::sort(text.begin(), text.end());  // as the format wants it
    return text;
}

}  // namespace

std::optional<char> KeywordLetters::letter_of(std::string_view keyword) {
    const auto known = std::find(keywords_.begin(), keywords_.end(), keyword);
    const auto place = static_cast<std::size_t>(known - keywords_.begin());
    if (known == keywords_.end()) {
        if (place == letters_there_are) {
            return std::nullopt;
        }
        keywords_.emplace_back(keyword);
    }
    return static_cast<char>('a' + static_cast<int>(place));
}

std::string KeywordLetters::text() const {
    std::string text;
    for (std::size_t i = 0; i < keywords_.size(); ++i) {
        text += fmt::format("{} {}\n", i, keywords_[i]);
    }
    return text;
}

std::string maildir_name(const Placement& placement, std::uint64_t with_crlf, std::uint64_t number,
                         KeywordLetters& letters) {
    const auto seconds =
        std::chrono::floor<std::chrono::seconds>(placement.internal_date.at).time_since_epoch();
    return fmt::format("{}.{}N{}.mailkeep,S={},W={}:2,{}",
                       std::max<std::int64_t>(seconds.count(), 0),
                       placement.message.content_id.hex().substr(0, id_digits), number,
                       placement.message.size, with_crlf, flags_text(placement.flags, letters));
}

void BareLfCount::add(std::string_view piece) {
    for (auto lf = piece.find('\n'); lf != std::string_view::npos; lf = piece.find('\n', lf + 1)) {
        const bool has_cr = lf == 0 ? is_after_cr_ : piece[lf - 1] == '\r';
        count_ += has_cr ? 0 : 1;
    }
    is_after_cr_ = piece.empty() ? is_after_cr_ : piece.back() == '\r';
}

}  // namespace mailkeep::files
