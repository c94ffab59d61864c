// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/ingest.hpp"

#include "mailkeep/base/heap.hpp"

#include "summaries.hpp"

#include <utility>

namespace mailkeep::sync {

namespace {

/// What a batch frees serves the next one, but in time mail of all sizes leaves holes.
constexpr unsigned batches_between_trims = 64;

}  // namespace

Ingest::Ingest(Keeper& keeper, const catalog::Catalog& catalog, const Run& run)
    : keeper_(keeper),
      catalog_(catalog),
      run_(run.id),
      account_(run.account),
      kind_(run.kind),
      started_(run.started) {}

ContentId Ingest::add(Seen seen, std::string raw) {
    const auto content_id = sha256(raw);
    seen.content_id = content_id;
    add_digested(std::move(seen), std::move(raw));
    return content_id;
}

void Ingest::add_digested(Seen seen, std::string raw) {
    const auto now = keeper_.clock().now();
    if (count(seen, raw.size())) {
        batch_.add_message(seen.content_id, std::move(raw));
        summarize(seen.content_id);
    }
    push(std::move(seen), now);
    if (batch_.octets() >= batch_octets || batch_.events().size() >= batch_messages ||
        now - batch_began_ >= batch_age) {
        hand_over();
    }
}

/// What the batch borrows is gone after the call, however that ends: so nothing may be under way.
void Ingest::add_large(Seen seen, const Spool& spool) {
    flush();
    seen.content_id = spool.digest();
    if (count(seen, spool.size())) {
        batch_.add_message(spool);
        summarize(seen.content_id);
    }
    push(std::move(seen), keeper_.clock().now());
    flush();
}

bool Ingest::count(const Seen& seen, std::uint64_t octets) {
    counts_.bytes += octets;
    ++counts_.seen;
    const bool is_new =
        !being_kept_.contains(seen.content_id) && !keeper_.holds(seen.content_id, catalog_);
    counts_.stored += is_new ? 1 : 0;
    return is_new;
}

void Ingest::summarize(const ContentId& content_id) {
    summaries_.push_back(summarize_header(batch_.message(content_id)));
}

void Ingest::place(Seen seen) {
    ++counts_.seen;
    push(std::move(seen), keeper_.clock().now());
    if (batch_.events().size() >= batch_placements) {
        hand_over();
    }
}

void Ingest::note(decltype(Event::what) what) {
    push(std::move(what), keeper_.clock().now());
}

void Ingest::push(decltype(Event::what) what, Timestamp at) {
    if (batch_.events().empty()) {
        batch_began_ = at;
    }
    if (!has_started_) {
        has_started_ = true;
        batch_.add_event({started_, run_, RunStarted{account_, kind_}});
    }
    batch_.add_event({at, run_, std::move(what)});
}

void Ingest::hand_over() {
    wait();
    if (batch_.empty()) {
        return;
    }
    for (const auto& message : batch_.messages()) {
        being_kept_.insert(message.content_id);
    }
    keeping_ =
        std::async(std::launch::async, [&keeper = keeper_, batch = std::exchange(batch_, {}),
                                        summaries = std::exchange(summaries_, {})]() mutable {
            keeper.keep_ahead(batch, std::move(summaries));
        });
}

void Ingest::wait() {
    being_kept_.clear();
    if (keeping_.valid()) {
        std::exchange(keeping_, {}).get();
        if (++batches_ % batches_between_trims == 0) {
            trim_heap();
        }
    }
}

void Ingest::secure() {
    hand_over();
    wait();
}

void Ingest::flush() {
    secure();
    keeper_.catch_up();
}

void Ingest::finish(Run& run) {
    run.counts = counts_;
    if (has_started_) {
        push(RunFinished{run.state, run.counts, run.error, run.hint, run.error_code},
             run.finished.value());
    }
    flush();
}

}  // namespace mailkeep::sync
