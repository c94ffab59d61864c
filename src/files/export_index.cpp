// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/export_index.hpp"

#include "mailkeep/base/text.hpp"
#include "mailkeep/files/table_text.hpp"

#include <fmt/format.h>

namespace mailkeep::files {

namespace {

std::optional<std::string> moment(const std::optional<Timestamp>& at) {
    return at ? std::optional(to_rfc3339(*at)) : std::nullopt;
}

std::string delimiter_text(const Placement& placement) {
    return placement.delimiter == 0 ? std::string() : std::string(1, placement.delimiter);
}

std::vector<std::string> system_flags(const Flags& flags) {
    auto system = flags;
    system.keywords.clear();
    return words_of(system);
}

std::string text(std::string_view value) {
    return json_text(value);
}

}  // namespace

std::string to_json_line(const Placement& placement, const IndexLine& line) {
    return fmt::format(
        R"({{"path":{},"offset":{},"octets":{},"id":"{}","size":{},"account":{},"mailbox":{},)"
        R"("delimiter":{},"uid":{},"uid_validity":{},"flags":{},"keywords":{},"labels":{},)"
        R"("internal_date":"{}","gone_at":{},"subject":{},"from":{},"date":{}}})"
        "\n",
        text(line.path), line.offset, line.octets, placement.message.content_id.hex(),
        placement.message.size, text(placement.account_name), text(placement.mailbox),
        text(delimiter_text(placement)), placement.uid, placement.uid_validity,
        json_list(system_flags(placement.flags)), json_list(placement.flags.keywords),
        json_list(placement.flags.labels), to_rfc3339(placement.internal_date),
        json_text(moment(placement.gone_at)), text(line.subject), text(line.from),
        json_text(moment(line.date)));
}

std::string to_csv_line(const Placement& placement, const IndexLine& line) {
    return csv_line({line.path, std::to_string(line.offset), std::to_string(line.octets),
                     placement.message.content_id.hex(), std::to_string(placement.message.size),
                     placement.account_name, placement.mailbox, delimiter_text(placement),
                     std::to_string(placement.uid), std::to_string(placement.uid_validity),
                     join(system_flags(placement.flags), " "), join(placement.flags.keywords, " "),
                     join(placement.flags.labels, "; "), to_rfc3339(placement.internal_date),
                     moment(placement.gone_at).value_or(""), line.subject, line.from,
                     moment(line.date).value_or("")});
}

std::string to_json_line(const Placement& mailbox, const std::string& path) {
    return fmt::format(R"({{"path":{},"account":{},"mailbox":{},"delimiter":{}}})"
                       "\n",
                       text(path), text(mailbox.account_name), text(mailbox.mailbox),
                       text(delimiter_text(mailbox)));
}

std::string to_csv_line(const Placement& mailbox, const std::string& path) {
    return csv_line({path, "", "", "", "", mailbox.account_name, mailbox.mailbox,
                     delimiter_text(mailbox), "", "", "", "", "", "", "", "", "", ""});
}

std::string csv_head() {
    return csv_line({"path", "offset", "octets", "id", "size", "account", "mailbox", "delimiter",
                     "uid", "uid_validity", "flags", "keywords", "labels", "internal_date",
                     "gone_at", "subject", "from", "date"});
}

}  // namespace mailkeep::files
