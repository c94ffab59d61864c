// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/mail_files.hpp"

#include "mailkeep/base/text.hpp"
#include "mailkeep/files/file_tree.hpp"
#include "mailkeep/files/mbox_reader.hpp"

#include "clues.hpp"
#include "from_line.hpp"
#include "wire_lines.hpp"

#include <algorithm>
#include <array>

namespace mailkeep::files {

namespace {

constexpr std::size_t given_at_once = std::size_t{256} << 10U;
constexpr std::array format_names{std::pair{Format::automatic, std::string_view("auto")},
                                  std::pair{Format::mbox, std::string_view("mbox")},
                                  std::pair{Format::mboxo, std::string_view("mboxo")},
                                  std::pair{Format::mboxrd, std::string_view("mboxrd")},
                                  std::pair{Format::mboxcl, std::string_view("mboxcl")},
                                  std::pair{Format::mboxcl2, std::string_view("mboxcl2")},
                                  std::pair{Format::maildir, std::string_view("maildir")},
                                  std::pair{Format::eml, std::string_view("eml")}};

/// Any of these in front, and nothing but fields, is a message's header.
constexpr std::array<std::string_view, 9> fields_of_mail{
    "from",       "to",          "subject",      "date",        "received",
    "message-id", "return-path", "delivered-to", "mime-version"};

std::string_view name_of(Format format) {
    return format_names.at(static_cast<std::size_t>(format)).second;
}

MboxDialect dialect_of(Format format) {
    switch (format) {
        case Format::mboxo:
            return MboxDialect::mboxo;
        case Format::mboxrd:
            return MboxDialect::mboxrd;
        case Format::mboxcl:
            return MboxDialect::mboxcl;
        case Format::mboxcl2:
            return MboxDialect::mboxcl2;
        default:
            return MboxDialect::automatic;
    }
}

bool is_mbox(Format format) {
    return format != Format::automatic && format != Format::maildir && format != Format::eml;
}

bool is_maildir_file(std::string_view path) {
    return is_in(path, "cur") || is_in(path, "new");
}

/// A header that mail has, or something that is called a message.
bool looks_like_message(std::string_view path, std::string_view beginning) {
    if (to_lower_ascii(name_part(path)).ends_with(".eml")) {
        return true;
    }
    bool has_known = false;
    for (const auto line : split(beginning, '\n')) {
        const bool is_folded = line.starts_with(' ') || line.starts_with('\t');
        if (is_folded && !trim(line).empty()) {
            continue;
        }
        if (!is_header_line(line)) {
            break;
        }
        const auto name = to_lower_ascii(line.substr(0, line.find(':')));
        has_known = has_known || std::find(fields_of_mail.begin(), fields_of_mail.end(), name) !=
                                     fields_of_mail.end();
    }
    return has_known;
}

/// Components; those of Thunderbird and Apple Mail without their suffixes.
std::vector<std::string> components_of(std::string_view path) {
    std::vector<std::string> components;
    for (const auto component : split(path, '/')) {
        const auto plain = without(without(component, ".sbd"), ".mbox");
        if (!plain.empty()) {
            components.emplace_back(plain);
        }
    }
    return components;
}

/// A message's octets, on their way from a file of its own to the sink.
void give_message(Source& source, LineEnds line_ends, MailSink& sink) {
    Window window(source);
    WireLines lines(Quoting::none, line_ends);
    while (!window.is_at_end()) {
        window.fill(given_at_once);
        auto piece = window.view().substr(0, given_at_once);
        const auto end = piece.rfind('\n');
        if (piece.size() == given_at_once && end != std::string_view::npos) {
            piece = piece.substr(0, end + 1);
        }
        sink.piece(lines.take(piece));
        window.drop(piece.size());
    }
    sink.end();
}

/// Takes the messages of an mbox to the sink, with what stands beside told of each.
class MboxMessages final : public MboxSink {
  public:
    MboxMessages(const FileEntry& entry, ImportIndex::Range place, FoundMessage common,
                 const Clues& clues, MailSink& sink)
        : common_(std::move(common)), clues_(clues), sink_(sink), place_(place) {
        const auto beside = clues.backed_up.find(std::string(without(entry.path, ".mbox")));
        backed_up_ = beside == clues.backed_up.end() ? nullptr : &beside->second;
    }

