// SPDX-License-Identifier: Apache-2.0
// Fetches one large message in parts, into a spool that may hold its beginning already. Of what a
// server makes of parts nothing is believed that does not add up to the size it told.
#pragma once

#include "mailkeep/base/spool.hpp"
#include "mailkeep/imap/types.hpp"

#include "connection.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace mailkeep::imap {

/// Borrows all it is given, which must outlive it. One fetch, then gone. Requires: no command
/// waits for its answer.
class LargeFetch {
  public:
    LargeFetch(Connection& connection, const LargeMessages& large, const UidFlags& message,
               const std::vector<std::string>& items)
        : connection_(connection),
          large_(large),
          message_(message),
          items_(items),
          spool_(large.resume(message)) {}

    /// Nothing: it is to be asked for whole. An error leaves what has come for the next time.
    [[nodiscard]] std::optional<FetchedMessage> run();

  private:
    struct Part {
        std::string tag;
        std::uint64_t end = 0;  ///< where the text is when it has come
    };

    void ask(std::uint64_t from, std::uint64_t octets, const std::vector<std::string>& items);
    [[nodiscard]] FetchData receive_first(std::uint64_t from, std::uint64_t octets);
    [[nodiscard]] bool goes_on();
    [[nodiscard]] bool take_rest();
    void take(FetchData&& data);
    [[nodiscard]] FetchedMessage message_of(FetchData&& data) const;

    Connection& connection_;
    const LargeMessages& large_;
    const UidFlags& message_;
    const std::vector<std::string>& items_;
    Spool spool_;
    std::deque<Part> parts_;  ///< asked for
    FetchData told_;          ///< flags and the like
};

}  // namespace mailkeep::imap
