// SPDX-License-Identifier: Apache-2.0
// Passwords at rest: AES-256-GCM under a master key that lies outside the catalog.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/model/account.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::service {

/// The master key: derived from the archive's key when that is encrypted. Else
/// $CREDENTIALS_DIRECTORY/master.key (systemd), else the file MAILKEEP_MASTER_KEY_FILE names, else
/// DATA/keys/master.key, made at the first start with mode 0600. Any thread.
class Vault {
  public:
    /// With the vault_key() of the archive. Error{storage} when the key cannot be read or made,
    /// Error{invalid} when it is not a key or others may read it.
    explicit Vault(const std::filesystem::path& data, const Secret& archive_key = {});
    ~Vault();
    Vault(const Vault&) = delete;
    Vault& operator=(const Vault&) = delete;

    /// Bound to the account and the field: a sealed text moved elsewhere does not open.
    [[nodiscard]] std::string seal(AccountId account, std::string_view field,
                                   const Secret& secret) const;
    /// Error{corrupt} naming account and remedy when it does not open.
    [[nodiscard]] Secret open(AccountId account, std::string_view field,
                              std::string_view sealed) const;

  private:
    std::string key_;
};

/// Empty when the archive is not encrypted.
[[nodiscard]] Secret vault_key(const archive::Archive& archive);

/// What is wrong with the master key and with what it has sealed. Makes no key.
[[nodiscard]] std::vector<archive::Finding> check_vault(const std::filesystem::path& data,
                                                        const std::vector<Account>& accounts,
                                                        const Secret& archive_key = {});

}  // namespace mailkeep::service
