// SPDX-License-Identifier: Apache-2.0
// Files packed into one stream by libarchive: all but a zip.
#pragma once

#include "packed_to.hpp"

#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

struct archive;

namespace mailkeep::files {

/// See stream_destination().
class Packer final : public Destination {
  public:
    Packer(Packing packing, PackedTo to, std::filesystem::path spools);
    ~Packer() override;
    Packer(const Packer&) = delete;
    Packer& operator=(const Packer&) = delete;

    void begin(const FileHead& head) override;
    void write(std::string_view octets) override;
    void end() override;
    void add_folder(const std::string& path) override;
    void add_note(const std::string& name, Timestamp modified, const Spool& text) override;
    void finish() override;

    /// For libarchive.
    [[nodiscard]] bool take(std::string_view octets) noexcept;

  private:
    struct Free {
        void operator()(struct archive* handle) const;
    };

    void begin_entry(const FileHead& head);
    void write_entry(std::string_view octets);
    void end_spooled();
    /// Throws what the sink threw, or what libarchive says.
    void require(bool is_done);

    Packing packing_;
    PackedTo to_;
    std::filesystem::path spools_;
    std::exception_ptr failure_;  // of the sink
    std::unique_ptr<struct archive, Free> handle_;
    FileHead head_;
    std::optional<Spool> spool_;  // a file of a tar whose size is not known yet
};

}  // namespace mailkeep::files
