# SPDX-License-Identifier: Apache-2.0
"""Deleting on an IMAP server: exactly what is proven to be archived, and nothing that others marked."""

import client
import mails
from suite import ServerTest, main


class Purge(ServerTest):

    def new_account(self, policy):
        user = self.server.new_user()
        self.add_account("post", self.server.url("imaps", user, "localhost"),
                         "--delete-from-server", policy).expect(0)
        return user

    def fill(self, user, count=30):
        client.put(self.server, user, mails.spread(list(mails.built_in_mails())[:count]))
        return client.standings(self.server, user)

    def test_what_is_archived_goes_and_stands_on_in_the_archive(self):
        user = self.new_account("archived")
        held = self.fill(user)
        report = self.archive.backup()["post"]
        self.assertEqual((report["state"], report["new"], report["deleted_from_server"]),
                         ("done", held.total(), held.total()))
        self.assertEqual(client.standings(self.server, user).total(), 0)
        for digest in {standing.digest for standing in held}:
            self.assertEqual(client.digest_of(self.archive.raw(digest)), digest)
            shown = self.archive.run("show", digest, "--json").json
            for placement in shown["placements"]:
                self.assertEqual(placement["receipt"]["proof"], "read_back")
            told = self.archive.run("show", digest).expect(0).out.decode()
            self.assertIn("Deleted on the server of post", told)
        again = self.archive.backup()["post"]
        self.assertEqual((again["state"], again["new"], again["vanished"],
                          again["deleted_from_server"]), ("done", 0, 0, 0))

    def test_never_deletes_nothing(self):
        user = self.new_account("never")
        held = self.fill(user)
        self.archive.backup()
        self.archive.backup()
        self.assertEqual(client.standings(self.server, user), held)

    def test_what_others_marked_as_deleted_stays(self):
        user = self.new_account("30d")
        held = self.fill(user, 8)
        with client.imap(self.server, user) as peer:
            client.ok(peer.select("INBOX"))
            client.ok(peer.store("1", "+FLAGS", "(\\Deleted)"))
        self.archive.backup()
        self.archive.run("account", "set", "post", "--delete-from-server", "archived",
                         "--exclude", "INBOX").expect(0)
        self.archive.backup()
        left = client.standings(self.server, user)
        inbox = [standing for standing in held.elements() if standing.mailbox == "INBOX"]
        self.assertTrue(inbox)
        self.assertEqual(left.total(), len(inbox))

    def test_a_rebuilt_catalog_keeps_the_receipts(self):
        user = self.new_account("archived")
        digest = next(iter(self.fill(user, 3))).digest
        self.archive.backup()
        self.archive.run("rebuild").expect(0)
        shown = self.archive.run("show", digest, "--json").json
        self.assertEqual(shown["placements"][0]["receipt"]["proof"], "read_back")


if __name__ == "__main__":
    main()
