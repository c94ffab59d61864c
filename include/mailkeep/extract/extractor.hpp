// SPDX-License-Identifier: Apache-2.0
// The text of attachments. What a stranger made is taken apart in another process, which holds
// nothing, may open nothing for writing and speaks to nobody (src/extract/lock_down.hpp).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::extract {

// Caps that keep hostile attachments cheap; all sizes are octets.
inline constexpr std::uint64_t most_message = std::uint64_t{96} << 20;
inline constexpr std::size_t most_attachment = std::size_t{64} << 20;  ///< also when inflated
inline constexpr std::size_t most_text = std::size_t{1} << 20;         ///< of an attachment
inline constexpr std::size_t most_text_of_message = std::size_t{4} << 20;

/// Why words of an attachment are missing.
enum class Trouble : std::uint8_t {
    none,
    cut,          ///< it has more text than is taken
    too_large,    ///< it is, or what it inflates to
    broken,       ///< it is not what it says, or it is encrypted
    time,         ///< it took too long
    crashed,      ///< it ended the process that read it
    no_program,   ///< pdftotext is not installed
    unavailable,  ///< this machine cannot lock a process down
};

/// The name as written here, "" for none.
[[nodiscard]] std::string_view name_of(Trouble trouble);

/// What came of an attachment; both may be there. Neither: it is of no kind that holds text.
struct Extracted {
    std::string text;  ///< UTF-8
    Trouble trouble = Trouble::none;
};

struct Setup {
    /// Runs extract::serve when called as "extract", ours by default.
    std::filesystem::path program = "/proc/self/exe";
    std::filesystem::path pdftotext;  ///< empty: there is none
    std::chrono::milliseconds patience{
        20'000};  ///< with an attachment; a message has three times that
};

/// With the pdftotext that stands in one of these folders, separated by colons as in $PATH.
[[nodiscard]] Setup setup_from(std::string_view folders);

/// Starts its process when there is first something to read, and again after each that ended early.
/// One thread.
class Extractor {
  public:
    explicit Extractor(Setup setup);
    ~Extractor();

    using Sink = std::function<void(std::string_view)>;
    /// Gives a raw message in pieces; called again when the process has to begin anew.
    using Feed = std::function<void(const Sink&)>;

    /// One for each attachment, in the order of mail::Message::parts. A failure costs that
    /// attachment only. Requires: the message has at most most_message octets. Throws
    /// Error{cancelled}, and what feed throws.
    [[nodiscard]] std::vector<Extracted> read(std::size_t attachments, const Feed& feed,
                                              const std::stop_token& stop);

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace mailkeep::extract
