// SPDX-License-Identifier: Apache-2.0
// What an export makes of mailboxes and messages, by format.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/files/destination.hpp"
#include "mailkeep/sync/export_mail.hpp"

#include "message_octets.hpp"

#include <memory>

namespace mailkeep::sync {

/// Mailboxes come one after the other, each once. One thread.
class ExportWriter {
  public:
    virtual ~ExportWriter() = default;
    /// Of the placement, account and mailbox are taken.
    virtual void enter(const Placement& mailbox) = 0;
    virtual void add(const Placement& placement, const MessageOctets& octets,
                     const catalog::MessageHeading& heading) = 0;
    virtual void leave() = 0;
    /// It stands in the index by itself.
    virtual void add_empty(const Placement& mailbox) = 0;
    /// Index or manifest, behind all else.
    virtual void end(Exported& exported) = 0;
};

/// Of mbox, eml and maildir.
[[nodiscard]] std::unique_ptr<ExportWriter> mail_writer(const ExportRequest& request,
                                                        files::Destination& to, Timestamp now);
[[nodiscard]] std::unique_ptr<ExportWriter> attachment_writer(const ExportRequest& request,
                                                              files::Destination& to,
                                                              Timestamp now);

}  // namespace mailkeep::sync
