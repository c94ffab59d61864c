// SPDX-License-Identifier: Apache-2.0
#include "body_scan.hpp"

#include "base64.hpp"

#include <algorithm>
#include <optional>

namespace mailkeep::archive {

namespace {

/// Of a line that begins a body in the middle of other lines: prose has no words of that length.
constexpr std::size_t long_line = 40;
constexpr std::size_t shortest_first_line = 4;
constexpr std::uint64_t fewest_octets = 24;
/// What the ops of a body and of a run with the literal before it come to, with some gain.
constexpr std::uint64_t cost_of_body = 12;
constexpr std::uint64_t cost_of_run = 8;
/// Each may have a literal before it and a body of its own.
constexpr std::size_t most_runs = most_ops / 3;

struct Line {
    enum class Kind { blank, base64, other };

    Kind kind = Kind::other;
    std::size_t at = 0;          // of the first character
    std::size_t characters = 0;  // of the alphabet
    std::size_t padding = 0;
    std::optional<LineEnd> end;  // directly behind them
    std::size_t next = 0;        // where the next line begins
};

std::size_t skip_blanks(std::string_view raw, std::size_t at) {
    while (at < raw.size() && (raw[at] == ' ' || raw[at] == '\t' || raw[at] == '\r')) {
        ++at;
    }
    return at;
}

std::optional<LineEnd> line_end_at(std::string_view raw, std::size_t at) {
    if (raw.substr(at, 2) == "\r\n")
        return LineEnd::crlf;
    if (raw.substr(at, 1) == "\n")
        return LineEnd::lf;
    return std::nullopt;
}

Line line_at(std::string_view raw, std::size_t at) {
    Line line;
    line.at = skip_blanks(raw, at);
    line.characters = count_base64(raw.substr(line.at));
    auto end = line.at + line.characters;
    while (end < raw.size() && raw[end] == '=') {
        ++end;
    }
    line.padding = end - line.at - line.characters;
    line.end = line_end_at(raw, end);
    const auto after = skip_blanks(raw, end);
    if (after < raw.size() && raw[after] != '\n') {
        const auto line_feed = raw.find('\n', after);
        line.next = line_feed == std::string_view::npos ? raw.size() : line_feed + 1;
        return line;
    }
    line.kind = end == line.at ? Line::Kind::blank : Line::Kind::base64;
    line.next = std::min(after + 1, raw.size());
    return line;
}

/// One body while its lines come in. Its runs are the last of the list.
class BodyScan {
  public:
    BodyScan(std::string_view raw, std::vector<PlacedRun>& runs)
        : raw_(raw), runs_(runs), first_run_(runs.size()) {}

    /// Takes the body that begins with this line, and gives the place behind its last line.
    std::size_t scan(Line line) {
        bool is_after_gap = false;
        std::size_t end = 0;
        while (!is_closed_ && line.kind != Line::Kind::other &&
               !(is_after_gap && line.kind == Line::Kind::base64 && !goes_on_with(line))) {
            if (line.kind == Line::Kind::base64) {
                add(line);
                end = line.next;
            }
            is_after_gap = line.kind == Line::Kind::blank;
            if (line.next == raw_.size())
                break;
            line = line_at(raw_, line.next);
        }
        return end;
    }

    /// Cuts off what would not come back, and gives the body; nothing when it would not pay.
    std::optional<PlacedBody> finish() {
        PlacedBody body{.first_run = first_run_};
        const auto rest = characters_ % 4;
        const auto unused_bits = rest == 2 ? 0xFU : 0x3U;
        if (rest == 1) {
            cut(1);
        } else if (rest > 1 && (sextet_of(raw_[last_]) & unused_bits) != 0) {
            cut(1 + padding_);
            body.character_after = last_;
        }
        body.octets = characters_ / 4 * 3 + (rest > 1 ? rest - 1 : 0);
        body.runs = runs_.size() - first_run_;
        if (body.octets >= fewest_octets && settle_runs() >= body.octets + cost_of_body) {
            return body;
        }
        return std::nullopt;
    }

