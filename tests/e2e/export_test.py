# SPDX-License-Identifier: Apache-2.0
"""Export: mail leaves the archive octet for octet, in forms that programs which know nothing of
Mailkeep read, and whole or not at all."""

import collections
import csv
import datetime
import email
import hashlib
import io
import json
import mailbox
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tarfile
import time
import unittest
import zipfile

import client
import mails
from mailkeep import Standing, find_binary
from scripted_server import Message, ScriptedImap
from suite import ArchiveTest, SourceTest, main

_ODD = {
    "from lines": b"Subject: f\r\n\r\nFrom here\r\n>From there\r\nFrom \r\n\r\nFrom x Mon Jan  1\r\n",
    "no final line end": b"Subject: n\r\n\r\nno end",
    "a half From": b"Subject: h\r\n\r\n>>From",
    "nothing but line ends": b"\r\n\r\n\r\n",
    "lone line feeds": b"Subject: l\n\nFrom LF\n\n\nFrom again\n\n",
    "lone carriage returns": b"Subject: c\r\n\r\na\rFrom b\rc\r",
    "zeros and 8 bit": b"Subject: \xe4\xff\r\n\r\n" + bytes(range(256)) + b"\r\n",
    "an mbox": b"Subject: m\r\n\r\n" + b"From a Mon Jan  1 00:00:00 2024\r\n\r\n" * 3,
}
_HOSTILE = ("INBOX", "../../x", "a/b", "A/b", "Work", "work", ".hidden", "a.mbox", "a.mbox/b",
            "x" * 400, "&ZeVnLIqe-", "nul", "..", "<b>&-\x27:")


def digest(octets):
    return hashlib.sha256(octets).hexdigest()


def tree(folder):
    """{path: octets} of every file below a folder."""
    return {str(file.relative_to(folder)): file.read_bytes()
            for file in folder.rglob("*") if file.is_file()}


def unquoted(octets):
    return re.sub(rb"^>(>*From )", rb"\1", octets, flags=re.M)


def unzstd(octets):
    return subprocess.run(["zstd", "-dcq"], input=octets, capture_output=True, check=True).stdout


def tar_tree(octets):
    with tarfile.open(fileobj=io.BytesIO(octets)) as members:
        return {m.name: members.extractfile(m).read() for m in members if m.isfile()}


def zip_tree(file):
    with zipfile.ZipFile(file) as members:
        return {name: members.read(name) for name in members.namelist() if name[-1] != "/"}


def index_of(octets):
    """Lines of messages; then those of mailboxes without any."""
    lines = [json.loads(line) for line in octets.splitlines()]
    return [line for line in lines if "id" in line], [line for line in lines if "id" not in line]


def seconds(moment):
    return int(datetime.datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp())


def standings(lines):
    return collections.Counter(
        Standing(line["mailbox"], line["id"], frozenset(line["flags"] + line["keywords"]),
                 seconds(line["internal_date"])) for line in lines)


def message_at(line, files):
    """Its octets, as export_index.hpp says they are found."""
    stored = files[line["path"]][line["offset"]:line["offset"] + line["octets"]]
    return unquoted(stored) if line["path"].endswith(".mbox") else stored


class Exporting:
    """For test cases with an archive."""

    def export(self, kind, name, *options):
        output = self.folder / name
        report = self.archive.run("export", "--format", kind, "--output", output, "--json",
                                  *options).expect(0).json
        self.assertEqual(report["failed"], 0)
        return output, report

    def exported_tree(self, kind, name="out", *options):
        output, _ = self.export(kind, name, *options)
        files = tree(output)
        shutil.rmtree(output)
        return files

    def assert_complete(self, files):
        """Every placement that stands is there, and exact."""
        lines, _ = index_of(files["index.jsonl"])
        self.assertEqual(standings(lines), self.archive.standings())
        for line in lines:
            octets = message_at(line, files)
            self.assertEqual((digest(octets), len(octets)), (line["id"], line["size"]), line)
        rows = list(csv.DictReader(io.StringIO(files["index.csv"].decode())))
        self.assertEqual([row["path"] for row in rows if row["id"]],
                         [line["path"] for line in lines])

    def assert_read_by_python(self, files):
        """The mailbox module counts and gives the same messages as the index."""
        wanted = collections.defaultdict(list)
        for line in index_of(files["index.jsonl"])[0]:
            wanted[line["path"]].append(message_at(line, files))
        for path, messages in wanted.items():
            file = self.folder / "read.mbox"
            file.write_bytes(files[path])
            box = mailbox.mbox(file, create=False)
            found = [unquoted(box.get_bytes(key)) for key in box.keys()]
            self.assertEqual(found, [m if m.endswith(b"\n") else m + b"\n" for m in messages], path)
            dates = [box[key].get_from() for key in box.keys()]
            self.assertTrue(all(re.match(r"MAILER-DAEMON \w{3} \w{3} [ \d]\d ", d) for d in dates))


