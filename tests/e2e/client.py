# SPDX-License-Identifier: Apache-2.0
"""The other side of the comparison: what a server holds, asked with Python's own imaplib and
poplib, and mail put there the same way. Knows nothing of Mailkeep."""

import base64
import calendar
import collections
import contextlib
import hashlib
import imaplib
import poplib
import re
import time

from dovecot import PASSWORD
from mailkeep import Standing

# imaplib refuses long answers otherwise; a mailbox of the corpus is one.
imaplib._MAXLINE = 100_000_000
poplib._MAXLINE = 100_000_000

_LIST_LINE = re.compile(rb'\((?P<attributes>[^)]*)\) (?:"(?P<delimiter>.)"|NIL) (?P<name>.*)', re.S)
_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')
_FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")


def encode_name(name):
    """Modified UTF-7 (RFC 3501 section 5.1.3)."""
    out, wide = [], ""
    for char in name + "\0":
        if " " <= char <= "~" or char == "\0":
            if wide:
                packed = base64.b64encode(wide.encode("utf-16-be"), b"+,").rstrip(b"=")
                out.append(f"&{packed.decode()}-")
                wide = ""
            out.append("&-" if char == "&" else char)
        else:
            wide += char
    return "".join(out).rstrip("\0")


def decode_name(wire):
    def wide(match):
        packed = match[1].replace(",", "/")
        padded = packed + "=" * (-len(packed) % 4)
        return base64.b64decode(padded).decode("utf-16-be") if packed else "&"
    return re.sub(r"&([^-]*)-", wide, wire)


def quote(name):
    escaped = encode_name(name).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@contextlib.contextmanager
def imap(server, user):
    peer = imaplib.IMAP4("127.0.0.1", server.ports["imap"])
    peer.login(user, PASSWORD)
    try:
        yield peer
    finally:
        peer.logout()


@contextlib.contextmanager
def pop3(server, user):
    peer = poplib.POP3("127.0.0.1", server.ports["pop3"])
    peer.user(user)
    peer.pass_(PASSWORD)
    try:
        yield peer
    finally:
        peer.quit()


def ok(answer):
    status, data = answer
    if status != "OK":
        raise AssertionError(f"the server said {status} {data}")
    return data


def put(server, user, mails):
    """Makes the mailboxes and appends mails: (mailbox, raw, flags, date) with date in seconds."""
    with imap(server, user) as peer:
        made = {"INBOX"}
        for mailbox, raw, flags, date in mails:
            if mailbox not in made:
                peer.create(quote(mailbox))
                made.add(mailbox)
            ok(peer.append(quote(mailbox), f"({' '.join(sorted(flags))})", internal_date(date),
                           raw))


def internal_date(seconds):
    return f'"{time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime(seconds))}"'


def append_unchanged(peer, mailbox, flags, raw):
    """APPEND without imaplib's care for line ends; the server's OK, NO or BAD."""
    peer.literal = raw
    return peer._simple_command("APPEND", quote(mailbox), flags)[0]


def mailboxes(peer):
    """UTF-8 names of all that can be opened."""
    names = []
    for line in ok(peer.list()):
        text = line[0].rsplit(b"{", 1)[0] + line[1] if isinstance(line, tuple) else line
        parts = _LIST_LINE.match(text) if text else None
        if parts is None or b"noselect" in parts["attributes"].lower():
            continue
        name = parts["name"]
        if name.startswith(b'"'):
            name = re.sub(rb"\\(.)", rb"\1", name[1:-1])
        names.append(decode_name(name.decode()))
    return names


def standings(server, user):
    """Everything the server holds, as a multiset of Standing."""
    found = collections.Counter()
    with imap(server, user) as peer:
        for mailbox in mailboxes(peer):
            found.update(_fetch_all(peer, mailbox))
    return found


def _fetch_all(peer, mailbox):
    count = int(ok(peer.select(quote(mailbox), readonly=True))[0])
    if count == 0:
        return
    answer = ok(peer.uid("FETCH", "1:*", "(FLAGS INTERNALDATE BODY.PEEK[])"))
    for index, item in enumerate(answer):
        if not isinstance(item, tuple):
            continue
        tail = answer[index + 1] if index + 1 < len(answer) else b""
        head = item[0] + (tail if isinstance(tail, bytes) else b"")
        flags = frozenset(_FLAGS.search(head)[1].decode().split()) - {"\\Recent"}
        yield Standing(mailbox, hashlib.sha256(item[1]).hexdigest(), flags,
                       _seconds(_DATE.search(head)[1].decode()))


def _seconds(text):
    """An INTERNALDATE in seconds; imaplib's own reader goes through the local zone."""
    stamp, zone = text.strip().rsplit(" ", 1)
    east = (int(zone[1:3]) * 60 + int(zone[3:5])) * (-1 if zone[0] == "-" else 1)
    return calendar.timegm(time.strptime(stamp, "%d-%b-%Y %H:%M:%S")) - east * 60


def maildrop(server, user):
    """SHA-256 of each message as POP3 gives it."""
    with pop3(server, user) as peer:
        count = peer.stat()[0]
        return collections.Counter(
            hashlib.sha256(b"".join(line + b"\r\n" for line in peer.retr(n)[1])).hexdigest()
            for n in range(1, count + 1))


def raw_maildrop(server, user):
    """As maildrop, octet for octet: poplib takes every line end for CRLF."""
    with pop3(server, user) as peer:
        count = peer.stat()[0]
        return collections.Counter(digest_of(_raw_message(peer, n)) for n in range(1, count + 1))


def _raw_message(peer, number):
    peer._putcmd(f"RETR {number}")
    peer._getresp()
    raw = b""
    while True:
        line = peer.file.readline()
        at_begin = raw.endswith(b"\r\n") or not raw
        if not line or (at_begin and line == b".\r\n"):
            return raw
        raw += line[1:] if at_begin and line.startswith(b".") else line


def digest_of(raw):
    return hashlib.sha256(raw).hexdigest()
