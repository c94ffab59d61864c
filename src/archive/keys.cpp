// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/archive/keys.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"

#include "durable_file.hpp"
#include "identity.hpp"
#include "key_slot.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>

namespace mailkeep::archive {

DataKey::DataKey(std::string_view octets) : octets_(octets) {
    MAILKEEP_ASSERT(octets.size() == size);
}

DataKey& DataKey::operator=(const DataKey& other) {
    if (this != &other) {
        wipe(octets_);
        octets_ = other.octets_;
    }
    return *this;
}

DataKey::~DataKey() {
    wipe(octets_);
}

std::string DataKey::derive(std::string_view salt, std::string_view purpose) const {
    MAILKEEP_ASSERT(!empty());
    return derive_key(octets_, salt, purpose);
}

DataKey make_data_key() {
    auto octets = random_octets(DataKey::size);
    const DataKey key(octets);
    wipe(octets);
    return key;
}

namespace {

namespace fs = std::filesystem;

constexpr const char* keys_folder = "keys";
constexpr std::string_view slot_suffix = ".slot";
/// Far more than any slot takes.
constexpr std::size_t longest_slot = 4096;

fs::path slot_path(const fs::path& data, std::string_view name) {
    return data / keys_folder / (std::string(name) + std::string(slot_suffix));
}

Identity identity_of(const fs::path& data) {
    Disk disk;
    return identity_from_text(read_identity_text(disk, data));
}

/// A slot of that name and what was found in its file.
struct FoundSlot {
    std::string name;
    std::optional<SlotFile> slot;
    std::string problem;
};

FoundSlot read_slot(Disk& disk, const fs::path& path) {
    FoundSlot found{path.stem().string(), std::nullopt, {}};
    const ReadableFile file(disk, path);
    if (!file.problem().empty()) {
        found.problem = "cannot be read: " + file.problem();
        return found;
    }
    const auto text = file.read(0, longest_slot + 1);
    if (!text) {
        found.problem = "cannot be read";
        return found;
    }
    found.slot = slot_from_text(*text);
    if (!found.slot) {
        found.problem = "is damaged";
    } else if (found.slot->name != found.name) {
        found.problem = "holds the slot \"" + found.slot->name + "\"";
        found.slot.reset();
    }
    return found;
}

std::vector<FoundSlot> find_slots(const fs::path& data) {
    Disk disk;
    std::vector<FoundSlot> slots;
    std::error_code problem;
    fs::directory_iterator entry(data / keys_folder, problem);
    for (; !problem && entry != fs::directory_iterator(); entry.increment(problem)) {
        if (entry->path().extension() == slot_suffix) {
            slots.push_back(read_slot(disk, entry->path()));
        }
    }
    if (problem && problem != std::errc::no_such_file_or_directory) {
        throw Error(Errc::storage, "cannot read the folder keys: " + problem.message());
    }
    std::sort(slots.begin(), slots.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return slots;
}

[[noreturn]] void throw_locked(const std::vector<FoundSlot>& slots) {
    std::string text = "no key slot of this archive opens with this passphrase";
    std::string separator = "; ";
    for (const auto& found : slots) {
        if (!found.slot) {
            text += separator + "slot " + found.name + " " + found.problem;
            separator = ", ";
        }
    }
    throw Error(Errc::authentication, text,
                slots.empty() ? "There is no slot in the folder keys/: copy it back from a replica."
                              : "Check the passphrase or the key file. A slot that is damaged can "
                                "be copied back from the folder keys/ of a replica.");
}

}  // namespace

void require_slot_name(std::string_view name) {
    if (!is_slot_name(name)) {
        throw Error(Errc::invalid, "\"" + std::string(name) + "\" cannot be the name of a key slot",
                    "Take up to 64 of a-z, 0-9, '.', '_' and '-', a letter or digit first.");
    }
}

void write_slot(const fs::path& data, const SlotFile& slot) {
    Disk disk;
    make_folder(data / keys_folder);
    sync_folder(disk, data);
    write_whole_file(disk, Reserve(data), slot_path(data, slot.name), to_text(slot));
}

void add_key_slot(const fs::path& data, std::string_view name, const DataKey& key,
                  const Secret& passphrase, Timestamp now, const ScryptCost& cost) {
    require_slot_name(name);
    if (passphrase.empty()) {
        throw Error(Errc::invalid, "the passphrase is empty", "Think of one, or give a key file.");
    }
    const auto identity = identity_of(data);
    if (identity.key_check.empty()) {
        throw Error(Errc::invalid, "the archive is not encrypted, so it has no key slots",
                    "`mailkeep init --encrypt` makes an encrypted archive in another folder.");
    }
    require_key(identity, key);
    const WriterLock lock(data / keys_folder);
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(slot_path(data, name), ignored))) {
        throw Error(Errc::conflict, "there is a key slot \"" + std::string(name) + "\" already",
                    "Take another name, or remove that one first.");
    }
    write_slot(
        data,
        close_slot(
            {.name = std::string(name), .created = now, .cost = cost, .salt = {}, .wrapped = {}},
            identity.uuid, key, passphrase));
}

bool is_encrypted(const fs::path& data) {
    return !identity_of(data).key_check.empty();
}

std::vector<KeySlot> key_slots(const fs::path& data) {
    std::vector<KeySlot> slots;
    for (auto& found : find_slots(data)) {
        slots.push_back({std::move(found.name), found.slot ? found.slot->created : Timestamp{},
                         std::move(found.problem)});
    }
    return slots;
}

void remove_key_slot(const fs::path& data, std::string_view name) {
    require_slot_name(name);
    const WriterLock lock(data / keys_folder);
    const auto slots = find_slots(data);
    if (std::none_of(slots.begin(), slots.end(),
                     [&](const auto& found) { return found.name == name; })) {
        throw Error(Errc::not_found, "there is no key slot \"" + std::string(name) + "\"",
                    "`mailkeep key list` shows those there are.");
    }
    if (std::none_of(slots.begin(), slots.end(),
                     [&](const auto& found) { return found.slot && found.name != name; })) {
        throw Error(Errc::conflict,
                    "\"" + std::string(name) + "\" is the last key slot that can be used",
                    "Without it nobody could read the archive again. Add another first: "
                    "mailkeep key add NAME");
    }
    Disk disk;
    // The slot that is left may be one whose name never got to the disk.
    sync_folder(disk, data / keys_folder);
    const auto path = slot_path(data, name);
    if (disk.remove(path) != 0) {
        throw Error(Errc::storage, "cannot remove " + path.string() + ": " +
                                       std::generic_category().message(errno));
    }
    sync_folder(disk, data / keys_folder);
}

DataKey unlock(const fs::path& data, const Secret& passphrase) {
    const auto identity = identity_of(data);
    if (identity.key_check.empty()) {
        return {};
    }
    const auto slots = find_slots(data);
    for (const auto& found : slots) {
        const auto key =
            found.slot ? open_slot(*found.slot, identity.uuid, passphrase) : std::nullopt;
        if (key) {
            require_key(identity, *key);
            return *key;
        }
    }
    throw_locked(slots);
}

}  // namespace mailkeep::archive
