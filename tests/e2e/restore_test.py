# SPDX-License-Identifier: Apache-2.0
"""Restore: the archive goes back to an IMAP server as it came, once."""

import unittest

import client
import mails
from suite import ServerTest, main


class Restore(ServerTest):

    def setUp(self):
        super().setUp()
        self.user = self.server.new_user("source")
        self.add_account("post", self.server.url("imaps", self.user)).expect(0)

    def archive_all(self, source):
        client.put(self.server, self.user, mails.spread(source))
        self.archive.backup()
        return client.standings(self.server, self.user)

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


if __name__ == "__main__":
    main()