class Hostile(Exporting, ArchiveTest):
    """Octets and names that no careful server would give."""

    def setUp(self):
        super().setUp()
        self.server = ScriptedImap()
        self.add_account_on(self.server)
        self.server.mailboxes = {
            name: [Message(uid, raw + (name.encode() if uid % 2 else b""), "\\Seen $Forwarded")
                   for uid, raw in enumerate(_ODD.values(), 1)] for name in _HOSTILE}
        self.server.mailboxes["Empty"] = []
        self.archive.backup()

    def test_every_octet_is_in_an_mbox(self):
        files = self.exported_tree("mbox")
        self.assert_complete(files)
        self.assert_read_by_python(files)
        self.assertEqual(files["post/Empty.mbox"], b"")

    def test_every_octet_is_in_an_eml_and_in_a_maildir(self):
        for kind in ("eml", "maildir"):
            files = self.exported_tree(kind)
            self.assert_complete(files)
            self.assertEqual([line["mailbox"] for line in index_of(files["index.jsonl"])[1]],
                             ["Empty"])

    def test_no_name_leads_out_of_the_folder_or_to_another_mailbox(self):
        for kind in ("mbox", "eml", "maildir"):
            before = set(os.listdir(self.folder))
            files = self.exported_tree(kind)
            self.assertEqual(set(os.listdir(self.folder)), before)
            self.assertEqual(len({path.lower() for path in files}), len(files))
            self.assertLess(max(len(part) for path in files for part in path.split("/")), 250)
            lines, _ = index_of(files["index.jsonl"])
            self.assertEqual(len({line["mailbox"] for line in lines}), len(_HOSTILE))
            folders = {(line["path"] if kind == "mbox" else line["path"].rsplit("/", 1)[0]).lower()
                       for line in lines}
            self.assertEqual(len(folders), len(_HOSTILE))

    def test_zip_and_tars_hold_the_same_files(self):
        for kind in ("mbox", "eml", "maildir"):
            files = self.exported_tree(kind)
            self.assertEqual(zip_tree(self.export(kind, f"{kind}.zip")[0]), files)
            packed = self.export(kind, f"{kind}.tar.zst")[0].read_bytes()
            self.assertEqual(tar_tree(unzstd(packed)), files)
            self.assertEqual(tar_tree(self.export(kind, f"{kind}.tgz")[0].read_bytes()), files)
        self.assertEqual(tar_tree(self.archive.run(
            "export", "--format", "maildir", "--output", "-").expect(0).out), files)

    def test_a_zip_is_as_unzip_wants_it(self):
        if not shutil.which("unzip"):
            self.skipTest("there is no unzip")
        packed, _ = self.export("maildir", "out.zip")
        subprocess.run(["unzip", "-q", packed, "-d", self.folder / "unzipped"], check=True,
                       env={**os.environ, "LC_ALL": "C.UTF-8"})
        self.export("maildir", "out")
        self.assertEqual(tree(self.folder / "unzipped"), tree(self.folder / "out"))
        for file in (self.folder / "out").rglob("*"):
            same = self.folder / "unzipped" / file.relative_to(self.folder / "out")
            if file.is_file() or file.name == "cur":
                self.assertEqual(same.stat().st_mode, file.stat().st_mode)
            if file.parent.name == "cur":
                self.assertEqual(int(same.stat().st_mtime), int(file.stat().st_mtime))

    def test_one_mbox_holds_all(self):
        single, _ = self.export("mbox", "all.mbox")
        files = {"all.mbox": single.read_bytes(),
                 "index.jsonl": (self.folder / "all.mbox.index.jsonl").read_bytes(),
                 "index.csv": (self.folder / "all.mbox.index.csv").read_bytes()}
        self.assert_complete(files)
        self.assert_read_by_python(files)
        packed, _ = self.export("mbox", "all.mbox.zst")
        self.assertEqual(unzstd(packed.read_bytes()), files["all.mbox"])
        self.assertIn(b'"all.mbox.zst"', (self.folder / "all.mbox.zst.index.jsonl").read_bytes())
        piped = self.archive.run("export", "--format", "mbox", "--output", "-").expect(0).out
        self.assertEqual(piped, files["all.mbox"])

    def test_a_message_too_large_for_memory_is_whole(self):
        raw = b"Subject: large\r\n\r\n" + b"From the start\r\n" * 700_000 + b"end"
        self.server.mailboxes = {"Large": [Message(1, raw)]}
        self.archive.run("account", "accept", "post")
        self.archive.backup()
        for kind in ("mbox", "eml", "maildir"):
            packed, _ = self.export(kind, f"{kind}.tar", "--mailbox", "Large")
            files = tar_tree(packed.read_bytes())
            line, = index_of(files["index.jsonl"])[0]
            self.assertEqual(digest(message_at(line, files)), digest(raw))
            self.assertEqual(tree(self.export(kind, kind, "--mailbox", "Large")[0]), files)

    def test_a_past_of_a_mailbox_is_kept_apart_from_its_present(self):
        self.server.uid_validity = 8
        del self.server.mailboxes["INBOX"][6]  # which stands nowhere else
        self.archive.backup()
        files = self.exported_tree("eml", "out", "--query", "is:gone OR -is:gone",
                                   "--mailbox", "INBOX")
        lines, _ = index_of(files["index.jsonl"])
        self.assertEqual(len(lines), len(_ODD))
        self.assertEqual([line["uid"] for line in lines if line["gone_at"]], [7])
        self.assertTrue(all(digest(files[line["path"]]) == line["id"] for line in lines))

    def test_what_is_there_is_not_lost(self):
        taken = self.folder / "taken"
        taken.mkdir()
        (taken / "mine").write_bytes(b"mine")
        (self.folder / "taken.zip").write_bytes(b"mine")
        for name in ("taken", "taken.zip"):
            refused = self.archive.run("export", "--format", "eml", "--output", self.folder / name)
            self.assert_refused(refused, 1, "there already", "--force")
        self.assertEqual((self.folder / "taken.zip").read_bytes(), b"mine")
        self.export("eml", "taken", "--force")
        files = tree(taken)
        self.assertEqual(files.pop("mine"), b"mine")
        self.assert_complete(files)
        self.export("eml", "taken", "--force")
        self.export("eml", "taken.zip", "--force")
        self.assertEqual(len(zip_tree(self.folder / "taken.zip")), len(files))

    def test_what_it_cannot_write_is_told(self):
        for name, kind, words in (("x.7z", "eml", ".zip"), ("x.mbox", "eml", "only mbox")):
            self.assert_refused(self.archive.run("export", "--format", kind, "--output",
                                                 self.folder / name), 2, words)
        blocked = self.folder / "file"
        blocked.write_bytes(b"x")
        self.assert_refused(self.archive.run("export", "--format", "eml", "--output",
                                             blocked / "below"), 1, "cannot create")


