# SPDX-License-Identifier: Apache-2.0
"""Mail to test with: a corpus where there is one, else some sixty messages made here; and the way
either is spread over mailboxes, flags, keywords and dates, the same on every run."""

import base64
import io
import itertools
import mailbox
import os
import pathlib
import subprocess
import tarfile

MAILBOXES = (
    "INBOX",
    "Sent Items",
    "R&D",
    "Entwürfe & Ideen",
    "受信箱",
    "Смешанное имя",
    "Emoji 📬",
    "Archive",
    "Archive/2019",
    "Archive/2019/Projekte",
    "Archive/2019/Projekte/Größe",
    "Archive/2019/Projekte/Größe/tief & tiefer",
)

_SYSTEM_FLAGS = ("\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted")
_KEYWORDS = ("$Forwarded", "$Junk", "NonJunk", "Work", "to-read", "$MDNSent", "Label_7")
_DAY = 86400

_PAST_YEARS = 54 * 365 * _DAY  # Dovecot turns a date to come into today
_STEP_IN_TIME = 1201 * _DAY + 12_347


def corpus_folder():
    """The folder of MAILKEEP_CORPUS, or where it stands beside the sources; None when absent or
    when the variable is empty."""
    default = pathlib.Path(__file__).resolve().parents[2] / "../shared/corpus"
    name = os.environ.get("MAILKEEP_CORPUS", str(default))
    return pathlib.Path(name) if name and os.path.isdir(name) else None


def corpus_mails(folder):
    """The octets of every .eml, .msg and their .zst, member of a .tar.zst, message of a .mbox."""
    for file in sorted([*folder.rglob("*.eml"), *folder.rglob("*.msg")]):
        yield file.read_bytes()
    for file in sorted(folder.rglob("*.eml.zst")):
        yield _unzstd(file)
    for file in sorted(folder.rglob("*.tar.zst")):
        yield from _tar_members(file)
    for file in sorted(folder.rglob("*.mbox")):
        yield from (message for message in _mbox_messages(file) if message.strip())


def spread(mails):
    """(mailbox, raw, flags, date) for each mail; every 20th stands in two mailboxes."""
    for number, raw in enumerate(mails):
        yield _place(number, raw)
        if number % 20 == 0:
            yield _place(number + 5, raw)


def _place(number, raw):
    bits = number % 32
    flags = {flag for bit, flag in enumerate(_SYSTEM_FLAGS) if bits >> bit & 1}
    words = number * 5 % (1 << len(_KEYWORDS))
    flags |= {word for bit, word in enumerate(_KEYWORDS) if words >> bit & 1}
    date = _DAY + number * _STEP_IN_TIME % _PAST_YEARS
    return MAILBOXES[number % len(MAILBOXES)], raw, flags, date


def built_in_mails():
    """Some sixty small messages: plain, HTML, attachments, other alphabets, and things gone wrong
    on their way. CRLF throughout, as servers hand them out."""
    makers = itertools.cycle((_plain, _html, _attachment, _encoded, _broken))
    for number, maker in zip(range(60), makers):
        yield maker(number).replace("\n", "\r\n").encode("utf-8", "surrogateescape")


def _head(number, subject):
    return (f"From: Sender {number} <sender{number}@example.org>\n"
            f"To: reader@example.net\nSubject: {subject}\n"
            f"Date: {number % 27 + 1:02} Mar 20{number % 20 + 10:02} 10:{number:02}:00 +0100\n"
            f"Message-ID: <{number}.made@example.org>\n")


def _plain(number):
    return _head(number, f"Plain note {number}") + (
        f"\nThe harvest of field {number} is in.\nzanzibar{number}\n.\n..dots\nFrom here on\n")


def _html(number):
    return _head(number, f"Newsletter {number}") + (
        "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"
        f"<html><body><h1>News &amp; more</h1><p>Größe {number}</p></body></html>\n")


def _attachment(number):
    payload = base64.b64encode(bytes((number * i) % 256 for i in range(3000))).decode()
    lines = "\n".join(payload[i:i + 76] for i in range(0, len(payload), 76))
    return _head(number, f"Invoice {number}") + (
        'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nSee the attachment.\n--b\n"
        f'Content-Type: application/pdf; name="invoice-{number}.pdf"\n'
        "Content-Transfer-Encoding: base64\n"
        f'Content-Disposition: attachment; filename="invoice-{number}.pdf"\n\n{lines}\n--b--\n')


def _encoded(number):
    return _head(number, f"=?utf-8?q?Gr=C3=BC=C3=9Fe_{number}?=") + (
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=iso-8859-1\n"
        f"Content-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe aus K=F6ln, Nr. {number}\n")


def _broken(number):
    return (f"Subject: raw 8 bit \udce4\udcf6 {number}\nFrom: nobody at all\n"
            'Content-Type: multipart/mixed; boundary="never closed\n\n'
            "--never closed\n\nno end of this, no final line end")


def _unzstd(file):
    done = subprocess.run(["zstd", "-dcq", str(file)], capture_output=True, check=True)
    return done.stdout


def _mbox_messages(file):
    box = mailbox.mbox(file, create=False)
    return (box.get_bytes(key) for key in box.keys())


def _tar_members(file):
    with tarfile.open(fileobj=io.BytesIO(_unzstd(file))) as members:
        for member in members:
            if member.isfile():
                yield members.extractfile(member).read()
