// SPDX-License-Identifier: Apache-2.0
// Fetches messages whole: keeps several commands in flight, and finds out which messages the server
// will not give. One fetch, then gone.
#pragma once

#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/imap/types.hpp"
#include "mailkeep/model/uid_set.hpp"

#include "connection.hpp"

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mailkeep::imap {

/// Borrows all it is given, which must outlive it.
class RawFetch {
  public:
    using Sink = std::function<void(FetchedMessage&&)>;

    RawFetch(Connection& connection, const FetchSource& source, const FetchWindow& window,
             const Sink& sink, const LargeMessages& large)
        : connection_(connection),
          source_(source),
          window_(window),
          sink_(sink),
          large_(large),
          items_(items_of(connection.capabilities())) {
        connection_.use_spools(&large_);
    }

    ~RawFetch() { connection_.use_spools(nullptr); }

    RawFetch(const RawFetch&) = delete;
    RawFetch& operator=(const RawFetch&) = delete;

    /// See ReadSession::fetch_raw.
    [[nodiscard]] std::vector<Unfetched> run();

  private:
    using Batch = std::vector<UidFlags>;  ///< what one command asks for, ascending

    [[nodiscard]] static std::vector<std::string> items_of(const Capabilities& capabilities);
    [[nodiscard]] Batch next_batch();
    [[nodiscard]] Batch without_large(Batch batch);
    void fetch_together();
    [[nodiscard]] bool fetch_large();
    void send_more();
    void take(FetchData&& data);
    void finish(const Batch& batch, const Tagged& answer);
    void give_up(Uid uid, const std::string& reason);

    Connection& connection_;
    const FetchSource& source_;
    const FetchWindow& window_;
    const Sink& sink_;
    const LargeMessages& large_;
    std::vector<std::string> items_;          ///< of each message, besides its text
    std::deque<UidFlags> in_parts_;           ///< to be fetched alone, in parts
    std::deque<UidFlags> retries_;            ///< to be asked for one by one
    std::map<std::string, Batch> in_flight_;  ///< by tag
    std::map<Uid, UidFlags> open_;            ///< asked for, and neither handed over nor given up
    std::vector<Unfetched> unfetched_;
};

}  // namespace mailkeep::imap
