// SPDX-License-Identifier: Apache-2.0
// Where mailboxes stand in an export: names that are safe on every file system, cannot climb, and
// are not taken for one another, whatever a server calls its mailboxes.
#pragma once

#include "mailkeep/model/message.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace mailkeep::files {

/// A component of a path made of any text: no separators, nothing hidden or reserved, not too long.
[[nodiscard]] std::string safe_component(std::string_view name);

/// account/parent/child, with one folder for each component of a name; the same name gets the same
/// path. Names that would be one file where (ASCII) case does not count get a suffix. One thread.
class MailboxPaths {
  public:
    enum class Layout { tree, maildir };

    explicit MailboxPaths(Layout layout);

    /// Of account, mailbox, wire name and delimiter.
    [[nodiscard]] const std::string& path_of(const Placement& placement);

  private:
    /// The path of a child, in which no other child of the parent stands. `key` is its true name.
    const std::string& child_of(const std::string& parent, const std::string& key,
                                const std::string& component);
    [[nodiscard]] std::string tree_path(const std::string& account, const Placement& placement);
    [[nodiscard]] std::string maildir_path(const std::string& account, const Placement& placement);

    Layout layout_;
    std::map<std::pair<std::string, std::string>, std::string> children_;  // (parent, key) to path
    std::set<std::string> taken_;                                          // paths in lower case
    std::set<std::string> used_;                                           // by a mailbox
    std::map<std::pair<AccountId, std::string>, std::string> mailboxes_;
};

}  // namespace mailkeep::files
