# SPDX-License-Identifier: Apache-2.0
"""IMAP backup: what an independent client sees on the server is what the archive holds."""

import unittest

import client
import mails
from suite import ServerTest, main


class Mirror(ServerTest):

    def new_account(self, scheme="imaps", *options):
        user = self.server.new_user()
        host = "localhost" if scheme == "imaps" else "127.0.0.1"
        self.add_account("post", self.server.url(scheme, user, host), *options).expect(0)
        return user

    def fill(self, user, source):
        client.put(self.server, user, mails.spread(source))
        return client.standings(self.server, user)

    def assert_mirrored(self, user):
        held = client.standings(self.server, user)
        self.assertEqual(self.archive.standings("post"), held)
        return held

    def assert_nothing_to_do(self):
        before = self.archive.packs()
        again = self.archive.backup()["post"]
        self.assertEqual((again["state"], again["new"], again["flag_changes"], again["vanished"]),
                         ("done", 0, 0, 0))
        self.assertEqual(self.archive.packs(), before, "a run without news has changed the packs")

    def test_mail_of_every_kind_in_twelve_mailboxes_is_mirrored_exactly(self):
        user = self.new_account()
        held = self.fill(user, mails.built_in_mails())
        self.assertEqual(len({standing.mailbox for standing in held}), 12)
        report = self.archive.backup()["post"]
        self.assertEqual((report["state"], report["new"]), ("done", held.total()))
        self.assert_mirrored(user)
        self.assertEqual(set(self.archive.exported()), {s.digest for s in held})
        self.assertEqual(client.standings(self.server, user), held, "the server has changed")
        self.assert_nothing_to_do()

    def test_the_corpus_is_mirrored_exactly(self):
        folder = mails.corpus_folder()
        if folder is None:
            raise unittest.SkipTest("no corpus (MAILKEEP_CORPUS)")
        user = self.new_account()
        held = self.fill(user, mails.corpus_mails(folder))
        self.assertEqual(self.archive.backup()["post"]["new"], held.total())
        self.assert_mirrored(user)
        self.assertEqual(set(self.archive.exported()), {s.digest for s in held})
        self.assert_nothing_to_do()

    def test_starttls_gives_the_same_as_tls_on_connect(self):
        user = self.new_account("imap")
        held = self.fill(user, list(mails.built_in_mails())[:12])
        self.archive.backup()
        self.assertEqual(self.assert_mirrored(user), held)
        self.assertRegex(self.server.log(), rf"Login: user=<{user}>.*TLS")

    def test_a_pinned_certificate_needs_no_authority(self):
        user = self.server.new_user()
        pin = self.server.certificates.fingerprint("expired")
        self.add_account("post", self.server.url("imaps", user, "127.0.0.2"),
                         "--tls-fingerprint", pin).expect(0)
        self.assertEqual(self.archive.backup()["post"]["state"], "done")

    def test_each_message_is_shown_octet_for_octet(self):
        user = self.new_account()
        source = list(mails.built_in_mails())[:5]
        client.put(self.server, user, [("INBOX", raw, set(), 86400) for raw in source])
        self.archive.backup()
        for standing in client.standings(self.server, user):
            self.assertEqual(client.digest_of(self.archive.raw(standing.digest)), standing.digest)

    def test_flag_changes_are_followed(self):
        user = self.new_account()
        self.fill(user, list(mails.built_in_mails())[:24])
        self.archive.backup()
        with client.imap(self.server, user) as peer:
            client.ok(peer.select("INBOX"))
            client.ok(peer.store("1", "FLAGS", "(\\Flagged NewWord)"))
            client.ok(peer.store("2", "FLAGS", "()"))
        report = self.archive.backup()["post"]
        self.assertEqual((report["new"], report["flag_changes"]), (0, 2))
        self.assert_mirrored(user)
        self.assert_nothing_to_do()

    def test_what_vanishes_on_the_server_stays_in_the_archive(self):
        user = self.new_account()
        held = self.fill(user, list(mails.built_in_mails())[:24])
        self.archive.backup()
        with client.imap(self.server, user) as peer:
            client.ok(peer.select("INBOX"))
            client.ok(peer.store("1:*", "+FLAGS", "(\\Deleted)"))
            client.ok(peer.expunge())
        gone = held - client.standings(self.server, user)
        report = self.archive.backup()["post"]
        self.assertEqual((report["new"], report["vanished"]), (0, gone.total()))
        self.assert_mirrored(user)
        departed = {standing.digest for standing in self.archive.departed()}
        self.assertEqual(departed, {standing.digest for standing in gone})
        for digest in departed:
            self.assertEqual(client.digest_of(self.archive.raw(digest)), digest)
        self.assert_nothing_to_do()

    def test_a_removed_mailbox_stays_in_the_archive(self):
        user = self.new_account()
        held = self.fill(user, list(mails.built_in_mails())[:24])
        self.archive.backup()
        with client.imap(self.server, user) as peer:
            client.ok(peer.delete(client.quote("R&D")))
        lost = [standing for standing in held if standing.mailbox == "R&D"]
        self.assertEqual(self.archive.backup()["post"]["vanished"], len(lost))
        self.assert_mirrored(user)
        self.assertEqual(client.digest_of(self.archive.raw(lost[0].digest)), lost[0].digest)
        self.assert_nothing_to_do()

    def test_another_uidvalidity_starts_over_without_storing_twice(self):
        user = self.new_account()
        self.fill(user, list(mails.built_in_mails())[:24])
        self.archive.backup()
        contents = self.archive.contents()
        size = self.archive.stored_octets()
        self.server.set_uid_validity(user, "INBOX", 4711)
        self.archive.backup()
        self.assert_mirrored(user)
        self.assertEqual(self.archive.contents(), contents)
        self.assertEqual(self.archive.stored_octets(), size)
        self.assert_nothing_to_do()

    def test_a_mailbox_made_again_with_other_mail_is_followed(self):
        user = self.new_account()
        self.fill(user, list(mails.built_in_mails())[:24])
        self.archive.backup()
        with client.imap(self.server, user) as peer:
            client.ok(peer.delete(client.quote("Archive/2019/Projekte")))
        other = list(mails.built_in_mails())[40:43]
        client.put(self.server, user, [("Archive/2019/Projekte", raw, {"\\Seen"}, 86400)
                                       for raw in other])
        self.archive.backup()
        self.assert_mirrored(user)
        self.assert_nothing_to_do()

    def test_only_wanted_mailboxes_are_mirrored(self):
        user = self.new_account("imaps", "--include", "Archive*", "--exclude", "*Größe*")
        self.fill(user, mails.built_in_mails())
        self.archive.backup()
        found = {standing.mailbox for standing in self.archive.standings()}
        self.assertEqual(found, {"Archive", "Archive/2019", "Archive/2019/Projekte"})

    def test_two_accounts_keep_apart_and_share_what_is_equal(self):
        first = self.new_account()
        second = self.server.new_user()
        self.add_account("other", self.server.url("imaps", second)).expect(0)
        source = list(mails.built_in_mails())[:12]
        client.put(self.server, first, mails.spread(source))
        client.put(self.server, second, mails.spread(source))
        self.archive.backup()
        self.assertEqual(self.archive.standings("other"), client.standings(self.server, second))
        self.assertEqual(self.archive.standings("post"), client.standings(self.server, first))
        self.assertEqual(len(self.archive.contents()), len(set(source)))

    def test_words_subjects_and_senders_are_found(self):
        user = self.new_account()
        self.fill(user, mails.built_in_mails())
        self.archive.backup()
        for query, subject in (("zanzibar10", "Plain note 10"), ("from:sender5", "Plain note 5"),
                               ("subject:\"Newsletter 6\"", "Newsletter 6"),
                               ("grüße subject:13", "Grüße 13")):
            with self.subTest(query):
                found = self.archive.search(query)
                self.assertIn(subject, [message["subject"] for message in found["messages"]])
        newest_first = [message["date"] for message in self.archive.search("")["messages"]]
        self.assertEqual(newest_first, sorted(newest_first, reverse=True))


if __name__ == "__main__":
    main()
