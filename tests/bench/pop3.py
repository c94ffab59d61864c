# SPDX-License-Identifier: Apache-2.0
"""How fast Mailkeep collects a maildrop and deletes it, beside mpop, fetchmail and getmail (those that
are installed) and beside a reader that throws the octets away, in one run against a Dovecot of its own
on loopback. Starts all it needs.

    python3 tests/bench/pop3.py --messages 10000
    python3 tests/bench/pop3.py --messages 3000 --delay 50

Prints seconds by the clock until all is archived, verified and deleted, and ratios to the reader; for
mailkeep also when its search index had followed. Everybody has a maildrop of their own, all with
the same messages, and leaves it empty.
"""

import argparse
import contextlib
import os
import pathlib
import shutil
import socket
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import client  # noqa: E402  (after the path)
from delay import DelayedLine  # noqa: E402
from dovecot import PASSWORD, Dovecot  # noqa: E402
from imap import fill, run, timed  # noqa: E402

_HOST = "127.0.0.4"  # where that Dovecot offers no TLS
_WINDOW = 128  # commands ahead of their answers


class Reader:
    """Retrieves every message and deletes it, commands far ahead of the answers."""

    def __init__(self, port, user):
        self._socket = socket.create_connection((_HOST, port))
        self._line()
        for command in (f"USER {user}", f"PASS {PASSWORD}"):
            self._send(command)
            if not self._line().startswith(b"+OK"):
                raise RuntimeError(f"the server refuses {command.split()[0]}")

    def _send(self, *commands):
        self._socket.sendall("".join(f"{command}\r\n" for command in commands).encode())

    def _line(self):
        line = b""
        while not line.endswith(b"\n"):
            line += self._socket.recv(4096)
        return line

    def _ask_for_each(self, verb, count, mark):
        """Only the ends of answers are looked for; a text holds its own nowhere else."""
        asked = answered = 0
        tail = b""
        while answered < count:
            if asked < count and asked - answered < _WINDOW // 2:
                more = range(asked + 1, min(count, answered + _WINDOW) + 1)
                self._send(*(f"{verb} {number}" for number in more))
                asked = more[-1]
            piece = self._socket.recv(1 << 20)
            if not piece:
                raise RuntimeError("the server has closed the connection")
            seen = tail + piece
            answered += seen.count(mark)
            cut = seen.rfind(mark) + len(mark) if mark in seen else 0
            tail = seen[max(cut, len(seen) - len(mark) + 1):]

    def collect(self):
        self._send("STAT")
        count = int(self._line().split()[1])
        self._ask_for_each("RETR", count, b"\r\n.\r\n")
        self._ask_for_each("DELE", count, b"+OK")
        self._send("QUIT")
        self._line()


def mailkeep(options, folder, port, user):
    keep = [options.binary, "--data", str(folder / "data")]
    run([*keep, "init"])
    run([*keep, "account", "add", "bench", f"pop3://{user}@{_HOST}:{port}",
         "--insecure-plaintext", "--password-env", "BENCH", "--delete-from-server", "archived"],
        {"BENCH": PASSWORD})
    return [*keep, "backup", "--json"]


def mpop(_options, folder, port, user):
    (folder / "mpop/cur").mkdir(parents=True)
    (folder / "mpop/new").mkdir()
    (folder / "mpop/tmp").mkdir()
    config = folder / "mpoprc"
    config.write_text(f"account default\nhost {_HOST}\nport {port}\nuser {user}\n"
                      f"password {PASSWORD}\nauth user\ntls off\nkeep off\n"
                      f"delivery maildir {folder}/mpop\nuidls_file {folder}/uidls\n")
    config.chmod(0o600)
    return ["mpop", "-q", "-C", str(config)]


def fetchmail(_options, folder, port, user):
    config = folder / "fetchmailrc"
    config.write_text(f'set no syslog\npoll {_HOST} protocol pop3 service {port}:\n'
                      f'  user "{user}" password "{PASSWORD}" sslproto "" fetchall no keep\n'
                      f'  bsmtp "{folder}/fetched"\n')
    config.chmod(0o600)
    return ["fetchmail", "-s", "-f", str(config), "-i", str(folder / "ids"),
            "--pidfile", str(folder / "fetchmail.pid")]


def getmail(_options, folder, port, user):
    for part in ("cur", "new", "tmp"):
        (folder / "getmail" / part).mkdir(parents=True)
    config = folder / "getmailrc"
    config.write_text(f"[retriever]\ntype = SimplePOP3Retriever\nserver = {_HOST}\nport = {port}\n"
                      f"username = {user}\npassword = {PASSWORD}\n"
                      f"[destination]\ntype = Maildir\npath = {folder}/getmail/\n"
                      f"[options]\ndelete = true\nverbose = 0\n")
    return ["getmail", "--getmaildir", str(folder), "--rcfile", str(config)]


def can_run(peer):
    """getmail refuses to deliver as root."""
    return shutil.which(peer) and (peer != "getmail" or os.geteuid() != 0)


def bench(options):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mailkeep-bench-", dir=options.folder))
    folder.chmod(0o755)
    try:
        with Dovecot() as server, contextlib.ExitStack() as line:
            port = server.ports["pop3"]
            if options.delay:
                port = line.enter_context(DelayedLine(_HOST, port, options.delay)).port

            def new_maildrop():
                user = server.new_user()
                octets = fill(server.home(user), options.messages, 1, options.mean)
                server.own_mail(user)
                server.doveadm("index", "-u", user, "INBOX")
                return user, octets

            user, octets = new_maildrop()
            print(f"{options.messages} messages, {octets / 1e6:.0f} MB"
                  + (f", {options.delay:g} ms a round trip" if options.delay else ""))
            raw = timed(Reader(port, user).collect)
            print(f"{'read and deleted':<20}{raw:9.2f} s", flush=True)
            for peer in (mailkeep, mpop, fetchmail, getmail):
                name = peer.__name__
                if peer is not mailkeep and not can_run(name):
                    continue
                user, _ = new_maildrop()
                seconds, to_end, most = run(peer(options, folder, port, user))
                if client.maildrop(server, user):
                    raise RuntimeError(f"{name} has left messages on the server")
                print(f"{name:<20}{seconds:9.2f} s {seconds / raw:7.2f} x read only{most:8.0f} MiB"
                      + (f", indexed after {to_end:.2f} s" if to_end > seconds + 0.1 else ""),
                      flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--messages", type=int, default=10000)
    parser.add_argument("--mean", type=int, default=3000, help="octets of a message, on average")
    parser.add_argument("--delay", type=float, default=0, help="milliseconds of a round trip")
    parser.add_argument("--binary", default="build/bench/mailkeep")
    parser.add_argument("--folder", help="where archive and mail are made: on the disk to measure")
    bench(parser.parse_args())


if __name__ == "__main__":
    main()
