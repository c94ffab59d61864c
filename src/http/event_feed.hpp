// SPDX-License-Identifier: Apache-2.0
// Server-sent events (the WHATWG HTML standard, section 9.2): how runs get on. Only a hint; the
// truth is in the catalog, and a client that missed events asks for /runs.
#pragma once

#include "mailkeep/base/crypto.hpp"

#include "api.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace mailkeep::http {

inline constexpr int most_feeds = 8;  ///< each holds a worker while it is open

/// One thread. Borrows the api, which must outlive it.
class EventFeed {
  public:
    /// Nothing when there are most_feeds already.
    [[nodiscard]] static std::unique_ptr<EventFeed> open(Api& api, const Digest& session);
    /// Counts among the open ones while it lives.
    EventFeed(Api& api, const Digest& session);
    ~EventFeed();
    EventFeed(const EventFeed&) = delete;
    EventFeed& operator=(const EventFeed&) = delete;

    /// What has changed since the last call, after a short wait: events, a comment to keep the
    /// connection alive, or nothing to send. No value: the session has ended.
    [[nodiscard]] std::optional<std::string> next();

  private:
    Api& api_;
    Digest session_;
    catalog::Catalog catalog_;
    std::map<RunId, std::string> told_;  // the JSON last sent for a run
    bool has_begun_ = false;
    std::chrono::steady_clock::time_point heartbeat_;
};

}  // namespace mailkeep::http
