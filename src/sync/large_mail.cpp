// SPDX-License-Identifier: Apache-2.0
#include "large_mail.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/mail/abridgement.hpp"

#include "wire_form.hpp"

#include <fmt/format.h>

namespace mailkeep::sync {

namespace {

/// So that no message in a spool is summarized whole.
constexpr std::uint64_t large_octets = mail::summarized_whole;

/// Where the archive is not encrypted this hides nothing, but still shows what is damaged.
std::string incoming_key(const archive::Archive& archive) {
    const auto key = archive.key_for("incoming");
    return key.empty() ? std::string(sha256("incoming " + archive.uuid()).view())
                       : std::string(key.reveal());
}

}  // namespace

LargeMail::LargeMail(const archive::Archive& archive)
    : LargeMail(archive.data() / "incoming", incoming_key(archive)) {}

LargeMail::LargeMail(std::filesystem::path folder, std::string key)
    : folder_(std::move(folder)), key_(std::move(key)) {
    remove_old_spools(folder_);
}

Spool LargeMail::resume(std::string_view name) const {
    return {folder_ / sha256(key_ + std::string(name)).hex(), key_, std::string(name)};
}

imap::LargeMessages LargeMail::unnamed() const {
    const auto make = [folder = folder_] { return Spool(folder); };
    return {
        .above = large_octets, .make = make, .resume = [make](const UidFlags&) { return make(); }};
}

imap::LargeMessages LargeMail::of_mailbox(AccountId account, std::string_view mailbox,
                                          UidValidity uid_validity) const {
    auto large = unnamed();
    large.resume = [this, place = fmt::format("{} {} {}", account.value, uid_validity, mailbox)](
                       const UidFlags& message) {
        return resume(fmt::format("{} {} {}", message.uid, message.size, place));
    };
    return large;
}

ContentId content_id_of(const imap::FetchedMessage& message) {
    return message.spool ? message.spool->digest() : sha256(message.raw);
}

ContentId canonical_of(const imap::FetchedMessage& fetched) {
    CanonicalDigest digest;
    if (!fetched.spool) {
        digest.add(fetched.raw);
        return digest.finish();
    }
    fetched.spool->read([&](std::string_view octets) {
        digest.add(octets);
        return true;
    });
    return digest.finish();
}

}  // namespace mailkeep::sync
