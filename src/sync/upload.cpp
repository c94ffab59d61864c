// SPDX-License-Identifier: Apache-2.0
#include "upload.hpp"

namespace mailkeep::sync {

namespace {

/// Larger messages are not held in memory.
constexpr std::uint64_t held_in_memory = std::uint64_t{1} << 20U;

using Sink = std::function<void(std::string_view)>;

}  // namespace

Upload make_upload(const archive::Archive& archive, const RestoreItem& item, std::size_t place,
                   Nul nul) {
    Upload upload{.place = place, .outgoing = {}, .octets = {}};
    WireForm form(nul);
    const auto read_into = [&archive, &item](WireForm& wire, const Sink& sink) {
        archive.read(item.message, [&](std::string_view octets) { wire.add(octets, sink); });
    };
    if (item.message.size <= held_in_memory) {
        upload.octets = std::make_unique<std::string>();
        auto& held = *upload.octets;
        held.reserve(item.message.size);
        read_into(form, [&](std::string_view octets) { held += octets; });
        upload.outgoing.text.read = [&held](const Sink& sink) { sink(held); };
    } else {
        read_into(form, [](std::string_view) {});
        upload.outgoing.text.read = [read_into, nul](const Sink& sink) {
            WireForm again(nul);
            read_into(again, sink);
        };
    }
    upload.outgoing.text.size = form.size();
    upload.outgoing.date = item.internal_date;
    upload.has_nul = form.has_nul();
    upload.has_bare_lf = form.has_bare_lf();
    upload.is_altered = form.has_nul() && nul == Nul::replaced;
    return upload;
}

ContentId canonical_digest(const Upload& upload) {
    CanonicalDigest digest;
    upload.outgoing.text.read([&](std::string_view octets) { digest.add(octets); });
    return digest.finish();
}

}  // namespace mailkeep::sync
