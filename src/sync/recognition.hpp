// SPDX-License-Identifier: Apache-2.0
// What of a restore stands in a mailbox of the target already. A message is known by our own record
// of its UID; else it is the one with the same Message-ID and size; where that leaves a doubt, the
// one with the same octets. Only what may be one of the wanted messages is asked for.
#pragma once

#include "mailkeep/imap/read_session.hpp"

#include "restore_desk.hpp"
#include "wanted_messages.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// Whether a server that counts line ends in its own way may call this its size.
[[nodiscard]] bool may_be_size(std::uint64_t told, std::uint64_t size);

/// Looks into the open mailbox. Borrows all it is given.
class Recognition {
  public:
    Recognition(imap::ReadSession& session, RestoreDesk& desk, const WantedIndex& wanted,
                const KnownThere& known);

    /// The wanted messages that stand there, each as often as it stands there.
    [[nodiscard]] std::vector<Place> present();

  private:
    struct Doubt {
        std::uint64_t size = 0;         ///< as the server told it
        std::vector<Place> candidates;  ///< each content once
    };

    [[nodiscard]] const WantedMessage& message(Place place) const;
    [[nodiscard]] bool recognise_by_record(const imap::UidSize& there);
    [[nodiscard]] bool may_be_wanted(const imap::UidSize& there) const;
    void ask_message_ids(std::span<const imap::UidSize> unknown);
    void judge(const imap::UidSize& there, const std::string& message_id);
    void settle_doubts();
    [[nodiscard]] std::optional<Place> same_octets(const Doubt& doubt,
                                                   const imap::FetchedMessage& fetched);
    [[nodiscard]] const std::vector<ContentId>& forms_of(Place place);

    imap::ReadSession& session_;
    RestoreDesk& desk_;
    const WantedIndex& wanted_;
    const KnownThere& known_;
    std::map<Uid, Doubt> doubts_;
    std::map<Place, std::vector<ContentId>> forms_;  // of those in doubt
    std::vector<Place> present_;
};

}  // namespace mailkeep::sync
