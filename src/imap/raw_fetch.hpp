// SPDX-License-Identifier: Apache-2.0
// Fetches messages whole: cuts the wanted UIDs into commands, keeps several of them in flight, and
// finds out which messages the server will not give. One fetch, then gone.
#pragma once

#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/imap/types.hpp"

#include "connection.hpp"

#include <deque>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace mailkeep::imap {

/// Borrows all it is given, which must outlive it.
class RawFetch {
  public:
    using Sink = std::function<void(FetchedMessage&&)>;

    RawFetch(Connection& connection, const FetchWindow& window, const Sink& sink)
        : connection_(connection), window_(window), sink_(sink) {}

    /// See ReadSession::fetch_raw.
    [[nodiscard]] std::vector<Unfetched> run(std::span<const UidFlags> wanted);

  private:
    using Batch = std::vector<Uid>;  ///< the UIDs of one command, ascending

    void plan();
    void send_more();
    void take(FetchData&& data);
    void finish(const Batch& batch, const Tagged& answer);
    void give_up(Uid uid, const std::string& reason);

    Connection& connection_;
    const FetchWindow& window_;
    const Sink& sink_;
    std::map<Uid, UidFlags> wanted_;  ///< neither handed over nor given up yet
    std::deque<Batch> waiting_;
    std::map<std::string, Batch> in_flight_;  ///< by tag
    std::vector<Unfetched> unfetched_;
};

}  // namespace mailkeep::imap
