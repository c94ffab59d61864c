// SPDX-License-Identifier: Apache-2.0
#include "identity.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "durable_file.hpp"
#include "frame.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <system_error>
#include <vector>

namespace mailkeep::archive {

namespace {

constexpr const char* identity_file = "ARCHIVE";
constexpr std::string_view first_line = "Mailkeep archive\n";
constexpr std::string_view seal_name = "sha256: ";
constexpr std::string_view no_features = "none";
constexpr std::string_view encryption = "encryption";
constexpr std::string_view packs_feature = "packs";

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

std::string features_to_read(const Identity& identity) {
    std::vector<std::string> words;
    if (!identity.key_check.empty()) {
        words.emplace_back(encryption);
    }
    if (identity.may_hold_packs) {
        words.emplace_back(packs_feature);
    }
    return words.empty() ? std::string(no_features) : join(words, " ");
}

/// The words, all known to us.
std::set<std::string, std::less<>> known_features(std::string_view text) {
    std::set<std::string, std::less<>> words;
    if (text == no_features) {
        return words;
    }
    for (const auto word : split(text, ' ')) {
        if (word != encryption && word != packs_feature) {
            throw_newer("features " + std::string(text));
        }
        words.emplace(word);
    }
    return words;
}

}  // namespace

std::string to_text(const Identity& identity) {
    std::string text(first_line);
    text += "format: " + std::to_string(format_version) + "\n";
    text += "uuid: " + uuid_text(identity.uuid) + "\n";
    text += "created: " + to_rfc3339(identity.created) + "\n";
    text += "features-to-read: " + features_to_read(identity) + "\n";
    text += "features-to-write: " + identity.features_to_write + "\n";
    if (!identity.key_check.empty()) {
        text += "key-check: " + to_hex(identity.key_check) + "\n";
    }
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
    const auto features = known_features(value_of(text, "features-to-read"));
    const auto uuid = uuid_from_text(value_of(text, "uuid"));
    const auto created = parse_rfc3339(value_of(text, "created"));
    if (!uuid || !created) {
        throw_damaged();
    }
    Identity identity{.uuid = *uuid,
                      .created = *created,
                      .may_hold_packs = features.contains(packs_feature),
                      .key_check = {},
                      .features_to_write = value_of(text, "features-to-write")};
    if (features.contains(encryption)) {
        const auto check = Digest::from_hex(value_of(text, "key-check"));
        if (!check) {
            throw_damaged();
        }
        identity.key_check = check->view();
    }
    return identity;
}

std::string read_identity_text(Disk& disk, const std::filesystem::path& data) {
    std::error_code ignored;
    if (!std::filesystem::exists(data / identity_file, ignored)) {
        throw Error(Errc::not_found, "no archive in " + data.string(),
                    "Make one with `mailkeep init`, or name another place with --data.");
    }
    const ReadableFile file(disk, data / identity_file);
    const auto text = file.read(0, file.size());
    if (!file.problem().empty() || !text) {
        throw Error(Errc::storage,
                    "cannot read " + (data / identity_file).string() + ": " + file.problem());
    }
    return *text;
}

std::string key_check_of(const DataKey& key, std::string_view uuid) {
    return key.derive(uuid, "mailkeep key check 1");
}

void require_key(const Identity& identity, const DataKey& key) {
    const bool is_encrypted = !identity.key_check.empty();
    if (is_encrypted && key.empty()) {
        throw Error(Errc::authentication, "the archive is encrypted, and no key was given",
                    "Give --key-file FILE or set MAILKEEP_KEY_FILE, or run it on a terminal and "
                    "type the passphrase.");
    }
    if (!is_encrypted && !key.empty()) {
        throw Error(Errc::invalid, "the archive is not encrypted, but a key was given", "");
    }
    if (is_encrypted &&
        !equals_in_constant_time(key_check_of(key, identity.uuid), identity.key_check)) {
        throw Error(Errc::authentication, "this is not the key of this archive",
                    "Key slots belong to one archive: look whether the folder keys/ was mixed up "
                    "with another archive's.");
    }
}

void require_writable(const Identity& identity) {
    if (identity.features_to_write != no_features) {
        throw_newer("features " + identity.features_to_write + " to write");
    }
}

}  // namespace mailkeep::archive