    std::optional<std::uint64_t> begin(const MboxMessage& message) override {
        auto found = common_;
        ++number_;
        found.origin +=
            ", message " + std::to_string(number_) + " at octet " + std::to_string(message.line);
        if (message.date) {
            found.internal_date = InternalDate{*message.date, {}};
        }
        add_backed_up(message, found);
        const auto known = indexed(message);
        std::optional<std::uint64_t> octets;
        if (known) {
            found.exact_mailbox = known->mailbox;
            found.exact_delimiter = known->delimiter;
            found.flags = known->flags;
            found.content_id = known->content_id;
            found.internal_date = known->internal_date;
            found.may_have_store_fields = false;
            octets = known->octets;
        }
        if (!message.has_from_line) {
            sink_.cannot_read(found.origin, "it begins without a From_ line; kept as a message");
        }
        sink_.begin(std::move(found));
        return octets;
    }

    void piece(std::string_view octets) override { sink_.piece(octets); }

    void end() override { sink_.end(); }

  private:
    std::optional<IndexedMessage> indexed(const MboxMessage& message) {
        while (place_.first < place_.last) {
            auto known = clues_.index.message(place_.first);
            if (known.offset > message.offset) {
                break;
            }
            ++place_.first;
            if (known.offset == message.offset) {
                return known;
            }
        }
        return std::nullopt;
    }

    void add_backed_up(const MboxMessage& message, FoundMessage& found) const {
        if (backed_up_ == nullptr || backed_up_->empty()) {
            return;
        }
        const auto by_offset = std::lower_bound(
            backed_up_->begin(), backed_up_->end(), message.line,
            [](const BackedUp& one, std::uint64_t line) { return one.offset < line; });
        if (by_offset != backed_up_->end() && by_offset->offset == message.line) {
            found.flags = by_offset->flags;
        }
    }

    FoundMessage common_;
    const Clues& clues_;
    MailSink& sink_;
    ImportIndex::Range place_;
    const std::vector<BackedUp>* backed_up_ = nullptr;
    std::uint64_t number_ = 0;
};

class MailReading final : public FileVisitor {
  public:
    MailReading(const std::filesystem::path& root, Format format, const Clues& clues,
                MailSink& sink)
        : file_(std::filesystem::is_directory(root) ? "" : root.filename().string()),
          format_(format),
          clues_(clues),
          sink_(sink) {}

    bool may_be_packed(const FileEntry& entry) override { return !is_maildir_file(entry.path); }

    bool wants(const FileEntry& entry) override { return !is_clue(entry.path); }

    void take(const FileEntry& entry, std::string_view beginning, Source& source) override {
        if (format_ == Format::maildir ||
            (format_ == Format::automatic && is_maildir_file(entry.path))) {
            take_maildir(entry, source, beginning);
        } else if (is_unfinished(entry.path)) {
            sink_.pass_over(entry.path);
        } else if (format_ == Format::automatic && is_indexed_message(entry)) {
            take_eml(entry, source, beginning);
        } else if (is_mbox(format_) || (format_ == Format::automatic && begins_mbox(beginning))) {
            take_mbox(entry, source);
        } else if (format_ == Format::eml || looks_like_message(entry.path, beginning)) {
            take_eml(entry, source, beginning);
        } else if (entry.path.ends_with(".mbox") && !trim(beginning).empty()) {
            sink_.cannot_read(entry.path, "it is called an mbox and has no From_ line");
        } else if (entry.path.ends_with(".mbox")) {
            const auto mailbox = mailbox_of(entry.path);
            sink_.mailbox(join(mailbox, "/"), '/');
        } else {
            sink_.pass_over(entry.path);
        }
    }

    void cannot_read(const FileEntry& entry, const Error& error) override {
        sink_.cannot_read(entry.path, error.what());
    }

  private:
    /// An index calls a compressed mbox by the whole name of its file.
    [[nodiscard]] ImportIndex::Range indexed(const FileEntry& entry) const {
        const auto range = clues_.index.of_file(entry.path);
        return range.first < range.last ? range : clues_.index.of_file(file_);
    }

