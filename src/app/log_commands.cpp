// SPDX-License-Identifier: Apache-2.0
// mailkeep prove, and log list, verify and stamp.
#include "mailkeep/api/json.hpp"
#include "mailkeep/api/log_json.hpp"
#include "mailkeep/archive/log.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/time_stamp.hpp"
#include "mailkeep/service/log_stamp.hpp"

#include "commands.hpp"
#include "printable.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace mailkeep::app {

namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream octets;
    if (!file || !(octets << file.rdbuf())) {
        throw Error(Errc::invalid, "cannot read " + path.string());
    }
    return octets.str();
}

void write_file(const fs::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) {
        throw Error(Errc::storage, "cannot write " + path.string());
    }
}

/// What the log holds may be no longer in the catalog, so a whole id is taken as it is.
ContentId id_of(const Reading& reading, const std::string& given) {
    const auto known = reading.catalog.resolve(given);
    const auto content_id = known ? known : Digest::from_hex(given);
    if (!content_id) {
        throw Error(Errc::not_found, "there is no message with the id " + given,
                    "`mailkeep search` shows the ids.");
    }
    return *content_id;
}

std::vector<api::CheckpointView> checkpoints_of(const archive::Log& log) {
    std::vector<api::CheckpointView> views;
    for (auto& checkpoint : log.checkpoints()) {
        std::optional<Timestamp> stamped_at;
        if (const auto stamp = log.stamp(checkpoint)) {
            // Only what it says; whether it holds is asked by verify.
            stamped_at =
                check_time_stamp(*stamp, sha256(checkpoint.note), {}, TrustAt::of_stamp).at;
        }
        views.push_back({std::move(checkpoint), stamped_at});
    }
    return views;
}

}  // namespace

ExitCode run(const Prove& command, Context& context) {
    const Reading reading(context);
    const archive::Log log(reading.archive);
    const auto proof = log.prove(id_of(reading, command.id));
    const auto text = to_text(proof);
    if (!command.output.empty()) {
        write_file(command.output, text);
        context.out.say("The proof is in " + command.output.string());
        context.out.note("How to check it without mailkeep: src/archive/LOG.md");
    } else if (context.out.style().form != Form::json) {
        context.out.raw(text);
    }
    context.out.result(api::proof_json(proof));
    return ExitCode::done;
}

ExitCode run(const LogList& /*command*/, Context& context) {
    const Reading reading(context);
    const auto checkpoints = checkpoints_of(archive::Log(reading.archive));
    Table table({"SIGNED", "ENTRIES", "BATCHES", "STAMPED", "ROOT"});
    for (const auto& [checkpoint, stamped_at] : checkpoints) {
        table.add({moment_text(checkpoint.at), std::to_string(checkpoint.size),
                   std::to_string(checkpoint.covers), moment_text(stamped_at),
                   checkpoint.root.hex()});
    }
    context.out.say(table.text());
    if (checkpoints.empty()) {
        context.out.note("The log is empty: it grows with every backup.");
    }
    context.out.result(api::checkpoints_json(checkpoints));
    return ExitCode::done;
}

ExitCode run(const LogVerify& command, Context& context) {
    const Reading reading(context);
    const archive::Log log(reading.archive);
    auto verdict = log.check();
    const auto add = [&](const std::vector<archive::Finding>& findings) {
        verdict.damaged.insert(verdict.damaged.end(), findings.begin(), findings.end());
    };
    if (verdict.damaged.empty()) {
        add(log.compare(archive::Depth::full));
        if (!command.checkpoint.empty()) {
            add(log.compare_with(content_of(command.checkpoint)));
        }
    }
    for (const auto& finding : verdict.damaged) {
        context.out.say("damaged: " + printable_line(finding.object + ": " + finding.what));
    }
    for (const auto& finding : verdict.notes) {
        context.out.say("note: " + printable_line(finding.object + ": " + finding.what));
    }
    const bool is_whole = verdict.damaged.empty();
    context.out.say(fmt::format(
        "{} entries under {}: {}", verdict.entries, count_text(verdict.checkpoints, "checkpoint"),
        is_whole ? "all is well" : count_text(verdict.damaged.size(), "fault")));
    context.out.result(api::log_verdict_json(verdict));
    return is_whole ? ExitCode::done : ExitCode::damaged;
}

ExitCode run(const LogStamp& command, Context& context, Workplace& place) {
    const auto stamped =
        service::stamp_log(place.depot, command.authority, content_of(command.ca_file));
    context.out.say(fmt::format("All {} entries stood in the log on {}, says {}",
                                stamped.checkpoint.size, to_rfc3339(stamped.at),
                                printable_line(command.authority)));
    context.out.result(
        api::object({{"size", stamped.checkpoint.size}, {"stamped_at", to_rfc3339(stamped.at)}}));
    return ExitCode::done;
}

}  // namespace mailkeep::app
