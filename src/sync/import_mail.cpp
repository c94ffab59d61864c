// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/import_mail.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/files/gmail_labels.hpp"
#include "mailkeep/files/store_fields.hpp"
#include "mailkeep/imap/mailbox_name.hpp"
#include "mailkeep/mail/message.hpp"

#include "import_places.hpp"
#include "large_mail.hpp"
#include "problems.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace mailkeep::sync {

namespace {

/// Header fields are looked for in so much of a message.
constexpr std::size_t longest_head = std::size_t{256} << 10U;
/// What no server takes and no archive can hold in one piece.
constexpr std::uint64_t most_message_octets = std::uint64_t{1} << 30U;
/// So many are told by name; all are counted.
constexpr std::size_t most_told = 1000;

class Import final : public files::MailSink {
  public:
    Import(const Account& account, const ImportRequest& request, const catalog::Catalog& catalog,
           Ingest& ingest, Progress& progress, const std::stop_token& stop)
        : account_(account),
          request_(request),
          catalog_(catalog),
          ingest_(ingest),
          progress_(progress),
          stop_(stop),
          large_(LargeMail(ingest.keeper().archive()).unnamed()),
          places_(account.id, request.mailbox, catalog, ingest),
          problems_("import.problem", {"account", account.name}) {}

    std::vector<std::string> run() {
        require_paths();
        for (const auto& path : request_.paths) {
            const auto found = found_;
            places_.begin_source();
            files::read_mail(path, request_.format, *this);
            if (found == found_) {
                tell(path.string() + ": there is no mail in it");
            }
        }
        log_info("import.read", {{"account", account_.name},
                                 {"messages", found_},
                                 {"expunged", ingest_.counts().vanished},
                                 {"passed_over", passed_over_}});
        if (untold_ > 0) {
            problems_.note(std::to_string(untold_) + " more could not be read; the log names them");
        }
        return problems_.take();
    }

    void begin(files::FoundMessage message) override {
        if (stop_.stop_requested()) {
            throw Error(Errc::cancelled, "cancelled");
        }
        ++found_;
        message_ = std::move(message);
        octets_.clear();
        spool_.reset();
        is_too_large_ = false;
        progress_.expect(1);
    }

    void piece(std::string_view octets) override {
        if (!spool_ && octets_.size() + octets.size() <= large_.above) {
            octets_.append(octets);
            return;
        }
        if (is_too_large_ || octets_.size() + octets.size() > most_message_octets) {
            is_too_large_ = true;
            return;
        }
        if (!spool_) {
            fields_ = fields_of_head();
            spool_ = large_.make();
            spool_->append(std::string_view(octets_).substr(fields_.octets_above));
            octets_.resize(std::min(octets_.size(), longest_head));
        }
        is_too_large_ = spool_->size() + octets.size() > most_message_octets;
        if (!is_too_large_) {
            spool_->append(octets);
        }
    }

    void end() override {
        auto message = *std::exchange(message_, std::nullopt);
        if (is_too_large_) {
            fail(message.origin, "it is larger than 1 GiB; it stays where it is");
            return;
        }
        if (!spool_) {
            fields_ = message.may_have_store_fields ? fields_of_head() : files::StoreFields();
            octets_.erase(0, fields_.octets_above);
        } else {
            spool_->close();
        }
        if (fields_.is_expunged) {
            ++ingest_.counts().vanished;
            progress_.advance(size());
            return;
        }
        keep(message);
        progress_.advance(size());
    }

    void mailbox(const std::string& name, char delimiter) override {
        ++found_;
        places_.note_empty(name, delimiter);
    }

    /// What came of a message is kept: it is all there is.
    void cannot_read(const std::string& origin, const std::string& reason) override {
        if (message_) {
            const auto begun = message_->origin;
            const bool is_lost = is_too_large_;
            end();
            if (is_lost) {
                tell(begun + ": " + reason);
            } else {
                fail(begun, reason + "; what came of it is kept");
            }
        } else {
            ++found_;
            fail(origin, reason);
        }
    }

    void enter(const std::string& path, std::string_view format) override {
        progress_.enter(std::string(format) + " " + to_valid_utf8(path));
    }

    void pass_over(const std::string& path) override {
        ++passed_over_;
        log_info("import.passed_over", {{"file", to_valid_utf8(path)}});
    }

  private:
    void require_paths() const {
        for (const auto& path : request_.paths) {
            std::error_code ignored;
            if (!std::filesystem::exists(path, ignored)) {
                throw Error(Errc::not_found, "there is no file " + path.string(),
                            "Check the name and who may read it.");
            }
        }
    }

    [[nodiscard]] std::uint64_t size() const { return spool_ ? spool_->size() : octets_.size(); }

