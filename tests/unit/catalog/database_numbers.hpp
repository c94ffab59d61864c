// SPDX-License-Identifier: Apache-2.0
// The one number a query answers with.
#pragma once

#include "sqlite.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>

namespace mailkeep::catalog::test {

inline std::int64_t number_from(Database& database, std::string_view sql) {
    auto row = database.statement_once(sql);
    EXPECT_TRUE(row.step());
    return row.integer();
}

}  // namespace mailkeep::catalog::test
