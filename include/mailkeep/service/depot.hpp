// SPDX-License-Identifier: Apache-2.0
// A data directory open for writing: archive, catalog, keeper and vault, in this order.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/archive/log.hpp"
#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/extract/extractor.hpp"
#include "mailkeep/imap/types.hpp"
#include "mailkeep/service/catalog_pool.hpp"
#include "mailkeep/service/vault.hpp"
#include "mailkeep/sync/compact.hpp"
#include "mailkeep/sync/keeper.hpp"
#include "mailkeep/sync/scrub.hpp"
#include "mailkeep/sync/seal.hpp"

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>

namespace mailkeep::service {

/// Any thread, each with a catalog of its own from open_catalog(). Opening applies what a crash
/// left unapplied; a catalog that is missing is made from the archive.
class Depot {
  public:
    /// `key` is the archive's; none when it is not encrypted.
    Depot(const std::filesystem::path& data, const Clock& clock, const archive::DataKey& key = {});

    [[nodiscard]] sync::Keeper& keeper() { return keeper_; }

    [[nodiscard]] const archive::Archive& archive() const { return archive_; }

    [[nodiscard]] archive::Log& log() { return log_; }

    /// Lets the tamper-evident log take in what is new. That it cannot stops nothing: it is logged,
    /// and the log lags behind until it can.
    void catch_up_log();

    /// Lets the search index take in what waits for it; see sync::index_pending. That it cannot
    /// stops nothing either. Returns whether it could.
    bool catch_up_index(const std::stop_token& stop, const std::function<void()>& between);

    /// Journals into packs, small packs into larger ones; see sync::seal.
    sync::Sealed seal(const std::stop_token& stop, const std::function<void()>& between);

    /// The next step of the check in the background; see sync::scrub.
    [[nodiscard]] std::optional<sync::Scrubbed> scrub(const archive::Pace& pace);

    /// Brings the second copy up to date, if there is to be one, and remembers that. Says why not,
    /// when it cannot. Throws Error{cancelled}.
    [[nodiscard]] std::optional<Error> renew_replica(const std::stop_token& stop);

    /// How many connections a run may have to the server of its account, one to four. Before
    /// anybody else uses the depot.
    void allow_connections(std::size_t most) { connections_ = most; }

    [[nodiscard]] std::size_t connections() const { return connections_; }

    /// Of sessions with IMAP servers. Before anybody else uses the depot.
    void use_compression(imap::Compression compression) { compression_ = compression; }

    [[nodiscard]] imap::Compression compression() const { return compression_; }

    /// How attachments are read for the index; without this they are not. Before anybody else uses
    /// the depot.
    void use_extraction(extract::Setup setup) { extraction_ = std::move(setup); }

    [[nodiscard]] const Vault& vault() const { return vault_; }

    [[nodiscard]] const Clock& clock() const { return clock_; }

    [[nodiscard]] const std::filesystem::path& data() const { return archive_.data(); }

    [[nodiscard]] catalog::Catalog open_catalog() const;

    /// One that was open already, for something short.
    [[nodiscard]] CatalogPool::Lent lend_catalog() { return catalogs_.lend(); }

    /// Held while tokens of accounts are renewed: of two renewals at once, one would end the other.
    [[nodiscard]] std::unique_lock<std::mutex> lock_tokens() {
        return std::unique_lock(renewing_tokens_);
    }

    /// Retention and what follows from it; see sync::compact. The replica, if there is one, is
    /// renewed before: what leaves the trash must not be needed there. That it was done, and not as
    /// a dry run, is remembered.
    [[nodiscard]] sync::Compacted compact(sync::CompactRequest request,
                                          const std::stop_token& stop);

  private:
    const Clock& clock_;
    archive::Archive archive_;
    archive::Log log_;
    Vault vault_;
    catalog::Catalog catalog_;
    sync::Keeper keeper_;
    CatalogPool catalogs_;
    std::size_t connections_ = 4;
    std::optional<extract::Setup> extraction_;
    imap::Compression compression_ = imap::Compression::automatic;
    std::mutex renewing_tokens_;
    std::mutex rewriting_;  // one rewrite of packs at a time, and no check meanwhile
};

}  // namespace mailkeep::service