    [[nodiscard]] std::string_view head() const {
        return std::string_view(octets_).substr(0, longest_head);
    }

    [[nodiscard]] files::StoreFields fields_of_head() const {
        return message_ && !message_->may_have_store_fields ? files::StoreFields()
                                                            : files::store_fields_of(head());
    }

    void keep(const files::FoundMessage& message) {
        const auto content_id = spool_ ? spool_->digest() : sha256(octets_);
        if (message.content_id && *message.content_id != content_id) {
            tell(message.origin +
                 ": its octets are not those that the index beside it names; "
                 "kept as they are");
        }
        auto flags = message.flags;
        add(flags, fields_.flags);
        const auto mailboxes = mailboxes_of(message, flags);
        const auto copies = fields_.gmail_labels ? Copies::single : Copies::each;
        bool is_new = false;
        for (const auto& mailbox : mailboxes) {
            if (const auto uid = places_.take(mailbox, content_id, copies)) {
                const Seen seen{account_.id, mailbox.wire_name, imported_uid_validity, *uid,
                                {},          content_id,        date_of(message),      flags};
                place(seen, is_new);
                is_new = true;
            }
        }
        if (!is_new) {
            ++ingest_.counts().already_there;
        }
    }

    /// In its first place it brings its octets along.
    void place(const Seen& seen, bool is_placed) {
        if (is_placed) {
            ingest_.place(seen);
            --ingest_.counts().seen;  // a message counts once, whatever its labels
        } else if (spool_) {
            ingest_.add_large(seen, *spool_);
        } else {
            ingest_.add_digested(seen, octets_);
        }
    }

    static void add(Flags& flags, const Flags& more) {
        flags.seen = flags.seen || more.seen;
        flags.answered = flags.answered || more.answered;
        flags.flagged = flags.flagged || more.flagged;
        flags.deleted = flags.deleted || more.deleted;
        flags.draft = flags.draft || more.draft;
        for (const auto& keyword : more.keywords) {
            flags.add(keyword);
        }
    }

    /// Labels of Gmail say where a message stands, its file does not.
    std::vector<ImportPlaces::Mailbox> mailboxes_of(const files::FoundMessage& message,
                                                    Flags& flags) {
        if (!fields_.gmail_labels) {
            return {places_.mailbox_of(message)};
        }
        const auto field = "Subject: " + *fields_.gmail_labels + "\r\n\r\n";
        auto labelled = files::gmail_places(mail::parse(field).subject);
        flags.seen = labelled.flags.seen;
        add(flags, labelled.flags);
        flags.labels = std::move(labelled.flags.labels);
        if (!request_.mailbox.empty()) {
            return {places_.mailbox_of({})};
        }
        std::vector<ImportPlaces::Mailbox> mailboxes;
        for (const auto& name : labelled.mailboxes) {
            mailboxes.push_back(places_.mailbox_named(name, '/'));
        }
        return mailboxes;
    }

    /// What the store told, else the message's own date, else its file's.
    [[nodiscard]] InternalDate date_of(const files::FoundMessage& message) const {
        if (message.internal_date) {
            return *message.internal_date;
        }
        const auto sent =
            mail::parse(std::string(mail::header_octets(head())) + "\r\n\r\n").sent_date;
        const auto at = sent ? sent : message.modified;
        return {at.value_or(ingest_.keeper().clock().now()), {}};
    }

    void fail(const std::string& origin, const std::string& reason) {
        ++ingest_.counts().failed;
        tell(origin + ": " + reason);
    }

    void tell(std::string text) {
        if (++told_ <= most_told) {
            problems_.note(to_valid_utf8(text));
        } else {
            ++untold_;
            log_warning("import.problem", {{"account", account_.name}, {"problem", text}});
        }
    }

    const Account& account_;
    const ImportRequest& request_;
    const catalog::Catalog& catalog_;
    Ingest& ingest_;
    Progress& progress_;
    const std::stop_token& stop_;
    imap::LargeMessages large_;
    ImportPlaces places_;
    Problems problems_;
    std::optional<files::FoundMessage> message_;  // that began and has not ended
    std::string octets_;                          // of it; of a large one the front
    std::optional<Spool> spool_;                  // of a large one, all of it
    files::StoreFields fields_;
    bool is_too_large_ = false;
    std::uint64_t found_ = 0;
    std::uint64_t passed_over_ = 0;
    std::size_t told_ = 0;
    std::size_t untold_ = 0;
};

}  // namespace

std::vector<std::string> import_mail(const Account& account, const ImportRequest& request,
                                     const catalog::Catalog& catalog, Ingest& ingest,
                                     Progress& progress, const std::stop_token& stop) {
    return Import(account, request, catalog, ingest, progress, stop).run();
}

}  // namespace mailkeep::sync
