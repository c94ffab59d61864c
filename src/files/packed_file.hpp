// SPDX-License-Identifier: Apache-2.0
// The members of something packed, one after the other.
#pragma once

#include "mailkeep/files/file_tree.hpp"

#include <memory>
#include <vector>

struct archive;

namespace mailkeep::files {

/// What may be unpacked of one file on the disk, whatever is packed in it: against what was made to
/// fill disks.
struct Expansion {
    explicit Expansion(std::uint64_t packed_octets);

    std::uint64_t left;
};

class PackedFile {
  public:
    /// Borrows source and expansion. `name` is what the content of a compressed stream is called.
    PackedFile(Source& source, std::string name, Expansion& expansion);
    /// The same of a file on the disk, of which zip needs the end first.
    PackedFile(const std::filesystem::path& path, std::string name, Expansion& expansion);

    struct Member {
        FileEntry entry;
        bool is_stream = false;  ///< what a compressed stream holds: the only one
    };

    /// The next file; folders and links are passed over. Throws Error{corrupt}.
    [[nodiscard]] std::optional<Member> next();

    /// Of the member next() gave last, until it is asked for another.
    [[nodiscard]] std::unique_ptr<Source> open();

  private:
    struct Free {
        void operator()(struct archive* handle) const;
    };

    void prepare();
    static long read_source(struct archive* handle, void* self, const void** octets);

    Source* source_ = nullptr;
    std::string name_;
    Expansion& expansion_;
    std::vector<char> piece_;
    std::unique_ptr<struct archive, Free> handle_;
    std::uint64_t members_ = 0;
};

}  // namespace mailkeep::files
