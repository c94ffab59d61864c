// SPDX-License-Identifier: Apache-2.0
// What of a restore stands in a mailbox of the target already. A message is known by our own record
// of its UID; else it is the one with the same Message-ID and size; where that leaves a doubt, the
// one with the same octets. Only what may be one of the wanted messages is asked for.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/model/message.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::sync {

/// A message that is to be given back to one mailbox.
struct RestoreItem {
    StoredMessage message;
    std::string message_id;  ///< Message-ID field; may be empty
    InternalDate internal_date;
    Flags flags;
};

/// What our records say of the mailbox.
struct KnownThere {
    std::map<Uid, ContentId> uids;
    std::set<ContentId> sent;  ///< sent, and nobody knows what became of them
};

/// Whether a server that counts line ends in its own way may call this its size.
[[nodiscard]] bool may_be_size(std::uint64_t told, std::uint64_t size);

/// Looks into the open mailbox. Borrows all it is given.
class Recognition {
  public:
    Recognition(imap::ReadSession& session, const archive::Archive& archive,
                std::span<const RestoreItem> wanted, const KnownThere& known);

    /// The wanted messages that stand there, each as often as it stands there.
    [[nodiscard]] std::vector<ContentId> present();

  private:
    struct Doubt {
        UidFlags message;
        std::vector<const RestoreItem*> candidates;  ///< each content once
    };

    [[nodiscard]] const RestoreItem* wanted_with(const ContentId& content_id) const;
    [[nodiscard]] std::span<const RestoreItem* const> wanted_called(
        std::string_view message_id) const;
    [[nodiscard]] bool recognise_by_record(const UidFlags& message);
    [[nodiscard]] bool may_be_wanted(const UidFlags& message) const;
    void ask_message_ids(const std::map<Uid, UidFlags>& unknown);
    void judge(const UidFlags& message, const std::string& message_id);
    void settle_doubts();
    [[nodiscard]] std::optional<ContentId> same_octets(const Doubt& doubt,
                                                       const imap::FetchedMessage& fetched);
    [[nodiscard]] const std::vector<ContentId>& forms_of(const RestoreItem& item);

    imap::ReadSession& session_;
    const archive::Archive& archive_;
    const KnownThere& known_;
    // Sorted, for a mailbox may want millions of messages; each content once.
    std::vector<const RestoreItem*> by_content_;
    std::vector<const RestoreItem*> by_message_id_;
    std::vector<std::uint64_t> sizes_;
    std::map<Uid, Doubt> doubts_;
    std::map<ContentId, std::vector<ContentId>> forms_;
    std::vector<ContentId> present_;
};

}  // namespace mailkeep::sync
