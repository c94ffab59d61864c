// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/gmail_labels.hpp"

#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace mailkeep::files {

namespace {

enum class System {
    inbox,
    sent,
    drafts,
    spam,
    trash,
    starred,
    important,
    unread,
    opened,
    archived
};

struct Name {
    std::string_view text;
    System label;
};

/// As accounts of these languages have them.
constexpr std::array system_names{Name{"Inbox", System::inbox},
                                  Name{"Boîte de réception", System::inbox},
                                  Name{"Posteingang", System::inbox},
                                  Name{"Recibidos", System::inbox},
                                  Name{"Sent", System::sent},
                                  Name{"Messages envoyés", System::sent},
                                  Name{"Envoyés", System::sent},
                                  Name{"Gesendet", System::sent},
                                  Name{"Enviados", System::sent},
                                  Name{"Drafts", System::drafts},
                                  Name{"Draft", System::drafts},
                                  Name{"Brouillons", System::drafts},
                                  Name{"Entwürfe", System::drafts},
                                  Name{"Borradores", System::drafts},
                                  Name{"Spam", System::spam},
                                  Name{"Trash", System::trash},
                                  Name{"Corbeille", System::trash},
                                  Name{"Papierkorb", System::trash},
                                  Name{"Papelera", System::trash},
                                  Name{"Starred", System::starred},
                                  Name{"Messages suivis", System::starred},
                                  Name{"Suivis", System::starred},
                                  Name{"Markiert", System::starred},
                                  Name{"Destacados", System::starred},
                                  Name{"Important", System::important},
                                  Name{"Importants", System::important},
                                  Name{"Wichtig", System::important},
                                  Name{"Importantes", System::important},
                                  Name{"Unread", System::unread},
                                  Name{"Non lus", System::unread},
                                  Name{"Ungelesen", System::unread},
                                  Name{"No leídos", System::unread},
                                  Name{"Opened", System::opened},
                                  Name{"Ouvert", System::opened},
                                  Name{"Ouverts", System::opened},
                                  Name{"Geöffnet", System::opened},
                                  Name{"Abierto", System::opened},
                                  Name{"Archived", System::archived},
                                  Name{"Messages archivés", System::archived},
                                  Name{"Archivés", System::archived},
                                  Name{"Archiviert", System::archived},
                                  Name{"Archivados", System::archived}};

std::optional<System> system_label(std::string_view text) {
    const auto* const found =
        std::find_if(system_names.begin(), system_names.end(),
                     [&](const Name& name) { return equals_ignoring_case(name.text, text); });
    return found == system_names.end() ? std::nullopt : std::optional(found->label);
}

bool is_category(std::string_view text) {
    return starts_with_ignoring_case(text, "Category ") || text.starts_with("Catégorie") ||
           starts_with_ignoring_case(text, "Kategorie ") ||
           starts_with_ignoring_case(text, "Categoría");
}

class Places {
  public:
    void take(std::string_view label) {
        if (const auto known = system_label(label)) {
            take(*known);
        } else {
            places_.flags.labels.emplace_back(label);
            if (!is_category(label)) {
                places_.mailboxes.emplace_back(label);
            }
        }
    }

    /// Gmail keeps Spam and Trash out of All Mail.
    GmailPlaces finish() {
        places_.flags.seen = !is_unread_;
        if (!is_elsewhere_) {
            places_.mailboxes.emplace_back("[Gmail]/All Mail");
        }
        for (auto* list : {&places_.mailboxes, &places_.flags.labels}) {
            std::sort(list->begin(), list->end());
            list->erase(std::unique(list->begin(), list->end()), list->end());
        }
        return std::move(places_);
    }

  private:
    void take(System label) {
        const auto add = [this](const char* mailbox, const char* name) {
            places_.mailboxes.emplace_back(mailbox);
            places_.flags.labels.emplace_back(name);
        };
        switch (label) {
            case System::inbox:
                return add("INBOX", "\\Inbox");
            case System::sent:
                return add("[Gmail]/Sent Mail", "\\Sent");
            case System::drafts:
                places_.flags.draft = true;
                return add("[Gmail]/Drafts", "\\Draft");
            case System::important:
                return add("[Gmail]/Important", "\\Important");
            case System::starred:
                places_.flags.flagged = true;
                return add("[Gmail]/Starred", "\\Starred");
            case System::spam:
                places_.mailboxes.emplace_back("[Gmail]/Spam");
                is_elsewhere_ = true;
                return;
            case System::trash:
                places_.mailboxes.emplace_back("[Gmail]/Trash");
                is_elsewhere_ = true;
                return;
            case System::unread:
                is_unread_ = true;
                return;
            case System::opened:
            case System::archived:
                return;
        }
    }

    GmailPlaces places_;
    bool is_unread_ = false;
    bool is_elsewhere_ = false;
};

}  // namespace

GmailPlaces gmail_places(std::string_view labels) {
    Places places;
    for (const auto label : split(labels, ',')) {
        auto text = trim(label);
        if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
            text = text.substr(1, text.size() - 2);
        }
        if (!text.empty()) {
            places.take(text);
        }
    }
    return places.finish();
}

}  // namespace mailkeep::files
