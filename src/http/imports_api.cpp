// SPDX-License-Identifier: Apache-2.0
// Files come in pieces that are no larger than any other request, and so at any size.
#include "mailkeep/api/json.hpp"
#include "mailkeep/api/requests.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/service/accounts.hpp"
#include "mailkeep/service/uploads.hpp"

#include "api.hpp"

#include <fmt/core.h>

namespace mailkeep::http {

Reply begin_upload(Api& api, const Request& request) {
    const auto upload = service::begin_upload(api.depot, api::upload_name(request.body));
    return json(201, api::object({{"upload", upload}, {"size", 0}}))
        .with("Location", fmt::format("/api/v1/uploads/{}", upload));
}

Reply append_to_upload(Api& api, const Request& request) {
    const auto at = parse_number(request.parameter("at"));
    if (!at) {
        throw Error(Errc::invalid, "\"at\" is not a number of octets.");
    }
    const auto& upload = request.captured.at(0);
    const auto size = service::append_to_upload(api.depot, upload, *at, request.body);
    return json(200, api::object({{"upload", upload}, {"size", size}}));
}

Reply remove_upload(Api& api, const Request& request) {
    service::remove_upload(api.depot, request.captured.at(0));
    return no_content();
}

Reply start_import(Api& api, const Request& request) {
    api::ImportRequest wanted = api::import_request(request.body);
    wanted.import.paths = {service::uploaded_file(api.depot, wanted.upload)};
    const AccountId account = service::account_to_import_into(api.depot, wanted.account);
    const auto afterwards = [&depot = api.depot, upload = wanted.upload] {
        service::remove_upload(depot, upload);
    };
    const RunId run = api.runner.start_import(account, std::move(wanted.import), afterwards);
    return json(202, api::object({{"id", run.value}}))
        .with("Location", fmt::format("/api/v1/runs/{}", run.value));
}

}  // namespace mailkeep::http
