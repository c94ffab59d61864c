// SPDX-License-Identifier: Apache-2.0
// A folder of files that has its name only once all of them are there.
#pragma once

#include "mailkeep/files/destination.hpp"

#include "new_file.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace mailkeep::files {

/// See open_destination().
class NewFolder final : public Destination {
  public:
    NewFolder(std::filesystem::path path, Existing existing);
    ~NewFolder() override;
    NewFolder(const NewFolder&) = delete;
    NewFolder& operator=(const NewFolder&) = delete;

    void begin(const FileHead& head) override;
    void write(std::string_view octets) override;
    void end() override;
    void add_folder(const std::string& path) override;
    void add_note(const std::string& name, Timestamp modified, const Spool& text) override;
    void finish() override;

  private:
    /// Makes it and what is above it, below the folder that is being made.
    void ensure_folder(const std::filesystem::path& folder);

    std::filesystem::path path_;
    std::filesystem::path unfinished_;
    std::filesystem::path last_folder_;  ///< that was ensured: files come folder by folder
    std::unique_ptr<OpenFile> file_;
    Timestamp modified_{};
};

}  // namespace mailkeep::files
