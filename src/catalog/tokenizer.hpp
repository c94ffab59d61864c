// SPDX-License-Identifier: Apache-2.0
// Text as the search index takes it apart: FTS5's own tokenizer, asked directly.
#pragma once

#include "sqlite.hpp"

#include <string>
#include <string_view>

namespace mailkeep::catalog {

/// Also gives SQL of its database the function folded(text). Borrows the database and must outlive
/// its use of that function.
class Tokenizer {
  public:
    explicit Tokenizer(const Database& database);
    Tokenizer(const Tokenizer&) = delete;
    Tokenizer& operator=(const Tokenizer&) = delete;
    ~Tokenizer();

    /// The words, without case and accents, with a space between; empty when there are none.
    [[nodiscard]] std::string folded(std::string_view text) const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace mailkeep::catalog
