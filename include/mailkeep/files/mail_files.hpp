// SPDX-License-Identifier: Apache-2.0
// Mail in files, whatever program kept it: mbox, Maildir and .eml, in folders and packed; what
// stands beside (dovecot-keywords, .imap of imap-backup, index.jsonl of an export) is read, too.
// What a file is, its content says.
#pragma once

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/files/source.hpp"
#include "mailkeep/model/message.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::files {

enum class Format { automatic, mbox, mboxo, mboxrd, mboxcl, mboxcl2, maildir, eml };

/// "auto", "mbox", …
[[nodiscard]] std::optional<Format> format_named(std::string_view name);

struct FoundMessage {
    /// Components from the root of the import; none: the root itself. Modified UTF-7, or UTF-8.
    std::vector<std::string> mailbox;
    bool is_single = false;     ///< of one file, which alone names the mailbox
    std::string exact_mailbox;  ///< UTF-8, as an index tells it; else empty
    char exact_delimiter = 0;
    Flags flags;
    std::optional<InternalDate> internal_date;
    std::optional<Timestamp> modified;    ///< of the file
    std::optional<ContentId> content_id;  ///< as an index tells it
    bool may_have_store_fields = false;   ///< store_fields_of tells of flags and more
    std::string origin;                   ///< for people: where it was found
};

class MailSink {
  public:
    virtual ~MailSink() = default;
    virtual void begin(FoundMessage message) = 0;
    virtual void piece(std::string_view octets) = 0;
    virtual void end() = 0;
    /// A mailbox without messages.
    virtual void mailbox(const std::string& name, char delimiter) = 0;
    /// Of a message that began and has no end, the end cannot be read.
    virtual void cannot_read(const std::string& origin, const std::string& reason) = 0;
    /// A file that is being read, and what it was taken for.
    virtual void enter(const std::string& path, std::string_view format) = 0;
    /// A file that is no mail.
    virtual void pass_over(const std::string& path) = 0;
};

/// Throws Error{not_found} and Error{storage} when there is nothing to begin with, and whatever the
/// sink throws.
void read_mail(const std::filesystem::path& path, Format format, MailSink& sink);

}  // namespace mailkeep::files