class Faithful(Exporting, SourceTest):
    """What a server held is what other programs find."""

    def assert_faithful(self, source):
        held = self.archive_all(source)
        for kind in ("mbox", "eml", "maildir"):
            files = self.exported_tree(kind)
            self.assert_complete(files)
            self.assertEqual(standings(index_of(files["index.jsonl"])[0]), held)
            if kind == "mbox":
                self.assert_read_by_python(files)
        output, report = self.export("maildir", "maildir")
        self.assertEqual(report["messages"], held.total())
        reader = self.server.new_user("reader")
        home = self.server.home(reader)
        home.mkdir()
        shutil.copytree(output / "post", home / "Maildir")
        self.server.own_mail(reader)
        self.assertEqual(client.standings(self.server, reader), held)
        return output, held

    def test_a_maildir_is_what_dovecot_and_python_take_it_for(self):
        output, held = self.assert_faithful(list(mails.built_in_mails()))
        box = mailbox.Maildir(output / "post", create=False)
        boxes = [box, *(box.get_folder(name) for name in box.list_folders())]
        self.assertEqual(sum(len(one) for one in boxes), held.total())
        inbox = {digest(box.get_bytes(key)): set(box.get_message(key).get_flags())
                 for key in box.keys()}
        letters = {"\\Seen": "S", "\\Answered": "R", "\\Flagged": "F", "\\Draft": "D",
                   "\\Deleted": "T", "$Forwarded": "P"}
        for standing in held:
            if standing.mailbox == "INBOX":
                wanted = {letters[flag] for flag in standing.flags if flag in letters}
                self.assertEqual({f for f in inbox[standing.digest] if f.isupper()}, wanted)

    def test_the_corpus_is_exported_whole(self):
        folder = mails.corpus_folder()
        if folder is None:
            raise unittest.SkipTest("no corpus (MAILKEEP_CORPUS)")
        self.assert_faithful(mails.corpus_mails(folder))

    def test_files_carry_the_internal_date(self):
        held = self.archive_all(list(mails.built_in_mails())[:12])
        dates = sorted((standing.digest, standing.date) for standing in held.elements())
        output, _ = self.export("eml", "out")
        files = list(output.rglob("*.eml"))
        self.assertEqual(sorted((digest(f.read_bytes()), f.stat().st_mtime) for f in files), dates)
        self.assertEqual({f.stat().st_mode & 0o777 for f in files}, {0o600})
        packed, _ = self.export("eml", "out.tar")
        with tarfile.open(packed) as members:
            self.assertEqual(sorted((digest(members.extractfile(member).read()), member.mtime)
                                    for member in members if member.name.endswith(".eml")), dates)

    def test_a_selection_is_exported(self):
        held = self.archive_all(mails.built_in_mails())
        files = self.exported_tree("eml", "out", "--query", "zanzibar10 OR zanzibar15")
        found = {message["id"] for message in
                 self.archive.search("zanzibar10 OR zanzibar15")["messages"]}
        lines, empty = index_of(files["index.jsonl"])
        self.assertEqual({line["id"] for line in lines}, found)
        self.assertEqual(empty, [])
        one = self.exported_tree("eml", "out", "--mailbox", "R&D")
        self.assertEqual(standings(index_of(one["index.jsonl"])[0]),
                         collections.Counter(s for s in held.elements() if s.mailbox == "R&D"))

    def test_notmuch_reads_an_exported_maildir(self):
        if shutil.which("notmuch") is None:
            raise unittest.SkipTest("notmuch is not installed")
        held = self.archive_all(list(mails.built_in_mails()))
        output, _ = self.export("maildir", "maildir")
        config = self.folder / "notmuch"
        config.write_text(f"[database]\npath={output}/post\n[user]\nname=a\nprimary_email=a@b.c\n"
                          "[new]\nignore=dovecot-keywords;maildirfolder\n"
                          "[maildir]\nsynchronize_flags=true\n")
        def notmuch(*arguments):
            return subprocess.run(["notmuch", f"--config={config}", *arguments], check=True,
                                  capture_output=True, text=True).stdout
        notmuch("new")
        files = notmuch("search", "--output=files", "*").splitlines()
        self.assertEqual(collections.Counter(digest(pathlib.Path(f).read_bytes()) for f in files),
                         collections.Counter(s.digest for s in held.elements()))

    def test_mu_reads_an_exported_maildir(self):
        if shutil.which("mu") is None:
            raise unittest.SkipTest("mu is not installed")
        held = self.archive_all(list(mails.built_in_mails()))
        output, _ = self.export("maildir", "maildir")
        home = f"--muhome={self.folder}/mu"
        subprocess.run(["mu", "init", home, f"--maildir={output}/post"], check=True,
                       capture_output=True)
        subprocess.run(["mu", "index", home], check=True, capture_output=True)
        found = subprocess.run(["mu", "find", home, "--fields=l", ""],
                               check=True, capture_output=True, text=True).stdout
        self.assertEqual(len(found.splitlines()), held.total())

    def test_attachments_are_given_once_each(self):
        self.archive_all(mails.built_in_mails())
        files = self.exported_tree("attachments")
        lines = [json.loads(line) for line in files.pop("manifest.jsonl").splitlines()]
        self.assertEqual(len(list(csv.DictReader(io.StringIO(
            files.pop("manifest.csv").decode())))), len(lines))
        wanted = collections.Counter()
        for raw in mails.built_in_mails():
            for part in email.message_from_bytes(raw).walk():
                if part.get_content_disposition() == "attachment":
                    wanted[digest(part.get_payload(decode=True)), part.get_filename()] += 1
        self.assertEqual({(line["sha256"], line["name"]) for line in lines}, set(wanted))
        self.assertEqual({line["path"] for line in lines}, set(files))
        self.assertEqual(len(files), len({sha for sha, _ in wanted}))
        for line in lines:
            self.assertEqual(digest(files[line["path"]]), line["sha256"])
            self.assertEqual(digest(self.archive.raw(line["message"])), line["message"])
        packed = zip_tree(self.export("attachments", "out.zip")[0])
        self.assertEqual({path for path in packed if not path.startswith("manifest.")}, set(files))

    def test_an_interrupt_leaves_nothing_behind(self):
        self.archive_all(mails.built_in_mails())
        before = set(os.listdir(self.folder))
        for name in ("out", "out.tar.zst", "out.zip"):
            with subprocess.Popen(
                    [str(find_binary()), "export", "--format", "eml", "--output",
                     str(self.folder / name), "--data", str(self.archive.data)],
                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
                while set(os.listdir(self.folder)) == before and process.poll() is None:
                    time.sleep(0.0002)
                process.send_signal(signal.SIGINT)
                told = process.stderr.read().decode()
            left = set(os.listdir(self.folder)) - before
            if process.returncode == 0:  # it was done before the signal came
                self.assertEqual(left, {name})
                before |= left
            else:
                self.assertEqual((process.returncode, left), (1, set()), told)
                self.assertIn("stopped", told)


if __name__ == "__main__":
    main()
