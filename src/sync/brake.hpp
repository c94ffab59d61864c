// SPDX-License-Identifier: Apache-2.0
// The mass-deletion brake of one run: losses too great to be believed wait until a person has
// looked. The truth table stands in README.md.
#pragma once

#include "mailkeep/base/time.hpp"
#include "mailkeep/catalog/catalog.hpp"

#include "problems.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// As the mailbox of a loss.
inline constexpr const char* whole_account = "";

/// Borrows all it is given, which must outlive it. One run, one thread.
class Brake {
  public:
    Brake(const Account& account, catalog::Catalog& catalog, Problems& problems,
          const Clock& clock);

    /// The server shows no mail although this many messages were there. Whether nothing of it is
    /// believed; then that is told.
    [[nodiscard]] bool holds_back_all(std::uint64_t held);

    /// Whether so much is missing from a mailbox that a person has to look first.
    [[nodiscard]] bool would_hold_back(const std::string& mailbox, std::uint64_t lost,
                                       std::uint64_t held) const;
    /// Likewise, and then that is told.
    [[nodiscard]] bool holds_back(const std::string& mailbox, const std::string& name,
                                  std::uint64_t lost, std::uint64_t held);

    /// What was missing is back, or is noted as gone: nothing waits any more.
    void settle(const std::string& mailbox);

  private:
    [[nodiscard]] std::optional<Loss> loss_of(const std::string& mailbox) const;
    [[nodiscard]] bool is_account_accepted() const;
    void note_loss(const Loss& loss);

    const Account& account_;
    catalog::Catalog& catalog_;
    Problems& problems_;
    const Clock& clock_;
    std::vector<Loss> losses_;  ///< as they stood when the run began
};

}  // namespace mailkeep::sync
