// SPDX-License-Identifier: Apache-2.0
// SQLite's door to a CrashVolume: a VFS around the system's, which asks the volume before each call
// that may fail and tells it what was done. Locks and shared memory are the system's own.
#pragma once

namespace mailkeep::test {

/// Makes it what SQLite uses from now on in this process; databases outside the folder of a volume
/// notice nothing. Once is enough, more do no harm.
void use_crash_vfs();

}  // namespace mailkeep::test
