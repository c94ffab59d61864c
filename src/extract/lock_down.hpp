// SPDX-License-Identifier: Apache-2.0
// A process that reads what strangers made holds nothing and can do nothing but compute: no
// sockets, no other process, no file opened for writing, 512 MiB, 10 s of the processor, no core
// file. Landlock leaves it only the system's libraries to read. Where the kernel has none, the
// worker opens no file at all, and pdftotext, which must load its libraries, what its user may
// read; all it could do with that is to let its own text say so. Where there is no seccomp, nothing
// is extracted.
#pragma once

namespace mailkeep::extract {

/// worker: reads requests. pdf: becomes pdftotext.
enum class Task { worker, pdf };

/// Far above the descriptors that either may open, so that no other can come to have this number.
inline constexpr int program_descriptor = 64;

/// For good. Before anything is read, and with one thread. Task::pdf may call fexecve on
/// program_descriptor, once: it must be open, and be closed by that. False: this machine cannot,
/// and nothing may be read.
[[nodiscard]] bool lock_down(Task task);

}  // namespace mailkeep::extract
