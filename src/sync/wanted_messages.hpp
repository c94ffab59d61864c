// SPDX-License-Identifier: Apache-2.0
// What is to be given back to one mailbox, in some sixty octets a message while it is compared with
// what stands there: it may be millions. The catalog tells the rest of each when its turn comes.
#pragma once

#include "mailkeep/model/message.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::sync {

/// A message that is to be given back to one mailbox.
struct RestoreItem {
    StoredMessage message;
    std::string message_id;  ///< Message-ID field; may be empty
    InternalDate internal_date;
    Flags flags;
};

/// Of a SHA-256 as much as tells messages apart.
using ContentMark = std::array<std::uint8_t, 16>;

[[nodiscard]] ContentMark mark_of(const ContentId& content_id);
/// Of a Message-ID; 0: there is none.
[[nodiscard]] std::uint64_t mark_of(std::string_view message_id);

/// The same message before its turn.
struct WantedMessage {
    PlacementId placement;
    ContentMark content{};
    std::uint64_t message_id = 0;  ///< its mark
    std::uint64_t size = 0;        ///< octets
};

/// Among the wanted messages of a mailbox; of a content that is wanted twice the first one, where
/// nothing else is said.
using Place = std::uint32_t;

/// Finds wanted messages. Borrows them.
class WantedIndex {
  public:
    explicit WantedIndex(std::span<const WantedMessage> messages);

    [[nodiscard]] std::span<const WantedMessage> messages() const { return messages_; }

    [[nodiscard]] std::optional<Place> with(const ContentMark& content) const;
    [[nodiscard]] std::span<const Place> called(std::uint64_t message_id) const;
    [[nodiscard]] bool has_size(std::uint64_t least, std::uint64_t most) const;

    /// For every wanted message, the first of the same content.
    [[nodiscard]] std::vector<Place> contents() const;

  private:
    std::span<const WantedMessage> messages_;
    std::vector<Place> by_content_;  // all of them
    std::vector<Place> by_message_id_;
    std::vector<Place> by_size_;
};

}  // namespace mailkeep::sync
