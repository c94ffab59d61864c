# SPDX-License-Identifier: Apache-2.0
"""Stands between a client and an IMAP server on loopback, without TLS, and remembers every command
the client gives. A command that could change a mailbox is never passed on: it ends the session and
is told by assert_read_only()."""

import contextlib
import re
import socket
import threading

# What a backup may say; the rest of the line must not match what follows it.
_HARMLESS = {
    "CAPABILITY": None, "AUTHENTICATE": None, "LOGIN": None, "ID": None, "ENABLE": None,
    "NAMESPACE": None, "LIST": None, "STATUS": None, "EXAMINE": None, "NOOP": None, "LOGOUT": None,
    "IDLE": None, "NOTIFY": None,
    "UID SEARCH": None, "UID FETCH": re.compile(r"RFC822(?!\.SIZE)|BODY\[|BINARY\[", re.I),
}


class Recorder:
    """Runs from construction to close(); use it in a `with`."""

    def __init__(self, port):
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.commands = []
        self._forbidden = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def take(self):
        """The commands since the last time, without tags and without what logs in."""
        taken, self.commands = self.commands, []
        return [line for line in taken if not line.startswith(("AUTHENTICATE", "LOGIN"))]

    def assert_read_only(self):
        if self._forbidden:
            raise AssertionError(f"commands that could change a mailbox: {self._forbidden}")

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            with client.makefile("rb") as lines:
                for line in lines:
                    if not self._may_pass(line.decode("latin-1").rstrip("\r\n")):
                        break
                    with contextlib.suppress(OSError):
                        server.sendall(line)
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_WR)
            back.join(10)

    def _may_pass(self, line):
        tagged = re.match(r"A\d+ (?P<command>(?:UID )?\S+)(?P<rest>.*)", line)
        if tagged is None:  # the answer to a continuation: a token, a name that needs a literal
            return True
        command = tagged["command"].upper()
        self.commands.append(command + tagged["rest"])
        unwanted = _HARMLESS.get(command)
        if command not in _HARMLESS or (unwanted and unwanted.search(tagged["rest"])):
            self._forbidden.append(command + tagged["rest"])
            return False
        return True


def _copy(source, target):
    with contextlib.suppress(OSError):
        while octets := source.recv(65536):
            target.sendall(octets)
        target.shutdown(socket.SHUT_WR)
