// SPDX-License-Identifier: Apache-2.0
// Where imported messages go: mailboxes by their names, and their next UIDs.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/files/mail_files.hpp"
#include "mailkeep/sync/ingest.hpp"

#include "import_copies.hpp"

#include <map>
#include <optional>
#include <string>

namespace mailkeep::sync {

/// single: labels say where it stands, which they say once.
enum class Copies { single, each };

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

    /// Copies are counted from here on: what two sources hold in a mailbox stands there as often as
    /// the one that has more of it holds it.
    void begin_source();

    /// The UID the message gets there; nothing when as many copies are there already. A single
    /// message stands there once, however often it comes.
    [[nodiscard]] std::optional<Uid> take(const Mailbox& mailbox, const ContentId& content_id,
                                          Copies copies);

    void note_empty(const std::string& name, char delimiter);

  private:
    struct Uids {
        Uid first;  ///< of this source
        Uid next;
        bool is_noted = false;  ///< the mailbox
    };

    [[nodiscard]] Mailbox mailbox_from(std::vector<std::string> components) const;
    [[nodiscard]] Uids& uids_of(const Mailbox& mailbox);
    void note_mailbox(const Mailbox& mailbox);

    AccountId account_;
    std::string root_;
    const catalog::Catalog& catalog_;
    Ingest& ingest_;
    char delimiter_ = '/';              ///< of the account's mailboxes
    std::map<std::string, Uids> uids_;  ///< by wire name
    ImportCopies met_;                  ///< of this source
};

}  // namespace mailkeep::sync
