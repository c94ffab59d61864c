// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/replica.hpp"

#include "mailkeep/base/log.hpp"

namespace mailkeep::sync {

Replica::Replica(const archive::Archive& archive, ReplicaPolicy policy)
    : archive_(archive), policy_(std::move(policy)) {}

std::optional<Error> Replica::renew(const std::stop_token& stop) {
    const std::lock_guard lock(mutex_);
    copy_.reset();
    try {
        const auto done = archive::replicate(archive_, policy_.folder,
                                             {.state = archive::ReplicaState::must_exist}, stop);
        log_info("replica.renewed", {{"copied", done.copied},
                                     {"bytes", done.bytes},
                                     {"last_batch", done.last_batch},
                                     {"problems", done.problems.size()}});
        if (!done.problems.empty()) {
            const auto& first = done.problems.front();
            return Error(Errc::corrupt, first.object + " " + first.what, "");
        }
    } catch (const Error& error) {
        if (error.code() == Errc::cancelled) {
            throw;
        }
        log_warning("replica.failed", {{"error", error.what()}});
        return error;
    }
    return std::nullopt;
}

bool Replica::holds(const StoredMessage& message) {
    const std::lock_guard lock(mutex_);
    try {
        if (!copy_) {
            copy_.emplace(policy_.folder, archive::Access::read_only, archive_.key());
        }
        static_cast<void>(copy_->get(message));
        return true;
    } catch (const Error& error) {
        log_warning("replica.lacks",
                    {{"message", message.content_id.hex()}, {"error", error.what()}});
        return false;
    }
}

}  // namespace mailkeep::sync
