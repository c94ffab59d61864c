// SPDX-License-Identifier: Apache-2.0
// The decisions, apart from the doing: pure functions over values, no I/O, no clock, no log. Their
// truth tables stand in src/sync/README.md.
#pragma once

#include "mailkeep/imap/types.hpp"
#include "mailkeep/model/account.hpp"
#include "mailkeep/model/message.hpp"
#include "mailkeep/model/uid_set.hpp"
#include "mailkeep/pop3/session.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::sync {

/// What a mirror run does with one mailbox.
struct MirrorPlan {
    bool starts_over = false;     ///< UIDVALIDITY is another one: all that was known there is gone
    std::vector<UidFlags> fetch;  ///< newest first
    std::vector<UidFlags> flags;  ///< known messages whose flags are now these
    UidSet gone;                  ///< known, no longer there (all known ones when it starts over)
};

[[nodiscard]] MirrorPlan plan_mirror(const ServerView& server, const MirrorState& known);

/// How much of a mailbox a run looks at.
enum class Pass {
    none,     ///< it is as it was: not opened
    resync,   ///< what the server says became of the known state (QRESYNC), and what is new
    changes,  ///< flags changed since a mod-sequence (CONDSTORE), and what is new
    newest,   ///< the newest messages with their flags
    full,     ///< everything
};

/// What the server can be asked for.
struct Abilities {
    bool resyncs = false;
    bool has_mod_seqs = false;
};

[[nodiscard]] Pass plan_pass(const std::optional<MailboxCursor>& cursor,
                             const std::optional<imap::MailboxStatus>& status, bool has_quarantine,
                             const Abilities& abilities, Timestamp now);

/// The same pass, or a greater one after what the opened mailbox said. Requires: a cursor unless
/// the pass is full.
[[nodiscard]] Pass plan_opened_pass(Pass pass, const std::optional<MailboxCursor>& cursor,
                                    const imap::SelectData& opened);

/// The lowest UID a `newest` pass lists; 1 when that is everything.
[[nodiscard]] Uid plan_first_listed(const MirrorState& known, const MailboxCursor& cursor);

/// What a pass that does not list everything was told. Ascending.
struct Delta {
    std::vector<UidFlags> changed;
    UidSet vanished;
    Uid first_listed = 1;
    std::vector<UidFlags> listed;  ///< everything from first_listed on
    std::optional<UidSet> found;   ///< everything there is, by a search
};

/// The mailbox as the server shows it, put together from what is known and what was told.
/// `quarantined` are UIDs it did not give before; they are known to be there.
[[nodiscard]] ServerView view_after(const MirrorState& known, const UidSet& quarantined,
                                    const Delta& delta);

/// Adds what a search found and no answer told of.
[[nodiscard]] ServerView with_found(ServerView view, const UidSet& found);

/// Whether the view has as many messages as the opened mailbox said it holds; newer ones that came
/// in meanwhile do not count.
[[nodiscard]] bool adds_up(const ServerView& view, const imap::SelectData& opened);

/// Whether it may be believed that messages are gone: the numbers add up, and the server does not
/// show a part only (Yahoo shows the newest 10,000).
[[nodiscard]] bool believes_vanishing(const ServerView& view, const imap::SelectData& opened);

/// Whether so much is missing that a person has to look first. `accepted` is what was accepted
/// before, if anything was.
[[nodiscard]] bool needs_a_look(std::uint64_t lost, std::uint64_t held,
                                const std::optional<Loss>& accepted);

/// One message of the maildrop that is to be retrieved.
struct CollectStep {
    pop3::Number number = 0;
    std::string unique_id;  ///< empty: nothing to know it by but its octets
    std::uint64_t octets = 0;
    bool removes = false;                   ///< DELE once its octets are proven to be archived
    std::optional<CollectedMessage> known;  ///< retrieved before: DELE only for the same octets
    bool is_known_by_head = false;  ///< its header fields tell whether it is still the known one
};

struct CollectPlan {
    std::vector<CollectStep> steps;      ///< ascending by number
    std::vector<CollectedMessage> gone;  ///< in the ledger by unique-id, no longer listed
};

/// `retrieved` has the running numbers of what an earlier session of the same run brought.
[[nodiscard]] CollectPlan plan_collect(std::span<const pop3::ListLine> listing,
                                       std::span<const CollectedMessage> ledger,
                                       const UidSet& retrieved, const DeletePolicy& policy,
                                       Timestamp now);

/// A message under a new unique-id that may be one of these, known under ids no longer listed.
struct RenamedMessage {
    pop3::Number number = 0;
    std::string unique_id;
    std::vector<CollectedMessage> candidates;  ///< of about its size
};

/// Whether a server has given all its messages new unique-ids (it moved, its mailbox was made anew:
/// UIDL of Dovecot, Cyrus and Courier holds the UIDVALIDITY): more than half of those known are no
/// longer listed, and half of these at least have their like in size among the new ones. Then which
/// messages may be which; else nothing.
[[nodiscard]] std::vector<RenamedMessage> plan_renamed(std::span<const pop3::ListLine> listing,
                                                       std::span<const CollectedMessage> ledger);

/// The ledger with the new unique-ids of what was recognised, by our running number.
[[nodiscard]] std::vector<CollectedMessage> with_new_ids(std::vector<CollectedMessage> ledger,
                                                         const std::map<Uid, std::string>& new_ids);

/// Whether the head a server shows (TOP n 0) is that of this message.
[[nodiscard]] bool is_head_of(std::string_view head, std::string_view raw);

/// Whether the policy lets go of a message that was first seen then.
[[nodiscard]] bool is_removable(const DeletePolicy& policy, Timestamp seen_at, Timestamp now);

/// Of what stands in a mailbox on the server, what is to be deleted there; in the same order.
[[nodiscard]] std::vector<CollectedMessage> plan_purge(std::span<const CollectedMessage> on_server,
                                                       const DeletePolicy& policy, Timestamp now);

/// What a restore does with one mailbox of the target.
struct RestorePlan {
    std::vector<std::uint32_t> append;  ///< places in `wanted`, in order
    std::uint64_t already_there = 0;
};

/// Counts copies: two placements of one content are there only when the target has two. A content
/// is told by the place in `wanted` of the first message that has it.
[[nodiscard]] RestorePlan plan_restore(std::span<const std::uint32_t> wanted,
                                       std::span<const std::uint32_t> present);

}  // namespace mailkeep::sync
