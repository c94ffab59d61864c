// SPDX-License-Identifier: Apache-2.0
// JSON (RFC 8259) read front to back, for files beside mail that say what stands in it. What is no
// JSON ends in failed(), never in an exception.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::files {

/// Borrows the text, which must outlive it.
class JsonScanner {
  public:
    explicit JsonScanner(std::string_view text) : rest_(text) {}

    /// Whether an object, or an array, begins here; then its members, or items, come.
    [[nodiscard]] bool enter(char bracket);
    /// The name of the next member; nothing behind the last. Its value must be taken or passed.
    [[nodiscard]] std::optional<std::string> next_member();
    /// Whether another item is there.
    [[nodiscard]] bool next_item();

    /// Nothing, and passed over, when the value is something else.
    [[nodiscard]] std::optional<std::string> text();
    [[nodiscard]] std::optional<std::uint64_t> number();
    void pass();

    [[nodiscard]] bool failed() const { return has_failed_; }

  private:
    void skip_blanks();
    [[nodiscard]] bool take(char wanted);
    [[nodiscard]] bool next_in(char bracket);
    [[nodiscard]] std::string quoted();
    void add_escape(std::string& text);
    [[nodiscard]] std::uint32_t four_digits();
    void pass_nested();
    void fail();

    std::string_view rest_;
    bool is_first_ = false;
    bool has_failed_ = false;
};

}  // namespace mailkeep::files
