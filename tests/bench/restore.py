# SPDX-License-Identifier: Apache-2.0
"""How fast Mailkeep gives mail back to an empty account, beside a plain MULTIAPPEND, doveadm import and
mbsync, in one run against a Dovecot of its own on loopback. Starts all it needs.

    python3 tests/bench/restore.py --messages 5000
    python3 tests/bench/restore.py --messages 1000 --delay 50

Prints seconds by the clock until the server has all, and ratios to the plain MULTIAPPEND, which knows
what it sends and keeps no account of it. mbsync pushes at its best (no TLS, no fsync).
"""

import argparse
import contextlib
import pathlib
import random
import shutil
import socket
import tempfile

from delay import DelayedLine
from imap import _HOST, PASSWORD, Dovecot, fill, make_message, mbsync_config, run, timed

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

    def append(self, raws):
        for begin in range(0, len(raws), _TOGETHER):
            pieces = [b' (\\Seen) "01-Jun-2026 10:00:00 +0000" {%d+}\r\n%s' % (len(raw), raw)
                      for raw in raws[begin:begin + _TOGETHER]]
            self._command(b"b%d" % begin, b"APPEND INBOX" + b"".join(pieces))


def bench(options):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mailkeep-bench-", dir=options.folder))
    folder.chmod(0o755)
    raw = None

    def tell(name, seconds):
        ratio = f"{seconds / raw:7.2f} x plain MULTIAPPEND" if raw else ""
        print(f"{name:<28}{seconds:9.2f} s {ratio}", flush=True)

    try:
        with Dovecot() as server, contextlib.ExitStack() as line:
            port = server.ports["imap"]
            if options.delay:
                port = line.enter_context(DelayedLine(_HOST, port, options.delay)).port
            random_ = random.Random(1)
            raws = [make_message(random_, n, options.mean) for n in range(options.messages)]
            print(f"{len(raws)} messages, {sum(map(len, raws)) / 1e6:.0f} MB"
                  + (f", {options.delay:g} ms a round trip" if options.delay else ""))
            source = server.new_user()
            fill(server.home(source), options.messages, 1, options.mean)
            server.own_mail(source)
            keep = [options.binary, "--data", str(folder / "data")]
            run([*keep, "init"])
            run([*keep, "account", "add", "bench",
                 f"imap://{source}@{_HOST}:{server.ports['imap']}", "--insecure-plaintext",
                 "--password-env", "BENCH"], {"BENCH": PASSWORD})
            run([*keep, "backup", "--json"])

            appender = Appender(port, server.new_user())
            raw = timed(lambda: appender.append(raws))
            tell("plain MULTIAPPEND", raw)
            for number in range(options.times):
                target = server.new_user()
                url = f"imap://{target}@{_HOST}:{port}"
                restore = [*keep, "restore", "--to", url, "--insecure-plaintext", "--password-env",
                           "BENCH", "--json"]
                tell("mailkeep restore", run(restore, {"BENCH": PASSWORD})[0])
                tell("mailkeep restore again", run(restore, {"BENCH": PASSWORD})[0])
            if not options.delay:
                target = server.new_user()
                store = server.home(source) / "Maildir"
                tell("doveadm import", timed(lambda: server.doveadm(
                    "import", "-u", target, f"maildir:{store}", "", "all")))
            if shutil.which("mbsync") and not options.no_mbsync:
                near = folder / "near"
                shutil.copytree(server.home(source) / "Maildir", near / "INBOX",
                                ignore=shutil.ignore_patterns("dovecot*"))
                target = server.new_user()
                tell("mbsync push, at its best", run(
                    mbsync_config(folder, near, port, target, False, "Push"))[0])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--mean", type=int, default=24000, help="octets of a message, on average")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--binary", default="build/bench/mailkeep")
    parser.add_argument("--delay", type=float, default=0, help="milliseconds of a round trip")
    parser.add_argument("--no-mbsync", action="store_true")
    parser.add_argument("--folder", help="where the archive is made: on the disk to measure")
    bench(parser.parse_args())


if __name__ == "__main__":
    main()
