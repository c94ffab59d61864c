# SPDX-License-Identifier: Apache-2.0
"""POP3 backup: every octet is in the archive before anything is deleted, and only what the policy
allows is deleted."""

import client
import mails
from suite import ServerTest, main


class Collect(ServerTest):

    def new_account(self, policy=None, scheme="pop3s"):
        user = self.server.new_user("drop")
        options = ("--delete-from-server", policy) if policy else ()
        self.add_account("post", self.server.url(scheme, user), *options).expect(0)
        return user

    def fill(self, user, first=0, count=20):
        raws = list(mails.built_in_mails())[first:first + count]
        client.put(self.server, user, [("INBOX", raw, set(), 86400) for raw in raws])
        return client.maildrop(self.server, user)

    def assert_archived(self, sent):
        for digest in sent:
            self.assertEqual(client.digest_of(self.archive.raw(digest)), digest)
        self.assertEqual(self.archive.contents(), set(sent))

    def test_by_default_the_server_is_empty_afterwards_and_the_archive_has_it_all(self):
        user = self.new_account()
        sent = self.fill(user)
        report = self.archive.backup()["post"]
        self.assertEqual((report["state"], report["new"], report["deleted_from_server"]),
                         ("done", sent.total(), sent.total()))
        self.assertEqual(client.maildrop(self.server, user).total(), 0)
        self.assert_archived(sent)
        more = self.fill(user, first=20, count=5)
        self.assertEqual(self.archive.backup()["post"]["new"], 5)
        self.assert_archived(sent + more)
        self.assertEqual(client.maildrop(self.server, user).total(), 0)

    def test_never_leaves_the_server_alone_and_fetches_nothing_twice(self):
        user = self.new_account("never")
        sent = self.fill(user)
        self.assertEqual(self.archive.backup()["post"]["new"], sent.total())
        self.assertEqual(client.maildrop(self.server, user), sent)
        self.assert_archived(sent)
        before = self.archive.packs()
        again = self.archive.backup()["post"]
        self.assertEqual((again["new"], again["deleted_from_server"], again["bytes"]), (0, 0, 0))
        self.assertEqual(self.archive.packs(), before)
        self.assertEqual(client.maildrop(self.server, user), sent)

    def test_days_keep_what_is_young(self):
        user = self.new_account("30d")
        sent = self.fill(user)
        self.archive.backup()
        self.assertEqual(self.archive.backup()["post"]["deleted_from_server"], 0)
        self.assertEqual(client.maildrop(self.server, user), sent)

    def test_what_is_known_already_is_deleted_when_the_policy_changes(self):
        user = self.new_account("never")
        sent = self.fill(user)
        self.archive.backup()
        self.archive.run("account", "set", "post", "--delete-from-server", "archived").expect(0)
        report = self.archive.backup()["post"]
        self.assertEqual((report["new"], report["deleted_from_server"]), (0, sent.total()))
        self.assertEqual(client.maildrop(self.server, user).total(), 0)
        self.assert_archived(sent)

    def test_stls_gives_the_same_as_tls_on_connect(self):
        user = self.new_account(scheme="pop3")
        sent = self.fill(user, count=5)
        self.archive.backup()
        self.assert_archived(sent)
        self.assertRegex(self.server.log(), rf"pop3-login: Info: Login: user=<{user}>.*TLS")

    def test_two_equal_messages_are_both_taken_and_stored_once(self):
        user = self.new_account()
        raw = next(mails.built_in_mails())
        client.put(self.server, user, [("INBOX", raw, set(), 86400)] * 3)
        report = self.archive.backup()["post"]
        self.assertEqual((report["new"], report["deleted_from_server"]), (3, 3))
        self.assertEqual(len(self.archive.contents()), 1)
        self.assertEqual(client.maildrop(self.server, user).total(), 0)

    def test_nothing_may_be_deleted_in_the_recent_mode_of_gmail(self):
        user = self.server.new_user("drop")
        url = self.server.url("pop3s", user).replace("://", "://recent%3A")
        self.assert_refused(self.add_account("post", url), 2, "recent:", "never")
        self.add_account("post", url, "--delete-from-server", "never").expect(0)

    def test_an_empty_maildrop_is_no_trouble(self):
        self.new_account()
        report = self.archive.backup()["post"]
        self.assertEqual((report["state"], report["new"]), ("done", 0))


if __name__ == "__main__":
    main()
