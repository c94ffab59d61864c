# SPDX-License-Identifier: Apache-2.0
"""How fast Mailkeep follows an IMAP account, beside mbsync and beside a reader that throws the octets
away, in one run against a Dovecot of its own on loopback. Starts all it needs.

    python3 tests/bench/imap.py --messages 50000 --mailboxes 60
    python3 tests/bench/imap.py --messages 300000 --mailboxes 200 --mean 1500
    python3 tests/bench/imap.py --messages 3000 --delay 50

Prints seconds by the clock until all mail is durable and verified, the most memory the process had, and
ratios; for mailkeep also when its search index had followed. mbsync (no TLS) is taken at its best with
its mail in memory, with its mail on the disk beside Mailkeep's archive but without fsync, and as it is
installed.
"""

import argparse
import concurrent.futures
import contextlib
import datetime
import email.utils
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from delay import DelayedLine  # noqa: E402  (after the path)
from dovecot import PASSWORD, Dovecot  # noqa: E402

_FIRST = datetime.datetime(2018, 1, 1, tzinfo=datetime.timezone.utc)
_HOST = "127.0.0.4"  # where that Dovecot offers no TLS
_WORDS = ("the archive keeps what a server has shown and gives it back as it was to anybody who lost "
          "mail once because a disk broke or a hand slipped or a provider went away over night").split()


def make_message(random_, number, mean):
    """Text of some words: its size spreads as that of mail does, its octets compress as they do."""
    size = min(max(int(random_.lognormvariate(0, 1) * mean / 1.65), 300), 2_000_000)
    lines = []
    while size > 0:
        line = " ".join(random_.choices(_WORDS, k=9)) + f" {random_.getrandbits(32):x}"
        lines.append(line)
        size -= len(line) + 2
    date = email.utils.format_datetime(_FIRST + number * datetime.timedelta(minutes=7))
    head = (f"From: sender{number % 97}@example.org\r\nTo: me@example.net\r\nDate: {date}\r\n"
            f"Subject: message {number}\r\nMessage-ID: <{number}.bench@example.org>\r\n\r\n")
    return (head + "\r\n".join(lines) + "\r\n").encode()


def fill(home, messages, mailboxes, mean):
    """Writes Maildirs as the server would; returns the octets of all messages."""
    random_ = random.Random(1)
    octets = 0
    for box in range(mailboxes):
        name = "" if box == 0 else f".box{box:03}"
        folder = home / "Maildir" / name
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        for number in range(box, messages, mailboxes):
            raw = make_message(random_, number, mean)
            octets += len(raw)
            (folder / "cur" / f"{1780000000 + number}.M{number}.bench,S={len(raw)}:2,S").write_bytes(raw)
    return octets


class Reader:
    """Asks for every message, commands far ahead of the answers, and counts octets."""

    def __init__(self, port, user):
        self._socket = socket.create_connection((_HOST, port))
        self._buffer = b""
        self._run(f'a LOGIN {user} "{PASSWORD}"', b"a ")

    def _run(self, command, mark):
        self._socket.sendall(command.encode() + b"\r\n")
        return self._until(mark)

    def _until(self, mark):
        """Reads to the line that begins with the mark; only the end of what was read is looked at."""
        octets = 0
        tail = b"\n"
        while True:
            piece = self._socket.recv(1 << 20)
            if not piece:
                raise RuntimeError("the server has closed the connection")
            octets += len(piece)
            tail = (tail + piece)[-4096:]
            at = tail.rfind(b"\n" + mark)
            if at >= 0 and tail.endswith(b"\n"):
                return octets

    def read(self, boxes):
        octets = 0
        for number, box in enumerate(boxes):
            self._run(f'b{number} EXAMINE "{box}"', f"b{number} ".encode())
            octets += self._run(f"c{number} UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])",
                                f"c{number} ".encode())
        return octets


def read_all(port, user, boxes):
    return Reader(port, user).read(boxes)


def timed(work):
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def run(command, env=None):
    """Seconds to the result, which mailkeep tells when all is durable and verified, seconds to the end
    (then its search index has followed), and the most memory in MiB; the program must succeed."""
    with tempfile.TemporaryFile() as told:
        begun = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=told,
                                   env={**os.environ, **(env or {})})
        has_result = process.stdout.readline() != b""
        to_result = time.monotonic() - begun
        process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        to_end = time.monotonic() - begun
        if status != 0:
            told.seek(0)
            raise RuntimeError(f"{command}: {told.read()[-2000:].decode(errors='replace')}")
    return to_result if has_result else to_end, to_end, usage.ru_maxrss / 1024


