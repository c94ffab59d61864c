// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"
#include "mailkeep/service/catalog_pool.hpp"

#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace mailkeep::service {

namespace {

class CatalogPoolTest : public testing::Test {
  protected:
    mailkeep::test::TempDir dir;
    int opened = 0;
    CatalogPool pool{[this] {
        ++opened;
        return catalog::Catalog(dir.path(), catalog::Access::read_write);
    }};
};

}  // namespace

TEST_F(CatalogPoolTest, lends_what_was_given_back) {
    EXPECT_EQ(pool.lend()->applied_up_to(), 0U);
    EXPECT_EQ(pool.lend()->applied_up_to(), 0U);
    EXPECT_EQ(opened, 1);
}

TEST_F(CatalogPoolTest, never_lends_one_to_two) {
    const auto one = pool.lend();
    const auto other = pool.lend();
    EXPECT_NE(&*one, &*other);
    EXPECT_EQ(opened, 2);
}

TEST_F(CatalogPoolTest, closes_one_whose_use_failed) {
    EXPECT_THROW(
        {
            const auto lent = pool.lend();
            throw Error(Errc::storage, "a disk failed");
        },
        Error);
    EXPECT_EQ(pool.lend()->applied_up_to(), 0U);
    EXPECT_EQ(opened, 2);
}

}  // namespace mailkeep::service
