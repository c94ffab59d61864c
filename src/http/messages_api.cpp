// SPDX-License-Identifier: Apache-2.0
// Mail is only ever given out as text in JSON or as a download; nothing of it runs in the page.
#include "mailkeep/api/json.hpp"
#include "mailkeep/mail/message.hpp"
#include "mailkeep/sync/snippets.hpp"

#include "api.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace mailkeep::http {

namespace {

using catalog::Term;

ContentId id_captured(const catalog::Catalog& catalog, const Request& request) {
    const std::optional<ContentId> id = catalog.resolve(request.captured.front());
    if (!id) {
        throw Error(Errc::not_found, "There is no such message.");
    }
    return *id;
}

std::string octets_of(Api& api, const catalog::Catalog& catalog, const ContentId& id) {
    const std::optional<StoredMessage> stored = catalog.stored(id);
    if (!stored) {
        throw Error(Errc::not_found, "There is no such message.");
    }
    return api.depot.archive().get(*stored);
}

/// The query, narrowed to what else was asked for.
catalog::SearchQuery query_of(const Request& request) {
    catalog::SearchQuery query = catalog::SearchQuery::parse(request.parameter("q"));
    Term all{.kind = Term::Kind::all_of, .terms = {query.term}};
    for (const auto& [parameter, field] : {std::pair{"mailbox", "in"}, {"account", "account"}}) {
        const std::string value = request.parameter(parameter);
        if (value.empty()) {
            continue;
        }
        all.terms.push_back({.kind = Term::Kind::field, .field = field, .value = value});
    }
    if (all.terms.size() > 1) {
        query.term = std::move(all);
    }
    return query;
}

catalog::SearchOrder order_of(const Request& request) {
    const std::string sort = request.parameter("sort");
    if (!sort.empty() && sort != "newest" && sort != "relevance") {
        throw Error(Errc::invalid, "\"sort\" is neither newest nor relevance.");
    }
    return sort == "relevance" ? catalog::SearchOrder::relevance : catalog::SearchOrder::newest;
}

}  // namespace

Reply list_messages(Api& api, const Request& request) {
    const auto lent = api.depot.lend_catalog();
    const catalog::Catalog& catalog = *lent;
    const catalog::SearchQuery query = query_of(request);
    const bool with_snippets = switch_parameter(request, "snippets");
    catalog::SearchPage found =
        catalog.search(query, time_parameter(request, "as_of"), api.depot.clock().now(),
                       page_parameter(request), order_of(request));
    if (with_snippets) {
        sync::add_snippets(api.depot.archive(), catalog, query, found);
    }
    return json(200, api::messages_json(found));
}

Reply list_addresses(Api& api, const Request& request) {
    const auto lent = api.depot.lend_catalog();
    const catalog::Catalog& catalog = *lent;
    return json(200, api::addresses_json(catalog.correspondents(request.parameter("q"),
                                                                page_parameter(request).limit)));
}

Reply list_completions(Api& api, const Request& request) {
    const auto lent = api.depot.lend_catalog();
    const catalog::Catalog& catalog = *lent;
    return json(200, api::completions_json(catalog.completions(request.parameter("q"),
                                                               page_parameter(request).limit)));
}

Reply show_message(Api& api, const Request& request) {
    const auto lent = api.depot.lend_catalog();
    const catalog::Catalog& catalog = *lent;
    const ContentId id = id_captured(catalog, request);
    const std::optional<catalog::MessageDetail> detail = catalog.message(id);
    if (!detail) {
        throw Error(Errc::not_found, "There is no such message.");
    }
    const std::string raw = api.depot.archive().get(detail->stored);
    return json(200, api::message_json(*detail, mail::parse(raw)));
}

Reply show_thread(Api& api, const Request& request) {
    const auto lent = api.depot.lend_catalog();
    const catalog::Catalog& catalog = *lent;
    return json(200, api::thread_json(catalog.thread(id_captured(catalog, request))));
}

Reply download_message(Api& api, const Request& request) {
    const auto lent = api.depot.lend_catalog();
    const catalog::Catalog& catalog = *lent;
    const ContentId id = id_captured(catalog, request);
    return unchanging(request, id.hex(), "message/rfc822", octets_of(api, catalog, id))
        .with("Content-Disposition", attachment_named(id.hex().substr(0, 16) + ".eml"));
}

Reply download_part(Api& api, const Request& request) {
    const auto lent = api.depot.lend_catalog();
    const catalog::Catalog& catalog = *lent;
    const ContentId id = id_captured(catalog, request);
    const std::int64_t number = number_captured(request, 1, "part");
    mail::Message message = mail::parse(octets_of(api, catalog, id));
    const auto part = std::find_if(message.parts.begin(), message.parts.end(),
                                   [&](const mail::Part& each) { return each.number == number; });
    if (part == message.parts.end()) {
        throw Error(Errc::not_found, fmt::format("The message has no part {}.", number));
    }
    const std::string name =
        part->file_name.empty() ? fmt::format("part-{}", number) : part->file_name;
    return unchanging(request, fmt::format("{}.{}", id.hex(), number), "application/octet-stream",
                      std::move(part->body))
        .with("Content-Disposition", attachment_named(name));
}

}  // namespace mailkeep::http
