// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/crypto.hpp"

#include "import_copies.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mailkeep::sync {

namespace {

TEST(ImportCopies, AreCountedByMailboxAndContent) {
    ImportCopies copies;
    const auto content = sha256("a");
    EXPECT_EQ(copies.count("INBOX", content), 1U);
    EXPECT_EQ(copies.count("Sent", content), 1U);
    EXPECT_EQ(copies.count("INBOX", sha256("b")), 1U);
    EXPECT_EQ(copies.count("INBOX", content), 2U);
    EXPECT_EQ(copies.count("INBOX", content), 3U);
    EXPECT_EQ(copies.count("Sent", content), 2U);
}

TEST(ImportCopies, AreFoundAgainHoweverManyThereAre) {
    ImportCopies copies;
    constexpr int many = 20'000;
    for (const std::uint64_t number : {1U, 2U, 3U}) {
        for (int i = 0; i < many; ++i) {
            ASSERT_EQ(copies.count("INBOX", sha256(std::to_string(i))), number) << i;
        }
    }
}

}  // namespace

}  // namespace mailkeep::sync
