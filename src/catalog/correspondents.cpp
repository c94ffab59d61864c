// SPDX-License-Identifier: Apache-2.0
// Who mail came from and went to, out of the search index: no table of people to keep in step.
#include "mailkeep/base/text.hpp"

#include "compile.hpp"
#include "state.hpp"

#include <algorithm>
#include <map>

namespace mailkeep::catalog {

namespace {

/// Newest first: enough to tell who is written to often, and few enough to read while one types.
constexpr std::int64_t most_looked_at = 300;

/// "Name <address>" or an address alone.
Correspondent correspondent_of(std::string_view text) {
    const auto open = text.rfind('<');
    if (open == std::string_view::npos || !text.ends_with('>')) {
        return {.name = {}, .address = std::string(text)};
    }
    std::string name(trim(text.substr(0, open)));
    std::erase(name, '"');
    return {.name = std::move(name),
            .address = std::string(text.substr(open + 1, text.size() - open - 2))};
}

/// A comma within a name comes before its address.
template <class Take>
void for_each_of(std::string_view list, const Take& take) {
    std::size_t start = 0;
    while (start < list.size()) {
        auto end = list.find(", ", std::min(list.size(), list.find('@', start)));
        end = std::min(end, list.size());
        take(trim(list.substr(start, end - start)));
        start = end + 2;
    }
}

}  // namespace

std::vector<Correspondent> Catalog::correspondents(std::string_view beginning,
                                                   std::size_t most) const {
    const auto& tokenizer = state_->tokenizer;
    const auto wanted = " " + tokenizer.folded(beginning);
    if (wanted == " ") {
        return {};
    }
    std::map<std::string, Correspondent> found;  // by address, in lower case
    const auto count = [&](std::string_view text) {
        if ((" " + tokenizer.folded(text)).find(wanted) != std::string::npos) {
            const auto who = correspondent_of(text);
            auto& known = found.try_emplace(to_lower_ascii(who.address), who).first->second;
            known.name = known.name.empty() ? who.name : known.name;
            ++known.messages;
        }
    };
    auto row = state_->database.statement(
        "SELECT m.sender, m.recipients, m.cc, m.bcc FROM search.mail AS f"
        " CROSS JOIN messages AS m ON m.key = f.rowid WHERE f.mail MATCH ?"
        " ORDER BY f.rowid DESC LIMIT ?");
    row.bind("{sender recipients cc bcc} : " + fts_string(beginning) + " *", most_looked_at);
    while (row.step()) {
        for (int field = 0; field < 4; ++field) {
            for_each_of(row.text(), count);
        }
    }
    std::vector<Correspondent> all;
    all.reserve(found.size());
    for (auto& [address, who] : found) {
        all.push_back(std::move(who));
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.messages > b.messages; });
    all.resize(std::min(all.size(), most));
    return all;
}

}  // namespace mailkeep::catalog
