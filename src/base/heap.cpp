// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/heap.hpp"

#include <malloc.h>

namespace mailkeep {

void trim_heap() {
    static_cast<void>(malloc_trim(0));
}

}  // namespace mailkeep
