// SPDX-License-Identifier: Apache-2.0
#include "log_files.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/signature.hpp"
#include "mailkeep/base/text.hpp"

#include "checkpoint.hpp"
#include "tiles.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::archive {

namespace fs = std::filesystem;

namespace {

constexpr const char* public_key_name = "public-key.pem";
constexpr const char* shown_name = "checkpoint";
constexpr const char* history_name = "checkpoints";
constexpr const char* stamps_name = "stamps";
constexpr const char* stamp_end = ".tsr";
constexpr const char* authorities_end = ".pem";
/// A volume of the history is written anew for each checkpoint it takes, so it stays small.
constexpr std::size_t notes_in_volume = 64;
constexpr std::string_view plain_begin = "plain ";
constexpr std::string_view sealed_begin = "sealed ";

std::string volume_name(std::size_t number) {
    return fmt::format("{:06}", number);
}

}  // namespace

LogFiles::LogFiles(Disk& disk, const Archive& archive)
    : disk_(disk),
      data_(archive.data()),
      folder_(data_ / "log"),
      origin_(log_origin(archive.uuid())),
      sealing_key_(archive.key_for("mailkeep log key")),
      reserve_(data_) {}

std::optional<std::string> LogFiles::public_key() const {
    const auto pem = read(folder_ / public_key_name);
    return pem ? public_key_from_pem(*pem) : std::nullopt;
}

bool LogFiles::has_signing_key() const {
    std::error_code ignored;
    return fs::exists(key_path(), ignored);
}

SigningKey LogFiles::signing_key() const {
    const auto text = read(key_path());
    if (!text) {
        return {{}, "is missing"};
    }
    const auto line = trim(*text);
    std::optional<std::string> octets;
    if (line.starts_with(plain_begin)) {
        octets = from_hex(line.substr(plain_begin.size()));
    } else if (line.starts_with(sealed_begin) && !sealing_key_.empty()) {
        const auto sealed = from_hex(line.substr(sealed_begin.size()));
        octets = sealed ? unseal(sealing_key_.reveal(), *sealed, origin_) : std::nullopt;
    }
    if (!octets || octets->size() != signing_key_size) {
        return {{}, "is damaged, or sealed under another key"};
    }
    const auto expected = public_key();
    if (expected && public_key_of(*octets) != *expected) {
        return {{}, "is not the key of log/public-key.pem"};
    }
    return {*std::move(octets), {}};
}

void LogFiles::begin() {
    make_folders(disk_, data_, "log");
    make_folders(disk_, data_, "keys");
    if (!has_signing_key()) {
        const auto made = make_signing_key();
        const auto line =
            sealing_key_.empty()
                ? std::string(plain_begin) + to_hex(made)
                : std::string(sealed_begin) + to_hex(seal(sealing_key_.reveal(), made, origin_));
        write(key_path(), line + "\n");
    }
    if (const auto made = signing_key(); made.problem.empty()) {
        write(folder_ / public_key_name, public_key_to_pem(public_key_of(made.octets)));
    }
}

std::vector<std::string> LogFiles::volumes() const {
    std::vector<std::string> names;
    std::error_code problem;
    fs::directory_iterator entry(folder_ / history_name, problem);
    for (; !problem && entry != fs::directory_iterator(); entry.increment(problem)) {
        if (auto name = entry->path().filename().string(); parse_number(name)) {
            names.push_back(std::move(name));
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> LogFiles::notes() const {
    std::vector<std::string> all;
    std::size_t number = 0;
    for (const auto& name : volumes()) {
        // One that is missing counts as notes that cannot be read.
        for (; volume_name(number) < name; ++number) {
            all.resize((number + 1) * notes_in_volume);
        }
        const auto text = read(folder_ / history_name / name).value_or("");
        for (const auto note : split_notes(text, origin_)) {
            all.emplace_back(note);
        }
        ++number;
    }
    return all;
}

std::vector<Checkpoint> LogFiles::sound_checkpoints() const {
    const auto key = public_key();
    std::vector<Checkpoint> sound;
    for (const auto& note : notes()) {
        auto checkpoint = key ? read_checkpoint(note, origin_, *key) : std::nullopt;
        if (checkpoint && (sound.empty() || (checkpoint->size > sound.back().size &&
                                             checkpoint->covers > sound.back().covers))) {
            sound.push_back(*std::move(checkpoint));
        }
    }
    return sound;
}

std::optional<Checkpoint> LogFiles::newest() const {
    const auto names = volumes();
    if (names.empty()) {
        return std::nullopt;
    }
    const auto text = read(folder_ / history_name / names.back()).value_or("");
    const auto notes = split_notes(text, origin_);
    const auto key = public_key();
    auto checkpoint =
        notes.empty() || !key ? std::nullopt : read_checkpoint(notes.back(), origin_, *key);
    if (!checkpoint) {
        throw Error(Errc::corrupt,
                    "the newest checkpoint, in log/checkpoints/" + names.back() +
                        ", is damaged or not signed by log/public-key.pem",
                    "Copy both back from a replica of this archive.");
    }
    return checkpoint;
}

std::optional<std::string> LogFiles::shown_note() const {
    return read(folder_ / shown_name);
}

void LogFiles::keep(const Checkpoint& checkpoint) {
    make_folders(disk_, folder_, history_name);
    const auto names = volumes();
    const auto number = names.empty() ? 0 : *parse_number(names.back());
    auto text =
        names.empty() ? std::string() : read(folder_ / history_name / names.back()).value_or("");
    const bool is_full = split_notes(text, origin_).size() >= notes_in_volume;
    write(folder_ / history_name / volume_name(is_full ? number + 1 : number),
          (is_full ? std::string() : text) + checkpoint.note);
    show(checkpoint);
}

void LogFiles::show(const Checkpoint& checkpoint) {
    write(folder_ / shown_name, checkpoint.note);
}

std::vector<std::uint64_t> LogFiles::stamped() const {
    std::vector<std::uint64_t> sizes;
    std::error_code problem;
    fs::directory_iterator entry(folder_ / stamps_name, problem);
    for (; !problem && entry != fs::directory_iterator(); entry.increment(problem)) {
        const auto size = parse_number(entry->path().stem().string());
        if (size && entry->path().extension() == stamp_end) {
            sizes.push_back(*size);
        }
    }
    std::sort(sizes.begin(), sizes.end());
    return sizes;
}

std::optional<std::string> LogFiles::stamp(std::uint64_t size) const {
    return read(folder_ / stamps_name / (std::to_string(size) + stamp_end));
}

std::string LogFiles::authorities_of(std::uint64_t size) const {
    return read(folder_ / stamps_name / (std::to_string(size) + authorities_end)).value_or("");
}

/// The stamp last: where it stands, what it takes to check it stands too.
void LogFiles::keep_stamp(std::uint64_t size, std::string_view response,
                          std::string_view authorities) {
    make_folders(disk_, folder_, stamps_name);
    write(folder_ / stamps_name / (std::to_string(size) + authorities_end), authorities);
    write(folder_ / stamps_name / (std::to_string(size) + stamp_end), response);
}

std::optional<std::string> LogFiles::read(const fs::path& path) const {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) {
        return std::nullopt;
    }
    const ReadableFile file(disk_, path);
    auto octets = file.read(0, file.size());
    if (!file.problem().empty() || !octets) {
        throw Error(Errc::storage, "cannot read " + path.string() + ": " + file.problem());
    }
    return octets;
}

void LogFiles::write(const fs::path& path, std::string_view octets) const {
    write_whole_file(disk_, reserve_, path, octets);
}

}  // namespace mailkeep::archive
