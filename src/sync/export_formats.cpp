// SPDX-License-Identifier: Apache-2.0
#include "export_formats.hpp"

#include "mailkeep/files/export_index.hpp"
#include "mailkeep/files/mailbox_paths.hpp"
#include "mailkeep/files/maildir_writer.hpp"
#include "mailkeep/files/mbox_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace mailkeep::sync {

namespace {

constexpr std::size_t id_digits_in_name = 12;

/// The index, on the disk while the files are written: its offsets are known only then.
class Index {
  public:
    explicit Index(const std::filesystem::path& spools) : json_(spools), csv_(spools) {
        csv_.append(files::csv_head());
    }

    /// A message, or a mailbox without any.
    template <class Line>
    void add(const Placement& placement, const Line& line) {
        json_.append(files::to_json_line(placement, line));
        csv_.append(files::to_csv_line(placement, line));
    }

    void write(files::Destination& to, Timestamp now) {
        json_.close();
        csv_.close();
        to.add_note("index.jsonl", now, json_);
        to.add_note("index.csv", now, csv_);
    }

  private:
    Spool json_;
    Spool csv_;
};

files::IndexLine line_of(std::string path, const catalog::MessageHeading& heading) {
    files::IndexLine line;
    line.path = std::move(path);
    line.subject = heading.subject;
    line.from = heading.from;
    line.date = heading.sent_date;
    return line;
}

/// What the formats share: each message gets a line in the index.
class MailWriter : public ExportWriter {
  public:
    MailWriter(const ExportRequest& request, files::Destination& to, Timestamp now,
               files::MailboxPaths::Layout layout)
        : to_(to), now_(now), paths_(layout), index_(request.spools) {}

    void end(Exported& /*exported*/) override { index_.write(to_, now_); }

  protected:
    const std::string& path_of(const Placement& placement) { return paths_.path_of(placement); }

    files::Destination& to_;
    Timestamp now_;
    files::MailboxPaths paths_;
    Index index_;
};

/// A file a mailbox, or one of all of them.
class MboxWriter final : public MailWriter {
  public:
    MboxWriter(const ExportRequest& request, files::Destination& to, Timestamp now)
        : MailWriter(request, to, now, files::MailboxPaths::Layout::tree),
          single_(request.single) {}

    void enter(const Placement& mailbox) override {
        path_ = single_.empty() ? path_of(mailbox) + ".mbox" : single_;
        at_ = single_.empty() ? 0 : at_;
        to_.begin({.path = path_, .modified = now_});
    }

    void add(const Placement& placement, const MessageOctets& octets,
             const catalog::MessageHeading& heading) override {
        const auto sink = [this](std::string_view piece) {
            to_.write(piece);
            at_ += piece.size();
        };
        sink(files::from_line(placement.internal_date.at));
        auto line = line_of(path_, heading);
        line.offset = at_;
        files::MboxrdBody body;
        octets.read([&](std::string_view piece) { body.write(piece, sink); });
        line.octets = body.finish(sink);
        index_.add(placement, line);
    }

    void leave() override { to_.end(); }

    void add_empty(const Placement& mailbox) override {
        enter(mailbox);
        leave();
        index_.add(mailbox, path_);
    }

  private:
    std::string single_;
    std::string path_;      // of the mailbox that was entered
    std::uint64_t at_ = 0;  // octets written to this path
};

class EmlWriter final : public MailWriter {
  public:
    EmlWriter(const ExportRequest& request, files::Destination& to, Timestamp now)
        : MailWriter(request, to, now, files::MailboxPaths::Layout::tree) {}

    void enter(const Placement& /*mailbox*/) override {
        last_uid_ = 0;
        count_ = 0;
    }

    void add(const Placement& placement, const MessageOctets& octets,
             const catalog::MessageHeading& heading) override {
        auto line = line_of(path_of(placement) + "/" + name_of(placement), heading);
        line.octets = octets.size();
        to_.begin({line.path, placement.internal_date.at, line.octets});
        octets.read([this](std::string_view piece) { to_.write(piece); });
        to_.end();
        index_.add(placement, line);
    }

    void leave() override {}

    void add_empty(const Placement& mailbox) override {
        to_.add_folder(path_of(mailbox));
        index_.add(mailbox, path_of(mailbox));
    }

  private:
    /// UIDs ascend, unless a past of the mailbox is exported too.
    std::string name_of(const Placement& placement) {
        ++count_;
        auto name = fmt::format("{}-{}", placement.uid,
                                placement.message.content_id.hex().substr(0, id_digits_in_name));
        if (placement.uid <= last_uid_) {
            name += fmt::format("-{}", count_);
        }
        last_uid_ = std::max(last_uid_, placement.uid);
        return name + ".eml";
    }

    Uid last_uid_ = 0;
    std::uint64_t count_ = 0;  // of the messages of this mailbox
};

class MaildirWriter final : public MailWriter {
  public:
    MaildirWriter(const ExportRequest& request, files::Destination& to, Timestamp now)
        : MailWriter(request, to, now, files::MailboxPaths::Layout::maildir) {}

    void enter(const Placement& mailbox) override {
        path_ = path_of(mailbox);
        make(path_.substr(0, path_.find('/')));
        make(path_);
        letters_ = {};
    }

    void add(const Placement& placement, const MessageOctets& octets,
             const catalog::MessageHeading& heading) override {
        files::BareLfCount lfs;
        octets.read([&](std::string_view piece) { lfs.add(piece); });
        const auto name =
            files::maildir_name(placement, octets.size() + lfs.count(), ++count_, letters_);
        auto line = line_of(path_ + "/cur/" + name, heading);
        line.octets = octets.size();
        to_.begin({line.path, placement.internal_date.at, line.octets});
        octets.read([this](std::string_view piece) { to_.write(piece); });
        to_.end();
        index_.add(placement, line);
    }

    void leave() override {
        if (const auto text = letters_.text(); !text.empty()) {
            write_file(path_ + "/dovecot-keywords", text);
        }
    }

    void add_empty(const Placement& mailbox) override {
        enter(mailbox);
        index_.add(mailbox, path_);
    }

  private:
    void make(const std::string& folder) {
        if (!made_.insert(folder).second) {
            return;
        }
        for (const auto* part : {"/cur", "/new", "/tmp"}) {
            to_.add_folder(folder + part);
        }
        if (folder.find('/') != std::string::npos) {
            write_file(folder + "/maildirfolder", "");
        }
    }

    void write_file(const std::string& path, std::string_view text) {
        // Dovecot takes a file of 1970 for one that it has read already.
        to_.begin({path, now_, text.size()});
        to_.write(text);
        to_.end();
    }

    std::string path_;  // of the mailbox that was entered
    files::KeywordLetters letters_;
    std::uint64_t count_ = 0;
    std::set<std::string> made_;
};

}  // namespace

std::unique_ptr<ExportWriter> mail_writer(const ExportRequest& request, files::Destination& to,
                                          Timestamp now) {
    if (request.format == ExportFormat::mbox) {
        return std::make_unique<MboxWriter>(request, to, now);
    }
    if (request.format == ExportFormat::maildir) {
        return std::make_unique<MaildirWriter>(request, to, now);
    }
    return std::make_unique<EmlWriter>(request, to, now);
}

}  // namespace mailkeep::sync
