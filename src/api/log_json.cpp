// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/api/log_json.hpp"

#include <nlohmann/json.hpp>

#include <vector>

namespace mailkeep::api {

namespace {

using nlohmann::json;

json findings_json(const std::vector<archive::Finding>& findings) {
    auto rows = json::array();
    for (const auto& finding : findings) {
        rows.push_back({{"object", finding.object}, {"what", finding.what}});
    }
    return rows;
}

}  // namespace

std::string checkpoints_json(std::span<const CheckpointView> checkpoints) {
    auto rows = json::array();
    for (const auto& [checkpoint, stamped_at] : checkpoints) {
        rows.push_back({{"size", checkpoint.size},
                        {"root", checkpoint.root.hex()},
                        {"covers", checkpoint.covers},
                        {"at", to_rfc3339(checkpoint.at)},
                        {"stamped_at", stamped_at ? json(to_rfc3339(*stamped_at)) : json()}});
    }
    return json{{"checkpoints", std::move(rows)}}.dump();
}

std::string log_verdict_json(const archive::LogVerdict& verdict) {
    return json{{"entries", verdict.entries},
                {"checkpoints", verdict.checkpoints},
                {"damaged", findings_json(verdict.damaged)},
                {"notes", findings_json(verdict.notes)}}
        .dump();
}

std::string proof_json(const archive::Proof& proof) {
    return json{{"id", proof.content_id.hex()},    {"index", proof.index},
                {"size", proof.checkpoint.size},   {"at", to_rfc3339(proof.checkpoint.at)},
                {"stamped", !proof.stamp.empty()}, {"proof", to_text(proof)}}
        .dump();
}

}  // namespace mailkeep::api
