/* SPDX-License-Identifier: Apache-2.0 */
/* LD_PRELOAD library that numbers what a process does to its archive and to its server, and breaks
   it at one number. A step is a call that changes a file below MAILKEEP_FAULT_DATA (write, sync,
   allocate, truncate, create, make, rename, remove) or that connects or sends on a TCP socket.
     MAILKEEP_FAULT_LOG   file that gets a line for each step: number, call, what it was done to
     MAILKEEP_FAULT_AT    the step to break, from 1; 0 or absent: count only
     MAILKEEP_FAULT_HOW   error: the call fails, nothing was done (a socket is cut)
                          kill: SIGKILL before the call
                          tear: half of the octets are written or sent, then SIGKILL
                          slow: the call takes five seconds
   Not for sanitizer builds, which want to be the first library themselves. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum verdict { go_on, fail, tear };

static atomic_long steps_done;
static long step_to_break;
static const char* how = "error";
static const char* data_folder;
static int log_descriptor = -1;

__attribute__((constructor)) static void read_settings(void) {
    const char* at = getenv("MAILKEEP_FAULT_AT");
    const char* kind = getenv("MAILKEEP_FAULT_HOW");
    const char* log_file = getenv("MAILKEEP_FAULT_LOG");
    data_folder = getenv("MAILKEEP_FAULT_DATA");
    step_to_break = at ? atol(at) : 0;
    if (kind)
        how = kind;
    if (log_file)
        log_descriptor = (int)syscall(SYS_openat, AT_FDCWD, log_file,
                                      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

_Noreturn static void die(void) {
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    for (;;)
        pause();
}

/* One more step; what becomes of it. errno is kept, except by the caller on `fail`. */
static enum verdict step(const char* call, const char* object) {
    const int kept = errno;
    const long number = atomic_fetch_add(&steps_done, 1) + 1;
    if (log_descriptor >= 0) {
        char line[PATH_MAX + 64];
        const int length = snprintf(line, sizeof line, "%ld %s %s\n", number, call, object);
        syscall(SYS_write, log_descriptor, line, (size_t)length);
    }
    errno = kept;
    if (number != step_to_break)
        return go_on;
    if (strcmp(how, "kill") == 0)
        die();
    if (strcmp(how, "slow") == 0) {
        sleep(5);
        errno = kept;
        return go_on;
    }
    return strcmp(how, "tear") == 0 ? tear : fail;
}

static int is_below_data(const char* path) {
    char absolute[PATH_MAX];
    if (!data_folder)
        return 0;
    if (path[0] != '/') {
        char folder[PATH_MAX];
        if (!getcwd(folder, sizeof folder) ||
            snprintf(absolute, sizeof absolute, "%s/%s", folder, path) >= (int)sizeof absolute)
            return 0;
        path = absolute;
    }
    const size_t length = strlen(data_folder);
    return strncmp(path, data_folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* Whether the descriptor is one of ours, and its name in `object`. */
static int is_watched(int descriptor, char* object, size_t size) {
    struct stat status;
    const int kept = errno;
    int watched = 0;
    if (fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode)) {
        int family = 0;
        socklen_t length = sizeof family;
        getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &length);
        snprintf(object, size, "socket");
        watched = family == AF_INET || family == AF_INET6;
    } else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
        const ssize_t length = readlink(link, object, size - 1);
        if (length > 0) {
            object[length] = 0;
            watched = is_below_data(object);
        }
    }
    errno = kept;
    return watched;
}

