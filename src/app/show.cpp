// SPDX-License-Identifier: Apache-2.0
// mailkeep show: one message, for people, for programs, or octet for octet.
#include "mailkeep/api/json.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/body.hpp"
#include "mailkeep/mail/message.hpp"

#include "commands.hpp"
#include "printable.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::app {

namespace {

catalog::MessageDetail find_message(const catalog::Catalog& catalog, const std::string& id) {
    const auto content_id = catalog.resolve(id);
    auto detail = content_id ? catalog.message(*content_id) : std::nullopt;
    if (!detail) {
        throw Error(Errc::not_found, "there is no message with the id " + id,
                    "`mailkeep search` shows the ids.");
    }
    return *std::move(detail);
}

const mail::Part& find_part(const mail::Message& message, int number) {
    const auto part =
        std::find_if(message.parts.begin(), message.parts.end(),
                     [&](const mail::Part& candidate) { return candidate.number == number; });
    if (part == message.parts.end()) {
        throw Error(Errc::not_found, "the message has no part " + std::to_string(number),
                    "`mailkeep show ID` lists its parts.");
    }
    return *part;
}

void say_field(Output& out, std::string_view name, const std::string& value) {
    if (!value.empty()) {
        out.say(fmt::format("{:<9}{}", name, printable_line(value)));
    }
}

void say_headers(Output& out, const mail::Message& message) {
    for (const auto& [name, value] : message.header) {
        out.say(printable_line(name) + ": " + printable_line(value));
    }
}

void say_parts(Output& out, const mail::Message& message) {
    Table table({"PART", "TYPE", "SIZE", "NAME"});
    for (const auto& part : message.parts) {
        table.add({std::to_string(part.number), part.content_type, size_text(part.body.size()),
                   part.file_name});
    }
    out.say("\n" + table.text());
}

void say_places(Output& out, const catalog::MessageDetail& detail) {
    Table table({"STANDS IN", "UID", "FLAGS", "SINCE", "GONE"});
    for (const auto& placement : detail.placements) {
        table.add({placement.account_name + ": " + placement.mailbox, std::to_string(placement.uid),
                   to_text(placement.flags), moment_text(placement.seen_at),
                   moment_text(placement.gone_at)});
    }
    out.say("\n" + table.text());
    for (const auto& placement : detail.placements) {
        if (!placement.flags.labels.empty()) {
            out.say("labels in " +
                    printable_line(placement.account_name + ": " + placement.mailbox + ": " +
                                   join(placement.flags.labels, ", ")));
        }
    }
}

std::string_view proof_text(RemovalProof proof) {
    switch (proof) {
        case RemovalProof::read_back:
            return "after its octets were read back from the archive";
        case RemovalProof::replicated:
            return "after its octets were read back from the archive and stood in the replica";
        case RemovalProof::none:
            break;
    }
    return "as far as can be concluded; no proof was noted";
}

void say_receipts(Output& out, const catalog::MessageDetail& detail) {
    for (const auto& placement : detail.placements) {
        if (placement.receipt) {
            out.say(fmt::format("Deleted on the server of {}, {} UID {}, on {} by run {}, {}.",
                                printable_line(placement.account_name),
                                printable_line(placement.mailbox), placement.uid,
                                moment_text(placement.gone_at), placement.receipt->run.value,
                                proof_text(placement.receipt->proof)));
        }
    }
}

void say_message(Output& out, const catalog::MessageDetail& detail, const mail::Message& message) {
    say_field(out, "Id", detail.stored.content_id.hex());
    say_field(out, "Date", moment_text(detail.date));
    say_field(out, "From", message.from);
    say_field(out, "To", message.to);
    say_field(out, "Cc", message.cc);
    say_field(out, "Subject", message.subject);
    say_field(out, "Is", message.protection);
    say_field(out, "Size", size_text(detail.stored.size));
    out.say("\n" + printable_text(mail::readable_text(message)));
    say_parts(out, message);
    say_places(out, detail);
    say_receipts(out, detail);
}

}  // namespace

ExitCode run(const Show& command, Context& context) {
    const Reading reading(context);
    const auto detail = find_message(reading.catalog, command.id);
    const auto raw = reading.archive.get(detail.stored);
    if (command.view == Show::View::raw) {
        context.out.raw(raw);
        return ExitCode::done;
    }
    const auto message = mail::parse(raw);
    switch (command.view) {
        case Show::View::part:
            context.out.raw(find_part(message, command.part).body);
            return ExitCode::done;
        case Show::View::headers:
            say_headers(context.out, message);
            break;
        case Show::View::text:
            context.out.say(printable_text(mail::readable_text(message)));
            break;
        default:
            say_message(context.out, detail, message);
    }
    context.out.result(api::message_json(detail, message));
    return ExitCode::done;
}

}  // namespace mailkeep::app