    /// A message may begin as an mbox does.
    [[nodiscard]] bool is_indexed_message(const FileEntry& entry) const {
        const auto range = clues_.index.of_file(entry.path);
        return range.first < range.last && entry.path.ends_with(".eml");
    }

    /// What a Maildir has in tmp was never delivered.
    [[nodiscard]] bool is_unfinished(std::string_view path) const {
        return is_in(path, "tmp") &&
               clues_.maildirs.contains(std::string(folder_part(folder_part(path))));
    }

    [[nodiscard]] FoundMessage common(const FileEntry& entry) const {
        FoundMessage found;
        found.modified = entry.modified;
        found.origin = to_valid_utf8(entry.path);
        return found;
    }

    /// A single file names its mailbox; a profile's only host does not.
    [[nodiscard]] std::vector<std::string> mailbox_of(std::string_view path) const {
        const auto host = profile_host(path);
        if (!host.empty() && clues_.hosts.size() == 1) {
            path.remove_prefix(host.size() + 1);
        }
        if (name_part(path) == "mbox" && folder_part(path).ends_with(".mbox")) {
            path = folder_part(path);  // Apple Mail
        }
        return components_of(without(path, ".mbx"));
    }

    void take_mbox(const FileEntry& entry, Source& source) {
        sink_.enter(entry.path, is_mbox(format_) ? name_of(format_) : "mbox");
        auto found = common(entry);
        found.mailbox = mailbox_of(entry.path);
        found.is_single = !file_.empty() && folder_part(entry.path).empty();
        found.may_have_store_fields = true;
        MboxMessages messages(entry, indexed(entry), std::move(found), clues_, sink_);
        read_mbox(source, dialect_of(format_), messages);
    }

    void take_maildir(const FileEntry& entry, Source& source, std::string_view beginning) {
        sink_.enter(entry.path, "maildir");
        auto found = common(entry);
        const auto folder = folder_part(entry.path);
        const auto mailbox = folder_part(folder);
        found.mailbox = maildir_mailbox(mailbox);
        const auto letters = clues_.letters.find(std::string(mailbox));
        found.flags =
            maildir_flags(name_part(entry.path),
                          letters == clues_.letters.end() ? KeywordNames() : letters->second);
        if (entry.modified) {
            found.internal_date = InternalDate{*entry.modified, {}};
        }
        give(entry, std::move(found), source, beginning);
    }

    void take_eml(const FileEntry& entry, Source& source, std::string_view beginning) {
        sink_.enter(entry.path, "eml");
        auto found = common(entry);
        found.mailbox = components_of(folder_part(entry.path));
        give(entry, std::move(found), source, beginning);
    }

    /// A file the index knows has the octets of its message, and nothing else.
    void give(const FileEntry& entry, FoundMessage found, Source& source,
              std::string_view beginning) {
        const auto place = indexed(entry);
        auto line_ends = line_ends_of(beginning);
        if (place.first < place.last) {
            auto known = clues_.index.message(place.first);
            found.exact_mailbox = std::move(known.mailbox);
            found.exact_delimiter = known.delimiter;
            found.flags = std::move(known.flags);
            found.content_id = known.content_id;
            found.internal_date = known.internal_date;
            line_ends = LineEnds::kept;
        }
        sink_.begin(std::move(found));
        give_message(source, line_ends, sink_);
    }

    std::string file_;  // its name, if the root is one
    Format format_;
    const Clues& clues_;
    MailSink& sink_;
};

}  // namespace

std::optional<Format> format_named(std::string_view name) {
    const auto* const found =
        std::find_if(format_names.begin(), format_names.end(),
                     [name](const auto& pair) { return pair.second == name; });
    return found == format_names.end() ? std::nullopt : std::optional(found->first);
}

void read_mail(const std::filesystem::path& path, Format format, MailSink& sink) {
    const auto clues = gather_clues(path);
    for (const auto& mailbox : clues.index.empty_mailboxes()) {
        sink.mailbox(mailbox.name, mailbox.delimiter);
    }
    MailReading reading(path, format, clues, sink);
    walk_files(path, reading);
}

}  // namespace mailkeep::files
