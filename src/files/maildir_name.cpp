// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/maildir_name.hpp"

#include "mailkeep/base/text.hpp"

#include <algorithm>

namespace mailkeep::files {

namespace {

std::string_view letters_in(std::string_view file_name) {
    for (const std::string_view mark : {":2,", ";2,", "!2,"}) {
        const auto at = file_name.rfind(mark);
        if (at != std::string_view::npos) {
            return file_name.substr(at + mark.size());
        }
    }
    return {};
}

void add(Flags& flags, char letter, const KeywordNames& letters) {
    switch (letter) {
        case 'D':
            flags.draft = true;
            return;
        case 'F':
            flags.flagged = true;
            return;
        case 'R':
            flags.answered = true;
            return;
        case 'S':
            flags.seen = true;
            return;
        case 'T':
            flags.deleted = true;
            return;
        case 'P':
            flags.add("$Forwarded");
            return;
        default:
            if (letter >= 'a' && letter <= 'z') {
                const auto& keyword = letters.at(static_cast<std::size_t>(letter - 'a'));
                if (!keyword.empty()) {
                    flags.add(keyword);
                }
            }
    }
}

}  // namespace

KeywordNames keyword_letters_from(std::string_view text) {
    KeywordNames letters;
    for (const auto line : split(text, '\n')) {
        const auto space = line.find(' ');
        const auto number = parse_number(line.substr(0, space));
        if (space != std::string_view::npos && number && *number < letters.size()) {
            letters.at(static_cast<std::size_t>(*number)) = trim(line.substr(space));
        }
    }
    return letters;
}

Flags maildir_flags(std::string_view file_name, const KeywordNames& letters) {
    Flags flags;
    for (const char letter : letters_in(file_name)) {
        if (letter == ',') {
            break;  // fields of other programs
        }
        add(flags, letter, letters);
    }
    return flags;
}

std::vector<std::string> maildir_mailbox(std::string_view folder) {
    std::vector<std::string> mailbox;
    for (const auto component : split(folder, '/')) {
        if (!component.starts_with('.')) {
            mailbox.emplace_back(component);
            continue;
        }
        for (const auto name : split(component.substr(1), '.')) {
            mailbox.emplace_back(name);
        }
    }
    std::erase(mailbox, "");
    return mailbox;
}

}  // namespace mailkeep::files
