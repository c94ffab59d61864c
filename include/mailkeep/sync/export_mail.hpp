// SPDX-License-Identifier: Apache-2.0
// Messages as plain files that other programs read. What they look like stands in
// mailkeep/files/export_index.hpp.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/files/destination.hpp"
#include "mailkeep/sync/progress.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::sync {

/// mbox: one file a mailbox. eml: one a message. maildir: Maildir++, a folder an account.
/// attachments: each attachment once, whatever carries it, with a manifest instead of an index.
enum class ExportFormat { mbox, eml, maildir, attachments };

/// As written here.
[[nodiscard]] std::string_view name_of(ExportFormat format);
/// Error{invalid} naming those there are.
[[nodiscard]] ExportFormat export_format_from(std::string_view name);

struct ExportRequest {
    catalog::Selection selection;
    ExportFormat format = ExportFormat::eml;
    std::string single;            ///< name of the file all goes into; empty: a tree of files
    std::filesystem::path spools;  ///< a folder for what is too large for memory
};

struct Exported {
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;  ///< of the messages, or of the attachments written
    std::uint64_t attachments = 0;
    /// Each message that the archive cannot give back, and why; they stand in failed.txt too.
    std::vector<std::string> failed;
};

/// Error{invalid} when only mbox can be one file.
void require_exportable(ExportFormat format, files::Packing packing);

/// Finishes the destination, unless it throws: what the destination throws, or Error{cancelled}.
[[nodiscard]] Exported export_mail(const ExportRequest& request, const catalog::Catalog& catalog,
                                   const archive::Archive& archive, files::Destination& to,
                                   Timestamp now, Progress& progress, const std::stop_token& stop);

}  // namespace mailkeep::sync
