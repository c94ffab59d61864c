// SPDX-License-Identifier: Apache-2.0
// mailkeep replicate, repair, salvage: second copies, and what they are good for.
#include "mailkeep/api/json.hpp"
#include "mailkeep/archive/repair.hpp"
#include "mailkeep/archive/replica.hpp"
#include "mailkeep/archive/salvage.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/net/local_socket.hpp"
#include "mailkeep/service/repair.hpp"
#include "mailkeep/sync/check.hpp"

#include "commands.hpp"
#include "printable.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace mailkeep::app {

namespace fs = std::filesystem;

namespace {

void say_all(Output& out, std::string_view word, const std::vector<archive::Finding>& findings) {
    for (const auto& finding : findings) {
        out.say(finding_text(word, finding));
    }
}

/// Two people cannot mend the same files at once, and the service has them open.
void require_no_service(const Settings& settings) {
    if (net::connect_local(control_socket(settings)) != nullptr) {
        throw Error(Errc::in_use, "mailkeep serve works with this archive",
                    "Stop it, run `mailkeep repair`, and start it again.");
    }
}

std::vector<fs::path> copies_for(const Repair& command, const Settings& settings) {
    if (!command.from.empty()) {
        return {command.from};
    }
    return settings.replica ? std::vector{settings.replica->folder} : std::vector<fs::path>();
}

std::vector<std::string> objects_of(const std::vector<archive::Finding>& findings) {
    std::vector<std::string> objects;
    for (const auto& finding : findings) {
        objects.push_back(finding.object);
    }
    return objects;
}

/// The messages that files could not give back, and then the replicas with them.
sync::RepairedMessages repair_rest(const std::vector<fs::path>& copies,
                                   const archive::Repaired& files, Context& context) {
    service::Depot depot(context.settings.data, context.clock, key_of(context));
    auto folders = copies;
    folders.insert(folders.begin(), context.settings.data);
    auto messages = service::repair_messages(depot, objects_of(files.lost), folders, context.stop);
    for (const auto& copy : copies) {
        const auto done = archive::replicate(
            depot.archive(), copy,
            {.state = archive::ReplicaState::must_exist, .depth = archive::Depth::full},
            context.stop);
        say_all(context.out, "replica", done.problems);
    }
    return messages;
}

void write_eml(const fs::path& folder, const std::string& name, std::string_view octets) {
    std::ofstream file(folder / name, std::ios::binary | std::ios::trunc);
    file.write(octets.data(), static_cast<std::streamsize>(octets.size()));
    file.close();
    if (!file) {
        throw Error(Errc::storage,
                    "cannot write " + (folder / name).string() + ": " + std::strerror(errno));
    }
}

}  // namespace

ExitCode run(const Replicate& command, Context& context, Workplace& place) {
    const auto begin = std::chrono::steady_clock::now();
    const auto done = archive::replicate(place.depot.archive(), command.to, {}, context.stop);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    say_all(context.out, "problem", done.problems);
    context.out.say(fmt::format("{} copied ({}), {} already there, in {:.1f} s",
                                count_text(done.copied, "file"), size_text(done.bytes),
                                done.already_there, took.count()));
    context.out.result(api::object({{"copied", done.copied},
                                    {"bytes", done.bytes},
                                    {"verified", done.verified},
                                    {"already_there", done.already_there},
                                    {"problems", done.problems.size()},
                                    {"seconds", static_cast<std::int64_t>(took.count())}}));
    return done.problems.empty() ? ExitCode::done : ExitCode::partial;
}

ExitCode run(const Repair& command, Context& context) {
    require_no_service(context.settings);
    const auto& data = context.settings.data;
    const auto copies = copies_for(command, context.settings);
    auto files = archive::repair_identity(data, copies);
    files.add(archive::repair_files(data, copies, key_of(context)));
    say_all(context.out, "mended", files.mended);
    const auto messages = repair_rest(copies, files, context);
    if (messages.found_in_files + messages.found_on_server > 0) {
        // What was stored again may hold the octets that a damaged file lacks.
        files = archive::repair_files(data, copies, key_of(context));
        say_all(context.out, "mended", files.mended);
    }
    const auto verdict = sync::check(data, archive::Depth::full, key_of(context));
    sync::remember_check(data, key_of(context), archive::Depth::full, verdict, context.clock.now());
    say_all(context.out, "still damaged", verdict.damaged);
    context.out.say(fmt::format("{} from other files, {} from the server, {} lost",
                                count_text(messages.found_in_files, "message"),
                                messages.found_on_server, messages.lost.size()));
    context.out.result(api::verify_result(verdict));
    return verdict.damaged.empty() ? ExitCode::done : ExitCode::damaged;
}

ExitCode run(const Salvage& command, Context& context) {
    std::error_code problem;
    fs::create_directories(command.output, problem);
    const auto key = archive::needs_key(command.file) ? key_of(context) : archive::DataKey();
    const auto done = archive::salvage(
        command.file, key, [&](const ContentId& content_id, std::string_view octets) {
            write_eml(command.output, content_id.hex() + ".eml", octets);
        });
    say_all(context.out, "unread", done.unread);
    context.out.say(fmt::format("{} ({}) in {}", count_text(done.messages, "message"),
                                size_text(done.octets), command.output.string()));
    context.out.result(api::object(
        {{"messages", done.messages}, {"bytes", done.octets}, {"unread", done.unread.size()}}));
    return done.unread.empty() ? ExitCode::done : ExitCode::damaged;
}

}  // namespace mailkeep::app
