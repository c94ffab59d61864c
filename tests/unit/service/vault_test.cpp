// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"
#include "mailkeep/service/vault.hpp"

#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

using namespace mailkeep;
using service::Vault;

namespace {

Errc error_of_opening(const std::filesystem::path& data) {
    try {
        const Vault vault(data);
    } catch (const Error& error) {
        return error.code();
    }
    return Errc::internal;
}

}  // namespace

TEST(Vault, opens_what_it_sealed_also_after_a_restart) {
    const test::TempDir data;
    std::string sealed;
    {
        const Vault vault(data.path());
        sealed = vault.seal(AccountId{1}, "password", Secret("hunter2"));
    }
    const Vault again(data.path());
    EXPECT_EQ(again.open(AccountId{1}, "password", sealed).reveal(), "hunter2");
    EXPECT_EQ(sealed.find("hunter2"), std::string::npos);
}

TEST(Vault, opens_nothing_that_was_moved_to_another_account_or_field) {
    const test::TempDir data;
    const Vault vault(data.path());
    const auto sealed = vault.seal(AccountId{1}, "password", Secret("hunter2"));
    EXPECT_THROW(static_cast<void>(vault.open(AccountId{2}, "password", sealed)), Error);
    EXPECT_THROW(static_cast<void>(vault.open(AccountId{1}, "token", sealed)), Error);
}

TEST(Vault, makes_a_key_that_only_the_owner_may_read) {
    const test::TempDir data;
    const Vault vault(data.path());
    const auto status = std::filesystem::status(data.path() / "keys" / "master.key");
    EXPECT_EQ(status.permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(Vault, refuses_a_key_that_others_may_read_or_that_is_none) {
    const test::TempDir data;
    const auto key = data.path() / "keys" / "master.key";
    { const Vault vault(data.path()); }
    std::filesystem::permissions(key, std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    EXPECT_EQ(error_of_opening(data.path()), Errc::invalid);
    std::filesystem::permissions(
        key, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    std::ofstream(key, std::ios::trunc) << "not a key\n";
    EXPECT_EQ(error_of_opening(data.path()), Errc::invalid);
}

TEST(VaultCheck, finds_a_key_that_is_missing_or_another_one_and_makes_none) {
    const test::TempDir data;
    const auto key = data.path() / "keys" / "master.key";
    EXPECT_EQ(service::check_vault(data.path(), {}).size(), 1U);
    EXPECT_FALSE(std::filesystem::exists(key));
    Account account;
    account.id = AccountId{1};
    account.sealed_password = Vault(data.path()).seal(account.id, "password", Secret("hunter2"));
    EXPECT_TRUE(service::check_vault(data.path(), {account}).empty());
    std::ofstream(key, std::ios::trunc) << std::string(64, 'a') << "\n";
    ASSERT_EQ(service::check_vault(data.path(), {account}).size(), 1U);
    EXPECT_EQ(service::check_vault(data.path(), {account})[0].object, key.string());
}

TEST(Vault, of_an_encrypted_archive_has_its_key_from_there_and_leaves_none_on_the_disk) {
    const test::TempDir data;
    const Secret key(std::string(32, 'k'));
    const auto sealed = Vault(data.path(), key).seal(AccountId{1}, "password", Secret("hunter2"));
    EXPECT_EQ(Vault(data.path(), key).open(AccountId{1}, "password", sealed).reveal(), "hunter2");
    EXPECT_TRUE(std::filesystem::is_empty(data.path()));
    const Vault other(data.path(), Secret(std::string(32, 'x')));
    EXPECT_THROW(static_cast<void>(other.open(AccountId{1}, "password", sealed)), Error);
    Account account;
    account.id = AccountId{1};
    account.sealed_password = sealed;
    EXPECT_TRUE(service::check_vault(data.path(), {account}, key).empty());
    EXPECT_EQ(service::check_vault(data.path(), {account}, Secret(std::string(32, 'x'))).size(),
              1U);
    EXPECT_TRUE(std::filesystem::is_empty(data.path()));
}
