// SPDX-License-Identifier: Apache-2.0
#include "encoded_word.hpp"

#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/body.hpp"

#include "transfer_encoding.hpp"

#include <algorithm>
#include <optional>

namespace mailkeep::mail {

namespace {

constexpr std::size_t longest_charset = 64;

enum class Form { text, word };

struct Word {
    std::string_view charset;
    bool is_base64 = false;
    std::string_view encoded;
};

/// Whether another word starts here. "=?=" does not: there padding or a lone "=" meets the end.
bool is_word_start(std::string_view text) {
    return text.starts_with("=?") && !text.starts_with("=?=");
}

/// encoded-text up to "?=". A word that was never closed ends where the next one starts.
std::string_view take_encoded(std::string_view& rest) {
    std::size_t end = 0;
    while (end < rest.size() && rest.substr(end, 2) != "?=" && !is_word_start(rest.substr(end))) {
        ++end;
    }
    const auto encoded = rest.substr(0, end);
    rest.remove_prefix(rest.substr(end, 2) == "?=" ? end + 2 : end);
    return encoded;
}

/// encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="
/// (RFC 2047 section 2, RFC 2231 section 5). Takes nothing when it is none.
std::optional<Word> take_word(std::string_view& rest) {
    if (!rest.starts_with("=?")) {
        return std::nullopt;
    }
    const auto after = rest.substr(2);
    const auto mark = after.substr(0, longest_charset).find('?');
    if (mark == std::string_view::npos || after.size() < mark + 3 || after[mark + 2] != '?') {
        return std::nullopt;
    }
    const char encoding = static_cast<char>(after[mark + 1] | 0x20);
    if (encoding != 'b' && encoding != 'q') {
        return std::nullopt;
    }
    const auto label = after.substr(0, mark);
    rest = after.substr(mark + 3);
    return Word{.charset = label.substr(0, label.find('*')),
                .is_base64 = encoding == 'b',
                .encoded = take_encoded(rest)};
}

/// Words that follow each other and are decoded as one, since senders cut within a character.
class Run {
  public:
    [[nodiscard]] bool empty() const { return !is_open_; }

    [[nodiscard]] bool takes(const Word& word) const {
        return is_open_ && is_base64_ == word.is_base64 &&
               equals_ignoring_case(charset_, word.charset);
    }

    void add(const Word& word) {
        is_open_ = true;
        is_base64_ = word.is_base64;
        charset_ = word.charset;
        encoded_ += word.encoded;
    }

    /// The text of the run, which is empty afterwards.
    [[nodiscard]] std::string take_text() {
        if (!is_base64_) {
            std::replace(encoded_.begin(), encoded_.end(), '_', ' ');
        }
        // A "Q" word has no lines, so a blank at its end is no padding.
        auto text = to_utf8(
            is_base64_ ? decode_base64(encoded_) : decode_quoted_printable(encoded_), charset_);
        *this = Run();
        return text;
    }

  private:
    bool is_open_ = false;
    bool is_base64_ = false;
    std::string charset_;
    std::string encoded_;
};

/// Copies a field; words become what `form` says.
class Writer {
  public:
    Writer(Form form, std::string_view charset_hint) : form_(form), charset_hint_(charset_hint) {}

    void add(const Word& word) {
        if (!run_.takes(word)) {
            end_run();
        }
        run_.add(word);
        blank_ = {};
    }

    /// Blanks between two words are not part of the text (RFC 2047 section 6.2).
    void add_plain(std::string_view text) {
        const bool is_after_word = !run_.empty() || !word_text_.empty();
        if (is_after_word && trim(text).empty()) {
            blank_ = text;
            return;
        }
        end_words();
        result_ += to_utf8(text, is_valid_utf8(text) ? std::string_view() : charset_hint_);
    }

    [[nodiscard]] std::string finish() {
        end_words();
        return std::move(result_);
    }

  private:
    void end_run() {
        if (!run_.empty()) {
            word_text_ += run_.take_text();
        }
    }

    void end_words() {
        end_run();
        if (form_ == Form::text || word_text_.empty()) {
            result_ += word_text_;
        } else {
            result_ += "=?UTF-8?B?" + to_base64(word_text_) + "?=";
        }
        result_ += blank_;
        word_text_.clear();
        blank_ = {};
    }

    Form form_;
    std::string_view charset_hint_;
    Run run_;
    std::string word_text_;   // of the runs ended since the last plain text
    std::string_view blank_;  // seen after a word; counts only when plain text follows
    std::string result_;
};

std::string rewrite(std::string_view value, std::string_view charset_hint, Form form) {
    Writer writer(form, charset_hint);
    while (!value.empty()) {
        if (const auto word = take_word(value)) {
            writer.add(*word);
            continue;
        }
        const auto plain = value.substr(0, value.find("=?", 1));
        writer.add_plain(plain);
        value.remove_prefix(plain.size());
    }
    return writer.finish();
}

}  // namespace

std::string decode_words(std::string_view value, std::string_view charset_hint) {
    return rewrite(value, charset_hint, Form::text);
}

std::string normalize_words(std::string_view value, std::string_view charset_hint) {
    return rewrite(value, charset_hint, Form::word);
}

}  // namespace mailkeep::mail
