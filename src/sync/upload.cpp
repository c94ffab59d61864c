// SPDX-License-Identifier: Apache-2.0
#include "upload.hpp"

#include "mailkeep/mail/encoded_fields.hpp"
#include "mailkeep/mail/message.hpp"

#include "recognition.hpp"

namespace mailkeep::sync {

namespace {

/// Larger messages are not held in memory.
constexpr std::uint64_t held_in_memory = std::uint64_t{1} << 20U;

using Sink = std::function<void(std::string_view)>;

/// Whether there are fields to encode. Another restore has to know the message again, so its size
/// must stay about the same.
bool encode_fields(std::string& message, Octets octets) {
    const auto header = mail::header_octets(message);
    if (!mail::has_8bit(header)) {
        return false;
    }
    const auto encoded = mail::encode_8bit_fields(header);
    if (!may_be_size(message.size() - header.size() + encoded.size(), message.size())) {
        return false;
    }
    if (octets == Octets::altered) {
        message.replace(0, header.size(), encoded);
    }
    return true;
}

}  // namespace

bool is_alterable(const Upload& upload) {
    return !upload.is_altered && (upload.has_nul || upload.has_8bit_fields);
}

Upload make_upload(const archive::Archive& archive, const RestoreItem& item, Place place,
                   Octets octets) {
    const auto nul = octets == Octets::altered ? Nul::replaced : Nul::as_it_is;
    Upload upload{.place = place, .outgoing = {}, .octets = {}};
    std::uint64_t size = 0;
    WireForm form(nul);
    const auto read_into = [&archive, &item](WireForm& wire, const Sink& sink) {
        archive.read(item.message, [&](std::string_view piece) { wire.add(piece, sink); });
    };
    if (item.message.size <= held_in_memory) {
        upload.octets = std::make_unique<std::string>();
        auto& held = *upload.octets;
        held.reserve(item.message.size);
        read_into(form, [&](std::string_view piece) { held += piece; });
        upload.has_8bit_fields = encode_fields(held, octets);
        size = held.size();
        upload.outgoing.text.read = [&held](const Sink& sink) { sink(held); };
    } else {
        read_into(form, [](std::string_view) {});
        upload.outgoing.text.read = [read_into, nul](const Sink& sink) {
            WireForm again(nul);
            read_into(again, sink);
        };
        size = form.size();
    }
    upload.outgoing.text.size = size;
    upload.outgoing.date = item.internal_date;
    upload.has_nul = form.has_nul();
    upload.has_bare_lf = form.has_bare_lf();
    upload.is_altered = octets == Octets::altered && (upload.has_nul || upload.has_8bit_fields);
    return upload;
}

ContentId canonical_digest(const Upload& upload) {
    CanonicalDigest digest;
    upload.outgoing.text.read([&](std::string_view octets) { digest.add(octets); });
    return digest.finish();
}

}  // namespace mailkeep::sync
