// SPDX-License-Identifier: Apache-2.0
#include "clues.hpp"

#include "json_scanner.hpp"

namespace mailkeep::files {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest_sidecar = std::size_t{48} << 20U;
constexpr std::string_view export_index = "index.jsonl";
constexpr std::string_view beside_index = ".index.jsonl";

std::string text_of(Source& source) {
    Window window(source);
    window.fill(longest_sidecar);
    return std::string(window.view().substr(0, longest_sidecar));
}

/// {"version":3,"messages":[{"uid":1,"offset":0,"length":9,"flags":["Seen"]}]}; version 2 has no
/// flags.
std::vector<BackedUp> backed_up_from(std::string_view text) {
    std::vector<BackedUp> messages;
    JsonScanner json(text);
    if (!json.enter('{')) {
        return messages;
    }
    while (const auto name = json.next_member()) {
        if (*name != "messages" || !json.enter('[')) {
            json.pass();
            continue;
        }
        while (json.next_item() && json.enter('{')) {
            BackedUp message;
            while (const auto member = json.next_member()) {
                if (*member == "offset") {
                    message.offset = json.number().value_or(0);
                } else if (*member == "flags" && json.enter('[')) {
                    while (json.next_item()) {
                        const auto word = json.text().value_or("");
                        const bool is_system = Flags{} != flags_from_text("\\" + word) &&
                                               flags_from_text("\\" + word).keywords.empty();
                        message.flags.add(is_system ? "\\" + word : word);
                    }
                } else {
                    json.pass();
                }
            }
            messages.push_back(std::move(message));
        }
    }
    return messages;
}

class Gathering final : public FileVisitor {
  public:
    explicit Gathering(Clues& clues) : clues_(clues) {}

    bool may_be_packed(const FileEntry& entry) override {
        return !is_in(entry.path, "cur") && !is_in(entry.path, "new");
    }

    bool wants(const FileEntry& entry) override {
        if (const auto host = profile_host(entry.path); !host.empty()) {
            clues_.hosts.emplace(host);
        }
        if (is_in(entry.path, "cur") || is_in(entry.path, "new")) {
            clues_.maildirs.emplace(folder_part(folder_part(entry.path)));
        }
        return is_clue(entry.path);
    }

    void take(const FileEntry& entry, std::string_view /*beginning*/, Source& source) override {
        const auto name = name_part(entry.path);
        if (name == "dovecot-keywords") {
            const auto text = text_of(source);
            clues_.letters[std::string(folder_part(entry.path))] = keyword_letters_from(text);
        } else if (name.ends_with(".imap")) {
            clues_.backed_up[std::string(without(entry.path, ".imap"))] =
                backed_up_from(text_of(source));
        } else if (entry.path == export_index || name.ends_with(beside_index)) {
            clues_.index.read(source);
        }
    }

    void cannot_read(const FileEntry& /*entry*/, const Error& /*error*/) override {
        // told when the mail is read
    }

  private:
    Clues& clues_;
};

}  // namespace

bool is_clue(std::string_view path) {
    const auto name = name_part(path);
    return name == "dovecot-keywords" || name == export_index || name == "index.csv" ||
           name.ends_with(".imap") || name.ends_with(beside_index) || name.ends_with(".index.csv");
}

Clues gather_clues(const fs::path& path) {
    Clues clues;
    Gathering gathering(clues);
    walk_files(path, gathering);
    std::error_code ignored;
    const auto beside = [&](const fs::path& file) {
        if (!fs::is_directory(path, ignored) && fs::is_regular_file(file, ignored)) {
            walk_files(file, gathering);
        }
    };
    beside(path.string() + std::string(beside_index));
    beside(fs::path(path).replace_extension(".imap"));
    return clues;
}

std::string_view folder_part(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view name_part(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

std::string_view without(std::string_view text, std::string_view suffix) {
    return text.ends_with(suffix) ? text.substr(0, text.size() - suffix.size()) : text;
}

bool is_in(std::string_view path, std::string_view folder) {
    return name_part(folder_part(path)) == folder;
}

std::string_view profile_host(std::string_view path) {
    for (const std::string_view folder : {"ImapMail/", "Mail/"}) {
        const auto at = path.find(folder);
        const bool is_component = at == 0 || (at != path.npos && path[at - 1] == '/');
        const auto end = path.find('/', at == path.npos ? path.npos : at + folder.size());
        if (is_component && end != path.npos) {
            return path.substr(0, end);
        }
    }
    return {};
}

}  // namespace mailkeep::files
