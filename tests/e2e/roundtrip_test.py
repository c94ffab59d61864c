# SPDX-License-Identifier: Apache-2.0
"""Nobody is locked in: what any export holds, an import into an empty archive gives back with the same
ids, mailboxes, flags, keywords and dates."""

import collections
import unittest

import mails
from scripted_server import Message, ScriptedImap
from suite import ArchiveTest, SourceTest, main

_FORMS = (("mbox", "mbox"), ("eml", "eml"), ("maildir", "maildir"), ("eml", "eml.zip"),
          ("maildir", "maildir.zip"), ("mbox", "mbox.tar.zst"), ("maildir", "maildir.tar.gz"),
          ("mbox", "all.mbox"), ("mbox", "all.mbox.zst"))
_ODD = (b"Subject: f\r\n\r\nFrom here\r\n>From there\r\nFrom x Mon Jan  1 00:00:00 2024\r\n\r\n",
        b"Subject: n\r\n\r\nno end",
        b"Subject: l\n\nFrom LF\n\n\nFrom again\n\n",
        b"Subject: \xe4\xff\r\n\r\n" + bytes(range(256)) + b"\r\n",
        b"\r\n\r\n\r\n")


class RoundTrip:
    """For test cases with an archive."""

    def assert_comes_back(self, kind, name):
        output = self.folder / name
        self.archive.run("export", "--format", kind, "--output", output, "--json").expect(0)
        fresh = self.new_archive(f"from-{name}")
        told = fresh.run("import", output, "--account", "post", "--json").expect(0).json
        held = self.archive.standings()
        self.assertEqual(told["failed"], 0)
        self.assertEqual((told["imported"], told["already_there"]), (held.total(), 0))
        wanted = collections.Counter(
            one._replace(mailbox=one.mailbox.replace(self.delimiter, "/")) for one in held.elements())
        self.assertEqual(fresh.standings(), wanted)
        self.assertEqual(fresh.contents(), self.archive.contents())
        again = fresh.run("import", output, "--account", "post", "--json").expect(0).json
        self.assertEqual((again["imported"], again["already_there"]), (0, held.total()))
        self.assertEqual(fresh.standings(), wanted)
        fresh.run("verify", "--full").expect(0)

    def assert_all_come_back(self):
        self.assertGreater(self.archive.standings().total(), 0)
        for kind, name in _FORMS:
            with self.subTest(name):
                self.assert_comes_back(kind, name)


class Odd(RoundTrip, ArchiveTest):
    """Octets that no format loves, in mailboxes with names that none does."""

    delimiter = "/"

    def test_every_octet_comes_back(self):
        server = ScriptedImap()
        self.add_account_on(server)
        server.mailboxes = {
            name: [Message(uid, raw + (name.encode() if uid % 2 else b""), "\\Seen $Forwarded late")
                   for uid, raw in enumerate(_ODD, 1)]
            for name in ("INBOX", "a/b", "Work", "work", ".hidden", "a.mbox", "&ZeVnLIqe-")}
        self.archive.backup()
        self.assert_all_come_back()


class Real(RoundTrip, SourceTest):

    delimiter = "."

    def test_what_a_server_held_comes_back(self):
        self.archive_all(list(mails.built_in_mails()))
        self.assert_all_come_back()

    def test_the_corpus_comes_back(self):
        folder = mails.corpus_folder()
        if folder is None:
            raise unittest.SkipTest("no corpus (MAILKEEP_CORPUS)")
        self.archive_all(mails.corpus_mails(folder))
        for kind, name in (("mbox", "mbox.tar.zst"), ("maildir", "maildir"), ("eml", "eml.zip")):
            with self.subTest(name):
                self.assert_comes_back(kind, name)


if __name__ == "__main__":
    main()
