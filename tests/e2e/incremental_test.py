# SPDX-License-Identifier: Apache-2.0
"""Runs after the first: how little is asked, that nothing is missed, and that no command could
change a mailbox. With all that Dovecot can do, with CONDSTORE only, and with the bare protocol."""

import collections

import client
import mails
from dovecot import Dovecot
from recorder import Recorder
from suite import ServerTest, main

BARE = "IMAP4rev1 SASL-IR LITERAL+ ID NAMESPACE UIDPLUS"


class Incremental(ServerTest):

    capability = None  # what the server advertises; None: all it has

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.capability is not None:
            cls.server.close()
            cls.server = Dovecot(settings=f"protocol imap {{\n  imap_capability = {cls.capability}\n}}\n")
            cls.addClassCleanup(cls.server.close)

    def setUp(self):
        super().setUp()
        self.recorder = Recorder(self.server.ports["imap"])
        self.addCleanup(self.recorder.close)
        self.addCleanup(self.recorder.assert_read_only)
        self.user = self.server.new_user()
        url = f"imap://{self.user}@127.0.0.1:{self.recorder.port}"
        secret = self.folder / "password"
        secret.write_text("correct-horse")
        self.archive.run("account", "add", "post", url, "--insecure-plaintext", "--password-file",
                         secret).expect(0)

    def fill(self, count=240):
        source = list(mails.built_in_mails())
        client.put(self.server, self.user,
                   mails.spread(source[number % len(source)] for number in range(count)))
        client.put(self.server, self.user,
                   [("INBOX", b"X-Number: %d\r\n" % number + raw, set(), 86400)
                    for number, raw in enumerate((source * 4)[:120])])
        self.archive.backup()
        self.recorder.take()

    def change(self):
        """10 new messages, 100 changed flags and 20 deletions in INBOX, one more new elsewhere."""
        source = list(mails.built_in_mails())[20:31]
        client.put(self.server, self.user, [("INBOX", raw, set(), 90000) for raw in source[:10]])
        client.put(self.server, self.user, [("Archive", source[10], set(), 90000)])
        with client.imap(self.server, self.user) as peer:
            client.ok(peer.select("INBOX"))
            client.ok(peer.store("1:100", "FLAGS", "(\\Flagged NewWord)"))
            client.ok(peer.store("5:14,101:110", "+FLAGS", "(\\Deleted)"))
            client.ok(peer.expunge())

    def asked(self, word):
        return [line for line in self.commands if line.startswith(word)]

    def run_again(self):
        report = self.archive.backup()["post"]
        self.commands = self.recorder.take()
        self.recorder.assert_read_only()
        self.assertEqual(report["state"], "done")
        self.assertEqual(self.archive.standings("post"), client.standings(self.server, self.user))
        return report

    def assert_complete(self):
        status = self.archive.run("status", "--mailboxes", "--json").expect(0).json
        rows = {row["name"]: row["completeness"] for row in status["mailboxes"]}
        with client.imap(self.server, self.user) as peer:
            for name in client.mailboxes(peer):
                held = int(client.ok(peer.select(client.quote(name), readonly=True))[0])
                said = rows[name]
                self.assertEqual((said["on_server"], said["archived"]), (held, held), name)
                self.assertEqual((said["quarantined"], said["to_come"]), (0, 0), name)

    def test_changes_are_found_and_the_archive_is_the_same(self):
        self.fill()
        self.change()
        report = self.run_again()
        self.assertEqual((report["new"], report["vanished"]), (11, 20))
        self.assertEqual(report["flag_changes"], 90)
        self.assert_complete()
        self.assert_how_changes_are_found()
        report = self.run_again()
        self.assertEqual((report["new"], report["vanished"], report["flag_changes"]), (0, 0, 0))
        self.assert_how_nothing_is_found()

    def test_a_rebuild_costs_one_full_pass_and_changes_nothing(self):
        self.fill(24)
        self.archive.run("rebuild").expect(0)
        before = self.archive.packs()
        self.run_again()
        self.assertEqual(len(self.asked("UID FETCH 1:*")), len(self.asked("EXAMINE")))
        self.assertEqual(self.asked("UID FETCH 1:* (FLAGS RFC822.SIZE)"), self.asked("UID FETCH"))
        self.assertEqual(self.archive.packs(), before)
        self.assert_complete()

    def test_a_great_loss_waits_until_it_is_accepted(self):
        self.fill(24)
        held = self.archive.standings("post")
        with client.imap(self.server, self.user) as peer:
            client.ok(peer.select("INBOX"))
            client.ok(peer.store("3:102", "+FLAGS", "(\\Deleted)"))
            client.ok(peer.expunge())
        client.put(self.server, self.user,
                   [("INBOX", list(mails.built_in_mails())[30], set(), 90000)])
        for new in (1, 0):
            report = self.archive.run("backup", "--json").expect(3).json["accounts"][0]
            self.assertEqual((report["state"], report["new"], report["vanished"]),
                             ("partial", new, 0))
            self.assertIn("100 of", report["error"])
        self.assertEqual(held - self.archive.standings("post"), collections.Counter())
        status = self.archive.run("status", "--json").expect(0).json["accounts"][0]
        self.assertEqual([(loss["mailbox"], loss["lost"], loss["accepted_at"])
                          for loss in status["needs_a_look"]], [("INBOX", 100, None)])
        self.archive.run("account", "accept", "post").expect(0)
        self.assertEqual(self.run_again()["vanished"], 100)
        status = self.archive.run("status", "--json").expect(0).json["accounts"][0]
        self.assertEqual(status["needs_a_look"], [])
        self.assert_complete()

    def assert_how_changes_are_found(self):
        self.assertEqual(len(self.asked("LIST")), 1)
        self.assertIn("RETURN (STATUS", self.asked("LIST")[0])
        self.assertEqual(len(self.asked("EXAMINE")), 2, "INBOX and Archive are opened")
        self.assertTrue(all("(QRESYNC (" in line for line in self.asked("EXAMINE")))
        self.assertEqual(self.asked("UID SEARCH"), [])
        self.assertEqual(self.asked("UID FETCH 1:*"), [])

    def assert_how_nothing_is_found(self):
        self.assertEqual(self.asked("EXAMINE"), [], "an unchanged mailbox is opened")
        self.assertEqual(self.asked("STATUS"), [])


class WithCondstoreOnly(Incremental):

    capability = BARE + " ENABLE CONDSTORE ESEARCH"

    def assert_how_changes_are_found(self):
        self.assertEqual(len(self.asked("EXAMINE")), 2, "INBOX and Archive are opened")
        self.assertTrue(all("(CONDSTORE)" in line for line in self.asked("EXAMINE")))
        self.assertEqual(self.asked("UID SEARCH"), ["UID SEARCH RETURN (ALL) ALL"])
        self.assertEqual(len([line for line in self.commands if "CHANGEDSINCE" in line]), 2)

    def assert_how_nothing_is_found(self):
        self.assertEqual(self.asked("EXAMINE"), [], "an unchanged mailbox is opened")
        self.assertGreater(len(self.asked("STATUS")), 2)


class WithTheBareProtocol(Incremental):

    capability = BARE

    def assert_how_changes_are_found(self):
        self.assertFalse([line for line in self.commands
                          if "CONDSTORE" in line or "QRESYNC" in line or "MODSEQ" in line])

    def assert_how_nothing_is_found(self):
        self.assertFalse([line for line in self.commands if "BODY" in line])


if __name__ == "__main__":
    main()
