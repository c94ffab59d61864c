// SPDX-License-Identifier: Apache-2.0
// The index holds no text, so the words of a query are looked for again in that of one message,
// with the same tokenizer.
#include "mailkeep/base/text.hpp"

#include "state.hpp"
#include "unspaced.hpp"

#include <algorithm>
#include <set>

namespace mailkeep::catalog {

namespace {

constexpr std::size_t most_read = std::size_t{512} << 10;  // of a text; octets
constexpr std::size_t most_shown = 200;                    // octets
constexpr std::size_t lead = 60;                           // octets before the first hit
constexpr std::string_view gap = "…";

/// Tokens that follow each other, the last one maybe only begun.
struct Wanted {
    std::vector<Token> tokens;
    bool is_beginning = false;
};

struct Hit {
    std::size_t start = 0;
    std::size_t end = 0;
    std::size_t wanted = 0;  ///< which one
};

void collect(const Tokenizer& tokenizer, const Term& term, std::vector<Wanted>& wanted) {
    if (!looks_into_text(term)) {
        return;
    }
    for (const auto& child : term.terms) {
        collect(tokenizer, child, wanted);
    }
    auto tokens = tokenizer.tokens(term.value, Tokenizer::Purpose::query);
    if (!tokens.empty()) {
        wanted.push_back({std::move(tokens), term.kind == Term::Kind::prefix ||
                                                 tokenizer.ends_in_beginning(term.value)});
    }
}

/// Whether it ends with the last of these tokens.
bool ends(const Wanted& wanted, const std::vector<Token>& tokens) {
    const auto count = wanted.tokens.size();
    if (count > tokens.size()) {
        return false;
    }
    for (std::size_t i = 0; i < count; ++i) {
        const auto& said = tokens[tokens.size() - count + i].text;
        const auto& word = wanted.tokens[i].text;
        const bool is_begun = wanted.is_beginning && i + 1 == count;
        if (is_begun ? !said.starts_with(word) : said != word) {
            return false;
        }
    }
    return true;
}

/// Where the last token ends of which only this much was asked: two characters stand for one.
std::size_t end_of_hit(const Wanted& wanted, const Token& last) {
    const auto& asked = wanted.tokens.back();
    const auto size = asked.end - asked.start;
    const bool is_first_of_two = is_one_unspaced(asked.text) && last.end - last.start > size;
    return is_first_of_two ? last.start + size : last.end;
}

/// By where they begin. Once each is found, there is no need to look further than what is shown.
std::vector<Hit> hits_in(const Tokenizer& tokenizer, std::string_view text,
                         const std::vector<Wanted>& wanted) {
    std::size_t longest = 1;
    for (const auto& each : wanted) {
        longest = std::max(longest, each.tokens.size());
    }
    std::vector<Token> tokens;  // the last ones: as many as any of them has
    std::vector<Hit> hits;
    std::set<std::size_t> found;
    std::size_t enough = text.size();
    tokenizer.for_each_token(text, Tokenizer::Purpose::index, [&](Token token) {
        if (tokens.size() == longest) {
            tokens.erase(tokens.begin());
        }
        tokens.push_back(std::move(token));
        for (std::size_t which = 0; which < wanted.size(); ++which) {
            if (!ends(wanted[which], tokens)) {
                continue;
            }
            const auto& first = tokens[tokens.size() - wanted[which].tokens.size()];
            hits.push_back({first.start, end_of_hit(wanted[which], tokens.back()), which});
            if (found.insert(which).second && found.size() == wanted.size()) {
                enough = tokens.back().end + most_shown;
            }
        }
        return tokens.back().start < enough;
    });
    std::stable_sort(hits.begin(), hits.end(),
                     [](const Hit& a, const Hit& b) { return a.start < b.start; });
    return hits;
}

/// The hit from which on most different ones fit into what is shown.
std::size_t best_start(const std::vector<Hit>& hits) {
    std::size_t best = 0;
    std::size_t most = 0;
    for (std::size_t from = 0; from < hits.size(); ++from) {
        std::set<std::size_t> different;
        for (auto i = from; i < hits.size() && hits[i].end <= hits[from].start + most_shown - lead;
             ++i) {
            different.insert(hits[i].wanted);
        }
        if (different.size() > most) {
            most = different.size();
            best = from;
        }
    }
    return best;
}

/// Words stay whole where there are spaces, and characters everywhere.
std::pair<std::size_t, std::size_t> bounds_around(std::string_view text, const Hit& hit) {
    auto start = hit.start - std::min(hit.start, lead);
    if (start > 0) {
        const auto space = text.find_first_of(" \t\r\n", start);
        start = space < hit.start ? space + 1 : clip(text, start).size();
    }
    auto end = start + clip(text.substr(start), most_shown).size();
    if (end < text.size()) {
        const auto space = text.find_last_of(" \t\r\n", end);
        end = space > hit.end && space != std::string_view::npos ? space : end;
    }
    return {start, end};
}

class Pieces {
  public:
    void add(std::string_view text, bool is_hit) {
        const auto line = on_one_line(text);
        if (line.empty()) {
            return;
        }
        if (pieces_.empty() || pieces_.back().is_hit != is_hit) {
            pieces_.push_back({"", is_hit});
        }
        pieces_.back().text += line;
    }

    std::vector<SnippetPiece> take() { return std::move(pieces_); }

  private:
    static std::string on_one_line(std::string_view text) {
        std::string line;
        for (const char c : text) {
            const bool is_space = c == ' ' || (c >= '\t' && c <= '\r');
            if (!is_space || line.empty() || line.back() != ' ') {
                line += is_space ? ' ' : c;
            }
        }
        return line;
    }

    std::vector<SnippetPiece> pieces_;
};

}  // namespace

std::vector<SnippetPiece> Catalog::snippet(const SearchQuery& query, std::string_view text) const {
    std::vector<Wanted> wanted;
    collect(state_->tokenizer, query.term, wanted);
    text = trim(clip(text, most_read));
    const auto hits = hits_in(state_->tokenizer, text, wanted);
    if (hits.empty()) {
        return {};
    }
    const auto first = best_start(hits);
    const auto [start, end] = bounds_around(text, hits[first]);
    Pieces pieces;
    pieces.add(start > 0 ? gap : "", false);
    auto at = start;
    for (const auto& hit : hits) {
        if (hit.end > at && hit.start >= start && hit.end <= end) {
            pieces.add(text.substr(at, std::max(at, hit.start) - at), false);
            at = std::max(at, hit.start);
            pieces.add(text.substr(at, hit.end - at), true);
            at = hit.end;
        }
    }
    pieces.add(text.substr(at, end - at), false);
    pieces.add(end < text.size() ? gap : "", false);
    return pieces.take();
}

}  // namespace mailkeep::catalog
