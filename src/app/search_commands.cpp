// SPDX-License-Identifier: Apache-2.0
// mailkeep search, thread: lists of messages.
#include "mailkeep/api/json.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/sync/snippets.hpp"

#include "commands.hpp"
#include "printable.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::app {

namespace {

constexpr std::size_t page_size = 500;
constexpr std::size_t id_digits = 12;
constexpr std::size_t from_columns = 28;
constexpr std::size_t subject_columns = 60;

/// As many as asked for: the catalog gives pages, people do not think in them.
catalog::SearchPage find_all(const catalog::Catalog& catalog, const Search& command,
                             Timestamp now) {
    catalog::SearchPage found;
    PageRequest request;
    do {
        request.limit = std::min(page_size, command.limit - found.page.items.size());
        auto next = catalog.search(command.query, command.as_of, now, request, command.order);
        found.total = next.total;
        found.total_is_exact = next.total_is_exact;
        found.page.next = request.cursor = next.page.next;
        std::move(next.page.items.begin(), next.page.items.end(),
                  std::back_inserter(found.page.items));
    } while (!request.cursor.empty() && found.page.items.size() < command.limit);
    return found;
}

std::string clipped(const std::string& text, std::size_t columns) {
    const auto line = printable_line(text);
    const auto part = clip_columns(line, columns);
    return part.size() == line.size() ? line : std::string(clip_columns(line, columns - 1)) + "…";
}

/// Below the line of each message; in brackets what was found.
std::string with_snippets(const std::string& table,
                          const std::vector<catalog::ListedMessage>& messages) {
    const auto lines = split(table, '\n');
    auto text = std::string(lines.front()) + "\n";
    for (std::size_t i = 0; i < messages.size(); ++i) {
        text.append(lines.at(i + 1)).append("\n");
        std::string snippet;
        for (const auto& piece : messages[i].snippet) {
            snippet += piece.is_hit ? "[" + piece.text + "]" : piece.text;
        }
        if (!snippet.empty()) {
            text.append("    ").append(printable_line(snippet)).append("\n");
        }
    }
    return text;
}

void say_listed(Output& out, const std::vector<catalog::ListedMessage>& messages) {
    Table table({"ID", "DATE", "FROM", "SUBJECT", "MAILBOX"});
    for (const auto& message : messages) {
        table.add({message.content_id.hex().substr(0, id_digits), moment_text(message.date),
                   clipped(message.from, from_columns), clipped(message.subject, subject_columns),
                   message.account + ": " + message.mailbox + (message.is_gone ? " (gone)" : "")});
    }
    if (!messages.empty()) {
        out.say(with_snippets(table.text(), messages));
    }
}

void say_found(Output& out, const catalog::SearchPage& found) {
    say_listed(out, found.page.items);
    const auto total = found.total_is_exact ? count_text(found.total, "message")
                                            : fmt::format("{}+ messages", found.total);
    out.note(found.page.next.empty() ? total
                                     : fmt::format("{} of {} shown; --limit shows more",
                                                   found.page.items.size(), total));
}

}  // namespace

std::string unindexed_text(std::uint64_t messages) {
    return fmt::format(
        "{} not found by words yet: `serve`, or any command that writes, goes on with the index",
        count_text(messages, "message"));
}

void note_unindexed(Output& out, const catalog::Catalog& catalog) {
    if (const auto waiting = catalog.count_unindexed(); waiting > 0) {
        out.note(unindexed_text(waiting));
    }
}

ExitCode run(const Search& command, Context& context) {
    const Reading reading(context);
    auto found = find_all(reading.catalog, command, context.clock.now());
    if (command.with_snippets) {
        sync::add_snippets(reading.archive, reading.catalog, command.query, found);
    }
    say_found(context.out, found);
    note_unindexed(context.out, reading.catalog);
    context.out.result(api::search_result(found));
    return ExitCode::done;
}

ExitCode run(const Thread& command, Context& context) {
    const Reading reading(context);
    const auto id = reading.catalog.resolve(command.id);
    if (!id) {
        throw Error(Errc::not_found, "there is no message with the id " + command.id,
                    "`mailkeep search` shows the ids.");
    }
    const auto messages = reading.catalog.thread(*id);
    say_listed(context.out, messages);
    context.out.result(api::thread_result(messages));
    return ExitCode::done;
}

}  // namespace mailkeep::app
