// SPDX-License-Identifier: Apache-2.0
// The flags of what only reads mail, which the program `mailkeep` carries out by itself.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "failure.hpp"
#include "option_parser.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::app {

namespace {

std::string query_help_text() {
    std::size_t width = 0;
    for (const auto& line : catalog::query_help()) {
        width = std::max(width, line.written.size());
    }
    std::string text = "QUERY:\n";
    for (const auto& line : catalog::query_help()) {
        text += fmt::format("  {:{}}  {}\n", line.written, width, line.meaning);
    }
    return text;
}

void define_search(Parser& parser, CLI::App& command) {
    command.footer(query_help_text());
    command.add_option("QUERY", parser.draft.words,
                       "Words, \"a phrase\", from: to: subject: in: before: … (after -- when it "
                       "begins with a dash)");
    command.add_option("--limit", parser.draft.limit, "How many to show (50)")
        ->check(CLI::Range(1, 100'000));
    command.add_option("--as-of", parser.draft.as_of, "What stood there at this moment");
    command.add_flag("--snippets", parser.draft.is_first, "Also the text around the words found");
    command
        .add_option("--sort", parser.draft.sort,
                    "newest (usual) first, or by relevance: how much the words weigh in each")
        ->check(CLI::IsMember({"newest", "relevance"}));
    command.callback([&parser] {
        const auto& draft = parser.draft;
        parser.command = Search{catalog::SearchQuery::parse(join(draft.words, " ")), draft.limit,
                                moment(draft.as_of), draft.is_first,
                                draft.sort == "relevance" ? catalog::SearchOrder::relevance
                                                          : catalog::SearchOrder::newest};
    });
}

void define_show(Parser& parser, CLI::App& command) {
    auto& draft = parser.draft;
    command.add_option("ID", draft.name, "The id, or 8 digits of it or more")->required();
    auto& group = add_alternatives(command, "View", "What of it; else what people read");
    group.add_flag("--raw", draft.is_first, "The exact octets");
    group.add_flag("--headers", draft.is_second, "The header fields, decoded");
    group.add_flag("--text", draft.is_third, "The text alone");
    group.add_option("--part", draft.part, "The octets of this part")->check(CLI::PositiveNumber);
    command.callback([&parser] {
        const auto& given = parser.draft;
        const auto view = given.is_first    ? Show::View::raw
                          : given.is_second ? Show::View::headers
                          : given.is_third  ? Show::View::text
                          : given.part > 0  ? Show::View::part
                                            : Show::View::readable;
        const bool is_octets = view == Show::View::raw || view == Show::View::part;
        if (is_octets && parser.is_json) {
            throw Error(Errc::invalid, "--json does not go with octets on standard output");
        }
        parser.command = Show{checked_id(given.name), view, given.part};
    });
}

void define_thread(Parser& parser, CLI::App& command) {
    command.add_option("ID", parser.draft.name, "The id of one, or 8 digits of it or more")
        ->required();
    command.callback([&parser] { parser.command = Thread{checked_id(parser.draft.name)}; });
}

}  // namespace

void add_reading_commands(Parser& parser) {
    add_command(parser, "search", "Find messages", define_search);
    add_command(parser, "show", "Show one message", define_show);
    add_command(parser, "thread", "The messages that answer each other, oldest first",
                define_thread);
}

std::optional<Invocation> parse_reading(const std::vector<std::string>& arguments,
                                        const std::filesystem::path& folder) {
    std::optional<Invocation> invocation;
    static_cast<void>(failure_of([&] {
        auto parsed = parse_arguments_as(add_reading_commands, arguments, folder);
        if (auto* found = std::get_if<Invocation>(&parsed)) {
            invocation = std::move(*found);
        }
    }));
    return invocation;
}

}  // namespace mailkeep::app
