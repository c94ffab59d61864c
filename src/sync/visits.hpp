// SPDX-License-Identifier: Apache-2.0
// Mailboxes that were looked through while their mail may still wait for its batch to be full, for
// a batch for each small mailbox would be most of the work. What is to be noted of them, above all
// the place to go on from, is noted when that batch is durable and catalogued, and never if it
// failed.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/sync/ingest.hpp"
#include "mailkeep/sync/plan.hpp"

#include "brake.hpp"
#include "departures.hpp"
#include "observe.hpp"
#include "problems.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// What of an observation is needed to the end, however large the mailbox.
struct Sight {
    UidValidity uid_validity = 0;
    UidSet uids;               ///< all it showed
    std::uint64_t exists = 0;  ///< how many it said it holds
};

[[nodiscard]] Sight sight_of(const Observation& seen);

struct Visit {
    std::string mailbox;  ///< wire name
    std::string name;     ///< UTF-8
    Sight seen;
    std::vector<Quarantined> quarantined;
    /// To go on from; nothing when the server did not tell of all.
    std::optional<MailboxCursor> cursor;
    /// What may be gone from it: while that is undecided, there is nothing to go on from.
    std::optional<Departure> departure;
};

/// How a mailbox stands when all but the quarantined is archived.
[[nodiscard]] Completeness completeness_of(const Sight& seen, std::uint64_t quarantined,
                                           Timestamp at);

/// Borrows all it is given, which must outlive it. One run, one thread.
class Visits {
  public:
    Visits(const Account& account, catalog::Catalog& catalog, Ingest& ingest, Brake& brake,
           Departures& departures, Problems& problems)
        : account_(account),
          catalog_(catalog),
          ingest_(ingest),
          brake_(brake),
          departures_(departures),
          problems_(problems) {}

    /// Requires: all that is to be noted of the mailbox's mail was handed to the ingest.
    void add(Visit visit);

    /// Makes durable what waits, and notes how its mailboxes stand.
    void settle();

  private:
    void settle_one(Visit& visit);
    [[nodiscard]] UidSet missing_from_catalog(const Visit& visit, const Completeness& said) const;
    void note_cursor(const std::string& mailbox, const MailboxCursor& cursor);

    const Account& account_;
    catalog::Catalog& catalog_;
    Ingest& ingest_;
    Brake& brake_;
    Departures& departures_;
    Problems& problems_;
    std::vector<Visit> waiting_;
    Timestamp since_{};
};

}  // namespace mailkeep::sync
