// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/destination.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/files/export_index.hpp"

#include "new_file.hpp"
#include "new_folder.hpp"
#include "packer.hpp"
#include "zip_packer.hpp"

#include <array>
#include <utility>
#include <vector>

namespace mailkeep::files {

namespace fs = std::filesystem;

namespace {

struct NameEnd {
    std::string_view end;
    Packing packing;
};

/// The longest first.
constexpr std::array name_ends{NameEnd{".mbox.zst", Packing::single_zst},
                               NameEnd{".mbox.gz", Packing::single_gz},
                               NameEnd{".mbox", Packing::single},
                               NameEnd{".tar.zst", Packing::tar_zst},
                               NameEnd{".tar.gz", Packing::tar_gz},
                               NameEnd{".tgz", Packing::tar_gz},
                               NameEnd{".tar", Packing::tar},
                               NameEnd{".zip", Packing::zip}};

constexpr std::array<std::string_view, 9> unknown_ends{".gz", ".zst", ".bz2", ".xz", ".lz4",
                                                       ".7z", ".rar", ".tbz", ".txz"};

bool ends_with(std::string_view name, std::string_view end) {
    return name.size() > end.size() &&
           equals_ignoring_case(name.substr(name.size() - end.size()), end);
}

/// A file, and what tells of what is in it; all get their names together.
struct FileWithNotes {
    FileWithNotes(fs::path path_, Existing existing_)
        : path(std::move(path_)), existing(existing_), file(path, existing) {}

    [[nodiscard]] fs::path note_path(std::string_view name) const {
        auto beside = path;
        return beside += "." + std::string(name);
    }

    /// Told at once, and not when hours of work are done.
    void require_place_for_notes() const {
        for (const auto name : export_notes) {
            require_file_place(note_path(name), existing);
        }
    }

    void add_note(const std::string& name, const Spool& text) {
        auto& note = notes.emplace_back(std::make_unique<NewFile>(note_path(name), existing));
        text.read([&](std::string_view piece) {
            note->write(piece);
            return true;
        });
    }

    void finish() {
        for (auto& note : notes) {
            note->finish();
        }
        file.finish();
    }

    fs::path path;
    Existing existing;
    NewFile file;
    std::vector<std::unique_ptr<NewFile>> notes;
};

PackedTo to_file(FileWithNotes& file, Packing packing) {
    PackedTo to{.write = [&file](std::string_view octets) { file.file.write(octets); },
                .beside = {},
                .finish = [&file] { file.finish(); }};
    if (is_single(packing) && !is_device_or_pipe(file.path)) {
        file.require_place_for_notes();
        to.beside = [&file](const std::string& name, const Spool& text) {
            file.add_note(name, text);
        };
    }
    return to;
}

std::unique_ptr<Destination> packer_to(PackedTo to, Packing packing, const fs::path& spools) {
    if (packing == Packing::zip) {
        return std::make_unique<ZipPacker>(std::move(to), spools);
    }
    return std::make_unique<Packer>(packing, std::move(to), spools);
}

/// A packer with the file it writes to.
class PackedFile final : public Destination {
  public:
    PackedFile(const fs::path& path, Packing packing, Existing existing)
        : file_(path, existing),
          packer_(packer_to(
              to_file(file_, packing), packing,
              is_device_or_pipe(path) ? fs::temp_directory_path() : path.parent_path())) {}

    void begin(const FileHead& head) override { packer_->begin(head); }

    void write(std::string_view octets) override { packer_->write(octets); }

    void end() override { packer_->end(); }

    void add_folder(const std::string& path) override { packer_->add_folder(path); }

    void add_note(const std::string& name, Timestamp modified, const Spool& text) override {
        packer_->add_note(name, modified, text);
    }

    void finish() override { packer_->finish(); }

  private:
    FileWithNotes file_;
    std::unique_ptr<Destination> packer_;
};

}  // namespace

Packing packing_of(const fs::path& output) {
    const auto name = output.filename().string();
    for (const auto& [end, packing] : name_ends) {
        if (ends_with(name, end)) {
            return packing;
        }
    }
    for (const auto end : unknown_ends) {
        if (ends_with(name, end)) {
            throw Error(Errc::invalid, "cannot write a file that ends with " + std::string(end),
                        "Name a folder, or a file that ends with .zip, .tar, .tar.gz, .tar.zst, "
                        ".mbox, .mbox.gz or .mbox.zst.");
        }
    }
    return Packing::folder;
}

bool is_single(Packing packing) {
    return packing == Packing::single || packing == Packing::single_gz ||
           packing == Packing::single_zst;
}

std::unique_ptr<Destination> open_destination(const fs::path& output, Packing packing,
                                              Existing existing) {
    if (packing == Packing::folder) {
        return std::make_unique<NewFolder>(output, existing);
    }
    return std::make_unique<PackedFile>(output, packing, existing);
}

std::unique_ptr<Destination> stream_destination(Packing packing, OctetSink sink,
                                                const fs::path& spools) {
    return packer_to({std::move(sink), {}, {}}, packing, spools);
}

}  // namespace mailkeep::files
