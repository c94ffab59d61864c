# SPDX-License-Identifier: Apache-2.0
"""Mail from files: every format gives the messages, flags, dates and mailboxes that Python's own
modules say stand there, and run again it gives nothing."""

import base64
import collections
import gzip
import hashlib
import http.client
import io
import json
import mailbox
import os
import subprocess
import tarfile
import zipfile

import mails
from mailkeep import find_binary
from serve_test import Browser, Service
from suite import ArchiveTest, main

_DAY = 86400


def mail(number, text="", end=b"\r\n"):
    lines = [f"Message-ID: <{number}@example.org>", f"Date: Tue, 02 Jan 2018 00:{number % 60:02}:00 +0000",
             "From: joe@example.org", f"Subject: note {number}", "", f"text {number} {text}", ""]
    return end.join(line.encode() for line in lines)


def wire(octets):
    return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def digest(octets):
    return hashlib.sha256(octets).hexdigest()


def from_line(number=1):
    return b"From joe@example.org Tue Jan  2 12:%02d:00 2018\n" % (number % 60)


class Importing(ArchiveTest):

    def take(self, *arguments, code=0):
        self.result = self.archive.run("import", *arguments, "--account", "old", "--json")
        self.result.expect(code)
        report = self.result.json
        return report["imported"], report["already_there"], report["failed"]

    def assert_again(self, *arguments, count, failed=0, code=0):
        before = self.archive.packs() if not failed else None
        self.assertEqual(self.take(*arguments, code=code), (0, count, failed))
        if before is not None:
            self.assertEqual(self.archive.packs(), before)

    def standing(self):
        """{(mailbox, id): flags}"""
        return {(s.mailbox, s.digest): set(s.flags) for s in self.archive.standings("old")}

    def write(self, name, octets):
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(octets)
        return file


class Mbox(Importing):

    def test_one_that_python_made(self):
        path = self.folder / "Letters.mbox"
        box = mailbox.mbox(path)
        for number in range(20):
            message = mailbox.mboxMessage(mail(number, end=b"\n"))
            message.set_flags("R" if number % 2 else "F")
            box.add(message)
        box.close()
        self.assertEqual(self.take(path), (20, 0, 0))
        read = [wire(m) for m in map(mailbox.mbox(path).get_bytes, range(20))]
        self.assertEqual(self.archive.contents(), {digest(octets) for octets in read})
        flags = collections.Counter(frozenset(s.flags) for s in self.archive.standings("old"))
        self.assertEqual(flags, {frozenset({"\\Seen"}): 10, frozenset({"\\Flagged"}): 10})
        self.assertEqual({s.mailbox for s in self.archive.standings("old")}, {"Letters"})
        self.assert_again(path, count=20)
        shown = self.archive.run("account", "show", "old", "--json").expect(0).json
        self.assertEqual((shown["url"], shown["next_run"]), (None, None))

    def test_copies_are_kept_as_often_as_the_file_that_has_most_of_them_holds_them(self):
        def box(name, *numbers):
            return self.write(name, b"".join(from_line(n) + mail(n, end=b"\n") + b"\n"
                                             for n in numbers))
        three = box("three.mbox", 1, 1, 2, 1)
        two = box("two.mbox", 1, 2, 2)
        self.assertEqual(self.take(three, two, "--mailbox", "All"), (5, 2, 0))
        held = collections.Counter((s.mailbox, s.digest) for s in self.archive.standings("old").elements())
        one, other = (digest(wire(mail(n))) for n in (1, 2))
        self.assertEqual(held, {("All", one): 3, ("All", other): 2})
        self.assert_again(three, two, "--mailbox", "All", count=7)
        self.archive.run("rebuild").expect(0)
        self.assert_again(two, three, "--mailbox", "All", count=7)

    def test_the_dialects_and_line_ends(self):
        unescaped = b"From the start\n\nFrom me\n"
        text = (from_line(1) + mail(1, end=b"\n") + unescaped + b"\n"
                + from_line(2) + mail(2, end=b"\r\n") + b">From you\r\n\n")
        self.assertEqual(self.take(self.write("a.mbox", text)), (2, 0, 0))
        self.assertEqual(self.archive.contents(),
                         {digest(wire(mail(1) + unescaped)), digest(mail(2) + b"From you\r\n")})
        dates = {s.date for s in self.archive.standings("old")}
        self.assertEqual(dates, {1514894460, 1514894520})

    def test_a_content_length_is_believed_where_it_is_right(self):
        body = b"x\n\n" + from_line() + mail(7, end=b"\n")
        head = b"Subject: a\nContent-Length: %d\n\n"
        good = head % len(body) + body
        text = from_line() + good + b"\n" + from_line() + head % 5 + b"one\n\n" + from_line() + b"B: 1\n\nx\n"
        self.assertEqual(self.take(self.write("a", text)), (3, 0, 0))
        self.assertIn(digest(wire(good)), self.archive.contents())

    def test_a_forced_format(self):
        path = self.write("a", from_line() + b"A: 1\n\n>From x\n")
        self.assertEqual(self.take(path, "--format", "mboxcl2"), (1, 0, 0))
        self.assertEqual(self.archive.contents(), {digest(b"A: 1\r\n\r\n>From x\r\n")})

    def test_the_lists_of_the_corpus(self):
        corpus = mails.corpus_folder()
        if corpus is None:
            self.skipTest("no corpus (MAILKEEP_CORPUS)")
        total = 0
        for path in sorted((corpus / "lists").rglob("*.mbox*")):
            plain = self.folder / "plain.mbox"
            octets = path.read_bytes()
            if path.suffix == ".zst":
                octets = subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout
            plain.write_bytes(octets)
            archive = self.new_archive(path.name)
            report = archive.run("import", path, "--account", "old", "--json")
            with self.subTest(path.name):
                found = report.json["imported"] + report.json["already_there"]
                self.assertEqual(found, _plausible(octets), report.told)
                total += found
        self.assertGreater(total, 100)


