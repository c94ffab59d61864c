// SPDX-License-Identifier: Apache-2.0
// The tamper-evident log as JSON, in the style of json.hpp.
#pragma once

#include "mailkeep/archive/log.hpp"

#include <optional>
#include <span>
#include <string>

namespace mailkeep::api {

struct CheckpointView {
    archive::Checkpoint checkpoint;
    std::optional<Timestamp> stamped_at;  ///< says an authority
};

/// {"checkpoints":[{"size","root","covers","at","stamped_at"}]}
[[nodiscard]] std::string checkpoints_json(std::span<const CheckpointView> checkpoints);
/// {"entries","checkpoints","damaged":[{"object","what"}],"notes":[…]}
[[nodiscard]] std::string log_verdict_json(const archive::LogVerdict& verdict);
/// {"id","index","size","at","stamped","proof"}
[[nodiscard]] std::string proof_json(const archive::Proof& proof);

}  // namespace mailkeep::api
