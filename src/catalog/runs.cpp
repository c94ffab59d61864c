// SPDX-License-Identifier: Apache-2.0
// Runs: a row from the moment one starts. The archive tells only of those that changed something.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include "state.hpp"

namespace mailkeep::catalog {

namespace {

/// Of restores, the newest.
constexpr std::int64_t reports_kept = 100;

constexpr std::string_view run_columns =
    "SELECT id, account_id, kind, state, started, finished, seen, stored, flag_changes, vanished,"
    " deleted_from_server, bytes, appended, already_there, failed, error, hint, error_code,"
    " paused_until, pause_reason FROM runs";

Run read_run(Statement& row) {
    Run run;
    run.id = row.id<RunId>();
    run.account = row.id<AccountId>();
    const auto kind = run_kind_from(row.text());
    const auto state = run_state_from(row.text());
    MAILKEEP_ASSERT(kind && state);
    run.kind = *kind;
    run.state = *state;
    run.started = row.timestamp();
    run.finished = row.optional_timestamp();
    for (auto* count : {&run.counts.seen, &run.counts.stored, &run.counts.flag_changes,
                        &run.counts.vanished, &run.counts.deleted_from_server, &run.counts.bytes,
                        &run.counts.appended, &run.counts.already_there, &run.counts.failed}) {
        *count = row.number<std::uint64_t>();
    }
    run.error = row.text();
    run.hint = row.text();
    run.error_code = errc_from(row.text());
    const auto paused_until = row.optional_timestamp();
    auto reason = row.text();
    if (paused_until) {
        run.pause = {*paused_until, std::move(reason)};
    }
    return run;
}

void write_end(Database& database, RunId id, Timestamp at, const RunFinished& end) {
    const auto& counts = end.counts;
    database
        .statement(
            "UPDATE runs SET state = ?, finished = ?, seen = ?, stored = ?,"
            " flag_changes = ?, vanished = ?, deleted_from_server = ?, bytes = ?,"
            " appended = ?, already_there = ?, failed = ?, error = ?, hint = ?, error_code = ?,"
            " paused_until = NULL WHERE id = ?")
        .bind(name_of(end.state), at, counts.seen, counts.stored, counts.flag_changes,
              counts.vanished, counts.deleted_from_server, counts.bytes, counts.appended,
              counts.already_there, counts.failed, end.error, end.hint,
              end.error_code ? name_of(*end.error_code) : "", id)
        .run();
}

std::optional<Run> read_one(Statement row) {
    return row.step() ? std::optional(read_run(row)) : std::nullopt;
}

}  // namespace

/// The row is there already unless this is a rebuild.
void Catalog::State::apply(const Event& event, const RunStarted& started) {
    database
        .statement(
            "INSERT OR IGNORE INTO runs (id, account_id, kind, state, started)"
            " VALUES (?, ?, ?, ?, ?)")
        .bind(event.run, started.account, name_of(started.kind), name_of(RunState::running),
              event.at)
        .run();
}

void Catalog::State::apply(const Event& event, const RunFinished& finished) {
    write_end(database, event.run, event.at, finished);
    if (database.changed_rows() == 0) {
        log_warning("catalog.unknown_run", {{"run", event.run.value}});
    }
}

RunId Catalog::start_run(AccountId account, RunKind kind, Timestamp at) {
    state_->database
        .statement("INSERT INTO runs (account_id, kind, state, started) VALUES (?, ?, ?, ?)")
        .bind(account, name_of(kind), name_of(RunState::running), at)
        .run();
    return RunId{state_->database.last_id()};
}

void Catalog::finish_run(const Run& run) {
    MAILKEEP_ASSERT(run.finished.has_value());
    write_end(state_->database, run.id, *run.finished,
              {run.state, run.counts, run.error, run.hint, run.error_code});
}

void Catalog::note_pause(RunId run, const std::optional<Pause>& pause) {
    const auto until = pause ? std::optional(pause->until) : std::nullopt;
    state_->database.statement("UPDATE runs SET paused_until = ?, pause_reason = ? WHERE id = ?")
        .bind(until, pause ? pause->reason : "", run)
        .run();
}

std::optional<Run> Catalog::run(RunId id) const {
    auto row = state_->database.statement(std::string(run_columns).append(" WHERE id = ?"));
    row.bind(id);
    return read_one(std::move(row));
}

std::optional<Run> Catalog::last_run(AccountId account) const {
    auto row = state_->database.statement(
        std::string(run_columns).append(" WHERE account_id = ? ORDER BY id DESC LIMIT 1"));
    row.bind(account);
    return read_one(std::move(row));
}

std::vector<Run> Catalog::runs(std::size_t most) const {
    auto row =
        state_->database.statement(std::string(run_columns).append(" ORDER BY id DESC LIMIT ?"));
    row.bind(most);
    std::vector<Run> found;
    while (row.step()) {
        found.push_back(read_run(row));
    }
    return found;
}

std::optional<std::string> Catalog::restore_report(RunId run) const {
    auto row = state_->database.statement("SELECT report FROM restore_reports WHERE run = ?");
    return row.bind(run).step() ? std::optional(row.text()) : std::nullopt;
}

void Catalog::note_restore_report(RunId run, std::string_view report) {
    state_->database.statement("INSERT OR REPLACE INTO restore_reports (run, report) VALUES (?, ?)")
        .bind(run, report)
        .run();
    state_->database
        .statement(
            "DELETE FROM restore_reports WHERE run <="
            " (SELECT run FROM restore_reports ORDER BY run DESC LIMIT 1 OFFSET ?)")
        .bind(reports_kept)
        .run();
}

void Catalog::close_broken_runs(Timestamp at) {
    state_->database
        .statement(
            "UPDATE runs SET state = 'failed', finished = ?, paused_until = NULL,"
            " error = 'mailkeep ended before the run did' WHERE state = 'running'")
        .bind(at)
        .run();
}

}  // namespace mailkeep::catalog
