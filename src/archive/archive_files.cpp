// SPDX-License-Identifier: Apache-2.0
#include "archive_files.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/text.hpp"

#include "durable_file.hpp"
#include "journal.hpp"
#include "pack_format.hpp"

#include <algorithm>

namespace mailkeep::archive {

namespace fs = std::filesystem;

namespace {

/// Far more than any text file of an archive takes.
constexpr std::uint64_t longest_text = std::uint64_t{1} << 20;

template <class Accept>
void list(const fs::path& data, const fs::path& folder, std::vector<std::string>& names,
          const Accept& accept) {
    std::error_code problem;
    fs::directory_iterator entry(data / folder, problem);
    for (; !problem && entry != fs::directory_iterator(); entry.increment(problem)) {
        auto name = (folder / entry->path().filename()).string();
        if (accept(name)) {
            names.push_back(std::move(name));
        }
    }
    std::sort(names.begin(), names.end());
}

/// What a file is called in trash/, which has no folders.
std::string label_of(std::string name) {
    std::replace(name.begin(), name.end(), '/', '_');
    return name;
}

std::string free_place(const fs::path& data, const std::string& name) {
    const auto label = std::string(trash_folder) + "/" + label_of(name);
    auto place = label;
    for (int n = 2; stands(data / place); ++n) {
        place = label + "." + std::to_string(n);
    }
    return place;
}

}  // namespace

std::vector<std::string> journal_files(const fs::path& data) {
    std::vector<std::string> names;
    list(data, journal_folder, names, [](const std::string& name) {
        return epoch_in(fs::path(name).filename().string()).has_value();
    });
    return names;
}

std::vector<std::string> pack_files(const fs::path& data) {
    std::vector<std::string> shelves;
    list(data, packs_folder, shelves, [](const std::string&) { return true; });
    std::vector<std::string> names;
    for (const auto& shelf : shelves) {
        list(data, shelf, names,
             [](const std::string& name) { return digest_in(name).has_value(); });
    }
    return names;
}

std::vector<std::string> misplaced_packs(const fs::path& data) {
    const auto is_misplaced = [](const std::string& name) {
        return proper_place(name).value_or(name) != name;
    };
    std::vector<std::string> places{std::string(packs_folder)};
    list(data, packs_folder, places, [](const std::string&) { return true; });
    std::vector<std::string> names;
    for (const auto& place : places) {
        list(data, place, names, is_misplaced);
    }
    return names;
}

std::vector<std::string> log_files(const fs::path& data) {
    std::vector<std::string> names;
    std::error_code problem;
    fs::recursive_directory_iterator entry(data / log_folder, problem);
    for (; !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
        const auto& path = entry->path();
        if (entry->is_regular_file(problem) && path.extension() != ".new") {
            names.push_back(path.lexically_relative(data).string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string key_slot_file(std::string_view slot) {
    return "keys/" + std::string(slot) + ".slot";
}

bool stands(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(fs::symlink_status(path, ignored));
}

void make_folder_of(Disk& disk, const fs::path& data, const std::string& name) {
    auto folder = data;
    for (const auto& part : fs::path(name).parent_path()) {
        const auto parent = folder;
        folder /= part;
        if (!stands(folder)) {
            make_folder(folder);
            sync_folder(disk, parent);
        }
    }
}

void move_to_trash(Disk& disk, const fs::path& data, const std::string& name) {
    const auto place = free_place(data, name);
    make_folder_of(disk, data, place);
    rename_file(disk, data / name, data / place);
    sync_folder(disk, data / trash_folder);
    sync_folder(disk, (data / name).parent_path());
}

bool link_into_trash(Disk& disk, const fs::path& data, const std::string& name) {
    const auto place = free_place(data, name);
    make_folder_of(disk, data, place);
    std::error_code problem;
    if (!fs::is_regular_file(fs::symlink_status(data / name, problem))) {
        return false;
    }
    fs::create_hard_link(data / name, data / place, problem);
    if (problem) {
        return false;
    }
    sync_folder(disk, data / trash_folder);
    return true;
}

std::vector<fs::path> trashed(const fs::path& data, const std::string& name) {
    std::vector<std::string> names;
    const auto label = label_of(name);
    list(data, trash_folder, names, [&](const std::string& kept) {
        return fs::path(kept).filename().string().starts_with(label);
    });
    std::vector<fs::path> paths;
    for (const auto& kept : names) {
        paths.push_back(data / kept);
    }
    return paths;
}

std::optional<std::string> read_text(Disk& disk, const fs::path& path) {
    const ReadableFile file(disk, path);
    if (!file.problem().empty() || file.size() > longest_text) {
        return std::nullopt;
    }
    return file.read(0, file.size());
}

bool is_sealed(std::string_view text) {
    const auto seal = text.rfind("sha256: ");
    return seal != std::string_view::npos &&
           text.substr(seal) == "sha256: " + sha256(text.substr(0, seal)).hex() + "\n";
}

std::string uuid_in(std::string_view identity) {
    constexpr std::string_view name = "uuid: ";
    for (const auto line : split(identity, '\n')) {
        if (line.starts_with(name)) {
            std::string digits(line.substr(name.size()));
            std::erase(digits, '-');
            const auto octets = from_hex(digits);
            return octets && octets->size() == uuid_size ? *octets : std::string();
        }
    }
    return {};
}

std::optional<FileHeader> header_of(Disk& disk, const fs::path& path) {
    const ReadableFile file(disk, path);
    const auto octets = file.problem().empty() ? file.read(0, file_header_size) : std::nullopt;
    return octets ? decode_file_header(*octets) : std::nullopt;
}

std::string uuid_of(Disk& disk, const fs::path& data) {
    if (const auto text = read_text(disk, data / archive_file); text && is_sealed(*text)) {
        return uuid_in(*text);
    }
    for (const auto& names : {journal_files(data), pack_files(data)}) {
        for (const auto& name : names) {
            if (const auto header = header_of(disk, data / name)) {
                return header->archive_uuid;
            }
        }
    }
    return {};
}

}  // namespace mailkeep::archive
