// SPDX-License-Identifier: Apache-2.0
// What mailboxes seem to have lost in a run. It is decided about once all of them have been looked
// at, for what is missing from one may stand in another.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/imap/types.hpp"
#include "mailkeep/sync/ingest.hpp"

#include "brake.hpp"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace mailkeep::sync {

struct Departure {
    std::string mailbox;  ///< wire name
    std::string name;     ///< UTF-8
    UidValidity uid_validity = 0;
    UidSet uids;
    std::uint64_t held = 0;  ///< that stood there before
    GoneReason reason = GoneReason::vanished;
    /// What else is noted when they are gone, before and after it is durable.
    std::function<void()> note = {};
    std::function<void()> settle = {};
};

class SecondLook;

/// Borrows all it is given, which must outlive it. One run, one thread.
class Departures {
  public:
    Departures(const Account& account, catalog::Catalog& catalog, Ingest& ingest, Brake& brake,
               SecondLook& second_look, Problems& problems)
        : account_(account),
          catalog_(catalog),
          ingest_(ingest),
          brake_(brake),
          second_look_(second_look),
          problems_(problems) {}

    void add(Departure departure);

    /// Notes as gone what another session does not show either, where it is much, and the brake
    /// does not hold back. Requires: all that came in is catalogued.
    void decide();

  private:
    [[nodiscard]] UidSet due_for_removal(const Departure& departure) const;
    [[nodiscard]] UidSet standing_elsewhere(const Departure& departure) const;
    [[nodiscard]] bool is_surprising(const Departure& departure, const UidSet& lost) const;
    [[nodiscard]] bool is_confirmed(const Departure& departure, const UidSet& ours);
    [[nodiscard]] bool is_held_back(const Departure& departure, const UidSet& ours);
    void note_gone(const Departure& departure, const UidSet& uids, GoneReason reason);

    const Account& account_;
    catalog::Catalog& catalog_;
    Ingest& ingest_;
    Brake& brake_;
    SecondLook& second_look_;
    Problems& problems_;
    std::vector<Departure> departures_;
    std::map<std::pair<std::string, UidValidity>, UidSet> missing_;  ///< from each mailbox
};

}  // namespace mailkeep::sync