def mbsync_config(folder, store, port, user, fsync, sync="Pull"):
    store.mkdir(parents=True, exist_ok=True)
    config = folder / f"mbsyncrc-{store.name}"
    config.write_text(f"""{'' if fsync else 'FSync no'}
IMAPStore far
Host {_HOST}
Port {port}
User {user}
Pass {PASSWORD}
SSLType None
AuthMechs LOGIN

MaildirStore near
Path {store}/
Inbox {store}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Sync {sync}
Create Near
SyncState *
""")
    return ["mbsync", "-q", "-c", str(config), "-a"]


def change(server, user):
    """Ten messages more in INBOX and the flags of a hundred others."""
    inbox = server.home(user) / "Maildir"
    random_ = random.Random(2)
    for number in range(10):
        raw = make_message(random_, 9_000_000 + number, 2000)
        (inbox / "new" / f"{1790000000 + number}.N{time.monotonic_ns()}.bench").write_bytes(raw)
    server.doveadm("flags", "add", "-u", user, "\\Flagged", "mailbox", "INBOX", "uid", "1:100")


def bench(options):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mailkeep-bench-", dir=options.folder))
    memory = pathlib.Path(tempfile.mkdtemp(prefix="mailkeep-bench-", dir="/dev/shm"))
    folder.chmod(0o755)
    raw = None

    def tell(name, seconds, to_end=None, most=0):
        memory_text = f"{most:8.0f} MiB" if most else ""
        end_text = f", indexed after {to_end:.2f} s" if to_end and to_end > seconds + 0.1 else ""
        ratio = f"{seconds / raw:7.2f} x two raw connections" if raw else ""
        print(f"{name:<36}{seconds:9.2f} s {ratio}{memory_text}{end_text}", flush=True)

    try:
        with Dovecot() as server, contextlib.ExitStack() as line:
            user = server.new_user()
            octets = fill(server.home(user), options.messages, options.mailboxes, options.mean)
            server.own_mail(user)
            server.doveadm("index", "-u", user, "*")
            boxes = ["INBOX"] + [f"box{box:03}" for box in range(1, options.mailboxes)]
            port = server.ports["imap"]
            if options.delay:
                port = line.enter_context(DelayedLine(_HOST, port, options.delay)).port
            print(f"{options.messages} messages, {octets / 1e6:.0f} MB, {options.mailboxes} mailboxes"
                  + (f", {options.delay:g} ms a round trip" if options.delay else ""))
            tell("read only, 1 connection", timed(lambda: read_all(port, user, boxes)))
            with concurrent.futures.ProcessPoolExecutor(2) as pool:
                halves = [boxes[::2], boxes[1::2]]
                raw = timed(lambda: list(pool.map(read_all, [port] * 2, [user] * 2, halves)))
            tell("read only, 2 connections", raw)

            keep = [options.binary, "--data", str(folder / "data")]
            run([*keep, "init"])
            run([*keep, "account", "add", "bench", f"imap://{user}@{_HOST}:{port}",
                 "--insecure-plaintext", "--password-env", "BENCH"], {"BENCH": PASSWORD})
            peers = {"mailkeep": [*keep, "backup", "--json"]}
            if options.one_connection:
                peers["mailkeep"] += ["--connections", "1"]
            if shutil.which("mbsync"):
                for name, place, fsync in (("in memory", memory, False), ("no fsync", folder, False),
                                           ("as installed", folder, True)):
                    store = place / name.replace(" ", "-")
                    peers[f"mbsync, {name}"] = mbsync_config(folder, store, port, user, fsync)
            for step in ("first run", "unchanged", "unchanged again", "10 new, 100 flags"):
                if step.startswith("10"):
                    change(server, user)
                for name, command in peers.items():
                    tell(f"{step}: {name}", *run(command))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(memory, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--mailboxes", type=int, default=20)
    parser.add_argument("--mean", type=int, default=24000, help="octets of a message, on average")
    parser.add_argument("--binary", default="build/bench/mailkeep")
    parser.add_argument("--delay", type=float, default=0, help="milliseconds of a round trip")
    parser.add_argument("--one-connection", action="store_true", help="mailkeep opens one only")
    parser.add_argument("--folder", help="where archive and Maildir are made: on the disk to measure")
    bench(parser.parse_args())


if __name__ == "__main__":
    main()
