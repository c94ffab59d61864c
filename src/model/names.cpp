// SPDX-License-Identifier: Apache-2.0
// Enums to text and back: one table each, used by catalog, api and log alike.
#include "mailkeep/model/message.hpp"
#include "mailkeep/model/run.hpp"
#include "mailkeep/model/watch.hpp"

#include <array>

namespace mailkeep {

namespace {

template <class Value>
struct Named {
    Value value;
    std::string_view name;
};

constexpr std::array run_kinds{
    Named<RunKind>{RunKind::mirror, "mirror"}, Named<RunKind>{RunKind::collect, "collect"},
    Named<RunKind>{RunKind::restore, "restore"}, Named<RunKind>{RunKind::import, "import"}};
constexpr std::array run_states{
    Named<RunState>{RunState::running, "running"}, Named<RunState>{RunState::done, "done"},
    Named<RunState>{RunState::partial, "partial"}, Named<RunState>{RunState::failed, "failed"},
    Named<RunState>{RunState::cancelled, "cancelled"}};
constexpr std::array removal_proofs{Named<RemovalProof>{RemovalProof::none, "none"},
                                    Named<RemovalProof>{RemovalProof::read_back, "read_back"},
                                    Named<RemovalProof>{RemovalProof::replicated, "replicated"}};
constexpr std::array watch_states{Named<WatchState>{WatchState::off, "off"},
                                  Named<WatchState>{WatchState::watching, "watching"},
                                  Named<WatchState>{WatchState::waiting, "waiting"},
                                  Named<WatchState>{WatchState::stopped, "stopped"}};

template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) {
    return table.at(static_cast<std::size_t>(value)).name;
}

template <class Value, std::size_t Size>
std::optional<Value> value_in(const std::array<Named<Value>, Size>& table, std::string_view name) {
    for (const auto& row : table) {
        if (row.name == name) {
            return row.value;
        }
    }
    return std::nullopt;
}

}  // namespace

std::string_view name_of(RunKind kind) {
    return name_in(run_kinds, kind);
}

std::string_view name_of(RunState state) {
    return name_in(run_states, state);
}

std::string_view name_of(RemovalProof proof) {
    return name_in(removal_proofs, proof);
}

std::optional<RemovalProof> removal_proof_from(std::string_view name) {
    return value_in(removal_proofs, name);
}

std::optional<RunKind> run_kind_from(std::string_view name) {
    return value_in(run_kinds, name);
}

std::optional<RunState> run_state_from(std::string_view name) {
    return value_in(run_states, name);
}

std::string_view name_of(WatchState state) {
    return name_in(watch_states, state);
}

std::optional<WatchState> watch_state_from(std::string_view name) {
    return value_in(watch_states, name);
}

}  // namespace mailkeep
