// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/mailbox_paths.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <array>

namespace mailkeep::files {

namespace {

constexpr std::size_t longest_component = 150;  ///< octets; file systems take 255
constexpr std::size_t mark_digits = 8;

/// Ends that the export itself gives to files beside the folders of mailboxes.
constexpr std::array<std::string_view, 5> own_ends{".mbox", ".eml", ".csv", ".jsonl", ".txt"};

/// Devices of Windows, whatever follows a dot behind them.
constexpr std::array<std::string_view, 6> devices{"con", "prn", "aux", "nul", "com", "lpt"};

bool is_device(std::string_view name) {
    const auto stem = to_lower_ascii(name.substr(0, name.find('.')));
    const bool has_number = stem.size() == 4 && stem[3] >= '0' && stem[3] <= '9';
    return (stem.size() == 3 || has_number) &&
           std::find(devices.begin(), devices.end(), stem.substr(0, 3)) != devices.end();
}

bool has_own_end(std::string_view name) {
    const auto lower = to_lower_ascii(name);
    return std::any_of(own_ends.begin(), own_ends.end(), [&](std::string_view end) {
        return lower.size() >= end.size() && lower.substr(lower.size() - end.size()) == end;
    });
}

bool is_odd(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F ||
           std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos;
}

std::string mark_of(std::string_view name) {
    return "~" + sha256(name).hex().substr(0, mark_digits);
}

std::string shortened(const std::string& text, std::string_view name) {
    return text.size() <= longest_component
               ? text
               : std::string(clip(text, longest_component)) + mark_of(name);
}

/// A component of a wire name in a Maildir++ folder's name, where "." is the delimiter.
std::string maildir_component(std::string_view wire) {
    std::string text;
    for (const char c : wire) {
        if (c == '.') {
            text += "&AC4-";
        } else if (c == '/') {
            text += "&AC8-";
        } else {
            text += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '_' : c;
        }
    }
    return text;
}

/// Without a delimiter a name has one component; a line end stands in none.
char delimiter_of(const Placement& placement) {
    return placement.delimiter == 0 ? '\n' : placement.delimiter;
}

}  // namespace

std::string safe_component(std::string_view name) {
    std::string safe = to_valid_utf8(name);
    std::replace_if(safe.begin(), safe.end(), is_odd, '_');
    safe = shortened(safe, name);
    if (safe.empty() || safe.front() == '.' || is_device(safe)) {
        safe.insert(safe.begin(), '_');
    }
    if (safe.back() == '.' || safe.back() == ' ' || has_own_end(safe)) {
        safe += '_';
    }
    return safe;
}

MailboxPaths::MailboxPaths(Layout layout) : layout_(layout) {}

const std::string& MailboxPaths::path_of(const Placement& placement) {
    auto& path = mailboxes_[{placement.account, placement.mailbox_raw}];
    if (path.empty()) {
        const auto key = std::to_string(placement.account.value) + " " + placement.account_name;
        const auto account = child_of({}, key, safe_component(placement.account_name));
        path = layout_ == Layout::tree ? tree_path(account, placement)
                                       : maildir_path(account, placement);
        // Wire names that read the same are two mailboxes all the same.
        if (!used_.insert(path).second) {
            path += mark_of(placement.mailbox_raw);
        }
    }
    return path;
}

const std::string& MailboxPaths::child_of(const std::string& parent, const std::string& key,
                                          const std::string& component) {
    auto& path = children_[{parent, key}];
    if (path.empty()) {
        const auto above = parent.empty() ? std::string() : parent + "/";
        path = above + component;
        if (!taken_.insert(to_lower_ascii(path)).second) {
            path += mark_of(key);
            taken_.insert(to_lower_ascii(path));
        }
    }
    return path;
}

std::string MailboxPaths::tree_path(const std::string& account, const Placement& placement) {
    std::string path = account;
    for (const auto component : split(placement.mailbox, delimiter_of(placement))) {
        path = child_of(path, std::string(component), safe_component(component));
    }
    return path;
}

std::string MailboxPaths::maildir_path(const std::string& account, const Placement& placement) {
    if (equals_ignoring_case(placement.mailbox_raw, "INBOX")) {
        return account;
    }
    std::string folder;
    for (const auto component : split(placement.mailbox_raw, delimiter_of(placement))) {
        folder += "." + maildir_component(to_valid_utf8(component));
    }
    if (folder.find_first_not_of('.') == std::string::npos) {
        folder += mark_of(placement.mailbox_raw);  // "." and ".." are others
    }
    return child_of(account, placement.mailbox_raw, shortened(folder, placement.mailbox_raw));
}

}  // namespace mailkeep::files
