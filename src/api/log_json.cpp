// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/api/log_json.hpp"

#include "tree.hpp"

#include <vector>

namespace mailkeep::api {

namespace {

Json findings_json(const std::vector<archive::Finding>& findings) {
    auto rows = Json::array();
    for (const auto& finding : findings) {
        rows.push_back({{"object", finding.object}, {"what", finding.what}});
    }
    return rows;
}

}  // namespace

std::string checkpoints_json(std::span<const CheckpointView> checkpoints) {
    auto rows = Json::array();
    for (const auto& [checkpoint, stamped_at] : checkpoints) {
        rows.push_back({{"size", checkpoint.size},
                        {"root", checkpoint.root.hex()},
                        {"covers", checkpoint.covers},
                        {"at", to_rfc3339(checkpoint.at)},
                        {"stamped_at", or_null(stamped_at)}});
    }
    return text_of({{"checkpoints", std::move(rows)}});
}

std::string log_verdict_json(const archive::LogVerdict& verdict) {
    return text_of({{"entries", verdict.entries},
                    {"checkpoints", verdict.checkpoints},
                    {"damaged", findings_json(verdict.damaged)},
                    {"notes", findings_json(verdict.notes)}});
}

std::string proof_json(const archive::Proof& proof) {
    return text_of({{"id", proof.content_id.hex()},
                    {"index", proof.index},
                    {"size", proof.checkpoint.size},
                    {"at", to_rfc3339(proof.checkpoint.at)},
                    {"stamped", !proof.stamp.empty()},
                    {"proof", to_text(proof)}});
}

}  // namespace mailkeep::api
