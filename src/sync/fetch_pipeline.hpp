// SPDX-License-Identifier: Apache-2.0
// Messages of a mailbox, over one connection or several: threads read and digest what comes while
// the caller archives what came before. What waits in between is bounded by octets, so that memory
// does not grow with the mailbox; a full queue lets the server wait.
#pragma once

#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/model/ids.hpp"
#include "mailkeep/sync/mirror.hpp"

#include "large_mail.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// A message as it came, and the digest of its octets.
struct DigestedMessage {
    imap::FetchedMessage message;
    ContentId content_id;
};

/// From how much mail on it is worth a thread, and another connection.
struct FetchLimits {
    std::size_t messages = 500;
    std::uint64_t octets = std::uint64_t{2} << 20;
    std::uint64_t queue_octets = std::uint64_t{4} << 20;
    std::uint64_t sample_octets = std::uint64_t{4} << 20;  ///< that tell how fast the line is
    std::uint64_t slow_octets = 4'000'000;  ///< a second: less is slower than servers compress
};

/// Borrows all it is given, which must outlive it. One thread.
class FetchPipeline {
  public:
    using Sink = std::function<void(DigestedMessage&&)>;

    FetchPipeline(imap::ReadSession& session, const FurtherSession& open_further,
                  const LargeMail& large_mail, const FetchLimits& limits = {});

    /// From now on, over this one instead of the session it was given. It must outlive the next
    /// fetch().
    void use(imap::ReadSession& session) { session_ = &session; }

    /// Of the mailbox of the account that is open in the session. The sink is called on this
    /// thread. What the server does not give is returned; a further connection that fails only
    /// makes it slower.
    [[nodiscard]] std::vector<imap::Unfetched> fetch(AccountId account, std::string_view mailbox,
                                                     UidValidity uid_validity,
                                                     std::span<const UidFlags> wanted,
                                                     const Sink& sink);

  private:
    class Portions;
    class Conveyor;

    [[nodiscard]] bool is_large(std::span<const UidFlags> wanted) const;
    [[nodiscard]] std::vector<imap::Unfetched> fetch_beside(std::string_view mailbox,
                                                            UidValidity uid_validity,
                                                            Portions& portions, const Sink& sink);
    [[nodiscard]] std::vector<imap::Unfetched> help(std::string_view mailbox,
                                                    UidValidity uid_validity, Portions& portions,
                                                    Conveyor& conveyor);
    void compress_if_it_pays(Portions& portions, const Sink& sink,
                             std::vector<imap::Unfetched>& unfetched);
    [[nodiscard]] bool open_in_further(std::string_view mailbox, UidValidity uid_validity);

    imap::ReadSession* session_;
    const FurtherSession& open_further_;
    const LargeMail& large_mail_;
    FetchLimits limits_;
    imap::LargeMessages large_;  ///< of the mailbox
    std::optional<imap::ReadSession> further_;
    bool is_compressed_ = false;  ///< every session is, once it fetches much
    bool is_measured_ = false;    ///< how fast the line is
    bool is_alone_;  ///< no further connection (any more): what failed once is not tried again
};

}  // namespace mailkeep::sync
