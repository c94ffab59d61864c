// SPDX-License-Identifier: Apache-2.0
// Names of messages in a Maildir, as Dovecot writes and reads them: size and flags in the name,
// keywords as letters. See export_index.hpp.
#pragma once

#include "mailkeep/model/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::files {

/// The letters of one mailbox's keywords. A Maildir has 26; further keywords stand in the index of
/// the export alone.
class KeywordLetters {
  public:
    [[nodiscard]] std::optional<char> letter_of(std::string_view keyword);
    /// The file dovecot-keywords; empty when there are none.
    [[nodiscard]] std::string text() const;

  private:
    std::vector<std::string> keywords_;
};

/// In cur/, and unique among those of other `number`s. `with_crlf` is the size the message has with
/// CRLF for each LF.
[[nodiscard]] std::string maildir_name(const Placement& placement, std::uint64_t with_crlf,
                                       std::uint64_t number, KeywordLetters& letters);

/// How many octets more a message has with CRLF for each LF; its octets come in pieces.
class BareLfCount {
  public:
    void add(std::string_view piece);

    [[nodiscard]] std::uint64_t count() const { return count_; }

  private:
    std::uint64_t count_ = 0;
    bool is_after_cr_ = false;
};

}  // namespace mailkeep::files
