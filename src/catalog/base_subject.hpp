// SPDX-License-Identifier: Apache-2.0
// What a subject is about, without what replies and forwards put around it: RFC 5256, section 2.1.
#pragma once

#include <string_view>

namespace mailkeep::catalog {

struct BaseSubject {
    std::string_view text;  ///< a part of the subject
    bool is_reply = false;  ///< or a forward
};

/// Besides the prefixes of the RFC it knows those that programs put there in other languages.
[[nodiscard]] BaseSubject base_subject(std::string_view subject);

}  // namespace mailkeep::catalog
