// SPDX-License-Identifier: Apache-2.0
// Whether this is a build for sanitizers, which reserve terabytes and make system calls of their
// own.
#pragma once

namespace mailkeep::extract {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_instrumented = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool is_instrumented = true;
#else
inline constexpr bool is_instrumented = false;
#endif
#else
inline constexpr bool is_instrumented = false;
#endif

}  // namespace mailkeep::extract
