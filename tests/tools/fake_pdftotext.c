// SPDX-License-Identifier: Apache-2.0
// Stands in for pdftotext: does what the "PDF" on its standard input says, and tells how far it got.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

extern char** environ;

static void tell(const char* what, int is_done) {
    printf("%s-%s\n", what, is_done ? "allowed" : "refused");
}

/// Everything that one who took the program over would want.
static void escape(void) {
    char* const arguments[] = {"/bin/true", NULL};
    const struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};
    tell("socket", socket(AF_INET, SOCK_STREAM, 0) >= 0);
    tell("localsocket", socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
    tell("write", open("/tmp/mailkeep-escaped", O_WRONLY | O_CREAT, 0600) >= 0);
    tell("passwd", open("/etc/passwd", O_RDONLY) >= 0);
    tell("kill", kill(getppid(), 0) == 0);
    tell("limit", setrlimit(RLIMIT_CPU, &more) == 0);
    tell("owner", fcntl(STDOUT_FILENO, F_SETOWN, getppid()) == 0);
    tell("environment", environ[0] != NULL);
    tell("descriptor", fcntl(3, F_GETFD) >= 0 || fcntl(64, F_GETFD) >= 0);
    const pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    tell("fork", child > 0);
    fflush(stdout);
    execv(arguments[0], arguments);
    tell("exec", 0);
}

int main(void) {
    char order[4096] = {0};
    const ssize_t count = read(STDIN_FILENO, order, sizeof order - 1);
    if (count <= 0) {
        return 2;
    }
    if (strstr(order, "escape") != NULL) {
        escape();
    } else if (strstr(order, "loop") != NULL) {
        for (volatile unsigned turns = 0;; ++turns) {
        }
    } else if (strstr(order, "flood") != NULL) {
        for (;;) {
            puts("flooded");
        }
    } else if (strstr(order, "memory") != NULL) {
        tell("memory", mmap(NULL, 600U << 20, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    } else if (strstr(order, "crash") != NULL) {
        abort();
    } else if (strstr(order, "refuse") != NULL) {
        return 1;
    } else {
        puts("faketext");
    }
    return 0;
}
