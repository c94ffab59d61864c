// SPDX-License-Identifier: Apache-2.0
// The Error that something ends with; nothing thrown fails the test.
#pragma once

#include "mailkeep/base/error.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace mailkeep::test {

template <class Action>
Error failure_of(Action&& action) {
    try {
        std::forward<Action>(action)();
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {Errc::internal, "nothing was thrown"};
}

}  // namespace mailkeep::test
