// SPDX-License-Identifier: Apache-2.0
// HTML to text in one pass. No tree: only what is hidden, preformatted or pending is remembered, so
// neither depth nor missing end tags cost anything. Where something is looked for ahead (the end of
// a comment, a quote, a script), a miss is remembered and not looked for again: linear time.
#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/body.hpp"

#include "code_point.hpp"
#include "html_entities.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace mailkeep::mail {

namespace {

using Names = std::initializer_list<std::string_view>;

bool is_one_of(std::string_view name, Names names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Elements whose content is code or not part of the page; it has no tags of its own.
bool is_raw(std::string_view name) {
    return is_one_of(name, {"script", "style", "title"});
}

bool is_void(std::string_view name) {
    return is_one_of(name, {"area", "base", "br", "col", "embed", "hr", "img", "input", "link",
                            "meta", "param", "source", "track", "wbr"});
}

/// The next of its kind ends it (HTML 13.1.2.4, optional tags).
bool ends_at_next(std::string_view name) {
    return is_one_of(name, {"p", "li", "option", "dt", "dd"});
}

/// Line ends that an element's begin and end ask for.
int breaks_around(std::string_view name) {
    if (is_one_of(name, {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "dl",
                         "pre", "table"})) {
        return 2;
    }
    return is_one_of(name,
                     {"div",     "tr",      "li",    "dt",      "dd",     "hr",       "address",
                      "article", "aside",   "body",  "caption", "center", "fieldset", "figcaption",
                      "figure",  "footer",  "form",  "header",  "legend", "main",     "nav",
                      "option",  "section", "tbody", "tfoot",   "thead"})
               ? 1
               : 0;
}

/// Octets that text is looked through for: blanks, "&" and the lead octet of U+00A0 and U+00AD.
constexpr std::array<bool, 256> make_special_octets() {
    std::array<bool, 256> special{};
    for (const char c : std::string_view(" \t\r\n\f&\xC2")) {
        special[static_cast<unsigned char>(c)] = true;
    }
    return special;
}

constexpr auto special_octets = make_special_octets();

bool is_special(char c) {
    return special_octets[static_cast<unsigned char>(c)];
}

bool is_html_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

/// What newsletters pad their preview with, and what would split words for a search.
bool is_invisible(char32_t c) {
    return c < 0x20 || c == 0x7F || c == 0xAD || c == 0x34F || c == 0x200B || c == 0x200C ||
           c == 0xFEFF;
}

/// Text as a reader sees it: runs of blanks are one, line ends stand where blocks ask for them.
class TextWriter {
  public:
    void add_text(std::string_view text) {
        while (!text.empty()) {
            const char c = text.front();
            if (c == '&') {
                add_reference(text);
            } else if (is_html_space(c)) {
                add_raw_blank(c);
                text.remove_prefix(1);
            } else if (text.starts_with("\xC2\xA0") || text.starts_with("\xC2\xAD")) {
                is_blank_pending_ |= text[1] == '\xA0';
                text.remove_prefix(2);
            } else {
                const auto* const end = std::find_if(text.begin() + 1, text.end(), is_special);
                const auto length = static_cast<std::size_t>(end - text.begin());
                add_visible(text.substr(0, length));
                text.remove_prefix(length);
            }
        }
    }

    void add_blank() { is_blank_pending_ = true; }

    void begin_preformatted() { ++preformatted_; }

    void end_preformatted() { preformatted_ -= preformatted_ > 0 ? 1 : 0; }

    void add_line_end() { pending_line_ends_ = std::min(pending_line_ends_ + 1, 2); }

    void ask_for_line_ends(int count) { pending_line_ends_ = std::max(pending_line_ends_, count); }

    [[nodiscard]] std::string_view text() const { return trim(text_); }

  private:
    void add_raw_blank(char c) {
        if (preformatted_ == 0) {
            add_blank();
        } else if (c != '\r') {
            add_visible({&c, 1});
        }
    }

    void add_reference(std::string_view& text) {
        const auto character = take_reference(text);
        if (!character) {
            add_visible("&");
            text.remove_prefix(1);
        } else if (*character == 0xA0 || *character == '\t' || *character == '\n') {
            add_blank();
        } else if (!is_invisible(*character)) {
            std::string octets;
            append_utf8(octets, *character);
            add_visible(octets);
        }
    }

    void add_visible(std::string_view text) {
        if (pending_line_ends_ > 0) {
            text_.append(static_cast<std::size_t>(pending_line_ends_), '\n');
        } else if (is_blank_pending_) {
            text_ += ' ';
        }
        pending_line_ends_ = 0;
        is_blank_pending_ = false;
        text_ += text;
    }

    std::string text_;
    int pending_line_ends_ = 0;
    bool is_blank_pending_ = false;
    int preformatted_ = 0;
};

struct Tag {
    std::string name;  ///< lower case
    bool is_end = false;
    bool is_empty = false;  ///< <name/>
    bool is_hidden = false;
    std::string_view alt;
};

/// style="display: none" in any spelling.
bool hides(std::string_view style) {
    auto text = to_lower_ascii(style);
    text.erase(std::remove_if(text.begin(), text.end(), is_html_space), text.end());
    return text.find("display:none") != std::string::npos;
}

void note_attribute(std::string_view name, std::string_view value, Tag& tag) {
    if (equals_ignoring_case(name, "style")) {
        tag.is_hidden = tag.is_hidden || hides(value);
    } else if (equals_ignoring_case(name, "hidden")) {
        tag.is_hidden = true;
    } else if (equals_ignoring_case(name, "alt")) {
        tag.alt = value;
    }
}

/// Markup taken off the front of a document.
class Scanner {
  public:
    explicit Scanner(std::string_view html) : rest_(html) {}

    [[nodiscard]] bool is_done() const { return rest_.empty(); }

    /// Text up to what may be markup; at least one octet. Requires: not done.
    [[nodiscard]] std::string_view take_text() { return take(rest_.find('<', 1)); }

    /// Skips a comment, declaration or processing instruction; false when there is none.
    bool skip_declaration() {
        if (rest_.starts_with("<!--")) {
            const auto end = find(comment_end_, 2);  // "<!-->" is a comment too
            end == std::string_view::npos ? skip_past(find(tag_end_, 0), 1) : skip_past(end, 3);
            return true;
        }
        const char second = rest_.size() > 1 ? rest_[1] : ' ';
        const bool is_end_of_nothing = second == '/' && !(rest_.size() > 2 && is_letter(rest_[2]));
        if (!rest_.starts_with('<') || !(second == '!' || second == '?' || is_end_of_nothing)) {
            return false;
        }
        skip_past(find(tag_end_, 0), 1);
        return true;
    }

    std::optional<Tag> take_tag() {
        const bool is_end = rest_.starts_with("</");
        const std::size_t begin = is_end ? 2 : 1;
        if (!rest_.starts_with('<') || rest_.size() <= begin || !is_letter(rest_[begin])) {
            return std::nullopt;
        }
        rest_.remove_prefix(begin);
        Tag tag{.name = to_lower_ascii(take(rest_.find_first_of(" \t\r\n\f/>"))), .is_end = is_end};
        while (!rest_.empty() && rest_.front() != '>') {
            tag.is_empty = rest_.front() == '/';
            if (tag.is_empty || is_html_space(rest_.front())) {
                rest_.remove_prefix(1);
            } else {
                take_attribute(tag);
            }
        }
        (void)take(1);
        return tag;
    }

    /// Skips the content of a raw element; its end tag is left. Without one nothing is left.
    void skip_raw(std::string_view name) {
        std::size_t end = rest_.find("</");
        while (end != std::string_view::npos &&
               !starts_with_ignoring_case(rest_.substr(end + 2), name)) {
            end = rest_.find("</", end + 2);
        }
        (void)take(end);
    }

  private:
    /// What is looked for ahead, and whether there is none of it any more.
    struct Sought {
        std::string_view octets;
        bool is_missing = false;
    };

    static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

    std::size_t find(Sought& sought, std::size_t from) const {
        const auto at =
            sought.is_missing ? std::string_view::npos : rest_.find(sought.octets, from);
        sought.is_missing = at == std::string_view::npos;
        return at;
    }

    std::string_view take(std::size_t count) {
        const auto taken = rest_.substr(0, count);
        rest_.remove_prefix(taken.size());
        return taken;
    }

    void skip_past(std::size_t at, std::size_t count) {
        (void)take(at == std::string_view::npos ? at : at + count);
    }

    /// name [ "=" value ]. Requires: a first octet that is neither blank, "/" nor ">".
    void take_attribute(Tag& tag) {
        const auto name = take(rest_.find_first_of(" \t\r\n\f/>=", 1));
        const auto after = std::min(rest_.size(), rest_.find_first_not_of(" \t\r\n\f"));
        std::string_view value;
        if (rest_.substr(after).starts_with('=')) {
            (void)take(after + 1);
            (void)take(std::min(rest_.size(), rest_.find_first_not_of(" \t\r\n\f")));
            value = take_value();
        }
        note_attribute(name, value, tag);
    }

    /// A quote that is never closed is part of the value, or one typing error would hide the rest.
    std::string_view take_value() {
        const char quote = rest_.empty() ? ' ' : rest_.front();
        if (quote == '"' || quote == '\'') {
            const auto end = find(quote == '"' ? double_quote_ : single_quote_, 1);
            if (end != std::string_view::npos) {
                const auto value = take(end + 1);
                return value.substr(1, end - 1);
            }
        }
        return take(rest_.find_first_of(" \t\r\n\f>"));
    }

    std::string_view rest_;
    Sought comment_end_{"-->"};
    Sought tag_end_{">"};
    Sought double_quote_{"\""};
    Sought single_quote_{"'"};
};

/// The element that display:none stands on, until its end tag.
class Hiding {
  public:
    [[nodiscard]] bool is_on() const { return depth_ > 0; }

    /// Sees every tag, in order.
    void note(const Tag& tag) {
        const bool has_content = !tag.is_end && !tag.is_empty && !is_void(tag.name);
        if (is_on() && tag.name == name_) {
            const bool is_over = tag.is_end || ends_at_next(name_);
            depth_ += is_over ? -1 : (has_content ? 1 : 0);
        }
        // Pages that a script would show hide their whole body.
        if (!is_on() && has_content && tag.is_hidden && !is_one_of(tag.name, {"html", "body"})) {
            name_ = tag.name;
            depth_ = 1;
        }
    }

  private:
    std::string name_;
    int depth_ = 0;
};

void lay_out(const Tag& tag, TextWriter& writer) {
    if (tag.name == "br") {
        writer.add_line_end();
    } else if (is_one_of(tag.name, {"td", "th", "img"})) {
        writer.add_blank();
        writer.add_text(tag.alt);
        writer.add_blank();
    }
    writer.ask_for_line_ends(breaks_around(tag.name));
    if (tag.name == "pre") {
        tag.is_end ? writer.end_preformatted() : writer.begin_preformatted();
    }
}

}  // namespace

std::string html_to_text(std::string_view html) {
    Scanner scanner(html);
    TextWriter writer;
    Hiding hiding;
    while (!scanner.is_done()) {
        if (scanner.skip_declaration()) {
            continue;
        }
        if (const auto tag = scanner.take_tag()) {
            hiding.note(*tag);
            if (!tag->is_end && !tag->is_empty && is_raw(tag->name)) {
                scanner.skip_raw(tag->name);
            } else if (!hiding.is_on()) {
                lay_out(*tag, writer);
            }
        } else if (const auto text = scanner.take_text(); !hiding.is_on()) {
            writer.add_text(text);
        }
    }
    return to_valid_utf8(writer.text());
}

}  // namespace mailkeep::mail
