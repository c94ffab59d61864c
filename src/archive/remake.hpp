// SPDX-License-Identifier: Apache-2.0
// BLOCK frames of a journal made anew from the messages they held: where those have been found
// again (stored once more in another journal, from a server), the frame that was written then can
// be written again, octet for octet.
#pragma once

#include "mailkeep/model/message.hpp"

#include "durable_file.hpp"
#include "frame.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mailkeep::archive {

/// Octets of messages, from wherever journals hold them whole. Borrows all it is given.
class JournalMessages {
  public:
    JournalMessages(Disk& disk, const std::filesystem::path& data, const DataKey& key)
        : disk_(disk), data_(data), key_(key) {}

    [[nodiscard]] std::optional<std::string> find(const ContentId& content_id);

  private:
    void look();
    void look_into(const std::string& name);

    Disk& disk_;
    const std::filesystem::path& data_;
    const DataKey& key_;
    bool has_looked_ = false;
    std::multimap<ContentId, StoredMessage> places_;
};

/// Writes into the file each BLOCK frame that its MANIFEST frames name, that is damaged, and that
/// can be made again: a frame counts as the one that was written when its tag, or all but its tag,
/// still stands there. Returns how many. Throws Error{storage}.
[[nodiscard]] std::uint64_t remake_blocks(Disk& disk, const Reserve& reserve,
                                          const std::filesystem::path& path,
                                          const FrameCodec& codec, JournalMessages& messages);

}  // namespace mailkeep::archive
