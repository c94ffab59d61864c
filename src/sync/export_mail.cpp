// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/export_mail.hpp"

#include "mailkeep/base/error.hpp"

#include "export_formats.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mailkeep::sync {

namespace {

constexpr std::array<std::pair<std::string_view, ExportFormat>, 4> format_names{
    {{"mbox", ExportFormat::mbox},
     {"eml", ExportFormat::eml},
     {"maildir", ExportFormat::maildir},
     {"attachments", ExportFormat::attachments}}};

/// Placement after placement, with an eye on where one mailbox ends and the next begins.
class Exporter {
  public:
    Exporter(const ExportRequest& request, const catalog::Catalog& catalog,
             const archive::Archive& archive, Progress& progress, ExportWriter& writer)
        : request_(request),
          catalog_(catalog),
          archive_(archive),
          progress_(progress),
          writer_(writer) {}

    void add(const Placement& placement) {
        if (!is_in(placement)) {
            leave();
            writer_.enter(placement);
            mailbox_ = {placement.account, placement.mailbox_raw};
            progress_.enter(placement.account_name + ": " + placement.mailbox);
        }
        if (const auto octets = octets_of(placement)) {
            writer_.add(placement, *octets,
                        catalog_.heading(placement.message.content_id).value_or(no_heading));
            ++exported_.messages;
            exported_.octets += octets->size();
            progress_.advance(octets->size());
        }
    }

    void leave() {
        if (mailbox_) {
            writer_.leave();
            mailbox_.reset();
        }
    }

    /// Only where all that stands in mailboxes was asked for.
    void add_empty_mailboxes() {
        const auto& selection = request_.selection;
        if (selection.message || selection.query != catalog::SearchQuery{}) {
            return;
        }
        for (const auto& row : catalog_.mailboxes(selection.account, selection.as_of)) {
            const auto& names = selection.mailboxes;
            const bool is_chosen =
                names.empty() || std::find(names.begin(), names.end(), row.name) != names.end();
            if (row.messages == 0 && !row.is_gone && is_chosen) {
                Placement mailbox;
                mailbox.account = row.account;
                mailbox.account_name = row.account_name;
                mailbox.mailbox = row.name;
                mailbox.mailbox_raw = row.mailbox;
                mailbox.delimiter = row.delimiter;
                writer_.add_empty(mailbox);
            }
        }
    }

    Exported take(files::Destination& to, Timestamp now) {
        writer_.end(exported_);
        if (!exported_.failed.empty()) {
            note_failed(to, now);
        }
        return std::move(exported_);
    }

  private:
    [[nodiscard]] bool is_in(const Placement& placement) const {
        return mailbox_ && mailbox_->first == placement.account &&
               mailbox_->second == placement.mailbox_raw;
    }

    /// Nothing for one that is damaged: it is named, and the others go on.
    std::optional<MessageOctets> octets_of(const Placement& placement) {
        try {
            return MessageOctets(archive_, placement.message, request_.spools);
        } catch (const Error& error) {
            if (error.code() != Errc::corrupt && error.code() != Errc::not_found) {
                throw;
            }
            exported_.failed.push_back(placement.account_name + ": " + placement.mailbox +
                                       ", UID " + std::to_string(placement.uid) + ", message " +
                                       placement.message.content_id.hex() + ": " + error.what());
            return std::nullopt;
        }
    }

    /// With the files, for who looks at nothing else.
    void note_failed(files::Destination& to, Timestamp now) const {
        Spool note(request_.spools);
        for (const auto& line : exported_.failed) {
            note.append(line + "\n");
        }
        note.close();
        to.add_note("failed.txt", now, note);
    }

    inline static const catalog::MessageHeading no_heading{};

    const ExportRequest& request_;
    const catalog::Catalog& catalog_;
    const archive::Archive& archive_;
    Progress& progress_;
    ExportWriter& writer_;
    Exported exported_;
    std::optional<std::pair<AccountId, std::string>> mailbox_;  // that was entered
};

}  // namespace

std::string_view name_of(ExportFormat format) {
    return format_names.at(static_cast<std::size_t>(format)).first;
}

ExportFormat export_format_from(std::string_view name) {
    for (const auto& [known, format] : format_names) {
        if (known == name) {
            return format;
        }
    }
    throw Error(Errc::invalid, "\"" + std::string(name) + "\" is not a format of an export",
                "The formats are mbox, eml, maildir and attachments.");
}

void require_exportable(ExportFormat format, files::Packing packing) {
    if (format != ExportFormat::mbox && files::is_single(packing)) {
        throw Error(
            Errc::invalid,
            "only mbox makes one file of several messages, not " + std::string(name_of(format)),
            "Name a folder, or a file that ends with .zip, .tar or .tar.zst.");
    }
}

Exported export_mail(const ExportRequest& request, const catalog::Catalog& catalog,
                     const archive::Archive& archive, files::Destination& to, Timestamp now,
                     Progress& progress, const std::stop_token& stop) {
    const auto writer = request.format == ExportFormat::attachments
                            ? attachment_writer(request, to, now)
                            : mail_writer(request, to, now);
    Exporter exporter(request, catalog, archive, progress, *writer);
    catalog.for_each_placement(request.selection, now, [&](const Placement& placement) {
        if (stop.stop_requested()) {
            throw Error(Errc::cancelled, "the export was stopped", "Nothing of it was kept.");
        }
        exporter.add(placement);
    });
    exporter.leave();
    exporter.add_empty_mailboxes();
    auto exported = exporter.take(to, now);
    to.finish();
    return exported;
}

}  // namespace mailkeep::sync
