// SPDX-License-Identifier: Apache-2.0
#include "checkpoint.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/signature.hpp"
#include "mailkeep/base/text.hpp"

#include <fmt/format.h>

namespace mailkeep::archive {

namespace {

constexpr std::string_view covers_begin = "covers batch ";
constexpr std::string_view time_begin = "time ";
constexpr std::size_t key_id_size = 4;

/// What tells keys of the same name apart: C2SP signed-note, algorithm 0x01 for Ed25519.
std::string key_id(std::string_view origin, std::string_view public_key) {
    const auto digest = sha256(std::string(origin) + "\n\x01" + std::string(public_key));
    return std::string(digest.view().substr(0, key_id_size));
}

std::string signature_begin(std::string_view origin) {
    return "\xE2\x80\x94 " + std::string(origin) + " ";  // an em dash
}

/// What follows `begin`; nothing when the line begins otherwise.
std::optional<std::string_view> after(std::string_view line, std::string_view begin) {
    return line.starts_with(begin) ? std::optional(line.substr(begin.size())) : std::nullopt;
}

/// A number as it is written: no zeros in front.
std::optional<std::uint64_t> plain_number(std::optional<std::string_view> text) {
    const auto number = text ? parse_number(*text) : std::nullopt;
    return number && std::to_string(*number) == *text ? number : std::nullopt;
}

std::string text_of(const Checkpoint& checkpoint, std::string_view origin) {
    return fmt::format("{}\n{}\n{}\n{}{}\n{}{}\n", origin, checkpoint.size,
                       to_base64(checkpoint.root.view()), covers_begin, checkpoint.covers,
                       time_begin, to_rfc3339(checkpoint.at));
}

}  // namespace

std::string log_origin(std::string_view archive_uuid_text) {
    return "mailkeep/" + std::string(archive_uuid_text);
}

Checkpoint sign_checkpoint(Checkpoint checkpoint, std::string_view origin,
                           std::string_view signing_key) {
    const auto text = text_of(checkpoint, origin);
    checkpoint.note =
        text + "\n" + signature_begin(origin) +
        to_base64(key_id(origin, public_key_of(signing_key)) + sign(signing_key, text)) + "\n";
    return checkpoint;
}

std::optional<Checkpoint> read_checkpoint(std::string_view note, std::string_view origin,
                                          std::string_view public_key) {
    const auto lines = split(note, '\n');
    if (lines.size() != 8 || lines[0] != origin || !lines[5].empty() || !lines[7].empty()) {
        return std::nullopt;
    }
    const auto size = plain_number(lines[1]);
    const auto root = from_base64(lines[2]);
    const auto covers = plain_number(after(lines[3], covers_begin));
    const auto time = after(lines[4], time_begin);
    const auto at = time ? parse_rfc3339(*time) : std::nullopt;
    const auto encoded = after(lines[6], signature_begin(origin));
    const auto signature = encoded ? from_base64(*encoded) : std::nullopt;
    if (!size || !root || root->size() != sizeof(Digest::octets) || !covers || !at || !signature) {
        return std::nullopt;
    }
    const auto id = key_id(origin, public_key);
    const auto text = note.substr(0, note.size() - lines[6].size() - 2);
    if (!signature->starts_with(id) ||
        !is_signed(public_key, text, std::string_view(*signature).substr(id.size()))) {
        return std::nullopt;
    }
    return Checkpoint{*size, Digest::from_octets(*root), *covers, *at, std::string(note)};
}

std::vector<std::string_view> split_notes(std::string_view text, std::string_view origin) {
    const auto border = "\n" + std::string(origin) + "\n";
    std::vector<std::string_view> notes;
    while (!text.empty()) {
        const auto end = text.find(border);
        const auto note = text.substr(0, end == std::string_view::npos ? end : end + 1);
        notes.push_back(note);
        text.remove_prefix(note.size());
    }
    return notes;
}

}  // namespace mailkeep::archive
