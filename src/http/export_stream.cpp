// SPDX-License-Identifier: Apache-2.0
#include "export_stream.hpp"

#include "mailkeep/base/error.hpp"

namespace mailkeep::http {

std::unique_ptr<ExportStream> ExportStream::open(Api& api, sync::ExportRequest request,
                                                 files::Packing packing) {
    auto stream = std::make_unique<ExportStream>(api, std::move(request), packing);
    return api.open_exports > most_exports ? nullptr : std::move(stream);
}

ExportStream::ExportStream(Api& api, sync::ExportRequest request, files::Packing packing)
    : api_(api), request_(std::move(request)), packing_(packing) {
    ++api_.open_exports;
}

ExportStream::~ExportStream() {
    --api_.open_exports;
}

void ExportStream::send(const std::function<bool(std::string_view)>& take) {
    const auto sink = [&](std::string_view octets) {
        if (!take(octets)) {
            throw Error(Errc::cancelled, "nobody reads the export any more");
        }
    };
    const catalog::Catalog catalog = api_.depot.open_catalog();
    const auto to = files::stream_destination(packing_, sink, request_.spools);
    sync::Progress progress;
    // What cannot be given back is named in the export itself.
    static_cast<void>(sync::export_mail(request_, catalog, api_.depot.archive(), *to,
                                        api_.depot.clock().now(), progress, api_.stop.get_token()));
}

}  // namespace mailkeep::http
