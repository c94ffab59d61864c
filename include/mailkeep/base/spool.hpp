// SPDX-License-Identifier: Apache-2.0
// Octets on their way that are too many for memory, in a file of their own. What stands in the file
// is sealed (AES-256-GCM), so that nothing lies open on the disk and nothing damaged is taken back.
#pragma once

#include "mailkeep/base/crypto.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace mailkeep {

/// One thread. Throws Error{storage}; afterwards it cannot be used any more.
class Spool {
  public:
    /// In a file without a name, under a key nobody else has: gone with the object, or the process.
    explicit Spool(const std::filesystem::path& folder);
    /// In this file, with what an earlier spool left there, whole pieces of it only. The file stays
    /// where it is unless close() was called. `bound` says what the octets are, and `key` has 32
    /// octets: under others nothing is found in it.
    Spool(const std::filesystem::path& file, std::string key, std::string bound);
    ~Spool();
    Spool(Spool&&) noexcept;
    Spool& operator=(Spool&&) noexcept;

    /// Requires: not closed.
    void append(std::string_view octets);
    void start_over();
    /// All is here.
    void close();

    [[nodiscard]] std::uint64_t size() const;
    /// The octets from `at` to the end. Requires: they are few.
    [[nodiscard]] std::string read_from(std::uint64_t at) const;

    // Requires: closed.
    [[nodiscard]] const Digest& digest() const;
    /// In order, about a MiB each, until the sink returns false.
    void read(const std::function<bool(std::string_view)>& sink) const;

  private:
    class State;
    std::unique_ptr<State> state_;
};

/// Removes files of the folder that nobody went on with for a week.
void remove_old_spools(const std::filesystem::path& folder);

}  // namespace mailkeep
