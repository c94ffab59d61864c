// SPDX-License-Identifier: Apache-2.0
// The text of an attachment that is read within the process.
#pragma once

#include "mailkeep/extract/extractor.hpp"

#include "format.hpp"

namespace mailkeep::extract {

/// At most most_text octets of UTF-8. Requires: neither Format::pdf nor none.
[[nodiscard]] Extracted attachment_text(const mail::Part& part, Format format);

}  // namespace mailkeep::extract
