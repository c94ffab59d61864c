// SPDX-License-Identifier: Apache-2.0
// A message read from the archive before anything is done with it, so that nothing is made of one
// that is damaged; those too large for memory wait on the disk.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/base/spool.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::sync {

class MessageOctets {
  public:
    /// Error{corrupt} when the archive cannot give it back. `spools` is a folder for large ones.
    MessageOctets(const archive::Archive& archive, const StoredMessage& message,
                  const std::filesystem::path& spools);

    [[nodiscard]] std::uint64_t size() const { return spool_ ? spool_->size() : raw_.size(); }

    /// In order, in pieces.
    void read(const std::function<void(std::string_view)>& sink) const;

  private:
    std::string raw_;
    std::optional<Spool> spool_;
};

}  // namespace mailkeep::sync
