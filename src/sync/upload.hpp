// SPDX-License-Identifier: Apache-2.0
// A message made ready to be appended. Small ones are in memory, of large ones only a look at all
// octets was taken; they are read again while they are sent.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/imap/write_session.hpp"

#include "wanted_messages.hpp"
#include "wire_form.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace mailkeep::sync {

struct Upload {
    Place place = 0;
    imap::Outgoing outgoing;
    bool has_nul = false;
    bool has_bare_lf = false;             ///< sent as CRLF
    bool has_8bit_fields = false;         ///< in its header; not told of large ones
    bool is_altered = false;              ///< NULs were replaced, and such fields encoded
    std::unique_ptr<std::string> octets;  ///< null: they are read from the archive
};

/// What of a message is sent otherwise where servers refuse it.
enum class Octets { as_they_are, altered };

/// Whether altered octets would be others.
[[nodiscard]] bool is_alterable(const Upload& upload);

/// Borrows the item. Error{corrupt} or Error{not_found} when the archive cannot give it whole.
[[nodiscard]] Upload make_upload(const archive::Archive& archive, const RestoreItem& item,
                                 Place place, Octets octets);

[[nodiscard]] ContentId canonical_digest(const Upload& upload);

}  // namespace mailkeep::sync
