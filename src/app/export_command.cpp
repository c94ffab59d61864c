// SPDX-License-Identifier: Apache-2.0
// mailkeep export: mail out of the archive as files that need nothing of ours.
#include "mailkeep/api/json.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/sync/export_mail.hpp"

#include "commands.hpp"
#include "printable.hpp"
#include "progress_meter.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::app {

namespace {

constexpr std::size_t most_told = 20;

/// Where there must be room for the export anyway.
std::filesystem::path spools_for(const Export& command) {
    std::error_code error;
    const bool is_stream =
        command.output.empty() || std::filesystem::is_other(command.output, error);
    return is_stream ? std::filesystem::temp_directory_path() : command.output.parent_path();
}

std::unique_ptr<files::Destination> destination_of(const Export& command, Output& out) {
    if (!command.output.empty()) {
        return files::open_destination(command.output, command.packing, command.existing);
    }
    return files::stream_destination(
        command.packing, [&out](std::string_view octets) { out.raw(octets); }, spools_for(command));
}

sync::Exported export_all(const Export& command, Context& context) {
    Reading reading(context);
    reading.catalog.bound_memory();
    note_unindexed(context.out, reading.catalog);
    sync::ExportRequest request;
    request.selection = selection_of(command.choice, reading.catalog);
    request.format = command.format;
    request.spools = spools_for(command);
    if (files::is_single(command.packing)) {
        request.single = command.output.filename().string();
    }
    const auto to = destination_of(command, context.out);
    sync::Progress progress;
    const auto work = [&] {
        return sync::export_mail(request, reading.catalog, reading.archive, *to,
                                 context.clock.now(), progress, context.stop);
    };
    if (command.output.empty()) {
        return work();
    }
    return show_beside(work, progress, context.out);
}

std::string done_text(const Export& command, const sync::Exported& exported) {
    const auto messages = count_text(exported.messages, "message");
    if (command.format != sync::ExportFormat::attachments) {
        return fmt::format("Exported {}, {}", messages, size_text(exported.octets));
    }
    return fmt::format("Exported {} of {}, {}", count_text(exported.attachments, "attachment"),
                       messages, size_text(exported.octets));
}

void tell_failed(Output& out, const sync::Exported& exported) {
    const auto& failed = exported.failed;
    for (std::size_t i = 0; i < std::min(failed.size(), most_told); ++i) {
        out.complain(failed[i]);
    }
    if (failed.size() > most_told) {
        out.complain(fmt::format("{} more cannot be given back; --json names all",
                                 count_text(failed.size() - most_told, "message")));
    }
    if (!failed.empty()) {
        out.advise("All others were exported. `mailkeep repair` mends from a replica.");
    }
}

}  // namespace

ExitCode run(const Export& command, Context& context) {
    const auto exported = export_all(command, context);
    const auto text = done_text(command, exported);
    if (command.output.empty()) {
        context.out.note(text);
    } else {
        context.out.say(text + " to " + command.output.string());
    }
    tell_failed(context.out, exported);
    context.out.result(api::export_result(exported));
    return exported.failed.empty() ? ExitCode::done : ExitCode::damaged;
}

}  // namespace mailkeep::app
