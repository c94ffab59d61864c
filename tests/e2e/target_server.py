# SPDX-License-Identifier: Apache-2.0
"""A server that mail is given back to, as RFC 3501, 4315, 3502 and 7888 say, but for what a subclass
changes."""

import re
import threading

from scripted_server import Message, ScriptedImap

_MAILBOX = re.compile(r'APPEND ("(?:[^"\\]|\\.)*"|[^ ]+)( .*)')
_APPEND = re.compile(r' (?:\((?P<flags>[^)]*)\) )?"(?P<date>[^"]*)" ~?\{(?P<size>\d+)(?P<plus>\+?)\}')


class Refusal(Exception):
    """What is answered in place of OK."""


class HangUp(ConnectionError):
    """The connection is closed."""


class ScriptedTarget(ScriptedImap):
    """`executed` has every command a client could have been understood to give."""

    capabilities = b"IMAP4rev1 UIDPLUS LITERAL+ MULTIAPPEND"
    permanent_flags = b"\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*"

    def __init__(self):
        super().__init__()
        self.appended = 0
        self.uses = {}
        self.keeping = threading.Lock()

    @property
    def executed(self):
        return [line.split(" ", 2)[1] if " " in line else line for line in self.said]

    def raws(self, mailbox="INBOX"):
        return sorted(message.raw for message in self.mailboxes[mailbox])

    def on_select(self, session, command):
        answer = self.on_examine(session, command)
        return [*answer[:-1], b"OK [READ-WRITE] done"] if isinstance(answer, list) else answer

    def selected(self, messages):
        next_uid = max((m.uid for m in messages), default=0) + 1
        return super().selected(messages) + (
            b"* OK [UIDNEXT %d] ok\r\n* OK [PERMANENTFLAGS (%s)] ok\r\n" %
            (next_uid, self.permanent_flags))

    def on_create(self, _session, command):
        name, _, use = command.split(" ", 1)[1].partition(" (USE ")
        name = name.strip('"')
        if use and self.refuses_use(use.strip("()")):
            return b"NO [USEATTR] not that"
        if name in self.mailboxes:
            return b"NO [ALREADYEXISTS] it is there"
        if self.refuses_name(name):
            return b"NO not such a name"
        self.mailboxes[name] = []
        self.uses[name] = use.strip("()")
        return b"OK done"

    def refuses_use(self, _use):
        return b"CREATE-SPECIAL-USE" not in self.capabilities

    def refuses_name(self, _name):
        return False

    def on_subscribe(self, _session, _command):
        return b"OK done"

    def fetch_items(self, message, with_text):
        if not with_text:
            return super().fetch_items(message, with_text)
        if not self.asks_for_id:
            return [b"UID %d" % message.uid, b"FLAGS (%s)" % message.flags.encode(),
                    b'INTERNALDATE "%s"' % message.date.encode(), self.body(message)]
        head = message.raw.split(b"\r\n\r\n")[0] + b"\r\n"
        found = re.search(rb"(?im)^message-id:[^\r\n]*\r\n", head)
        field = (found[0] if found else b"") + b"\r\n"
        return [b"UID %d" % message.uid,
                b"BODY[HEADER.FIELDS (MESSAGE-ID)] {%d}\r\n%s" % (len(field), field)]

    def on_uid_fetch(self, session, command):
        self.asks_for_id = "HEADER.FIELDS" in command
        return super().on_uid_fetch(session, command)

    def on_noop(self, session, _command):
        return [b"* %d EXISTS\r\n" % len(session.mailbox or []), b"OK done"]

    def on_append(self, session, command):
        """One message or many: all or none. Arguments are refused at once, and what then follows is
        taken for commands, as Dovecot 2.3 does; a message is refused when all was heard."""
        name, rest = _MAILBOX.fullmatch(command).groups()
        name = name.strip('"')
        taken, refusal = [], None
        while rest:
            arguments = _APPEND.fullmatch(rest)
            try:
                self.judge_arguments(name, arguments["flags"] or "", arguments["date"])
            except Refusal as refused:
                return str(refused).encode()
            if not arguments["plus"]:
                if refusal:
                    return refusal
                session.say(b"+ go on\r\n")
            raw = session.reader.read(int(arguments["size"]))
            try:
                self.judge_message(raw)
            except Refusal as refused:
                refusal = refusal or str(refused).encode()
            taken.append(Message(0, self.stored(raw), self.kept(arguments["flags"] or "")))
            taken[-1].date = arguments["date"].strip()
            rest = session.reader.readline().rstrip(b"\r\n").decode("latin-1")
        with self.keeping:
            return refusal or self.keep(name, taken)

    def keep(self, name, taken):
        box = self.mailboxes[name]
        first = max((m.uid for m in box), default=0) + 1
        for uid, message in enumerate(taken, first):
            message.uid = uid
            box.append(message)
        self.appended += len(taken)
        return b"OK [APPENDUID %d %s] done" % (self.uid_validity,
                                               self.told_uids(first, len(taken)).encode())

    def told_uids(self, first, count):
        return f"{first}:{first + count - 1}" if count > 1 else str(first)

    def judge_arguments(self, name, flags, date):
        """May raise."""

    def judge_message(self, raw):
        """May raise."""

    def stored(self, raw):
        return raw

    def kept(self, flags):
        return flags
