// SPDX-License-Identifier: Apache-2.0
#include "failure.hpp"

#include <exception>
#include <new>

namespace mailkeep::app {

std::optional<Error> failure_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const Error& error) {
        return error;
    } catch (const std::bad_alloc&) {
        return Error(Errc::storage, "there is not enough memory",
                     "End other programs, or give this one more.");
    } catch (const std::exception& error) {
        return Error(Errc::internal, error.what());
    }
    return std::nullopt;
}

}  // namespace mailkeep::app
