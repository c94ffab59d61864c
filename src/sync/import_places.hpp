// SPDX-License-Identifier: Apache-2.0
// Where imported messages go: mailboxes by their names, and their next UIDs.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/files/mail_files.hpp"
#include "mailkeep/sync/ingest.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace mailkeep::sync {

/// Borrows catalog and ingest, which must outlive it. One run, one thread.
class ImportPlaces {
  public:
    struct Mailbox {
        std::string wire_name;
        std::string name;  ///< UTF-8
        char delimiter = '/';
    };

    /// `root` stands in place of the import's root, if it is not empty.
    ImportPlaces(AccountId account, std::string root, const catalog::Catalog& catalog,
                 Ingest& ingest);

    [[nodiscard]] Mailbox mailbox_of(const files::FoundMessage& message) const;
    /// A UTF-8 name whose components have `delimiter` between them.
    [[nodiscard]] Mailbox mailbox_named(std::string_view name, char delimiter) const;

    /// The UID the message gets there; nothing when it is there already.
    [[nodiscard]] std::optional<Uid> take(const Mailbox& mailbox, const ContentId& content_id);

    void note_empty(const std::string& name, char delimiter);

  private:
    using Placed = std::pair<std::string, ContentId>;

    [[nodiscard]] Mailbox mailbox_from(std::vector<std::string> components) const;
    void note_mailbox(const Mailbox& mailbox);

    AccountId account_;
    std::string root_;
    const catalog::Catalog& catalog_;
    Ingest& ingest_;
    char delimiter_ = '/';                  ///< of the account's mailboxes
    std::map<std::string, Uid> next_uids_;  ///< by wire name
    /// What the catalog may not know yet: the last most_events_behind at least.
    std::set<Placed> recent_;
    std::set<Placed> less_recent_;
};

}  // namespace mailkeep::sync
