// SPDX-License-Identifier: Apache-2.0
// Files packed into a zip, for which libarchive has neither a fast deflate nor a place for the
// central directory but memory; libzip and minizip have no other place either, and seek.
#pragma once

#include "deflater.hpp"
#include "packed_to.hpp"
#include "zip_records.hpp"

namespace mailkeep::files {

/// See stream_destination(). Holds a MiB or two, whatever is packed.
class ZipPacker final : public Destination {
  public:
    ZipPacker(PackedTo to, const std::filesystem::path& spools);

    void begin(const FileHead& head) override;
    void write(std::string_view octets) override;
    void end() override;
    void add_folder(const std::string& path) override;
    void add_note(const std::string& name, Timestamp modified, const Spool& text) override;
    void finish() override;

  private:
    void begin_member(ZipMember member);
    void list_member();
    void send();

    PackedTo to_;
    Deflater deflater_;
    ZipMember member_;
    std::string held_;           // behind what was sent
    std::uint64_t sent_ = 0;     // octets
    Spool directory_;            // central, of what is there so far
    std::uint64_t members_ = 0;  // in it
};

}  // namespace mailkeep::files
