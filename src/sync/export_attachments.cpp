// SPDX-License-Identifier: Apache-2.0
// Attachments as files: each content once, and a manifest that tells who sent it to whom.
#include "mailkeep/base/crypto.hpp"
#include "mailkeep/files/mailbox_paths.hpp"
#include "mailkeep/files/table_text.hpp"
#include "mailkeep/mail/message.hpp"

#include "export_formats.hpp"

#include <fmt/chrono.h>

#include <map>
#include <set>

namespace mailkeep::sync {

namespace {

constexpr std::size_t digits_in_name = 16;

/// <year>/<digest>-<name as the first message had it>
std::string path_for(const mail::Part& part, const Digest& digest, Timestamp date) {
    const auto name = part.file_name.empty() ? fmt::format("part-{}", part.number) : part.file_name;
    const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(date));
    return fmt::format("{:04}/{}-{}", static_cast<int>(day.year()),
                       digest.hex().substr(0, digits_in_name), files::safe_component(name));
}

class AttachmentWriter final : public ExportWriter {
  public:
    AttachmentWriter(const ExportRequest& request, files::Destination& to, Timestamp now)
        : to_(to), now_(now), json_(request.spools), csv_(request.spools) {
        csv_.append(files::csv_line({"path", "message", "part", "name", "type", "size", "sha256",
                                     "account", "mailbox", "date", "from", "subject"}));
    }

    void enter(const Placement& /*mailbox*/) override {}

    /// A message is read once, wherever it stands.
    void add(const Placement& placement, const MessageOctets& octets,
             const catalog::MessageHeading& heading) override {
        if (!read_.insert(placement.message.content_id).second) {
            return;
        }
        std::string raw;
        octets.read([&](std::string_view piece) { raw += piece; });
        for (const auto& part : mail::parse(raw).parts) {
            if (part.is_attachment) {
                add(placement, heading, part);
            }
        }
    }

    void leave() override {}

    void add_empty(const Placement& /*mailbox*/) override {}

    void end(Exported& exported) override {
        exported.attachments = paths_.size();
        exported.octets = octets_;
        json_.close();
        csv_.close();
        to_.add_note("manifest.jsonl", now_, json_);
        to_.add_note("manifest.csv", now_, csv_);
    }

  private:
    void add(const Placement& placement, const catalog::MessageHeading& heading,
             const mail::Part& part) {
        const auto digest = sha256(part.body);
        const auto date = heading.sent_date.value_or(placement.internal_date.at);
        auto& path = paths_[digest];
        if (path.empty()) {
            path = path_for(part, digest, date);
            to_.begin({path, date, part.body.size()});
            to_.write(part.body);
            to_.end();
            octets_ += part.body.size();
        }
        const auto text = [](const std::string& value) {
            return files::json_text(std::string_view(value));
        };
        json_.append(fmt::format(
            R"({{"path":{},"message":"{}","part":{},"name":{},"type":{},"size":{},"sha256":"{}",)"
            R"("account":{},"mailbox":{},"date":"{}","from":{},"subject":{}}})"
            "\n",
            text(path), placement.message.content_id.hex(), part.number, text(part.file_name),
            text(part.content_type), part.body.size(), digest.hex(), text(placement.account_name),
            text(placement.mailbox), to_rfc3339(date), text(heading.from), text(heading.subject)));
        csv_.append(
            files::csv_line({path, placement.message.content_id.hex(), std::to_string(part.number),
                             part.file_name, part.content_type, std::to_string(part.body.size()),
                             digest.hex(), placement.account_name, placement.mailbox,
                             to_rfc3339(date), heading.from, heading.subject}));
    }

    files::Destination& to_;
    Timestamp now_;
    Spool json_;
    Spool csv_;
    std::set<ContentId> read_;
    std::map<Digest, std::string> paths_;
    std::uint64_t octets_ = 0;
};

}  // namespace

std::unique_ptr<ExportWriter> attachment_writer(const ExportRequest& request,
                                                files::Destination& to, Timestamp now) {
    return std::make_unique<AttachmentWriter>(request, to, now);
}

}  // namespace mailkeep::sync
