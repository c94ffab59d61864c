// SPDX-License-Identifier: Apache-2.0
#include "removal_guard.hpp"

#include "mailkeep/base/error.hpp"

namespace mailkeep::sync {

bool RemovalGuard::waits_for_replica() const {
    const auto* replica = keeper_.replica();
    return replica != nullptr && replica->policy().deletes_wait;
}

bool RemovalGuard::is_ready() {
    if (!waits_for_replica()) {
        return true;
    }
    if (is_replica_missing_) {
        return false;
    }
    const auto hindrance = keeper_.replica()->renew(stop_);
    if (hindrance && !is_replica_told_) {
        is_replica_told_ = true;
        problems_.note(
            "the replica is not up to date, so what it lacks is not deleted from the server: " +
            std::string(hindrance->what()) + ". " + hindrance->hint());
    }
    // A damaged file does not keep back messages that are whole in others.
    is_replica_missing_ = hindrance && hindrance->code() != Errc::corrupt;
    return !is_replica_missing_;
}

std::optional<RemovalProof> RemovalGuard::prove(const ContentId& content_id,
                                                const std::string& name) {
    if (!keeper_.is_safe_without_server(content_id)) {
        problems_.note(name + ": stays on the server, for it is not whole in the replica");
        return std::nullopt;
    }
    keeper_.prove(content_id);
    return waits_for_replica() ? RemovalProof::replicated : RemovalProof::read_back;
}

}  // namespace mailkeep::sync
