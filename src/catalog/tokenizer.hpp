// SPDX-License-Identifier: Apache-2.0
// Text as the search index takes it apart: FTS5's unicode61 without case and accents, and where no
// spaces stand between words (unspaced.hpp), each two characters that follow each other.
#pragma once

#include "sqlite.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace mailkeep::catalog {

/// Makes `tokenize = mailkeep` known to FTS5 on this connection, which cannot open the search index
/// without.
void register_tokenizer(const Database& database);

/// A word, or two characters, as the index has it, and the octets of the text it stands for.
struct Token {
    std::string text;
    std::size_t start = 0;
    std::size_t end = 0;
};

/// Also gives SQL of its database the functions folded(text) and
/// unaccented(text). Borrows the database and must outlive
/// its use of them.
class Tokenizer {
  public:
    explicit Tokenizer(const Database& database);
    Tokenizer(const Tokenizer&) = delete;
    Tokenizer& operator=(const Tokenizer&) = delete;
    ~Tokenizer();

    /// The words, without case and accents, with a space between; empty when there are none.
    [[nodiscard]] std::string folded(std::string_view text) const;

    /// As the index has them. A query's last may stand for its beginning only: ends_in_beginning.
    enum class Purpose { index, query };
    [[nodiscard]] std::vector<Token> tokens(std::string_view text, Purpose purpose) const;
    /// One after the other, as long as `take` wants more.
    void for_each_token(std::string_view text, Purpose purpose,
                        const std::function<bool(Token)>& take) const;

    /// The text with its words so, and all between them as it is.
    [[nodiscard]] std::string unaccented(std::string_view text) const;

    /// Whether the index has the last token of this only as the beginning of others: a single
    /// character that may stand before another.
    [[nodiscard]] bool ends_in_beginning(std::string_view text) const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace mailkeep::catalog
