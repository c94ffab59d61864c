// SPDX-License-Identifier: Apache-2.0
// Failures as problem bodies (RFC 9457).
#pragma once

#include "mailkeep/base/error.hpp"

#include "api.hpp"

#include <string>

namespace mailkeep::http {

[[nodiscard]] Reply problem(int status, const Error& error);
[[nodiscard]] Reply problem(int status, Errc code, const std::string& text, std::string hint = "");

/// The status of an error; at an open door a refused sign-in is the client's own fault.
[[nodiscard]] int status_of(Errc code, Door door);

/// Lets the request in, or turns it away, and runs the handler; an error becomes a problem. Nothing
/// leaves it.
[[nodiscard]] Reply guard(const Route& route, Api& api, Request& request);

}  // namespace mailkeep::http
