# SPDX-License-Identifier: Apache-2.0
"""Servers in Python that behave as RFC 3501 and RFC 1939 say, but for what a subclass changes: the
behaviours people recorded of providers one cannot run at home. On loopback, in a thread of the test."""

import contextlib
import re
import socketserver
import threading

from private_server import PASSWORD

_DATE = "01-Feb-2024 10:00:00 +0100"


class Message:
    """One message on a server."""

    def __init__(self, uid, raw, flags=""):
        self.uid, self.raw, self.flags = uid, raw, flags


class ScriptedServer:
    """Runs from construction to close(). `said` has every line of every client."""

    scheme = ""

    def __init__(self):
        self.said = []
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError, ConnectionError):
                    server.serves(self.rfile, self.wfile)

        self._listener = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._listener.daemon_threads = True
        threading.Thread(target=self._listener.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"{self.scheme}://joe@127.0.0.1:{self._listener.server_address[1]}"

    def close(self):
        self._listener.shutdown()
        self._listener.server_close()

    def lines_of(self, reader):
        for line in reader:
            text = line.rstrip(b"\r\n").decode("latin-1")
            self.said.append(text)
            yield text


class _ImapSession:
    """What one client does."""

    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer
        self.mailbox = None
        self.is_over = False  # after this answer

    def run(self):
        self.say(self.server.greeting())
        for line in self.server.lines_of(self.reader):
            tag, _, command = line.partition(" ")
            if not self.obey(tag, command):
                return

    def obey(self, tag, command):
        verb = re.match(r"(UID )?[A-Z]*", command.upper())[0].replace(" ", "_").lower()
        answer = self.server.answer(self, verb, command)
        *untagged, last = answer if isinstance(answer, list) else [answer]
        self.say(b"".join(untagged) + tag.encode() + b" " + last + b"\r\n")
        return verb != "logout" and not self.is_over

    def say(self, octets):
        self.writer.write(octets)
        self.writer.flush()


class ScriptedImap(ScriptedServer):
    """`mailboxes` is {wire name: [Message]}. An on_… method answers a command: the untagged lines,
    with their CRLF, and at the end the text behind the tag."""

    scheme = "imap"
    capabilities = b"IMAP4rev1"
    uid_validity = 7

    def __init__(self):
        super().__init__()
        self.mailboxes = {"INBOX": []}

    def serves(self, reader, writer):
        _ImapSession(self, reader, writer).run()

    def greeting(self):
        return b"* OK ready\r\n"

    def answer(self, session, verb, command):
        handler = getattr(self, f"on_{verb}", None)
        return handler(session, command) if handler else b"BAD unknown"

    def on_capability(self, _session, _command):
        return [b"* CAPABILITY " + self.capabilities + b"\r\n", b"OK done"]

    def on_login(self, _session, command):
        return b"OK in" if PASSWORD in command else b"NO wrong"

    def on_list(self, _session, _command):
        return [*(self.list_line(name) for name in self.mailboxes), b"OK done"]

    def list_line(self, name):
        return b'* LIST () "/" "%s"\r\n' % name.encode("latin-1")

    def on_examine(self, session, command):
        name = command.split(" ", 1)[1].strip('"')
        found = [key for key in self.mailboxes if key == name or
                 key.upper() == name.upper() == "INBOX"]
        if not found:
            return b"NO no such mailbox"
        session.mailbox = self.mailboxes[found[0]]
        return [self.selected(session.mailbox), b"OK [READ-ONLY] done"]

    def selected(self, messages):
        return (b"* %d EXISTS\r\n* OK [UIDVALIDITY %d] ok\r\n" %
                (len(messages), self.uid_validity))

    def on_uid_fetch(self, session, command):
        _, _, uids, items = command.split(" ", 3)
        wanted = [(n, m) for n, m in enumerate(session.mailbox, 1) if holds(uids, m.uid)]
        return self.fetched(wanted, "BODY" in items)

    def fetched(self, wanted, with_text):
        return [*(self.fetch_line(n, m, with_text) for n, m in wanted), b"OK done"]

    def fetch_line(self, number, message, with_text):
        return b"* %d FETCH (%s)\r\n" % (number, b" ".join(self.fetch_items(message, with_text)))

    def fetch_items(self, message, with_text):
        items = [b"UID %d" % message.uid, b"FLAGS (%s)" % message.flags.encode()]
        if not with_text:
            return [*items, b"RFC822.SIZE %d" % len(message.raw)]
        return [*items, b'INTERNALDATE "%s"' % _DATE.encode(), self.body(message)]

    def body(self, message):
        return b"BODY[] {%d}\r\n%s" % (len(message.raw), message.raw)

    def on_noop(self, _session, _command):
        return b"OK done"

    def on_logout(self, _session, _command):
        return [b"* BYE bye\r\n", b"OK done"]


def holds(uids, uid):
    """Whether a sequence set has the number."""
    for part in uids.split(","):
        first, _, last = part.partition(":")
        ends = [2**32 if end == "*" else int(end) for end in (first, last or first)]
        if min(ends) <= uid <= max(ends):
            return True
    return False


class ScriptedPop3(ScriptedServer):
    """`maildrop` is {unique id: raw}, in the order of their numbers. What DELE marked goes at QUIT."""

    scheme = "pop3"

    def __init__(self):
        super().__init__()
        self.maildrop = {}

    def serves(self, reader, writer):
        marked = set()
        writer.write(b"+OK ready\r\n")
        for line in self.lines_of(reader):
            verb, _, argument = line.partition(" ")
            handler = getattr(self, f"on_{verb.lower()}", None)
            writer.write(handler(argument, marked) if handler else b"-ERR unknown\r\n")
            if verb == "QUIT":
                return

    def ids(self):
        return list(self.maildrop)

    def on_user(self, _argument, _marked):
        return b"+OK\r\n"

    def on_pass(self, argument, _marked):
        return b"+OK\r\n" if argument == PASSWORD else b"-ERR wrong\r\n"

    def on_uidl(self, _argument, _marked):
        return self.table(self.uidl_line(n, name) for n, name in enumerate(self.ids(), 1))

    def uidl_line(self, number, name):
        return f"{number} {name}"

    def on_list(self, _argument, _marked):
        return self.table(f"{n} {self.size_of(self.maildrop[name])}"
                          for n, name in enumerate(self.ids(), 1))

    def size_of(self, raw):
        return len(raw)

    def table(self, lines):
        return b"+OK\r\n" + "".join(f"{line}\r\n" for line in lines).encode() + b".\r\n"

    def on_retr(self, argument, _marked):
        return self.text(self.maildrop[self.ids()[int(argument) - 1]])

    def text(self, raw):
        return b"+OK\r\n" + re.sub(rb"(?m)^\.", b"..", raw) + b".\r\n"

    def on_dele(self, argument, marked):
        marked.add(self.ids()[int(argument) - 1])
        return b"+OK\r\n"

    def on_quit(self, _argument, marked):
        for name in marked:
            del self.maildrop[name]
        return b"+OK bye\r\n"
