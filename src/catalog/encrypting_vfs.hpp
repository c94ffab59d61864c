// SPDX-License-Identifier: Apache-2.0
// The way to the disk for the SQLite files of an encrypted archive: what SQLite writes arrives
// encrypted (AES-256-XTS), sizes and places stay as they are. A layer over SQLite's own VFS.
//
// Each octet of a file belongs to a unit that is encrypted as a whole: 512 octets; in the WAL the
// file header, each frame header and each page, which is how SQLite writes them: there no unit
// holds octets of two frames, so a frame that was committed is never written again, not even torn.
// The -shm file of the WAL is not touched: it holds page numbers and no content.
#pragma once

#include "mailkeep/model/account.hpp"

#include <memory>
#include <string>

namespace mailkeep::catalog {

/// Of one key. Must outlive the connections that were opened through it; those of another thread
/// may be opened meanwhile.
class EncryptingVfs {
  public:
    /// The page size that the units of the WAL are laid out for; with another one all works, but
    /// with less protection against power cuts.
    static constexpr int page_size = 8192;

    /// Requires: a key of 32 octets.
    explicit EncryptingVfs(const Secret& key);
    ~EncryptingVfs();
    EncryptingVfs(const EncryptingVfs&) = delete;
    EncryptingVfs& operator=(const EncryptingVfs&) = delete;

    /// What SQLite knows it by.
    [[nodiscard]] const std::string& name() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace mailkeep::catalog
