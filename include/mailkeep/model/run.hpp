// SPDX-License-Identifier: Apache-2.0
// A run: one execution for one account.
#pragma once

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/time.hpp"
#include "mailkeep/model/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep {

enum class RunKind { mirror, collect, restore, import };
/// partial: finished, but some mailboxes or messages failed, each named in `error`.
enum class RunState { running, done, partial, failed, cancelled };

[[nodiscard]] std::string_view name_of(RunKind kind);
[[nodiscard]] std::string_view name_of(RunState state);
[[nodiscard]] std::optional<RunKind> run_kind_from(std::string_view name);
[[nodiscard]] std::optional<RunState> run_state_from(std::string_view name);

struct RunCounts {
    std::uint64_t seen = 0;          ///< messages new in their mailbox
    std::uint64_t stored = 0;        ///< of these, octets that the archive did not hold yet
    std::uint64_t flag_changes = 0;  ///< messages whose flags changed
    std::uint64_t vanished = 0;      ///< messages no longer on the server; import: expunged there
    std::uint64_t deleted_from_server = 0;
    std::uint64_t bytes = 0;  ///< octets of messages received or sent
    std::uint64_t appended = 0;
    std::uint64_t already_there = 0;
    std::uint64_t failed = 0;

    friend bool operator==(const RunCounts&, const RunCounts&) = default;
};

/// The server wanted it.
struct Pause {
    Timestamp until{};
    std::string reason;  ///< the server's words

    friend bool operator==(const Pause&, const Pause&) = default;
};

struct Run {
    RunId id;
    AccountId account;
    RunKind kind = RunKind::mirror;
    RunState state = RunState::running;
    Timestamp started{};
    std::optional<Timestamp> finished;
    RunCounts counts;
    std::string error;               ///< what failed, a line each; empty when nothing did
    std::string hint;                ///< what can be done about it; may be empty
    std::optional<Errc> error_code;  ///< of what ended the run early
    std::optional<Pause> pause;      ///< of a run that waits
};

}  // namespace mailkeep
