// SPDX-License-Identifier: Apache-2.0
#include "event_feed.hpp"

#include "mailkeep/api/json.hpp"

#include <thread>

namespace mailkeep::http {

namespace {

constexpr std::chrono::milliseconds pace{400};
constexpr std::chrono::seconds heartbeat_every{15};
constexpr std::size_t watched_runs = 20;

}  // namespace

std::unique_ptr<EventFeed> EventFeed::open(Api& api, const Digest& session) {
    auto feed = std::make_unique<EventFeed>(api, session);
    return api.open_feeds > most_feeds ? nullptr : std::move(feed);
}

EventFeed::EventFeed(Api& api, const Digest& session)
    : api_(api),
      session_(session),
      catalog_(api.depot.open_catalog()),
      heartbeat_(std::chrono::steady_clock::now() + heartbeat_every) {
    ++api_.open_feeds;
}

EventFeed::~EventFeed() {
    --api_.open_feeds;
}

std::optional<std::string> EventFeed::next() {
    if (has_begun_) {
        std::this_thread::sleep_for(pace);
    }
    std::string events;
    std::map<RunId, std::string> telling;
    for (const Run& run : catalog_.runs(watched_runs)) {
        api::RunView view = api::view_of(run, catalog_);
        view.progress = api_.runner.progress(run.id);
        std::string json = api::run_json(view);
        const auto told = told_.find(run.id);
        const bool is_news =
            told == told_.end() ? has_begun_ || !run.finished : told->second != json;
        if (is_news) {
            events += "event: run\ndata: " + json + "\n\n";
        }
        telling.emplace(run.id, std::move(json));
    }
    told_ = std::move(telling);
    if (!has_begun_) {
        events += ": here\n\n";
    }
    has_begun_ = true;
    if (std::chrono::steady_clock::now() >= heartbeat_) {
        heartbeat_ = std::chrono::steady_clock::now() + heartbeat_every;
        if (!catalog_.web_session(session_, api_.depot.clock().now())) {
            return std::nullopt;
        }
        events += ": still here\n\n";
    }
    return events;
}

}  // namespace mailkeep::http
