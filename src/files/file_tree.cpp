// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/file_tree.hpp"

#include "packed_file.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace mailkeep::files {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t looked_at = std::size_t{16} << 10U;
constexpr std::size_t tar_magic_at = 257;
constexpr int most_packed_in_packed = 3;
constexpr int most_depth = 100;

using namespace std::string_view_literals;
constexpr std::array magics{"PK\x03\x04"sv,
                            "PK\x05\x06"sv,
                            "\x1F\x8B"sv,
                            "BZh"sv,
                            "\xFD"
                            "7zXZ"sv,
                            "\x28\xB5\x2F\xFD"sv,
                            "7z\xBC\xAF\x27\x1C"sv};

/// The names in a folder, in order. Compact, for there may be a million.
class Names {
  public:
    explicit Names(const fs::path& folder) {
        const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), &::closedir);
        if (open == nullptr) {
            throw Error(Errc::storage,
                        "cannot read folder " + folder.string() + ": " + std::strerror(errno));
        }
        while (const auto* entry = ::readdir(open.get())) {
            const std::string_view name(static_cast<const char*>(entry->d_name));
            if (name != "." && name != "..") {
                starts_.push_back(text_.size());
                text_.append(name).push_back('\0');
            }
        }
        std::sort(starts_.begin(), starts_.end(), [this](std::size_t a, std::size_t b) {
            return std::strcmp(&text_[a], &text_[b]) < 0;
        });
    }

    [[nodiscard]] std::size_t size() const { return starts_.size(); }

    [[nodiscard]] const char* operator[](std::size_t i) const { return &text_[starts_[i]]; }

  private:
    std::string text_;
    std::vector<std::size_t> starts_;
};

/// A source that was looked into.
class BegunSource final : public Source {
  public:
    explicit BegunSource(Source& rest) : rest_(rest), beginning_(looked_at, '\0') {
        beginning_.resize(rest_.read(beginning_));
    }

    [[nodiscard]] std::string_view beginning() const { return beginning_; }

    std::size_t read(std::span<char> into) override {
        const auto first = std::min(into.size(), beginning_.size() - taken_);
        std::copy_n(beginning_.begin() + static_cast<std::ptrdiff_t>(taken_), first, into.begin());
        taken_ += first;
        return first == into.size() ? first : first + rest_.read(into.subspan(first));
    }

  private:
    Source& rest_;
    std::string beginning_;
    std::size_t taken_ = 0;
};

std::string joined(const std::string& folder, std::string_view name) {
    return folder.empty() ? std::string(name) : folder + "/" + std::string(name);
}

