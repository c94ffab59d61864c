// SPDX-License-Identifier: Apache-2.0
#include "mailbox_roles.hpp"

#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <array>

namespace mailkeep::sync {

namespace {

constexpr std::array<std::string_view, 5> roles{"\\Sent", "\\Drafts", "\\Trash", "\\Junk",
                                                "\\Archive"};

struct NamedRole {
    std::string_view name;
    std::string_view role;
};

/// Of Exchange, Gmail, Apple Mail, Thunderbird and the providers that translate their own.
constexpr std::array<NamedRole, 60> named_roles{{
    {"Sent", "\\Sent"},
    {"Sent Items", "\\Sent"},
    {"Sent Mail", "\\Sent"},
    {"Sent Messages", "\\Sent"},
    {"[Gmail]/Sent Mail", "\\Sent"},
    {"[Google Mail]/Sent Mail", "\\Sent"},
    {"Gesendet", "\\Sent"},
    {"Gesendete Elemente", "\\Sent"},
    {"Gesendete Objekte", "\\Sent"},
    {"[Gmail]/Gesendet", "\\Sent"},
    {"Envoyés", "\\Sent"},
    {"Messages envoyés", "\\Sent"},
    {"Éléments envoyés", "\\Sent"},
    {"[Gmail]/Messages envoyés", "\\Sent"},
    {"Enviados", "\\Sent"},
    {"Elementos enviados", "\\Sent"},
    {"Posta inviata", "\\Sent"},
    {"Inviata", "\\Sent"},
    {"Verzonden", "\\Sent"},
    {"Verzonden items", "\\Sent"},
    {"Drafts", "\\Drafts"},
    {"Draft", "\\Drafts"},
    {"[Gmail]/Drafts", "\\Drafts"},
    {"Entwürfe", "\\Drafts"},
    {"[Gmail]/Entwürfe", "\\Drafts"},
    {"Brouillons", "\\Drafts"},
    {"[Gmail]/Brouillons", "\\Drafts"},
    {"Borradores", "\\Drafts"},
    {"Bozze", "\\Drafts"},
    {"Concepten", "\\Drafts"},
    {"Trash", "\\Trash"},
    {"Deleted", "\\Trash"},
    {"Deleted Items", "\\Trash"},
    {"Deleted Messages", "\\Trash"},
    {"[Gmail]/Trash", "\\Trash"},
    {"[Gmail]/Bin", "\\Trash"},
    {"Papierkorb", "\\Trash"},
    {"Gelöscht", "\\Trash"},
    {"Gelöschte Elemente", "\\Trash"},
    {"[Gmail]/Papierkorb", "\\Trash"},
    {"Corbeille", "\\Trash"},
    {"Éléments supprimés", "\\Trash"},
    {"[Gmail]/Corbeille", "\\Trash"},
    {"Papelera", "\\Trash"},
    {"Cestino", "\\Trash"},
    {"Prullenbak", "\\Trash"},
    {"Junk", "\\Junk"},
    {"Junk E-mail", "\\Junk"},
    {"Junk Email", "\\Junk"},
    {"Spam", "\\Junk"},
    {"Bulk Mail", "\\Junk"},
    {"[Gmail]/Spam", "\\Junk"},
    {"Spamverdacht", "\\Junk"},
    {"Junk-E-Mail", "\\Junk"},
    {"Courrier indésirable", "\\Junk"},
    {"Indésirables", "\\Junk"},
    {"Archive", "\\Archive"},
    {"Archives", "\\Archive"},
    {"Archiv", "\\Archive"},
    {"Archief", "\\Archive"},
}};

}  // namespace

std::string_view role_among(const std::vector<std::string>& attributes) {
    for (const auto role : roles) {
        if (std::any_of(attributes.begin(), attributes.end(), [&](const std::string& attribute) {
                return equals_ignoring_case(attribute, role);
            })) {
            return role;
        }
    }
    return {};
}

std::string_view role_named(std::string_view name) {
    const auto* const found = std::find_if(
        named_roles.begin(), named_roles.end(),
        [&](const NamedRole& named) { return equals_ignoring_case(named.name, name); });
    return found == named_roles.end() ? std::string_view() : found->role;
}

}  // namespace mailkeep::sync
