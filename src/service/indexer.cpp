// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/indexer.hpp"

#include "give_way.hpp"
#include "rest.hpp"

namespace mailkeep::service {

namespace {

constexpr std::chrono::milliseconds between_looks{500};
constexpr std::chrono::milliseconds after_failure{60'000};
/// Between two steps, so that whoever waits for the keeper gets it.
constexpr std::chrono::milliseconds gap{5};

}  // namespace

Indexer::Indexer(Depot& depot)
    : depot_(depot), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Indexer::run(const std::stop_token& stop) {
    give_way();
    while (!stop.stop_requested()) {
        const bool could = depot_.catch_up_index(stop, [&] { rest(stop, gap); });
        rest(stop, could ? between_looks : after_failure);
    }
}

}  // namespace mailkeep::service
