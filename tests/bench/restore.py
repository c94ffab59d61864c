# SPDX-License-Identifier: Apache-2.0
"""How fast Mailkeep gives mail back to an empty account, beside a plain MULTIAPPEND, doveadm import and
mbsync, in one run against a Dovecot of its own on loopback. Starts all it needs.

    python3 tests/bench/restore.py --messages 5000
    python3 tests/bench/restore.py --messages 1000 --delay 50

Prints seconds by the clock until the server has all, the best of --times rounds, the most memory, and
ratios to the plain MULTIAPPEND by one connection, which knows what it sends and keeps no account of it.
mbsync pushes at its best (no TLS, no fsync). With TMPDIR=/dev/shm no disk stands in the way of the server.
"""

import argparse
import contextlib
import os
import pathlib
import shutil
import socket
import tempfile

from delay import DelayedLine
from imap import _HOST, PASSWORD, Dovecot, fill, mbsync_config, run, timed

_TOGETHER = 100


class Appender:
    """MULTIAPPEND with literals that do not wait: as fast as a client can be that does nothing else."""

    def __init__(self, port, user):
        self._socket = socket.create_connection((_HOST, port))
        self._answers = self._socket.makefile("rb")
        self._command(b"a", b'LOGIN %s "%s"' % (user.encode(), PASSWORD.encode()))

    def _command(self, tag, text):
        self._socket.sendall(tag + b" " + text + b"\r\n")
        while not (line := self._answers.readline()).startswith(tag + b" "):
            if not line:
                raise RuntimeError("the server has closed the connection")
        if b" OK" not in line:
            raise RuntimeError(line)

    def append(self, files):
        """From files, as all the others: octets held here would count as memory of what is run."""
        for begin in range(0, len(files), _TOGETHER):
            raws = [file.read_bytes() for file in files[begin:begin + _TOGETHER]]
            pieces = [b' (\\Seen) "01-Jun-2026 10:00:00 +0000" {%d+}\r\n%s' % (len(raw), raw)
                      for raw in raws]
            self._command(b"b%d" % begin, b"APPEND INBOX" + b"".join(pieces))


def bench(options):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mailkeep-bench-", dir=options.folder))
    folder.chmod(0o755)
    found = {}

    def note(name, seconds, _end=None, memory=0):
        """The best of all rounds counts: what comes on top is the disk still writing, or others."""
        best, most = found.get(name, (seconds, 0))
        found[name] = min(best, seconds), max(most, memory)

    try:
        with Dovecot() as server, contextlib.ExitStack() as line:
            port = server.ports["imap"]
            if options.delay:
                port = line.enter_context(DelayedLine(_HOST, port, options.delay)).port
            source = server.new_user()
            octets = fill(server.home(source), options.messages, 1, options.mean)
            print(f"{options.messages} messages, {octets / 1e6:.0f} MB"
                  + (f", {options.delay:g} ms a round trip" if options.delay else ""))
            server.own_mail(source)
            keep = [options.binary, "--data", str(folder / "data")]
            run([*keep, "init"])
            run([*keep, "account", "add", "bench",
                 f"imap://{source}@{_HOST}:{server.ports['imap']}", "--insecure-plaintext",
                 "--password-env", "BENCH"], {"BENCH": PASSWORD})
            run([*keep, "backup", "--json"])

            near = folder / "near"
            shutil.copytree(server.home(source) / "Maildir", near / "INBOX",
                            ignore=shutil.ignore_patterns("dovecot*"))
            files = sorted((near / "INBOX" / "cur").iterdir())
            for number in range(options.times):
                appender = Appender(port, server.new_user())
                os.sync()
                note("plain MULTIAPPEND", timed(lambda: appender.append(files)))
                target = server.new_user()
                url = f"imap://{target}@{_HOST}:{port}"
                restore = [*keep, "restore", "--to", url, "--insecure-plaintext", "--password-env",
                           "BENCH", "--json"]
                for name in ("mailkeep restore", "mailkeep restore again"):
                    os.sync()
                    note(name, *run(restore, {"BENCH": PASSWORD}))
                if not options.delay:
                    target = server.new_user()
                    store = server.home(source) / "Maildir"
                    os.sync()
                    note("doveadm import", timed(lambda: server.doveadm(
                        "import", "-u", target, f"maildir:{store}", "", "all")))
                if shutil.which("mbsync") and not options.no_mbsync:
                    other = folder / f"near{number}"
                    shutil.copytree(near, other)
                    push = mbsync_config(folder, other, port, server.new_user(), False, "Push")
                    os.sync()
                    note("mbsync push, at its best", *run(push)[:1])
            for name, (seconds, memory) in found.items():
                ratio = seconds / found["plain MULTIAPPEND"][0]
                print(f"{name:<28}{seconds:9.2f} s {ratio:7.2f} x plain MULTIAPPEND"
                      + (f" {memory:8.0f} MiB" if memory else ""), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--mean", type=int, default=24000, help="octets of a message, on average")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--binary", default="build/bench/mailkeep")
    parser.add_argument("--delay", type=float, default=0, help="milliseconds of a round trip")
    parser.add_argument("--no-mbsync", action="store_true")
    parser.add_argument("--folder", help="where the archive is made: on the disk to measure")
    bench(parser.parse_args())


if __name__ == "__main__":
    main()
