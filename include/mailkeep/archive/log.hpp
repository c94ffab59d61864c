// SPDX-License-Identifier: Apache-2.0
// The tamper-evident log: a Merkle tree (RFC 6962) over all messages and events, in DATA/log, and
// the signed tree heads that commit to it. Format and how to check a proof: src/archive/LOG.md.
#pragma once

#include "mailkeep/archive/archive.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mailkeep::archive {

/// A signed tree head: what the log was when it was signed.
struct Checkpoint {
    std::uint64_t size = 0;  ///< entries
    Digest root;
    std::uint64_t covers = 0;  ///< batches, from the first on
    Timestamp at{};
    std::string note;  ///< all of it as signed, a C2SP checkpoint
};

/// That an entry stands in the log.
struct Proof {
    ContentId content_id;
    std::string entry;        ///< one line
    std::uint64_t index = 0;  ///< of the entry
    std::vector<Digest> path;
    Checkpoint checkpoint;
    std::string stamp;  ///< of the checkpoint: an RFC 3161 response; empty when there is none
};

/// The proof as a text file; LOG.md has the script that checks it.
[[nodiscard]] std::string to_text(const Proof& proof);

struct LogVerdict {
    std::uint64_t entries = 0;
    std::uint64_t checkpoints = 0;
    std::vector<Finding> damaged;
    std::vector<Finding> notes;
};

/// Borrows archive, which must outlive it. Any thread. A log that lags behind its archive is no
/// fault: the next catch_up() appends what it lacks.
class Log {
  public:
    /// Nothing is read or written yet. The signing key of an encrypted archive lies sealed.
    explicit Log(const Archive& archive);
    /// With other system calls, as Archive.
    Log(const Archive& archive, Disk& disk);
    ~Log();
    Log(Log&&) noexcept;
    Log& operator=(Log&&) noexcept;

    /// Appends the batches it lacks and signs. Only where the archive is open for writing.
    /// Error{corrupt} when log and archive do not fit each other or the log is damaged,
    /// Error{invalid} when the signing key is gone, Error{storage}. Whatever it throws, the log
    /// that was signed before stands.
    void catch_up(Timestamp now);

    /// The newest signed; nothing as long as there is none. Error{corrupt}.
    [[nodiscard]] std::optional<Checkpoint> newest() const;
    /// All of them, oldest first. Error{corrupt} at the first that is damaged.
    [[nodiscard]] std::vector<Checkpoint> checkpoints() const;

    /// Error{not_found} when the message is not in the log, or not yet.
    [[nodiscard]] Proof prove(const ContentId& content_id) const;

    /// Keeps the time stamp of a checkpoint and the certificates to check it by (PEM).
    /// Error{conflict} when it has one.
    void keep_stamp(const Checkpoint& checkpoint, std::string_view response,
                    std::string_view authorities);
    /// The response as it was kept.
    [[nodiscard]] std::optional<std::string> stamp(const Checkpoint& checkpoint) const;

    /// The log against itself: every signature, every tile, and every root that follows from them
    /// without the archive; the newest always does. Never stops at the first damage.
    [[nodiscard]] LogVerdict check() const;
    /// The archive against the log. Batches that the log covers must be there; full: all entries
    /// are made again from it. What has expired may be missing; nothing may differ. Requires: both
    /// are whole by themselves, else it throws Error{corrupt}.
    [[nodiscard]] std::vector<Finding> compare(Depth depth) const;
    /// Whether the log goes on from this checkpoint, which was kept elsewhere: what is wrong, or
    /// nothing. Error{invalid} when it is no checkpoint of this archive.
    [[nodiscard]] std::vector<Finding> compare_with(std::string_view checkpoint_note) const;

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace mailkeep::archive
