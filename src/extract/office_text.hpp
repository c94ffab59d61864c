// SPDX-License-Identifier: Apache-2.0
// Documents that are XML in a zip: OOXML (ECMA-376) and OpenDocument (ISO/IEC 26300).
#pragma once

#include "mailkeep/extract/extractor.hpp"

#include <string_view>

namespace mailkeep::extract {

/// Paragraphs, notes, slides and cells, in the order of the file. Both may be there: text, and why
/// it ends early.
[[nodiscard]] Extracted office_text(std::string_view document);

}  // namespace mailkeep::extract
