# SPDX-License-Identifier: Apache-2.0
"""Restore: the archive goes back to an IMAP server as it came, once."""

import unittest

import client
import mails
from cutting_line import CuttingLine
from dovecot import PASSWORD
from suite import SourceTest, main


class Restore(SourceTest):

    def restore(self, user, *options):
        return self.restore_to(self.server.url("imaps", user), "--json", *options).expect(0).json

    def assert_round_trip(self, source):
        held = self.archive_all(source)
        target = self.server.new_user("target")
        first = self.restore(target)
        self.assertEqual((first["appended"], first["already_there"], first["failed"]),
                         (held.total(), 0, 0))
        self.assertEqual(client.standings(self.server, target), held)
        second = self.restore(target)
        self.assertEqual((second["appended"], second["already_there"], second["failed"]),
                         (0, held.total(), 0))
        self.assertEqual(client.standings(self.server, target), held)

    def test_everything_goes_to_an_empty_account_and_a_second_time_nothing(self):
        self.assert_round_trip(mails.built_in_mails())

    def test_the_corpus_goes_to_an_empty_account_and_a_second_time_nothing(self):
        folder = mails.corpus_folder()
        if folder is None:
            raise unittest.SkipTest("no corpus (MAILKEEP_CORPUS)")
        self.assert_round_trip(mails.corpus_mails(folder))

    def test_what_was_lost_comes_back_to_the_same_account(self):
        held = self.archive_all(list(mails.built_in_mails())[:24])
        with client.imap(self.server, self.user) as peer:
            client.ok(peer.select("INBOX"))
            client.ok(peer.store("1", "+FLAGS", "(\\Deleted)"))
            client.ok(peer.expunge())
            client.ok(peer.delete(client.quote("R&D")))
        lost = held - client.standings(self.server, self.user)
        self.assertEqual(self.restore(self.user)["appended"], lost.total())
        self.assertEqual(client.standings(self.server, self.user), held)

    def test_a_restore_done_by_another_archive_is_recognised(self):
        held = self.archive_all(list(mails.built_in_mails())[:12])
        target = self.server.new_user("target")
        self.restore(target)
        other = self.new_archive("other")
        self.add_account("post", self.server.url("imaps", self.user), archive=other).expect(0)
        other.backup()
        report = self.restore_to(self.server.url("imaps", target), "--json",
                                 archive=other).expect(0).json
        self.assertEqual((report["appended"], report["already_there"]), (0, held.total()))

    def test_a_dry_run_counts_and_changes_nothing(self):
        held = self.archive_all(list(mails.built_in_mails())[:12])
        target = self.server.new_user("target")
        report = self.restore(target, "--dry-run")
        self.assertEqual(report["appended"], held.total())
        self.assertEqual(client.standings(self.server, target).total(), 0)

    def test_a_selection_goes_below_a_prefix(self):
        held = self.archive_all(list(mails.built_in_mails())[:24])
        target = self.server.new_user("target")
        self.restore(target, "--mailbox", "R&D", "--prefix", "Zurück")
        wanted = {s._replace(mailbox="Zurück/R&D") for s in held if s.mailbox == "R&D"}
        self.assertEqual(set(client.standings(self.server, target)), wanted)

    def test_a_query_selects_what_goes_back(self):
        self.archive_all(mails.built_in_mails())
        target = self.server.new_user("target")
        found = self.archive.search("zanzibar10")["messages"]
        report = self.restore(target, "--query", "zanzibar10")
        self.assertGreaterEqual(report["appended"], 1)
        self.assertEqual({s.digest for s in client.standings(self.server, target)},
                         {message["id"] for message in found})

    def test_mail_that_looks_like_commands_stays_mail(self):
        raw = b"Subject: a\r\n\r\na1 DELETE INBOX\r\nA2 LOGOUT\r\n* BYE\r\n+ go\r\n)\r\n"
        client.put(self.server, self.user, [("INBOX", raw, {"\\Seen"}, 86400)])
        self.archive.backup()
        target = self.server.new_user("target")
        self.restore(target)
        self.assertEqual(client.standings(self.server, target),
                         client.standings(self.server, self.user))

    def test_cut_anywhere_and_run_again_nothing_is_there_twice_and_nothing_is_missing(self):
        held = self.archive_all(list(mails.built_in_mails())[:40])
        secret = self.folder / "restore-password"
        secret.write_text(PASSWORD)
        target = self.server.new_user("target")

        def restore(user, octets):
            with CuttingLine(self.server.ports["imap"], octets) as line:
                done = self.archive.run("restore", "--to", f"imap://{user}@127.0.0.1:{line.port}",
                                        "--insecure-plaintext", "--password-file", str(secret), "--json")
                return done, line.sent

        whole = restore(target, 1 << 40)[1]
        for cut in range(1, 24, 3):
            target = self.server.new_user("cut")
            url = self.server.url("imaps", target)
            restore(target, whole * cut // 24)
            self.restore_to(url).expect(0)
            self.assertEqual(client.standings(self.server, target), held, f"cut at {cut}/24")

    def test_mail_moves_to_another_account_and_later_what_came_in_since(self):
        self.archive_all(list(mails.built_in_mails())[:24])
        other = self.server.new_user("other")
        self.add_account("new", self.server.url("imaps", other)).expect(0)
        move = ("restore", "--account", "post", "--to", "new", "--json")
        self.archive.run(*move).expect(0)
        held = client.standings(self.server, self.user)
        self.assertEqual(client.standings(self.server, other), held)
        self.archive.backup()
        client.put(self.server, self.user, [("R&D", b"Subject: late\r\n\r\nx\r\n", set(), 86400)])
        self.archive.backup("post")
        report = self.archive.run(*move).expect(0).json
        self.assertEqual((report["appended"], report["already_there"]), (1, held.total()))
        self.assertEqual(client.standings(self.server, other),
                         client.standings(self.server, self.user))

    def test_a_role_goes_to_the_mailbox_that_has_it(self):
        client.put(self.server, self.user, [("Gesendet", b"Subject: a\r\n\r\n", set(), 86400),
                                            ("Archiv", b"Subject: b\r\n\r\n", set(), 86400)])
        self.archive.backup()
        target = self.server.new_user("target")
        with client.imap(self.server, target) as peer:
            client.ok(peer.create("Sent"))
        plan = self.restore(target, "--dry-run")["mailboxes"]
        self.assertEqual({box["name"]: box["is_created"] for box in plan},
                         {"Sent": False, "Archiv": True})
        self.restore(target)
        self.assertEqual({s.mailbox for s in client.standings(self.server, target)},
                         {"Sent", "Archiv"})

    def test_what_was_appended_is_read_back_and_compared(self):
        held = self.archive_all(mails.built_in_mails())
        target = self.server.new_user("target")
        report = self.restore(target, "--verify")
        self.assertEqual(sum(box["identical"] for box in report["mailboxes"]), held.total())
        self.assertTrue(report["is_verified"])


if __name__ == "__main__":
    main()
