// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/mbox_reader.hpp"

#include "mailkeep/base/text.hpp"

#include "from_line.hpp"
#include "wire_lines.hpp"

#include <algorithm>

namespace mailkeep::files {

namespace {

constexpr std::size_t longest_header = std::size_t{64} << 10U;
constexpr std::uint64_t longest_believed = std::uint64_t{16} << 20U;
constexpr std::size_t searched_at_once = std::size_t{256} << 10U;
/// What stays in view behind a piece: a From_ line, the header line behind it and the empty line
/// before.
constexpr std::size_t kept_back = 4 * longest_from_line;
constexpr std::string_view from_mark = "From ";
/// Who writes a From_ line so quotes every line that could be taken for one.
constexpr std::string_view quoting_writer = "MAILER-DAEMON";

/// Without its end.
std::string_view line_at(std::string_view text, std::size_t at) {
    auto line = text.substr(at, 2 * longest_from_line);
    line = line.substr(0, line.find('\n'));
    return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

/// Where the line behind the one at `at` begins.
std::size_t behind_line(std::string_view text, std::size_t at) {
    const auto end = text.find('\n', at);
    return end == std::string_view::npos ? text.size() : end + 1;
}

/// The octets of an empty line that stands at the front; 0 for none.
std::size_t empty_line(std::string_view text) {
    if (text.starts_with('\n')) {
        return 1;
    }
    return text.starts_with("\r\n") ? 2 : 0;
}

bool is_behind_empty_line(std::string_view text, std::size_t at) {
    const auto before = text.substr(0, at);
    return before == "\n" || before == "\r\n" || before.ends_with("\n\n") ||
           before.ends_with("\n\r\n");
}

/// Whether a line that begins with "From " there begins a message, as far as it shows by itself.
bool begins_message(std::string_view text, std::size_t at) {
    const auto from = parse_from_line(line_at(text, at));
    const auto next = line_at(text, behind_line(text, at));
    if (!from) {
        return false;
    }
    if (!from->date) {  // Thunderbird may write none
        return starts_with_ignoring_case(next, "X-Mozilla-");
    }
    return is_header_line(next) || next.starts_with(">From ") || from->sender == quoting_writer;
}

std::string_view without_empty_line(std::string_view text) {
    const std::size_t end = text.ends_with("\r\n") ? 2 : 1;
    const auto rest = text.substr(0, text.size() - std::min(end, text.size()));
    return text.ends_with('\n') && (rest.empty() || rest.ends_with('\n')) ? rest : text;
}

/// Up to and with the empty line; nothing when there is none in view.
std::optional<std::string_view> header_in(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); at = behind_line(text, at)) {
        if (const auto length = empty_line(text.substr(at))) {
            return text.substr(0, at + length);
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> content_length_in(std::string_view header) {
    constexpr std::string_view name = "content-length:";
    for (std::size_t at = 0; at < header.size(); at = behind_line(header, at)) {
        const auto line = line_at(header, at);
        if (starts_with_ignoring_case(line, name)) {
            return parse_number(trim(line.substr(name.size())));
        }
    }
    return std::nullopt;
}

class MboxReading {
  public:
    MboxReading(Source& source, MboxDialect dialect, MboxSink& sink)
        : window_(source), dialect_(dialect), sink_(sink) {}

    void run() {
        skip_empty_lines(longest_header);
        while (!window_.is_at_end()) {
            read_one();
        }
    }

  private:
    void skip_empty_lines(std::size_t most) {
        while (most > 0 && window_.fill(1)) {
            window_.fill(2);
            const auto length = empty_line(window_.view());
            if (length == 0) {
                return;
            }
            window_.drop(length);
            --most;
        }
    }

    void read_one() {
        window_.fill(kept_back);
        MboxMessage message;
        message.line = window_.offset();
        const auto from = parse_from_line(line_at(window_.view(), 0));
        message.has_from_line = from.has_value();
        if (from) {
            message.date = from->date;
            window_.drop(behind_line(window_.view(), 0));
        }
        message.offset = window_.offset();
        const auto told = sink_.begin(message);
        if (told && may_be(*told)) {
            give(*told, WireLines(Quoting::any_from, LineEnds::kept));
            skip_line_ends();
        } else if (const auto length = content_length()) {
            give(*length, lines_of(*length));
            skip_line_ends();
        } else {
            give_up_to_next();
        }
        sink_.end();
    }

    /// Too much to look behind it is believed.
    bool may_be(std::uint64_t octets) {
        if (octets > longest_believed) {
            return true;
        }
        window_.fill(octets + kept_back);
        return leads_to_message(octets);
    }

    [[nodiscard]] bool leads_to_message(std::size_t at) const {
        auto rest = window_.view();
        if (at > rest.size()) {
            return false;
        }
        rest.remove_prefix(at);
        for (int line_ends = 0; line_ends < 2 && empty_line(rest) > 0; ++line_ends) {
            rest.remove_prefix(empty_line(rest));
        }
        return rest.empty() || begins_message(rest, 0);
    }

    /// Of header and body together, if the header has one and it can be believed.
    std::optional<std::uint64_t> content_length() {
        if (dialect_ == MboxDialect::mboxo || dialect_ == MboxDialect::mboxrd) {
            return std::nullopt;
        }
        window_.fill(longest_header);
        const auto header = header_in(window_.view().substr(0, longest_header));
        const auto told = header ? content_length_in(*header) : std::nullopt;
        if (!told || *told > longest_believed) {
            return std::nullopt;
        }
        const auto length = header->size() + *told;
        window_.fill(length + kept_back);
        return leads_to_message(length) ? std::optional(length) : std::nullopt;
    }

    /// A body with a line that would have been quoted was not quoted: mboxcl2.
    [[nodiscard]] WireLines lines_of(std::uint64_t length) const {
        const auto text = window_.view().substr(0, length);
        auto quoting = Quoting::any_from;
        if (dialect_ == MboxDialect::mboxcl) {
            quoting = Quoting::from;
        } else if (dialect_ == MboxDialect::mboxcl2 ||
                   text.find("\nFrom ") != std::string_view::npos) {
            quoting = Quoting::none;
        }
        return {quoting, line_ends_of(text)};
    }

    void give(std::uint64_t octets, WireLines lines) {
        while (octets > 0 && window_.fill(1)) {
            window_.fill(std::min<std::uint64_t>(octets, searched_at_once));
            auto piece = window_.view();
            const bool is_last = piece.size() >= octets;
            piece = piece.substr(0, std::min<std::uint64_t>(octets, piece.size()));
            const auto end = piece.rfind('\n');
            if (!is_last && end != std::string_view::npos) {
                piece = piece.substr(0, end + 1);
            }
            octets -= piece.size();
            sink_.piece(lines.take(piece));
            window_.drop(piece.size());
        }
    }

    void skip_line_ends() { skip_empty_lines(2); }

    void give_up_to_next() {
        window_.fill(kept_back);
        const bool has_dialect = dialect_ == MboxDialect::mboxo || dialect_ == MboxDialect::mboxcl;
        const auto quoting = dialect_ == MboxDialect::mboxcl2 ? Quoting::none
                             : has_dialect                    ? Quoting::from
                                                              : Quoting::any_from;
        WireLines lines(quoting, line_ends_of(window_.view()));
        bool is_at_start = true;
        for (;;) {
            const auto end =
                is_at_start && begins_next() ? std::optional<std::size_t>(0) : find_next();
            is_at_start = false;
            if (end) {
                sink_.piece(lines.take(without_empty_line(window_.view().substr(0, *end))));
                window_.drop(*end);
                return;
            }
            give_what_is_sure(lines);
            if (!window_.fill(window_.view().size() + 1)) {
                sink_.piece(lines.take(without_empty_line(window_.view())));
                window_.drop(window_.view().size());
                return;
            }
        }
    }

    /// Of what is in view, which was searched.
    void give_what_is_sure(WireLines& lines) {
        const auto view = window_.view();
        if (view.size() < searched_at_once) {
            return;
        }
        const auto sure = view.substr(0, view.size() - kept_back);
        const auto end = sure.rfind('\n', sure.size() - 3);
        // An empty line before what is kept belongs to it: it may be the one behind the message.
        const auto length = end == std::string_view::npos || end < sure.size() / 2
                                ? sure.size()
                                : start_of_empty_lines(sure, end + 1);
        sink_.piece(lines.take(view.substr(0, length)));
        window_.drop(length);
    }

    static std::size_t start_of_empty_lines(std::string_view text, std::size_t end) {
        while (end > 1 && (text[end - 1] == '\n' || text[end - 1] == '\r')) {
            --end;
        }
        return end <= 1 ? text.size() : behind_line(text, end);
    }

    /// A message without a single octet.
    [[nodiscard]] bool begins_next() const {
        return window_.view().starts_with(from_mark) && begins_message(window_.view(), 0);
    }

    /// The next line that begins a message, in all that is in view.
    std::optional<std::size_t> find_next() {
        auto view = window_.view();
        for (std::size_t at = 0; (at = view.find("\nFrom ", at)) != std::string_view::npos;) {
            ++at;
            if (is_message_start(at)) {
                return at;
            }
            view = window_.view();
        }
        return std::nullopt;
    }

    bool is_message_start(std::size_t at) {
        window_.fill(at + kept_back);
        const auto view = window_.view();
        return is_behind_empty_line(view, at) && begins_message(view, at);
    }

    Window window_;
    MboxDialect dialect_;
    MboxSink& sink_;
};

}  // namespace

void read_mbox(Source& source, MboxDialect dialect, MboxSink& sink) {
    MboxReading(source, dialect, sink).run();
}

bool begins_mbox(std::string_view octets) {
    while (const auto length = empty_line(octets)) {
        octets.remove_prefix(length);
    }
    return octets.starts_with(from_mark) && begins_message(octets, 0);
}

}  // namespace mailkeep::files
