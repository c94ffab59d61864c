// SPDX-License-Identifier: Apache-2.0
// The files of the log but its tiles: keys, checkpoints, time stamps. Each is written whole, under
// another name first, so that none is ever torn.
#pragma once

#include "mailkeep/archive/log.hpp"

#include "durable_file.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mailkeep::archive {

struct SigningKey {
    std::string octets;
    std::string problem;  ///< why there is none; empty when there is
};

/// Borrows the disk. Any thread for reading; one writer. Throws Error{storage}.
class LogFiles {
  public:
    LogFiles(Disk& disk, const Archive& archive);

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

    [[nodiscard]] const std::string& origin() const { return origin_; }

    /// Nothing when it is missing or damaged.
    [[nodiscard]] std::optional<std::string> public_key() const;
    [[nodiscard]] bool has_signing_key() const;
    [[nodiscard]] SigningKey signing_key() const;
    /// Makes the signing key unless there is one, and writes the public key.
    void begin();

    /// The history, oldest first, as it stands in the files: unchecked.
    [[nodiscard]] std::vector<std::string> notes() const;
    /// Those of the history that are whole and go on from each other, oldest first.
    [[nodiscard]] std::vector<Checkpoint> sound_checkpoints() const;
    /// The newest one of the history. Error{corrupt} when it is damaged.
    [[nodiscard]] std::optional<Checkpoint> newest() const;
    /// What the file `checkpoint` holds: a copy of the newest.
    [[nodiscard]] std::optional<std::string> shown_note() const;
    /// Adds to the history, then shows it.
    void keep(const Checkpoint& checkpoint);
    void show(const Checkpoint& checkpoint);

    /// The sizes of the trees whose checkpoints have a time stamp, ascending.
    [[nodiscard]] std::vector<std::uint64_t> stamped() const;
    [[nodiscard]] std::optional<std::string> stamp(std::uint64_t size) const;
    /// The certificates that were trusted when it was made.
    [[nodiscard]] std::string authorities_of(std::uint64_t size) const;
    void keep_stamp(std::uint64_t size, std::string_view response, std::string_view authorities);

  private:
    [[nodiscard]] std::optional<std::string> read(const std::filesystem::path& path) const;
    void write(const std::filesystem::path& path, std::string_view octets) const;
    [[nodiscard]] std::vector<std::string> volumes() const;

    [[nodiscard]] std::filesystem::path key_path() const { return data_ / "keys" / "log.key"; }

    Disk& disk_;
    std::filesystem::path data_;
    std::filesystem::path folder_;
    std::string origin_;
    Secret sealing_key_;  // empty: the archive is not encrypted
    Reserve reserve_;
};

}  // namespace mailkeep::archive
