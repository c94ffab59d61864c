// SPDX-License-Identifier: Apache-2.0
#include "fetch_pipeline.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>

namespace mailkeep::sync {

/// What is still to be asked for, shared by the connections.
class FetchPipeline::Portions {
  public:
    explicit Portions(std::span<const UidFlags> wanted) : list_(wanted) {}

    [[nodiscard]] std::vector<UidFlags> next(const imap::FetchWindow& window) {
        const std::lock_guard lock(mutex_);
        return list_.next(window);
    }

    /// Until so many octets are handed out.
    [[nodiscard]] imap::FetchSource up_to(std::uint64_t octets) {
        return [this, octets, given = std::uint64_t{0}](const imap::FetchWindow& window) mutable {
            std::vector<UidFlags> batch;
            if (given < octets) {
                batch = next(window);
            }
            for (const auto& message : batch) {
                given += message.size;
            }
            return batch;
        };
    }

    void give_back(const std::vector<UidFlags>& messages) {
        const std::lock_guard lock(mutex_);
        list_.give_back(messages);
    }

    [[nodiscard]] imap::FetchSource as_source() {
        return [this](const imap::FetchWindow& window) { return next(window); };
    }

  private:
    std::mutex mutex_;  // guards list_
    imap::FetchList list_;
};

/// Between those who read and the one who archives.
class FetchPipeline::Conveyor {
  public:
    Conveyor(std::size_t readers, std::uint64_t most_octets)
        : readers_(readers), most_octets_(most_octets) {}

    /// Waits while it is full. Error{cancelled} when nobody takes anything off any more.
    void put(imap::FetchedMessage&& message) {
        DigestedMessage arrival{std::move(message), {}};
        arrival.content_id = content_id_of(arrival.message);
        const auto octets = arrival.message.size();
        std::unique_lock lock(mutex_);
        has_room_.wait(lock, [&] { return is_abandoned_ || octets_ < most_octets_; });
        if (is_abandoned_) {
            throw Error(Errc::cancelled, "cancelled");
        }
        octets_ += octets;
        arrivals_.push_back(std::move(arrival));
        has_more_.notify_one();
    }

    /// In the order of arrival; nothing when all readers have finished.
    [[nodiscard]] std::optional<DigestedMessage> take() {
        std::unique_lock lock(mutex_);
        has_more_.wait(lock, [&] { return !arrivals_.empty() || readers_ == 0; });
        if (arrivals_.empty()) {
            return std::nullopt;
        }
        std::optional<DigestedMessage> arrival(std::move(arrivals_.front()));
        arrivals_.pop_front();
        octets_ -= arrival->message.size();
        has_room_.notify_all();
        return arrival;
    }

    void finish_reader() {
        const std::lock_guard lock(mutex_);
        --readers_;
        has_more_.notify_one();
    }

    void abandon() {
        const std::lock_guard lock(mutex_);
        is_abandoned_ = true;
        has_room_.notify_all();
    }

  private:
    std::mutex mutex_;  // guards all below
    std::condition_variable has_room_;
    std::condition_variable has_more_;
    std::deque<DigestedMessage> arrivals_;
    std::uint64_t octets_ = 0;
    std::size_t readers_;
    std::uint64_t most_octets_;
    bool is_abandoned_ = false;
};

namespace {

/// Calls it at the end of a scope, however that is left.
template <class Last>
class AtEnd {
  public:
    explicit AtEnd(Last last) : last_(std::move(last)) {}

    ~AtEnd() { last_(); }

    AtEnd(const AtEnd&) = delete;
    AtEnd& operator=(const AtEnd&) = delete;

