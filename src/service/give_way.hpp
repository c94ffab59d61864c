// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mailkeep::service {

/// Of this thread only: processor and disk go to whoever else wants them first. Not the idle class,
/// which may get nothing for ever: a backup waits while the catalog follows.
void give_way();

}  // namespace mailkeep::service
