// SPDX-License-Identifier: Apache-2.0
#include "brake.hpp"

#include "mailkeep/sync/plan.hpp"

#include <algorithm>

namespace mailkeep::sync {

Brake::Brake(const Account& account, catalog::Catalog& catalog, Problems& problems,
             const Clock& clock)
    : account_(account),
      catalog_(catalog),
      problems_(problems),
      clock_(clock),
      losses_(catalog.losses(account.id)) {}

bool Brake::holds_back_all(std::uint64_t held) {
    if (held == 0 || is_account_accepted()) {
        return false;
    }
    note_loss({whole_account, "", held, held, clock_.now(), {}});
    return true;
}

bool Brake::would_hold_back(const std::string& mailbox, std::uint64_t lost,
                            std::uint64_t held) const {
    return !is_account_accepted() && needs_a_look(lost, held, loss_of(mailbox));
}

bool Brake::holds_back(const std::string& mailbox, const std::string& name, std::uint64_t lost,
                       std::uint64_t held) {
    if (!would_hold_back(mailbox, lost, held)) {
        return false;
    }
    note_loss({mailbox, name, lost, held, clock_.now(), {}});
    return true;
}

std::optional<Loss> Brake::loss_of(const std::string& mailbox) const {
    const auto found = std::find_if(losses_.begin(), losses_.end(),
                                    [&](const Loss& loss) { return loss.mailbox == mailbox; });
    return found == losses_.end() ? std::nullopt : std::optional(*found);
}

bool Brake::is_account_accepted() const {
    const auto loss = loss_of(whole_account);
    return loss && loss->accepted_at;
}

void Brake::note_loss(const Loss& loss) {
    const auto known = loss_of(loss.mailbox);
    if (!known || known->lost != loss.lost || known->accepted_at) {
        catalog_.note_loss(account_.id, loss);
    }
    problems_.note((loss.name.empty() ? "the server shows no mail" : "mailbox " + loss.name) +
                   ": " + std::to_string(loss.lost) + " of " + std::to_string(loss.held) +
                   " messages are missing at once; none was taken for gone. Look at the server; "
                   "if that is right: mailkeep account accept " +
                   account_.name);
}

void Brake::settle(const std::string& mailbox) {
    if (loss_of(mailbox)) {
        catalog_.forget_loss(account_.id, mailbox);
    }
}

}  // namespace mailkeep::sync