  private:
    Last last_;
};

void append(std::vector<imap::Unfetched>& to, std::vector<imap::Unfetched> more) {
    to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// Digests on this thread.
auto digesting_into(const FetchPipeline::Sink& sink) {
    return [&sink](imap::FetchedMessage&& message) {
        const auto content_id = content_id_of(message);
        sink({std::move(message), content_id});
    };
}

}  // namespace

FetchPipeline::FetchPipeline(imap::ReadSession& session, const FurtherSession& open_further,
                             const LargeMail& large_mail, const FetchLimits& limits)
    : session_(&session),
      open_further_(open_further),
      large_mail_(large_mail),
      limits_(limits),
      is_alone_(open_further == nullptr) {}

bool FetchPipeline::is_large(std::span<const UidFlags> wanted) const {
    std::uint64_t octets = 0;
    for (const auto& message : wanted) {
        octets += message.size;
    }
    return wanted.size() >= limits_.messages || octets >= limits_.octets;
}

std::vector<imap::Unfetched> FetchPipeline::fetch(AccountId account, std::string_view mailbox,
                                                  UidValidity uid_validity,
                                                  std::span<const UidFlags> wanted,
                                                  const Sink& sink) {
    Portions portions(wanted);
    large_ = large_mail_.of_mailbox(account, mailbox, uid_validity);
    std::vector<imap::Unfetched> unfetched;
    if (is_large(wanted)) {
        compress_if_it_pays(portions, sink, unfetched);
        append(unfetched, fetch_beside(mailbox, uid_validity, portions, sink));
    }
    // All that is little, and what a further connection did not come to.
    append(unfetched, session_->fetch_raw(portions.as_source(), {}, digesting_into(sink), large_));
    std::sort(unfetched.begin(), unfetched.end(),
              [](const auto& a, const auto& b) { return a.uid < b.uid; });
    return unfetched;
}

/// Plain first, where it depends on how fast the line is: what comes faster than servers compress
/// had better stay plain.
void FetchPipeline::compress_if_it_pays(Portions& portions, const Sink& sink,
                                        std::vector<imap::Unfetched>& unfetched) {
    using Seconds = std::chrono::duration<double>;
    bool pays = session_->compression() == imap::Compression::always;
    if (session_->compression() == imap::Compression::automatic && !is_measured_) {
        is_measured_ = true;
        std::uint64_t octets = 0;
        const Sink counting = [&](DigestedMessage&& arrival) {
            octets += arrival.message.size();
            sink(std::move(arrival));
        };
        const auto began = std::chrono::steady_clock::now();
        append(unfetched, session_->fetch_raw(portions.up_to(limits_.sample_octets), {},
                                              digesting_into(counting), large_));
        const Seconds time = std::chrono::steady_clock::now() - began;
        pays =
            static_cast<double>(octets) < static_cast<double>(limits_.slow_octets) * time.count();
    }
    if (pays || is_compressed_) {
        session_->compress();
        is_compressed_ = true;
    }
}

/// Whatever throws here, the conveyor is abandoned first, so that no reader waits for room in it;
/// the futures wait for the readers when they go.
std::vector<imap::Unfetched> FetchPipeline::fetch_beside(std::string_view mailbox,
                                                         UidValidity uid_validity,
                                                         Portions& portions, const Sink& sink) {
    Conveyor conveyor(is_alone_ ? 1 : 2, limits_.queue_octets);
    auto own = std::async(std::launch::async, [&] {
        const AtEnd end([&] { conveyor.finish_reader(); });
        const auto put = [&](imap::FetchedMessage&& message) { conveyor.put(std::move(message)); };
        return session_->fetch_raw(portions.as_source(), {}, put, large_);
    });
    std::future<std::vector<imap::Unfetched>> further;
    if (!is_alone_) {
        further = std::async(std::launch::async, [&] {
            const AtEnd end([&] { conveyor.finish_reader(); });
            return help(mailbox, uid_validity, portions, conveyor);
        });
    }
    const AtEnd end([&] { conveyor.abandon(); });
    while (auto arrival = conveyor.take()) {
        sink(*std::move(arrival));
    }
    auto unfetched = own.get();
    if (further.valid()) {
        append(unfetched, further.get());
    }
    return unfetched;
}

/// On the further connection, on a thread of its own. What it was asked for and did not bring is
/// left to the first one.
std::vector<imap::Unfetched> FetchPipeline::help(std::string_view mailbox, UidValidity uid_validity,
                                                 Portions& portions, Conveyor& conveyor) {
    std::map<Uid, UidFlags> open;
    try {
        if (!open_in_further(mailbox, uid_validity)) {
            return {};
        }
        return further_->fetch_raw(
            [&](const imap::FetchWindow& window) {
                auto batch = portions.next(window);
                for (const auto& message : batch) {
                    open.emplace(message.uid, message);
                }
                return batch;
            },
            {},
            [&](imap::FetchedMessage&& message) {
                const auto uid = message.uid;
                conveyor.put(std::move(message));
                open.erase(uid);
            },
            large_);
    } catch (const Error& error) {
        log_info("mirror.one_connection", {{"why", error.what()}});
        std::vector<UidFlags> left;
        for (const auto& [uid, message] : open) {
            left.push_back(message);
        }
        portions.give_back(left);
        further_.reset();
        is_alone_ = true;
        return {};
    }
}

/// The server may show another mailbox under this name to who opens it later.
bool FetchPipeline::open_in_further(std::string_view mailbox, UidValidity uid_validity) {
    if (!further_) {
        further_ = open_further_();
        if (is_compressed_) {
            further_->compress();
        }
    }
    const auto opened = further_->examine(mailbox);
    return std::max<UidValidity>(opened.uid_validity, 1) == uid_validity;
}

}  // namespace mailkeep::sync
