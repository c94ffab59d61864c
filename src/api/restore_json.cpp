// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/api/restore_json.hpp"

#include "tree.hpp"

#include <algorithm>

namespace mailkeep::api {

namespace {

constexpr std::size_t hindrances_told = 100;

Json number_or_null(const std::optional<std::uint64_t>& number) {
    return number ? Json(*number) : Json();
}

Json sources_of(const sync::MailboxRestore& mailbox) {
    Json sources = Json::array();
    for (const auto& source : mailbox.sources) {
        sources.push_back({{"account", source.account}, {"mailbox", source.mailbox}});
    }
    return sources;
}

Json hindrances_of(const sync::MailboxRestore& mailbox) {
    Json hindrances = Json::array();
    for (const auto& hindrance : mailbox.hindrances) {
        if (hindrances.size() < hindrances_told) {
            hindrances.push_back({{"id", hindrance.message.hex()}, {"reason", hindrance.reason}});
        }
    }
    return hindrances;
}

Json alterations_of(const sync::MailboxRestore& mailbox) {
    Json altered = Json::array();
    for (const auto& [what, messages] : mailbox.altered) {
        altered.push_back({{"what", what}, {"messages", messages}});
    }
    return altered;
}

Json mailbox_tree(const sync::MailboxRestore& mailbox) {
    return {{"name", mailbox.name},
            {"sources", sources_of(mailbox)},
            {"remark", or_null(mailbox.remark)},
            {"is_created", mailbox.is_created},
            {"to_append", mailbox.to_append},
            {"bytes", mailbox.octets},
            {"already_there", mailbox.already_there},
            {"appended", mailbox.appended},
            {"failed", sync::failed(mailbox)},
            {"cannot_go", hindrances_of(mailbox)},
            {"altered", alterations_of(mailbox)},
            {"problem", or_null(mailbox.problem)},
            {"identical", mailbox.identical},
            {"differing", mailbox.differing}};
}

Json report_tree(const sync::RestoreReport& report) {
    Json mailboxes = Json::array();
    for (const auto& mailbox : report.mailboxes) {
        mailboxes.push_back(mailbox_tree(mailbox));
    }
    return {{"mailboxes", std::move(mailboxes)},
            {"free_bytes", number_or_null(report.free_octets)},
            {"append_limit", number_or_null(report.append_limit)},
            {"exceeds_quota", sync::exceeds_quota(report)},
            {"is_verified", report.is_verified}};
}

}  // namespace

std::string restore_json(const sync::RestoreReport& report) {
    return text_of(report_tree(report));
}

std::string restore_result(const Run& run, const sync::RestoreReport& report) {
    const auto end = run.finished.value_or(run.started);
    Json result{{"appended", run.counts.appended},
                {"already_there", run.counts.already_there},
                {"failed", run.counts.failed},
                {"seconds", static_cast<double>((end - run.started).count()) / 1000.0},
                {"state", name_of(run.state)},
                {"error", or_null(run.error)},
                {"hint", or_null(run.hint)}};
    result.update(report_tree(report));
    return text_of(result);
}

}  // namespace mailkeep::api
