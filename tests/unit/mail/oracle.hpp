// SPDX-License-Identifier: Apache-2.0
// What another parser makes of a message, held against what we make of it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailkeep::corpus {

/// A file and field where we differ on purpose.
struct Exception {
    std::string_view file;
    std::string_view field;
    std::string_view why;
};

/// Whether the texts are the same; U+FFFD stands for what the other parser could not read.
inline bool agree(std::string_view expected, std::string_view got) {
    constexpr std::string_view unread = "\xEF\xBF\xBD";
    bool is_after_unread = false;
    while (true) {
        const auto known = expected.substr(0, expected.find(unread));
        expected.remove_prefix(known.size());
        if (expected.empty()) {
            return is_after_unread ? got.ends_with(known) : got == known;
        }
        const auto at = got.find(known);
        if (at == std::string_view::npos || (at > 0 && !is_after_unread)) {
            return false;
        }
        got.remove_prefix(at + known.size());
        expected.remove_prefix(unread.size());
        is_after_unread = true;
    }
}

/// Counts agreement field by field. Each disagreement has to be among the exceptions, and each
/// exception has to be needed.
class Oracle {
  public:
    explicit Oracle(std::vector<Exception> exceptions) : exceptions_(std::move(exceptions)) {}

    void note(const std::string& file, const std::string& field, const std::string& expected,
              const std::string& got) {
        const bool is_same = agree(expected, got);
        auto& checked = fields_[field];
        checked.files.insert(file);
        if (is_same) {
            return;
        }
        checked.differing.insert(file);
        EXPECT_TRUE(is_excepted(file, field))
            << file << ", " << field << "\n expected: " << expected.substr(0, shown)
            << "\n got:      " << got.substr(0, shown);
    }

    /// Prints in how many files we agree, field by field.
    void finish() const {
        for (const auto& [field, checked] : fields_) {
            std::cout << field << ": " << checked.files.size() - checked.differing.size() << " of "
                      << checked.files.size() << " files agree\n";
        }
        for (const auto& exception : exceptions_) {
            const auto checked = fields_.find(std::string(exception.field));
            EXPECT_TRUE(checked != fields_.end() &&
                        checked->second.differing.contains(std::string(exception.file)))
                << exception.file << ", " << exception.field << ": no longer an exception";
        }
    }

    /// Pairs of file and field that were compared.
    [[nodiscard]] std::size_t comparisons() const {
        std::size_t count = 0;
        for (const auto& [field, checked] : fields_) {
            count += checked.files.size();
        }
        return count;
    }

    [[nodiscard]] std::size_t exceptions() const { return exceptions_.size(); }

  private:
    static constexpr std::size_t shown = 600;

    struct Checked {
        std::set<std::string> files;
        std::set<std::string> differing;
    };

    [[nodiscard]] bool is_excepted(std::string_view file, std::string_view field) const {
        return std::any_of(exceptions_.begin(), exceptions_.end(), [&](const Exception& exception) {
            return exception.file == file && exception.field == field;
        });
    }

    std::vector<Exception> exceptions_;
    std::map<std::string, Checked> fields_;
};

}  // namespace mailkeep::corpus
