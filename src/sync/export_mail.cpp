// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/export_mail.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include <fmt/chrono.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>

namespace mailkeep::sync {

namespace fs = std::filesystem;

namespace {

/// A component of a path that is safe on every file system and cannot climb.
std::string safe_component(std::string_view name) {
    std::string safe;
    for (const char c : name) {
        const bool is_odd = static_cast<unsigned char>(c) < 0x20 || c == 0x7F ||
                            std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos;
        safe += is_odd ? '_' : c;
    }
    const auto clipped = std::string(clip(safe, 200));
    return clipped.empty() || clipped.front() == '.' ? "_" + clipped : clipped;
}

fs::path mailbox_path(const Placement& placement) {
    fs::path path = safe_component(placement.account_name);
    for (const auto component :
         split(placement.mailbox, placement.delimiter == 0 ? '\n' : placement.delimiter)) {
        path /= safe_component(component);
    }
    return path;
}

/// mboxrd: the From_ line of RFC 4155, then every line that is ">"*"From " one ">" deeper. Line
/// ends become LF, as mbox readers expect; the exact octets are what --format eml is for.
std::string mboxrd_entry(const Placement& placement, std::string_view raw) {
    const auto at = std::chrono::floor<std::chrono::seconds>(placement.internal_date.at);
    auto entry = fmt::format("From MAILER-DAEMON {:%a %b %e %H:%M:%S %Y}\n",
                             fmt::gmtime(at.time_since_epoch().count()));
    while (!raw.empty()) {
        const auto end = raw.find('\n');
        auto line = raw.substr(0, end);
        raw.remove_prefix(end == std::string_view::npos ? raw.size() : end + 1);
        if (!line.empty() && line.back() == '\r') {
            line.remove_suffix(1);
        }
        const auto quotes = std::min(line.find_first_not_of('>'), line.size());
        if (line.substr(quotes, 5) == "From ") {
            entry += '>';
        }
        entry.append(line).append("\n");
    }
    return entry + "\n";
}

void write_all(std::ofstream& file, const fs::path& path, std::string_view octets) {
    file.write(octets.data(), static_cast<std::streamsize>(octets.size()));
    if (!file.flush()) {
        throw Error(Errc::storage, "cannot write " + path.string() + ": " + std::strerror(errno));
    }
}

std::ofstream created(const fs::path& path) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    if (error || !file) {
        throw Error(Errc::storage, "cannot create " + path.string() + ": " + std::strerror(errno));
    }
    return file;
}

}  // namespace

Exported export_to_folder(const catalog::Selection& selection, ExportFormat format,
                          const fs::path& folder, const catalog::Catalog& catalog,
                          const archive::Archive& archive, Timestamp now) {
    Exported exported;
    fs::path open_path;
    std::ofstream open_mbox;
    catalog.for_each_placement(selection, now, [&](const Placement& placement) {
        const auto raw = archive.get(placement.message);
        if (format == ExportFormat::eml) {
            const auto name = fmt::format("{}-{}.eml", placement.uid,
                                          placement.message.content_id.hex().substr(0, 12));
            const auto path = folder / mailbox_path(placement) / name;
            auto file = created(path);
            write_all(file, path, raw);
        } else {
            auto path = folder / mailbox_path(placement);
            path += ".mbox";
            if (path != open_path) {  // placements come mailbox by mailbox
                open_mbox = created(path);
                open_path = path;
            }
            write_all(open_mbox, path, mboxrd_entry(placement, raw));
        }
        ++exported.messages;
        exported.octets += raw.size();
    });
    return exported;
}

Exported export_to_sink(const catalog::Selection& selection, const catalog::Catalog& catalog,
                        const archive::Archive& archive, Timestamp now,
                        const std::function<void(std::string_view)>& sink) {
    Exported exported;
    catalog.for_each_placement(selection, now, [&](const Placement& placement) {
        const auto raw = archive.get(placement.message);
        sink(mboxrd_entry(placement, raw));
        ++exported.messages;
        exported.octets += raw.size();
    });
    return exported;
}

}  // namespace mailkeep::sync