static int is_socket(int descriptor) {
    struct stat status;
    return fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* What a failing write says: a full disk, or a connection the peer has cut. */
static int write_error(int descriptor) {
    if (!is_socket(descriptor))
        return ENOSPC;
    shutdown(descriptor, SHUT_RDWR);
    return ECONNRESET;
}

#define REAL(name) ((__typeof__(&name))real(#name))

static void* real(const char* name) {
    void* found = dlsym(RTLD_NEXT, name);
    if (!found) {
        dprintf(2, "fault_shim: no %s\n", name);
        abort();
    }
    return found;
}

/* For calls on a descriptor: the verdict, go_on where it is none of ours. */
static enum verdict step_on(const char* call, int descriptor) {
    char object[PATH_MAX];
    return is_watched(descriptor, object, sizeof object) ? step(call, object) : go_on;
}

/* The same for calls that cannot be torn: whether the call fails. */
static int fails_on(const char* call, int descriptor) {
    const enum verdict verdict = step_on(call, descriptor);
    if (verdict == tear)
        die();
    return verdict == fail;
}

/* For calls on a path. There is nothing to tear in them: that is a kill. */
static int fails_at(const char* call, int folder, const char* path) {
    char object[2 * PATH_MAX];
    if (folder != AT_FDCWD && path[0] != '/') {
        char base[PATH_MAX];
        if (!is_watched(folder, base, sizeof base))
            return 0;
        snprintf(object, sizeof object, "%s/%s", base, path);
        path = object;
    } else if (!is_below_data(path)) {
        return 0;
    }
    const enum verdict verdict = step(call, path);
    if (verdict == tear)
        die();
    return verdict == fail;
}

static int refuse(int error) {
    errno = error;
    return -1;
}

ssize_t write(int descriptor, const void* octets, size_t count) {
    switch (step_on("write", descriptor)) {
        case fail:
            return refuse(write_error(descriptor));
        case tear:
            (void)!REAL(write)(descriptor, octets, count / 2);
            die();
        default:
            return REAL(write)(descriptor, octets, count);
    }
}

ssize_t pwrite64(int descriptor, const void* octets, size_t count, off64_t offset) {
    switch (step_on("pwrite", descriptor)) {
        case fail:
            return refuse(ENOSPC);
        case tear:
            (void)!REAL(pwrite64)(descriptor, octets, count / 2, offset);
            die();
        default:
            return REAL(pwrite64)(descriptor, octets, count, offset);
    }
}

ssize_t pwrite(int descriptor, const void* octets, size_t count, off_t offset) {
    return pwrite64(descriptor, octets, count, offset);
}

/* Half of a vector: its first half of pieces, or half of the only one. */
_Noreturn static void tear_vector(int descriptor, const struct iovec* pieces, int count) {
    if (count > 1)
        (void)!REAL(writev)(descriptor, pieces, count / 2);
    else if (count == 1)
        (void)!REAL(write)(descriptor, pieces[0].iov_base, pieces[0].iov_len / 2);
    die();
}

ssize_t writev(int descriptor, const struct iovec* pieces, int count) {
    switch (step_on("writev", descriptor)) {
        case fail:
            return refuse(write_error(descriptor));
        case tear:
            tear_vector(descriptor, pieces, count);
        default:
            return REAL(writev)(descriptor, pieces, count);
    }
}

ssize_t send(int descriptor, const void* octets, size_t count, int flags) {
    switch (step_on("send", descriptor)) {
        case fail:
            return refuse(write_error(descriptor));
        case tear:
            (void)!REAL(send)(descriptor, octets, count / 2, flags);
            die();
        default:
            return REAL(send)(descriptor, octets, count, flags);
    }
}

ssize_t sendto(int descriptor, const void* octets, size_t count, int flags,
               const struct sockaddr* peer, socklen_t length) {
    switch (step_on("sendto", descriptor)) {
        case fail:
            return refuse(write_error(descriptor));
        case tear:
            (void)!REAL(sendto)(descriptor, octets, count / 2, flags, peer, length);
            die();
        default:
            return REAL(sendto)(descriptor, octets, count, flags, peer, length);
    }
}

ssize_t sendmsg(int descriptor, const struct msghdr* message, int flags) {
    switch (step_on("sendmsg", descriptor)) {
        case fail:
            return refuse(write_error(descriptor));
        case tear:
            tear_vector(descriptor, message->msg_iov, (int)message->msg_iovlen);
        default:
            return REAL(sendmsg)(descriptor, message, flags);
    }
}

int connect(int descriptor, const struct sockaddr* peer, socklen_t length) {
    return fails_on("connect", descriptor) ? refuse(ECONNREFUSED)
                                           : REAL(connect)(descriptor, peer, length);
}

int fsync(int descriptor) {
    return fails_on("fsync", descriptor) ? refuse(EIO) : REAL(fsync)(descriptor);
}

int fdatasync(int descriptor) {
    return fails_on("fdatasync", descriptor) ? refuse(EIO) : REAL(fdatasync)(descriptor);
}

int fallocate64(int descriptor, int mode, off64_t offset, off64_t length) {
    return fails_on("fallocate", descriptor) ? refuse(ENOSPC)
                                             : REAL(fallocate64)(descriptor, mode, offset, length);
}

int fallocate(int descriptor, int mode, off_t offset, off_t length) {
    return fallocate64(descriptor, mode, offset, length);
}

/* Unlike its neighbours this one returns the error. */
int posix_fallocate64(int descriptor, off64_t offset, off64_t length) {
    return fails_on("posix_fallocate", descriptor)
               ? ENOSPC
               : REAL(posix_fallocate64)(descriptor, offset, length);
}

int posix_fallocate(int descriptor, off_t offset, off_t length) {
    return posix_fallocate64(descriptor, offset, length);
}

int ftruncate64(int descriptor, off64_t length) {
    return fails_on("ftruncate", descriptor) ? refuse(EIO) : REAL(ftruncate64)(descriptor, length);
}

int ftruncate(int descriptor, off_t length) {
    return ftruncate64(descriptor, length);
}

static int opens_new(const char* call, int folder, const char* path, int flags) {
    struct stat status;
    return (flags & O_CREAT) && fstatat(folder, path, &status, 0) != 0 &&
           fails_at(call, folder, path);
}

#define MODE_OF(flags, mode)                       \
    mode_t mode = 0;                               \
    if ((flags) & (O_CREAT | O_TMPFILE)) {         \
        va_list rest;                              \
        va_start(rest, flags);                     \
        mode = (mode_t)va_arg(rest, unsigned int); \
        va_end(rest);                              \
    }

int open64(const char* path, int flags, ...) {
    MODE_OF(flags, mode)
    if (opens_new("open", AT_FDCWD, path, flags))
        return refuse(ENOSPC);
    return REAL(open64)(path, flags, mode);
}

int open(const char* path, int flags, ...) {
    MODE_OF(flags, mode)
    if (opens_new("open", AT_FDCWD, path, flags))
        return refuse(ENOSPC);
    return REAL(open)(path, flags, mode);
}

int openat64(int folder, const char* path, int flags, ...) {
    MODE_OF(flags, mode)
    if (opens_new("openat", folder, path, flags))
        return refuse(ENOSPC);
    return REAL(openat64)(folder, path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
    MODE_OF(flags, mode)
    if (opens_new("openat", folder, path, flags))
        return refuse(ENOSPC);
    return REAL(openat)(folder, path, flags, mode);
}

int mkdir(const char* path, mode_t mode) {
    return fails_at("mkdir", AT_FDCWD, path) ? refuse(ENOSPC) : REAL(mkdir)(path, mode);
}

int rename(const char* from, const char* to) {
    return fails_at("rename", AT_FDCWD, to) ? refuse(EIO) : REAL(rename)(from, to);
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) {
    return fails_at("renameat", to_folder, to) ? refuse(EIO)
                                               : REAL(renameat)(from_folder, from, to_folder, to);
}

int unlink(const char* path) {
    return fails_at("unlink", AT_FDCWD, path) ? refuse(EIO) : REAL(unlink)(path);
}

int unlinkat(int folder, const char* path, int flags) {
    return fails_at("unlinkat", folder, path) ? refuse(EIO) : REAL(unlinkat)(folder, path, flags);
}

int remove(const char* path) {
    return fails_at("remove", AT_FDCWD, path) ? refuse(EIO) : REAL(remove)(path);
}
