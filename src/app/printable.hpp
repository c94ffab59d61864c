// SPDX-License-Identifier: Apache-2.0
// Text of strangers made fit for a terminal: a subject must not move the cursor, ring the bell or
// turn the reading direction of what follows. Also tables and sizes as people read them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::app {

/// Valid UTF-8 on one line: control characters become \x1B or \u202E, line ends and tabs a blank.
[[nodiscard]] std::string printable_line(std::string_view text);

/// printable_line as one word of a shell, in quotes where it needs them.
[[nodiscard]] std::string shell_word(std::string_view text);

/// Likewise, but LF and tabs stay; CRLF becomes LF.
[[nodiscard]] std::string printable_text(std::string_view text);

/// At most so many columns of valid UTF-8.
[[nodiscard]] std::string_view clip_columns(std::string_view utf8, std::size_t columns);

/// "0 B", "999 B", "1.2 kB", "34.5 MB".
[[nodiscard]] std::string size_text(std::uint64_t octets);

/// "1 message", "2 messages".
[[nodiscard]] std::string count_text(std::uint64_t count, std::string_view noun);

/// Columns as wide as their widest cell, two blanks apart. Cells go through printable_line.
class Table {
  public:
    explicit Table(const std::vector<std::string>& head);

    void add(const std::vector<std::string>& row);

    [[nodiscard]] std::string text() const;

  private:
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace mailkeep::app
