// SPDX-License-Identifier: Apache-2.0
#include "identity.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "frame.hpp"

#include <algorithm>
#include <optional>

namespace mailkeep::archive {

namespace {

constexpr std::string_view first_line = "Mailkeep archive\n";
constexpr std::string_view seal_name = "sha256: ";
constexpr std::string_view no_features = "none";

std::string seal_line(std::string_view lines) {
    return std::string(seal_name) + sha256(lines).hex() + "\n";
}

[[noreturn]] void throw_damaged() {
    throw Error(Errc::corrupt, "the file ARCHIVE is damaged",
                "Copy ARCHIVE back from a replica of this archive; the mail itself stands in the "
                "journal folder.");
}

[[noreturn]] void throw_newer(std::string_view what) {
    throw Error(Errc::invalid, "this archive needs a newer mailkeep: " + std::string(what),
                "Update mailkeep.");
}

/// The value of a "name: value" line.
std::string value_of(std::string_view text, std::string_view name) {
    for (const auto line : split(text, '\n')) {
        if (line.starts_with(name) && line.substr(name.size()).starts_with(": ")) {
            return std::string(line.substr(name.size() + 2));
        }
    }
    throw_damaged();
}

std::optional<std::string> uuid_from_text(std::string text) {
    std::erase(text, '-');
    auto octets = from_hex(text);
    return octets && octets->size() == uuid_size ? octets : std::nullopt;
}

}  // namespace

std::string to_text(const Identity& identity) {
    std::string text(first_line);
    text += "format: " + std::to_string(format_version) + "\n";
    text += "uuid: " + uuid_text(identity.uuid) + "\n";
    text += "created: " + to_rfc3339(identity.created) + "\n";
    text += "features-to-read: " + std::string(no_features) + "\n";
    text += "features-to-write: " + identity.features_to_write + "\n";
    return text + seal_line(text);
}

Identity identity_from_text(std::string_view text) {
    const auto seal_at = text.rfind(seal_name);
    if (!text.starts_with(first_line) || seal_at == std::string_view::npos ||
        text.substr(seal_at) != seal_line(text.substr(0, seal_at))) {
        throw_damaged();
    }
    if (const auto format = value_of(text, "format"); format != std::to_string(format_version)) {
        throw_newer("format " + format);
    }
    if (const auto features = value_of(text, "features-to-read"); features != no_features) {
        throw_newer("features " + features);
    }
    const auto uuid = uuid_from_text(value_of(text, "uuid"));
    const auto created = parse_rfc3339(value_of(text, "created"));
    if (!uuid || !created) {
        throw_damaged();
    }
    return {*uuid, *created, value_of(text, "features-to-write")};
}

void require_writable(const Identity& identity) {
    if (identity.features_to_write != no_features) {
        throw_newer("features " + identity.features_to_write + " to write");
    }
}

}  // namespace mailkeep::archive
