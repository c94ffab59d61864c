// SPDX-License-Identifier: Apache-2.0
// index.jsonl, which an export has beside the mail: what the files themselves cannot say. Held in
// memory, some hundred octets a message.
#pragma once

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/files/source.hpp"
#include "mailkeep/model/message.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::files {

struct IndexedMessage {
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> octets;
    ContentId content_id;
    std::string mailbox;  ///< UTF-8
    char delimiter = 0;
    Flags flags;
    std::optional<InternalDate> internal_date;
};

struct IndexedMailbox {
    std::string name;
    char delimiter = 0;
};

class ImportIndex {
  public:
    /// Lines that are no such line are passed over.
    void read(Source& source);

    [[nodiscard]] bool empty() const { return lines_.empty(); }

    /// Those of a file, by offset, as a range of places for message().
    struct Range {
        std::size_t first = 0;
        std::size_t last = 0;
    };

    [[nodiscard]] Range of_file(std::string_view path) const;
    [[nodiscard]] IndexedMessage message(std::size_t place) const;

    /// Without messages.
    [[nodiscard]] const std::vector<IndexedMailbox>& empty_mailboxes() const { return empty_; }

  private:
    struct Line {
        std::uint64_t path = 0;  ///< hash of it
        std::uint64_t offset = 0;
        std::uint64_t octets = 0;
        std::int64_t date_ms = 0;
        ContentId content_id;
        std::uint32_t mailbox = 0;
        std::uint32_t flags = 0;  ///< of flag_sets_
        std::int16_t zone = 0;
        bool has_octets = false;
        bool has_date = false;
    };

    void take_line(std::string_view text);
    [[nodiscard]] std::uint32_t number_of_mailbox(const IndexedMailbox& mailbox);
    [[nodiscard]] std::uint32_t number_of_flags(const Flags& flags);

    std::vector<Line> lines_;
    std::vector<IndexedMailbox> mailboxes_;
    std::vector<Flags> flag_sets_;
    std::map<std::string, std::uint32_t> mailbox_numbers_;
    std::map<std::string, std::uint32_t> flag_numbers_;
    std::vector<IndexedMailbox> empty_;
};

}  // namespace mailkeep::files
