// SPDX-License-Identifier: Apache-2.0
// Where octets of a file come from: the disk, memory, or a member of something packed.
#pragma once

#include "mailkeep/base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace mailkeep::files {

/// One thread.
class Source {
  public:
    virtual ~Source() = default;
    /// Fills `into` from the front and returns how much; less than all only at the end. Throws
    /// Error{storage} when the disk, Error{corrupt} when what is packed cannot be read.
    [[nodiscard]] virtual std::size_t read(std::span<char> into) = 0;

    /// Whether read() has thrown: what was caught came from here, not from who took the octets.
    [[nodiscard]] bool has_failed() const { return has_failed_; }

  protected:
    /// For read(): the error to throw.
    [[nodiscard]] Error failure(Error error) {
        has_failed_ = true;
        return error;
    }

  private:
    bool has_failed_ = false;
};

class FileSource final : public Source {
  public:
    /// Throws Error{not_found} or Error{storage}.
    explicit FileSource(const std::filesystem::path& path);
    ~FileSource() override;
    FileSource(const FileSource&) = delete;
    FileSource& operator=(const FileSource&) = delete;

    [[nodiscard]] std::size_t read(std::span<char> into) override;

    [[nodiscard]] int descriptor() const { return descriptor_; }

  private:
    std::filesystem::path path_;
    int descriptor_;
};

/// Borrows the octets, which must outlive it.
class MemorySource final : public Source {
  public:
    explicit MemorySource(std::string_view octets) : octets_(octets) {}

    [[nodiscard]] std::size_t read(std::span<char> into) override;

  private:
    std::string_view octets_;
};

/// What comes from a source, seen through a window that grows only as far as it is asked to.
class Window {
  public:
    explicit Window(Source& source) : source_(source) {}

    /// Lets at least so much be in view, if there is as much; returns whether. Ends earlier views.
    bool fill(std::size_t octets);

    [[nodiscard]] std::string_view view() const { return std::string_view(buffer_).substr(at_); }

    /// Requires: it is in view.
    void drop(std::size_t octets) {
        at_ += octets;
        offset_ += octets;
    }

    /// Of the view's first octet, from where the source began.
    [[nodiscard]] std::uint64_t offset() const { return offset_; }

    [[nodiscard]] bool is_at_end() { return !fill(1); }

  private:
    Source& source_;
    std::string buffer_;
    std::size_t at_ = 0;
    std::uint64_t offset_ = 0;
    bool has_ended_ = false;
};

}  // namespace mailkeep::files
