// SPDX-License-Identifier: Apache-2.0
#include "import_index.hpp"

#include "mailkeep/base/text.hpp"

#include "json_scanner.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace mailkeep::files {

namespace {

constexpr std::size_t longest_line = std::size_t{1} << 20U;

std::uint64_t hash_of(std::string_view path) {
    const auto digest = sha256(path);
    std::uint64_t value = 0;
    std::memcpy(&value, digest.octets.data(), sizeof(value));
    return value;
}

std::vector<std::string> texts_of(JsonScanner& json) {
    std::vector<std::string> texts;
    if (!json.enter('[')) {
        json.pass();
        return texts;
    }
    while (json.next_item()) {
        if (auto text = json.text()) {
            texts.push_back(*std::move(text));
        }
    }
    return texts;
}

/// "2026-11-23T04:05:06+01:00": the zone stands at the end.
std::optional<InternalDate> date_from(std::string_view text) {
    const auto at = parse_rfc3339(text);
    if (!at) {
        return std::nullopt;
    }
    InternalDate date{*at, {}};
    const auto sign = text.size() < 6 ? ' ' : text[text.size() - 6];
    if (sign == '+' || sign == '-') {
        const auto hours = parse_number(text.substr(text.size() - 5, 2)).value_or(0);
        const auto minutes = parse_number(text.substr(text.size() - 2)).value_or(0);
        date.zone = std::chrono::minutes(static_cast<int>(hours * 60 + minutes));
        date.zone = sign == '-' ? -date.zone : date.zone;
    }
    return date;
}

struct Fields {
    std::string path;
    std::string mailbox;
    std::string delimiter;
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> octets;
    std::optional<ContentId> content_id;
    std::optional<InternalDate> internal_date;
    Flags flags;
};

void take_member(JsonScanner& json, const std::string& name, Fields& fields) {
    if (name == "path") {
        fields.path = json.text().value_or("");
    } else if (name == "mailbox") {
        fields.mailbox = json.text().value_or("");
    } else if (name == "delimiter") {
        fields.delimiter = json.text().value_or("");
    } else if (name == "offset") {
        fields.offset = json.number().value_or(0);
    } else if (name == "octets") {
        fields.octets = json.number();
    } else if (name == "id") {
        fields.content_id = Digest::from_hex(json.text().value_or(""));
    } else if (name == "internal_date") {
        fields.internal_date = date_from(json.text().value_or(""));
    } else if (name == "flags" || name == "keywords") {
        for (const auto& word : texts_of(json)) {
            fields.flags.add(word);
        }
    } else if (name == "labels") {
        fields.flags.labels = texts_of(json);
        std::sort(fields.flags.labels.begin(), fields.flags.labels.end());
    } else {
        json.pass();
    }
}

}  // namespace

void ImportIndex::read(Source& source) {
    Window window(source);
    while (!window.is_at_end()) {
        std::size_t end = std::string_view::npos;
        for (std::size_t wanted = 1; end == std::string_view::npos;
             wanted = window.view().size() + 1) {
            const bool is_last = !window.fill(wanted) || window.view().size() > longest_line;
            end = window.view().find('\n');
            if (is_last && end == std::string_view::npos) {
                end = window.view().size();
            }
        }
        take_line(window.view().substr(0, end));
        window.drop(std::min(end + 1, window.view().size()));
    }
    std::sort(lines_.begin(), lines_.end(), [](const Line& a, const Line& b) {
        return std::tie(a.path, a.offset) < std::tie(b.path, b.offset);
    });
}

void ImportIndex::take_line(std::string_view text) {
    JsonScanner json(text);
    Fields fields;
    if (!json.enter('{')) {
        return;
    }
    while (const auto name = json.next_member()) {
        take_member(json, *name, fields);
    }
    if (json.failed() || fields.mailbox.empty()) {
        return;
    }
    const IndexedMailbox mailbox{fields.mailbox,
                                 fields.delimiter.empty() ? '\0' : fields.delimiter.front()};
    if (!fields.content_id) {
        empty_.push_back(mailbox);
        return;
    }
    Line line{hash_of(fields.path), fields.offset, fields.octets.value_or(0)};
    line.has_octets = fields.octets.has_value();
    line.content_id = *fields.content_id;
    line.has_date = fields.internal_date.has_value();
    if (line.has_date) {
        line.date_ms = unix_ms(fields.internal_date->at);
        line.zone = static_cast<std::int16_t>(fields.internal_date->zone.count());
    }
    line.mailbox = number_of_mailbox(mailbox);
    line.flags = number_of_flags(fields.flags);
    lines_.push_back(line);
}

std::uint32_t ImportIndex::number_of_mailbox(const IndexedMailbox& mailbox) {
    const auto next = static_cast<std::uint32_t>(mailboxes_.size());
    const auto [place, is_new] =
        mailbox_numbers_.try_emplace(mailbox.name + '\0' + mailbox.delimiter, next);
    if (is_new) {
        mailboxes_.push_back(mailbox);
    }
    return place->second;
}

std::uint32_t ImportIndex::number_of_flags(const Flags& flags) {
    const auto next = static_cast<std::uint32_t>(flag_sets_.size());
    const auto [place, is_new] =
        flag_numbers_.try_emplace(to_text(flags) + '\n' + join(flags.labels, "\n"), next);
    if (is_new) {
        flag_sets_.push_back(flags);
    }
    return place->second;
}

ImportIndex::Range ImportIndex::of_file(std::string_view path) const {
    const auto hash = hash_of(path);
    const auto first =
        std::lower_bound(lines_.begin(), lines_.end(), hash,
                         [](const Line& line, std::uint64_t value) { return line.path < value; });
    const auto last =
        std::upper_bound(first, lines_.end(), hash,
                         [](std::uint64_t value, const Line& line) { return value < line.path; });
    return {static_cast<std::size_t>(first - lines_.begin()),
            static_cast<std::size_t>(last - lines_.begin())};
}

IndexedMessage ImportIndex::message(std::size_t place) const {
    const auto& line = lines_.at(place);
    const auto& mailbox = mailboxes_.at(line.mailbox);
    IndexedMessage message;
    message.offset = line.offset;
    message.octets = line.has_octets ? std::optional(line.octets) : std::nullopt;
    message.content_id = line.content_id;
    message.mailbox = mailbox.name;
    message.delimiter = mailbox.delimiter;
    message.flags = flag_sets_.at(line.flags);
    if (line.has_date) {
        message.internal_date =
            InternalDate{from_unix_ms(line.date_ms), std::chrono::minutes(line.zone)};
    }
    return message;
}

}  // namespace mailkeep::files