  private:
    /// After a blank line there may be other text that only looks like base64.
    [[nodiscard]] bool goes_on_with(const Line& line) const {
        return line.characters >= long_line || padding_of(line) > 0 ||
               (characters_ + line.characters) % 4 == 0;
    }

    /// Of its padding what belongs there: all or nothing.
    [[nodiscard]] std::size_t padding_of(const Line& line) const {
        const auto held = (characters_ + line.characters) % 4;
        return held > 1 && held + line.padding == 4 ? line.padding : 0;
    }

    void add(const Line& line) {
        padding_ = padding_of(line);
        is_closed_ = line.padding > 0 || runs_.size() > most_runs;
        characters_ += line.characters;
        if (line.characters > 0)
            last_ = line.at + line.characters - 1;
        if (line.characters + padding_ > 0) {
            append(line.at, line.characters + padding_,
                   padding_ == line.padding ? line.end : std::nullopt);
        }
    }

    void append(std::size_t at, std::uint64_t count, std::optional<LineEnd> end) {
        if (at != next_line_ || runs_.size() == first_run_ ||
            count > runs_.back().run.line_length) {
            runs_.push_back(
                {at,
                 {.characters = 0, .line_length = count, .line_end = end.value_or(LineEnd::crlf)}});
        }
        auto& run = runs_.back().run;
        run.characters += count;
        run.ends_with_line_end = end == run.line_end;
        const bool is_open = count == run.line_length && run.ends_with_line_end;
        next_line_ = is_open ? at + count + size_of(run.line_end) : 0;
    }

    /// Takes characters from the end of the runs.
    void cut(std::uint64_t count) {
        while (count >= runs_.back().run.characters) {
            count -= runs_.back().run.characters;
            runs_.pop_back();
            if (count == 0 || runs_.size() == first_run_)
                return;
        }
        auto& run = runs_.back().run;
        run.characters -= count;
        run.ends_with_line_end = run.characters % run.line_length == 0;
    }

    /// Gives single lines the form they are written in; and what all come to as text, less costs.
    std::uint64_t settle_runs() {
        std::uint64_t sum = 0;
        for (auto i = first_run_; i < runs_.size(); ++i) {
            auto& run = runs_[i].run;
            if (run.line_length >= run.characters)
                run.line_length = 0;
            sum += run.size() - std::min(run.size(), cost_of_run);
        }
        return sum;
    }

    std::string_view raw_;
    std::vector<PlacedRun>& runs_;
    std::size_t first_run_;
    std::size_t next_line_ = 0;  // where a line would go on with the last run, 0 when none can
    std::uint64_t characters_ = 0;
    std::size_t last_ = 0;  // place of the last character
    std::size_t padding_ = 0;
    bool is_closed_ = false;
};

bool begins_body(const Line& line, Line::Kind before) {
    return line.kind == Line::Kind::base64 &&
           line.characters >= (before == Line::Kind::blank ? shortest_first_line : long_line);
}

}  // namespace

PlacedBodies find_bodies(std::string_view raw) {
    PlacedBodies found;
    auto before = Line::Kind::other;
    for (std::size_t at = 0; at < raw.size();) {
        const auto line = line_at(raw, at);
        if (!begins_body(line, before)) {
            before = line.kind;
            at = line.next;
            continue;
        }
        const auto first_run = found.runs.size();
        BodyScan scan(raw, found.runs);
        at = scan.scan(line);
        before = Line::Kind::base64;
        const auto body = scan.finish();
        const bool is_full = found.runs.size() > most_runs;
        if (body && !is_full) {
            found.bodies.push_back(*body);
        } else {
            found.runs.resize(first_run);
        }
        if (is_full)
            break;
    }
    return found;
}

}  // namespace mailkeep::archive