def _plausible(octets):
    """How many From_ lines are real: behind an empty line, with a date, before a header field."""
    lines = [b"", *octets.replace(b"\r\n", b"\n").split(b"\n"), b""]
    return sum(line.startswith(b"From ") and line.rstrip()[-4:].isdigit() and not before
               and b":" in after and b" " not in after.split(b":")[0]
               for before, line, after in zip(lines, lines[1:], lines[2:]))


class Maildir(Importing):

    def test_one_that_python_made(self):
        box = mailbox.Maildir(self.folder / "Mail")
        for number in range(6):
            message = mailbox.MaildirMessage(mail(number, end=b"\n"))
            if number % 2:
                message.set_subdir("cur")
                message.set_flags("FS")
            message.set_date(1_500_000_000 + number)
            (box if number < 4 else box.add_folder("Work.Plans")).add(message)
        (self.folder / "Mail/cur/17.x.y:2,Sb").write_bytes(mail(17, end=b"\n"))
        (self.folder / "Mail/dovecot-keywords").write_text("0 nope\n1 $label1\n")
        self.assertEqual(self.take(self.folder / "Mail"), (7, 0, 0))
        wanted = {("INBOX" if n < 4 else "Work/Plans", digest(mail(n))):
                  {"\\Flagged", "\\Seen"} if n % 2 else set() for n in range(6)}
        wanted["INBOX", digest(mail(17))] = {"\\Seen", "$label1"}
        self.assertEqual(self.standing(), wanted)
        self.assertIn(1_500_000_003, {s.date for s in self.archive.standings("old")})
        self.assert_again(self.folder / "Mail", count=7)

    def test_layouts_of_mbsync_and_offlineimap(self):
        for number, name in enumerate(("INBOX/cur/1_1.x.h,U=1:2,S", "Work/Sub/new/2_1.x.h,U=1",
                                       "Old/.Sub/cur/3.x.h,U=3,FMD5=abc:2,R", "Work/Sub/tmp/4.x")):
            self.write(f"Mail/{name}", mail(number, end=b"\n"))
        self.assertEqual(self.take(self.folder / "Mail"), (3, 0, 0))
        self.assertEqual(self.standing(), {("INBOX", digest(mail(0))): {"\\Seen"},
                                           ("Work/Sub", digest(mail(1))): set(),
                                           ("Old/Sub", digest(mail(2))): {"\\Answered"}})

    def test_below_a_mailbox_of_another_name(self):
        self.write("Mail/cur/1.x.h:2,S", mail(1, end=b"\n"))
        self.write("Mail/.Gesch&AOQ-ft/cur/2.x.h:2,", mail(2, end=b"\n"))
        self.take(self.folder / "Mail", "--mailbox", "Ancien")
        self.assertEqual({m for m, _ in self.standing()}, {"Ancien", "Ancien/Geschäft"})

    def test_a_single_file_goes_into_the_mailbox_itself(self):
        path = self.write("a.mbox", from_line() + mail(1, end=b"\n"))
        self.take(path, "--mailbox", "Été/Vieux")
        self.take(self.write("x.eml", mail(2)), "--mailbox", "Été/Vieux")
        self.assertEqual({m for m, _ in self.standing()}, {"Été/Vieux"})


