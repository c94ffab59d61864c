// SPDX-License-Identifier: Apache-2.0
// Mail as a download that needs nothing of ours to be read.
#include "mailkeep/base/error.hpp"

#include "api.hpp"
#include "export_stream.hpp"
#include "reply.hpp"

#include <fmt/format.h>

namespace mailkeep::http {

namespace {

constexpr std::string_view stem = "mail.";

struct Shape {
    files::Packing packing = files::Packing::zip;
    std::string end;  ///< "zip", "tar.zst"
};

Shape shape_of(const Request& request) {
    const std::string given = request.parameter("packing");
    const std::string end = given.empty() ? "zip" : given;
    const files::Packing packing = files::packing_of(std::string(stem) + end);
    if (packing == files::Packing::folder || end.find('/') != std::string::npos) {
        throw Error(Errc::invalid, "\"packing\" is not a form of a download.",
                    "Ask for zip, tar, tar.gz, tar.zst, mbox, mbox.gz or mbox.zst.");
    }
    return {packing, end};
}

std::string_view content_type_of(files::Packing packing) {
    switch (packing) {
        case files::Packing::zip:
            return "application/zip";
        case files::Packing::tar:
            return "application/x-tar";
        case files::Packing::single:
            return "application/mbox";
        case files::Packing::tar_zst:
        case files::Packing::single_zst:
            return "application/zstd";
        default:
            return "application/gzip";
    }
}

catalog::Selection selection_of(Api& api, const Request& request) {
    catalog::Selection selection;
    selection.query = catalog::SearchQuery::parse(request.parameter("q"));
    selection.as_of = time_parameter(request, "as_of");
    for (const auto& [name, value] : request.query) {
        if (name == "mailbox" && !value.empty()) {
            selection.mailboxes.push_back(value);
        }
    }
    if (const std::string name = request.parameter("account"); !name.empty()) {
        const std::optional<Account> known = api.depot.open_catalog().account_named(name);
        if (!known) {
            throw Error(Errc::not_found, "There is no account \"" + name + "\".");
        }
        selection.account = known->id;
    }
    return selection;
}

}  // namespace

Reply download_export(Api& api, const Request& request) {
    const Shape shape = shape_of(request);
    const std::string format = request.parameter("format");
    sync::ExportRequest wanted;
    wanted.format = format.empty() ? sync::ExportFormat::eml : sync::export_format_from(format);
    sync::require_exportable(wanted.format, shape.packing);
    wanted.selection = selection_of(api, request);
    wanted.single = files::is_single(shape.packing) ? std::string(stem) + shape.end : "";
    wanted.spools = api.depot.archive().data() / "incoming";
    Reply reply(200, std::string(content_type_of(shape.packing)), "");
    reply.download = ExportStream::open(api, std::move(wanted), shape.packing);
    if (!reply.download) {
        return problem(503, Errc::in_use, "Too many exports are under way.", "Try again later.")
            .with("Retry-After", "60");
    }
    const std::string day = to_rfc3339(api.depot.clock().now()).substr(0, 10);
    return std::move(reply).with("Content-Disposition",
                                 attachment_named(fmt::format("mail-{}.{}", day, shape.end)));
}

}  // namespace mailkeep::http
