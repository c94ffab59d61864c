// SPDX-License-Identifier: Apache-2.0
// Mail from files into the archive, under an account. No server shows what was imported: it stands
// under UIDVALIDITY 0 until the account's server shows the same message.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/files/mail_files.hpp"
#include "mailkeep/sync/ingest.hpp"
#include "mailkeep/sync/progress.hpp"

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace mailkeep::sync {

struct ImportRequest {
    std::vector<std::filesystem::path> paths;
    std::string mailbox;  ///< UTF-8: everything stands there, or below it; empty: where it was
    files::Format format = files::Format::automatic;
};

/// Counts as seen what is new in its mailbox, as already_there what stood or stands there, or is
/// shown by the account's server, as vanished what was expunged in its file, as failed what could
/// not be read. Run again it goes on. Returns what went wrong, a line each.
[[nodiscard]] std::vector<std::string> import_mail(const Account& account,
                                                   const ImportRequest& request,
                                                   const catalog::Catalog& catalog, Ingest& ingest,
                                                   Progress& progress, const std::stop_token& stop);

}  // namespace mailkeep::sync