/// "all.mbox.zst" is "all.mbox".
std::string without_suffix(const std::string& name) {
    const auto dot = name.rfind('.');
    return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

Timestamp modified_at(const struct stat& status) {
    return Timestamp(std::chrono::seconds(status.st_mtim.tv_sec));
}

class Walk {
  public:
    explicit Walk(FileVisitor& visitor) : visitor_(visitor) {}

    void begin(const fs::path& path) {
        struct stat status {};

        if (::stat(path.c_str(), &status) != 0) {
            throw Error(errno == ENOENT ? Errc::not_found : Errc::storage,
                        "cannot open " + path.string() + ": " + std::strerror(errno),
                        "Check the name and who may read it.");
        }
        if (S_ISDIR(status.st_mode)) {
            take_folder(path, "", 0);
        } else {
            take_file(path, {path.filename().string(), modified_at(status)}, "");
        }
    }

  private:
    void take_folder(const fs::path& folder, const std::string& path, int depth) {
        const Names names(folder);
        for (std::size_t i = 0; i < names.size(); ++i) {
            const auto place = folder / names[i];
            FileEntry entry{joined(path, names[i]), std::nullopt};

            struct stat status {};

            if (::lstat(place.c_str(), &status) != 0) {
                visitor_.cannot_read(entry, {Errc::storage, std::strerror(errno)});
            } else if (S_ISLNK(status.st_mode)) {
                visitor_.cannot_read(entry, {Errc::refused, "it is a link, and links lead away"});
            } else if (S_ISDIR(status.st_mode)) {
                take_inner_folder(place, entry, depth + 1);
            } else if (S_ISREG(status.st_mode)) {
                entry.modified = modified_at(status);
                take_file(place, entry, entry.path);
            }
        }
    }

    void take_inner_folder(const fs::path& place, const FileEntry& entry, int depth) {
        if (depth > most_depth) {
            visitor_.cannot_read(entry, {Errc::refused, "folders are too deep there"});
        } else if (::access(place.c_str(), R_OK | X_OK) != 0) {
            visitor_.cannot_read(entry, {Errc::storage, std::strerror(errno)});
        } else {
            take_folder(place, entry.path, depth);
        }
    }

    /// `within` is put before the paths of what is packed in it.
    void take_file(const fs::path& place, const FileEntry& entry, const std::string& within) {
        const bool may_be_packed = visitor_.may_be_packed(entry);
        if (!may_be_packed && !visitor_.wants(entry)) {
            return;
        }
        std::error_code ignored;
        Expansion expansion(fs::file_size(place, ignored));
        try {
            FileSource file(place);
            BegunSource begun(file);
            if (may_be_packed && is_packed(begun.beginning())) {
                const auto name = without_suffix(place.filename().string());
                PackedFile packed(place, name, expansion);
                take_members(packed, within, expansion, 1);
            } else if (visitor_.wants(entry)) {
                hand_over(entry, begun, file);
            }
        } catch (const Error& error) {
            if (!is_of_file(error)) {
                throw;
            }
            visitor_.cannot_read(entry, error);
        }
    }

    /// A fault of what is read, not of whoever takes it: those are told by hand_over.
    [[nodiscard]] bool is_of_file(const Error& error) const {
        return !is_taking_ && (error.code() == Errc::corrupt || error.code() == Errc::storage ||
                               error.code() == Errc::not_found);
    }

    void hand_over(const FileEntry& entry, BegunSource& begun, const Source& origin) {
        is_taking_ = true;
        try {
            visitor_.take(entry, begun.beginning(), begun);
        } catch (const Error& error) {
            if (!origin.has_failed()) {
                throw;
            }
            visitor_.cannot_read(entry, error);
        }
        is_taking_ = false;
    }

    void take_members(PackedFile& packed, const std::string& within, Expansion& expansion,
                      int depth) {
        while (auto member = packed.next()) {
            auto& entry = member->entry;
            const auto folder = member->is_stream ? folder_of(within) : without_suffix(within);
            entry.path = joined(folder, entry.path);
            const auto source = packed.open();
            if (member->is_stream || visitor_.wants(entry)) {
                take_member(entry, *source, expansion, depth);
            }
            if (member->is_stream) {
                return;
            }
        }
    }

    void take_member(const FileEntry& entry, Source& source, Expansion& expansion, int depth) {
        try {
            BegunSource begun(source);
            if (depth < most_packed_in_packed && is_packed(begun.beginning())) {
                const auto slash = entry.path.rfind('/') + 1;
                PackedFile inner(begun, without_suffix(entry.path.substr(slash)), expansion);
                take_members(inner, entry.path, expansion, depth + 1);
            } else if (visitor_.wants(entry)) {
                hand_over(entry, begun, source);
            }
        } catch (const Error& error) {
            if (!is_of_file(error)) {
                throw;
            }
            visitor_.cannot_read(entry, error);
        }
    }

    FileVisitor& visitor_;
    bool is_taking_ = false;  // an error then is the visitor's, or was told
};

}  // namespace

bool is_packed(std::string_view beginning) {
    return std::any_of(magics.begin(), magics.end(),
                       [&](std::string_view magic) { return beginning.starts_with(magic); }) ||
           (beginning.size() > tar_magic_at && beginning.substr(tar_magic_at).starts_with("ustar"));
}

void walk_files(const fs::path& path, FileVisitor& visitor) {
    Walk(visitor).begin(path);
}

}  // namespace mailkeep::files
