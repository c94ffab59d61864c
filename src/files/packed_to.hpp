// SPDX-License-Identifier: Apache-2.0
// What a packer writes to, and how that is finished.
#pragma once

#include "mailkeep/files/destination.hpp"

#include <functional>
#include <string>

namespace mailkeep::files {

struct PackedTo {
    OctetSink write;
    /// Takes a note that goes beside; null: notes go into what is packed, or nowhere.
    std::function<void(const std::string& name, const Spool& text)> beside;
    std::function<void()> finish;
};

}  // namespace mailkeep::files
