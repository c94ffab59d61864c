// SPDX-License-Identifier: Apache-2.0
// libarchive takes names for what the locale of the thread says they are, and can neither give nor
// take others.
#pragma once

#include <locale.h>

#include <clocale>

namespace mailkeep::files {

/// While it lives, the names of this thread are UTF-8.
class Utf8Names {
  public:
    Utf8Names() {
        // one for the process, never freed
        static const ::locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
        before_ = utf8 == nullptr ? nullptr : ::uselocale(utf8);
    }

    ~Utf8Names() {
        if (before_ != nullptr) {
            ::uselocale(before_);
        }
    }

    Utf8Names(const Utf8Names&) = delete;
    Utf8Names& operator=(const Utf8Names&) = delete;

  private:
    ::locale_t before_ = nullptr;
};

}  // namespace mailkeep::files