class Packed(Importing):

    def setUp(self):
        super().setUp()
        self.mbox = b"".join(from_line(n) + mail(n, end=b"\n") + b"\n" for n in range(3))
        self.wanted = {digest(mail(n)) for n in range(3)}

    def assert_taken(self, name, octets, names, wanted=None):
        path = self.write(name, octets)
        self.assertEqual(self.take(path), (len(wanted or self.wanted), 0, 0))
        self.assertEqual(self.archive.contents(), wanted or self.wanted)
        self.assertEqual({m for m, _ in self.standing()}, names)
        self.assert_again(path, count=len(wanted or self.wanted))
        self.assertEqual({p.name for p in self.folder.iterdir()}, {"data", name})

    def zip_of(self, files):
        octets = io.BytesIO()
        with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in files.items():
                packed.writestr(name, content)
        return octets.getvalue()

    def test_a_compressed_mbox(self):
        self.assert_taken("a.mbox.gz", gzip.compress(self.mbox), {"a"})

    def test_one_compressed_with_zstd(self):
        done = subprocess.run(["zstd", "-c"], input=self.mbox, capture_output=True, check=True)
        self.assert_taken("a.mbox.zst", done.stdout, {"a"})

    def test_a_zip_of_an_mbox_and_messages(self):
        self.assert_taken("a.zip", self.zip_of({"Post/a.mbox": self.mbox, "Post/Sub/x.eml": mail(9)}),
                          {"Post/a", "Post/Sub"}, self.wanted | {digest(mail(9))})

    def test_a_tar_of_a_maildir(self):
        octets = io.BytesIO()
        with tarfile.open(fileobj=octets, mode="w:gz") as packed:
            for name, content in ((".Work/cur/1.x.h:2,Fa", mail(0, end=b"\n")),
                                  (".Work/new/2.x.h", mail(1)), ("cur/3.x.h:2,S", mail(2)),
                                  (".Work/dovecot-keywords", b"0 late\n")):
                entry = tarfile.TarInfo(name)
                entry.size, entry.mtime = len(content), 1_500_000_000
                packed.addfile(entry, io.BytesIO(content))
        self.assert_taken("a.tar.gz", octets.getvalue(), {"INBOX", "Work"})
        self.assertEqual(self.standing()["Work", digest(mail(0))], {"\\Flagged", "late"})

    def test_one_packed_in_another(self):
        self.assert_taken("a.zip", self.zip_of({"b.zip": self.zip_of({"c.mbox.gz": gzip.compress(self.mbox)})}),
                          {"b/c"})

    def test_names_that_lead_out_lead_nowhere(self):
        octets = io.BytesIO()
        with tarfile.open(fileobj=octets, mode="w") as packed:
            for name in ("../../../evil.eml", "/evil2.eml"):
                entry = tarfile.TarInfo(name)
                entry.size = len(mail(1))
                packed.addfile(entry, io.BytesIO(mail(1)))
            link = tarfile.TarInfo("link.eml")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            packed.addfile(link)
        path = self.write("a.tar", octets.getvalue())
        self.assertEqual(self.take(path), (2, 0, 0))
        self.assertEqual({p.name for p in self.folder.iterdir()}, {"data", "a.tar"})

    def test_one_that_is_cut_off_is_named_and_what_came_is_kept(self):
        whole = gzip.compress(self.mbox + from_line() + b"A: 1\n\n" + os.urandom(500_000).hex().encode())
        path = self.write("a.mbox.gz", whole[:len(whole) // 2])
        imported, _, failed = self.take(path, code=3)
        self.assertEqual((imported, failed), (4, 1))
        self.assertLess(self.wanted, self.archive.contents())
        self.assertIn("a.mbox, message 4", self.result.json["error"])

    def test_a_bomb_ends(self):
        bomb = gzip.compress(bytes(1 << 24), 9)
        bomb = gzip.compress(self.mbox + from_line() + b"A: 1\n\n", 9) + bomb * 100
        path = self.write("a.mbox.gz", bomb)
        _, _, failed = self.take(path, code=3)
        self.assertEqual(failed, 1)


class Eml(Importing):

    def test_a_tree_of_messages(self):
        self.write("Tree/a.eml", mail(1))
        self.write("Tree/Work/b.eml", mail(2, end=b"\n"))
        self.write("Tree/Work/picture.png", b"\x89PNG\r\n")
        self.write("Tree/Work/Plans/c", mail(3))
        self.write("Tree/Work/garbage.eml", b"\x00\xff no mail at all")
        self.assertEqual(self.take(self.folder / "Tree"), (4, 0, 0))
        self.assertEqual(set(self.standing()), {
            ("INBOX", digest(mail(1))), ("Work", digest(mail(2))),
            ("Work", digest(b"\x00\xff no mail at all")), ("Work/Plans", digest(mail(3)))})
        self.assertIn(1514851260, {s.date for s in self.archive.standings("old")})

    def test_what_cannot_be_read_is_named_and_the_rest_taken(self):
        self.write("Tree/a.eml", mail(1))
        (self.folder / "Tree/link.eml").symlink_to("a.eml")
        self.assertEqual(self.take(self.folder / "Tree", code=3), (1, 0, 1))
        self.assertIn("link.eml", self.result.json["error"])
        self.assertEqual(self.archive.run("import", self.folder / "none", "--account", "old").code, 1)

    def test_a_large_message(self):
        large = mail(1) + b"".join(b"%076d\r\n" % n for n in range(300_000))
        self.assertEqual(self.take(self.write("large.eml", large)), (1, 0, 0))
        self.assertEqual(self.archive.contents(), {digest(large)})
        path = self.write("large.mbox", from_line() + wire(mail(2) + large).replace(b"\r\n", b"\n"))
        self.assertEqual(self.take(path), (1, 0, 0))
        self.assertIn(digest(mail(2) + large), self.archive.contents())


class Programs(Importing):

    def test_google_takeout(self):
        encoded = base64.b64encode("Boîte de réception,Projets/Été".encode()).decode()
        text = b""
        for number, labels in enumerate(("Inbox,Unread,Work", "Archived,Opened,Starred", "Spam,Opened",
                                         f"=?UTF-8?B?{encoded}?=")):
            text += from_line() + (f"X-GM-THRID: {number}\nX-Gmail-Labels: {labels}\n").encode()
            text += mail(number, end=b"\n") + b"\n"
        path = self.write("Takeout/Mail/All mail Including Spam and Trash.mbox", text)
        self.assertEqual(self.take(path.parent.parent), (4, 0, 0))
        everything = "[Gmail]/All Mail"
        self.assertEqual(self.standing(), {
            ("INBOX", digest(mail(0))): set(), ("Work", digest(mail(0))): set(),
            (everything, digest(mail(0))): set(),
            (everything, digest(mail(1))): {"\\Seen", "\\Flagged"},
            ("[Gmail]/Starred", digest(mail(1))): {"\\Seen", "\\Flagged"},
            ("[Gmail]/Spam", digest(mail(2))): {"\\Seen"},
            ("INBOX", digest(mail(3))): {"\\Seen"}, ("Projets/Été", digest(mail(3))): {"\\Seen"},
            (everything, digest(mail(3))): {"\\Seen"}})
        shown = self.archive.run("show", digest(mail(0)), "--json").expect(0).json
        self.assertEqual({tuple(p["labels"]) for p in shown["placements"]}, {("Work", "\\Inbox")})
        self.assert_again(path, count=4)
        twice = self.write("Takeout/Mail/Work.mbox", text)  # labels say where it stands, once
        self.assert_again(twice, count=4)
        fresh = self.new_archive("labels").run("import", path.parent, "--account", "old", "--json")
        self.assertEqual((fresh.expect(0).json["imported"], fresh.json["already_there"]), (4, 4))

    def test_a_profile_of_thunderbird(self):
        def box(*flags):
            return b"".join(b"From - Tue Jan 02 12:33:01 2018\nX-Mozilla-Status: %s\n"
                            b"X-Mozilla-Status2: 00000000\nX-Mozilla-Keys: %s\n" % (status, keys)
                            + mail(number, end=b"\n") + b"\n" for number, status, keys in flags)
        host = "prof/ImapMail/mail.example.org"
        self.write(f"{host}/INBOX", box((1, b"0001", b"work"), (2, b"0009", b""), (3, b"1006", b"")))
        self.write(f"{host}/INBOX.msf", b"// <!-- <mdb:mork:z v=\"1.4\"/> -->\n")
        self.write(f"{host}/Archive.sbd/2018", box((4, b"0000", b"")))
        self.write("prof/prefs.js", b"# Mozilla\n")
        self.assertEqual(self.take(self.folder / "prof"), (3, 0, 0))
        self.assertEqual(self.result.json["expunged"], 1)
        self.assertEqual(self.standing(), {
            ("INBOX", digest(mail(1))): {"\\Seen", "work"},
            ("INBOX", digest(mail(3))): {"\\Answered", "\\Flagged", "$Forwarded"},
            ("Archive/2018", digest(mail(4))): set()})

    def test_folders_of_imap_backup(self):
        text, messages = b"", []
        for number in range(3):
            one = from_line(number) + mail(number) + b"\n"
            messages.append({"uid": number + 9, "offset": len(text), "length": len(one),
                             "flags": ["Seen", "Flagged"][:number]})
            text += one
        self.write("joe/Work.mbox", text)
        self.write("joe/Work.imap", json.dumps(
            {"version": 3, "uid_validity": 7, "messages": messages}).encode())
        self.assertEqual(self.take(self.folder / "joe"), (3, 0, 0))
        self.assertEqual(self.standing(), {("Work", digest(mail(0))): set(),
                                           ("Work", digest(mail(1))): {"\\Seen"},
                                           ("Work", digest(mail(2))): {"\\Seen", "\\Flagged"}})

    def test_an_export_with_its_index(self):
        text, lines = b"", []
        raws = [mail(1), b"Subject: odd\r\n\r\nbare\nand no end", mail(3)]
        for number, raw in enumerate(raws):
            text += b"From MAILER-DAEMON Tue Jan  2 12:33:01 2018\n"
            lines.append({"path": "post/In_box.mbox", "offset": len(text), "octets": len(raw),
                          "id": digest(raw), "size": len(raw), "mailbox": "Büro.Pläne",
                          "delimiter": ".", "flags": ["\\Flagged"], "keywords": ["$late"],
                          "internal_date": f"2020-02-0{number + 1}T03:04:05+01:00"})
            text += raw + (b"" if raw.endswith(b"\n") else b"\n") + b"\n"
        lines.append({"path": "post/x.mbox", "mailbox": "Leer", "delimiter": "."})
        index = "".join(json.dumps(line) + "\n" for line in lines).encode()
        self.write("out/post/In_box.mbox", text)
        self.write("out/index.jsonl", index)
        self.assertEqual(self.take(self.folder / "out"), (3, 0, 0))
        self.assertEqual(self.archive.contents(), {digest(raw) for raw in raws})
        self.assertEqual(self.standing(), {("Büro/Pläne", digest(raw)): {"\\Flagged", "$late"}
                                           for raw in raws})
        self.assertEqual({s.date for s in self.archive.standings("old")},
                         {1580522645 + _DAY * n for n in range(3)})
        names = {row["name"] for row in self.archive.mailboxes()["items"]}
        self.assertEqual(names, {"Büro/Pläne", "Leer"})
        self.archive.run("verify", "--full").expect(0)

    def test_a_compressed_export_with_its_index_beside(self):
        raw = b"Subject: odd\r\n\r\nbare\nand no end"
        line = b"From MAILER-DAEMON Tue Jan  2 12:33:01 2018\n"
        self.write("out/all.mbox.gz", gzip.compress(line + raw + b"\n\n"))
        self.write("out/all.mbox.gz.index.jsonl", json.dumps(
            {"path": "all.mbox.gz", "offset": len(line), "octets": len(raw), "id": digest(raw),
             "mailbox": "A", "flags": ["\\Seen"]}).encode())
        self.assertEqual(self.take(self.folder / "out/all.mbox.gz"), (1, 0, 0))
        self.assertEqual(self.standing(), {("A", digest(raw)): {"\\Seen"}})


class Uploaded(Importing):

    def setUp(self):
        super().setUp()
        self.service = Service(self.archive)
        self.addCleanup(self.service.close)
        self.browser = Browser(self.service)
        self.browser.enter("/setup", {"code": self.service.setup_code, "user": "jo",
                                      "password": "a long enough one"}, 201)

    def send(self, name, octets, size=1 << 20):
        upload = self.browser.json("POST", "/uploads", {"name": name}, 201)["upload"]
        for at in range(0, len(octets), size):
            self.assertEqual(self.piece(upload, at, octets[at:at + size])[0], 200)
        return upload

    def piece(self, upload, at, octets):
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=30)
        try:
            connection.request("POST", f"/api/v1/uploads/{upload}?at={at}", octets,
                               {"Cookie": self.browser.cookie, "X-CSRF-Token": self.browser.csrf,
                                "Content-Type": "application/octet-stream"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def uploads(self):
        return list(self.archive.data.glob("incoming/uploads/*/*"))

    def start(self, upload, status=202, **more):
        answer = self.browser.json("POST", "/imports", {"account": "old", "upload": upload, **more}, status)
        return self.browser.wait_for_run(answer["id"]) if status == 202 else answer

    def test_a_file_comes_in_pieces_and_goes_when_it_was_read(self):
        text = b"".join(from_line(n) + mail(n, "x" * 900, end=b"\n") + b"\n" for n in range(3000))
        upload = self.send("../../Letters.mbox", text)
        self.assertEqual([f.name for f in self.uploads()], ["Letters.mbox"])
        run = self.start(upload)
        self.assertEqual((run["kind"], run["state"], run["counts"]["new"], run["account"]),
                         ("import", "done", 3000, "old"))
        self.assertEqual({m for m, _ in self.standing()}, {"Letters"})
        self.assertEqual(self.uploads(), [])
        run = self.start(self.send("Letters.mbox", text), mailbox="Letters")
        self.assertEqual((run["counts"]["new"], run["counts"]["already_there"]), (0, 3000))

    def test_what_was_not_read_to_the_end_is_kept(self):
        upload = self.send("a.mbox.gz", gzip.compress(from_line() + mail(1, os.urandom(9000).hex()))[:-4000])
        self.assertEqual(self.start(upload)["state"], "partial")
        self.assertEqual(len(self.uploads()), 1)
        self.browser.json("DELETE", f"/uploads/{upload}", status=204)
        self.assertEqual(self.uploads(), [])

    def test_what_is_wrong_is_refused(self):
        upload = self.send("a.mbox", b"x" * 10)
        self.assertEqual(self.piece(upload, 5, b"y")[0], 409)
        self.assertEqual(self.piece("0" * 32, 0, b"y")[0], 404)
        self.assertEqual(self.piece("..", 0, b"y")[0], 404)
        self.assertEqual(self.piece(upload, 10, bytes((1 << 20) + 1))[0], 413)
        self.start("f" * 32, 404)
        self.start(upload, 400, format="pst")
        self.assertEqual(self.browser.json("GET", "/accounts")["items"], [])


class Stopped(Importing):

    def test_run_again_it_goes_on(self):
        path = self.write("a.mbox", b"".join(from_line(n) + mail(n % 2500, end=b"\n") + b"\n"
                                             for n in range(5000)))
        with subprocess.Popen([*self.command(path)], stderr=subprocess.DEVNULL) as process:
            while not list(self.archive.data.glob("journal/*")):
                pass
            process.kill()
        imported, there, failed = self.take(path)
        self.assertEqual((imported + there, failed), (5000, 0))
        self.assertEqual(len(self.archive.contents()), 2500)
        self.assertEqual(self.archive.standings("old").total(), 5000)
        self.assertEqual(self.take(path), (0, 5000, 0))  # and clears up after the one that was killed
        self.archive.run("rebuild").expect(0)
        self.assert_again(path, count=5000)

    def command(self, path):
        return [find_binary(), "import", path, "--account", "old", "--data", self.archive.data]


if __name__ == "__main__":
    main()
