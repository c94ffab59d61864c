# SPDX-License-Identifier: Apache-2.0
"""Sealing: the archive gets smaller, its files others, and every answer stays what it was."""

import json
import subprocess

import client
import mails
from mailkeep import find_binary
from suite import ServerTest, main


class Seal(ServerTest):

    def setUp(self):
        super().setUp()
        self.user = self.server.new_user()
        self.add_account("post", self.server.url("imaps", self.user)).expect(0)
        client.put(self.server, self.user, mails.spread(mails.built_in_mails()))
        self.archive.backup()

    def seal(self):
        return self.archive.run("seal", "--json").expect(0).json

    def answers(self):
        ask = lambda *words: self.archive.run(*words, "--json").expect(0).json
        return {
            "standings": self.archive.standings(), "departed": self.archive.departed(),
            "exported": self.archive.exported(), "mailboxes": self.archive.mailboxes(),
            **{query: ask("search", query, "--limit", "100")
               for query in ("", "zanzibar*", "is:flagged", "has:attachment", "subject:grüße")}}

    def folders(self):
        return {name.split("/")[0] for name in self.archive.packs()}

    def assert_whole(self):
        report = self.archive.run("verify", "--full", "--json").expect(0).json
        self.assertEqual(report["messages"], len(self.archive.contents()))
        for digest in list(self.archive.contents())[:10]:
            self.assertEqual(client.digest_of(self.archive.raw(digest)), digest)

    def test_a_sealed_archive_answers_the_same(self):
        before = self.answers()
        result = self.seal()
        self.assertEqual(result["messages"], len(self.archive.contents()))
        self.assertGreaterEqual(result["packs"], 1)
        self.assertLess(result["bytes_after"], result["bytes_before"])
        self.assertEqual(self.folders(), {"packs"})
        self.assertEqual(self.answers(), before)
        self.assert_whole()
        again = self.seal()
        self.assertEqual((again["packs"], again["messages"]), (0, 0))

    def test_a_pack_is_named_by_its_octets(self):
        self.seal()
        for name, digest in self.archive.packs().items():
            self.assertEqual(name, f"packs/{digest[:2]}/{digest}.mkp")

    def test_backups_go_on_after_sealing(self):
        self.seal()
        again = self.archive.backup()["post"]
        self.assertEqual((again["state"], again["new"], again["flag_changes"]), ("done", 0, 0))
        client.put(self.server, self.user, [("INBOX", b"Subject: new\r\n\r\nx\r\n", set(), 9)])
        with client.imap(self.server, self.user) as peer:
            client.ok(peer.select("INBOX"))
            client.ok(peer.store("1", "+FLAGS", "(\\Deleted)"))
            client.ok(peer.expunge())
        self.assertEqual(self.archive.backup()["post"]["new"], 1)
        before = self.answers()
        self.seal()
        self.assertEqual(self.answers(), before)
        self.assertEqual(self.archive.standings(), client.standings(self.server, self.user))
        self.assert_whole()

    def test_a_rebuild_from_packs_answers_the_same(self):
        before = self.answers()
        self.seal()
        self.archive.drop_catalog()
        self.archive.run("rebuild").expect(0)
        self.assertEqual(self.answers(), before)
        self.assert_whole()

    def test_many_small_packs_become_one(self):
        for number in range(4):
            raw = f"Subject: number {number}\r\n\r\nx\r\n".encode()
            client.put(self.server, self.user, [("INBOX", raw, set(), 9)])
            self.archive.backup()
            self.seal()
        before = self.answers()
        packs = self.archive.packs()
        self.assertLess(len(packs), 5)
        self.assertEqual(self.answers(), before)
        self.assert_whole()

    def test_a_running_service_seals_on_request_and_goes_on(self):
        before = self.answers()
        with subprocess.Popen([str(find_binary()), "serve", "--listen", "127.0.0.1:0", "--json",
                               "--data", str(self.archive.data)], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True) as service:
            try:
                self.assertIn("url", json.loads(service.stdout.readline()))
                result = self.seal()
                self.assertGreaterEqual(result["packs"], 1)
                self.assertEqual(self.answers(), before)
                self.assertEqual(self.archive.backup()["post"]["new"], 0)
            finally:
                service.terminate()
                self.assertEqual(service.wait(30), 0)
        self.assert_whole()


if __name__ == "__main__":
    main()
