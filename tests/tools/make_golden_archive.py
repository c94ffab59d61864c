# SPDX-License-Identifier: Apache-2.0
"""Makes a golden archive: a small one as a released version wrote it, kept in tests/data/archive
for ever, beside a JSON of what it must contain.

    MAILKEEP_BINARY=… python3 -B tests/tools/make_golden_archive.py tests/data/archive/v1

--packs goes on with two groups of packs, a hold, mail that expired and is compacted away, and a
journal; --encrypt makes an encrypted one, with a pack and a journal, whose passphrase is in
golden_archives.py. Further words are commands of Mailkeep to run on it in the end, each in one word ("seal"). What is
derived or belongs to one machine (catalog, search index, reserve, lock) is left out.
"""

import argparse
import base64
import hashlib
import json
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import client  # noqa: E402
import mails  # noqa: E402
from dovecot import PASSWORD, Dovecot  # noqa: E402
from golden_archives import PASSPHRASE, facts  # noqa: E402
from mailkeep import Mailkeep  # noqa: E402

_KEPT = ("ARCHIVE", "journal", "packs", "keys", "log")


def _with_attachment(number, width):
    """The same 17 KiB attachment, its lines as wide as asked for."""
    octets = "".join(f"line {n} of the report, {n * n % 9973}\n" for n in range(520)).encode()
    text = base64.b64encode(octets).decode()
    lines = "\r\n".join(text[at:at + width] for at in range(0, len(text), width))
    return (f"From: a{number}@example.org\r\nSubject: Report {number}\r\nMIME-Version: 1.0\r\n"
            f'Content-Type: multipart/mixed; boundary="b{number}"\r\n\r\n--b{number}\r\n\r\nHere.'
            f"\r\n--b{number}\r\nContent-Type: text/plain; name=report.txt\r\n"
            f"Content-Transfer-Encoding: base64\r\n\r\n{lines}\r\n--b{number}--\r\n").encode()


def _old_news():
    """More than a quarter of what is sealed, so that a pack is written again without it."""
    return b"Subject: Old news\r\n\r\n" + b"".join(b"Item %d is out of date.\r\n" % n
                                                 for n in range(2000))


def _make(server, archive, folder, options):
    secret = folder / "password"
    secret.write_text(PASSWORD)

    def add(name, scheme, user, *more):
        archive.run("account", "add", name, server.url(scheme, user), "--insecure-plaintext",
                    "--password-file", secret, *more).expect(0)

    archive.run("init", *options).expect(0)
    mirrored, dropped = server.new_user("mirror"), server.new_user("drop")
    made = list(mails.built_in_mails())
    client.put(server, mirrored, [
        ("INBOX", made[0], {"\\Seen"}, 86400), ("INBOX", made[1], {"$Forwarded"}, 90000),
        ("INBOX", made[2], set(), 700000000), ("R&D", made[3], {"\\Flagged"}, 800000000),
        ("INBOX", _with_attachment(1, 76), set(), 810000000)])
    client.put(server, dropped, [("INBOX", made[4], set(), 1), ("INBOX", made[5], set(), 2)])
    add("mirror", "imap", mirrored)
    add("drop", "pop3", dropped, "--delete-from-server", "archived")
    archive.backup()
    with client.imap(server, mirrored) as peer:
        client.ok(peer.select("INBOX"))
        client.ok(peer.store("1", "+FLAGS", "(\\Answered Work)"))
        client.ok(peer.store("2", "+FLAGS", "(\\Deleted)"))
        client.ok(peer.expunge())
    client.put(server, mirrored, [
        ("R&D", made[0], {"\\Seen"}, 820000000), ("Entwürfe", made[6], {"\\Draft"}, 830000000),
        ("INBOX", _with_attachment(2, 64), {"\\Seen"}, 840000000)])
    client.put(server, dropped, [("INBOX", made[7], set(), 3)])
    archive.backup()
    return mirrored


def _seal_and_go_on(server, archive, user):
    archive.run("seal").expect(0)
    made = list(mails.built_in_mails())
    client.put(server, user, [("R&D", made[8], set(), 850000000)])
    archive.backup()


def _go_on_in_packs(server, archive, user):
    """The ids of messages that expired."""
    client.put(server, user, [("News", _old_news(), set(), 500000000)])
    archive.backup()
    _seal_and_go_on(server, archive, user)
    archive.run("seal").expect(0)
    archive.run("hold", "add", "lawsuit", "--account", "mirror", "--mailbox", "R&D", "--reason",
                "Nothing of this may go").expect(0)
    archive.run("account", "set", "mirror", "--keep", "forever", "--keep-from", "internal-date",
                "--keep-mailbox", "News=0d").expect(0)
    with client.imap(server, user) as peer:
        for mailbox in ("News", '"R&-D"'):
            client.ok(peer.select(mailbox))
            client.ok(peer.store("1:*", "+FLAGS", "(\\Deleted)"))
            client.ok(peer.expunge())
    archive.backup()
    archive.run("compact").expect(0)
    client.put(server, user, [("INBOX", b"Subject: the last one\r\n\r\n", set(), 860000000)])
    archive.backup()
    return [hashlib.sha256(_old_news()).hexdigest()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("commands", nargs="*")
    parser.add_argument("--packs", action="store_true")
    parser.add_argument("--encrypt", action="store_true")
    chosen = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mailkeep-golden-"))
    try:
        key = folder / "passphrase"
        key.write_text(PASSPHRASE)
        options = ("--encrypt", "--key-file", key) if chosen.encrypt else ()
        archive = Mailkeep(folder / "data", key_file=key if chosen.encrypt else None)
        with Dovecot() as server:
            user = _make(server, archive, folder, options)
            expired = _go_on_in_packs(server, archive, user) if chosen.packs else []
            if chosen.encrypt and not chosen.packs:
                _seal_and_go_on(server, archive, user)
        for command in chosen.commands:
            archive.run(*command.split()).expect(0)
        archive.run("verify", "--full").expect(0)
        archive.run("log", "verify").expect(0)
        chosen.out.mkdir(parents=True)
        for name in _KEPT:
            source = archive.data / name
            if source.is_dir():
                shutil.copytree(source, chosen.out / name)
            elif source.exists():
                shutil.copy(source, chosen.out / name)
        told = {**facts(archive), "expired": expired} if expired else facts(archive)
        text = json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True)
        (chosen.out / "contents.json").write_text(text + "\n")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
