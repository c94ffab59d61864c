# SPDX-License-Identifier: Apache-2.0
"""Mail that was imported, and the server that shows it later: nothing is doubled, nothing is fetched
that can be proven to be the same, and what only the import has is not lost. And back from our own
exports."""

import collections
import subprocess

import client
from dovecot import PASSWORD
from import_test import digest, mail
from recorder import Recorder
from suite import ServerTest, main

_DAY = 86400


class Joining(ServerTest):
    """A copy of the server's Maildir was imported before the server was."""

    count = 120

    def setUp(self):
        super().setUp()
        self.user = self.server.new_user("joins")
        self.put("INBOX", range(self.count))
        self.put("Work", range(1000, 1010))
        self.recorder = Recorder(self.server.ports["imap"])
        self.addCleanup(self.recorder.close)

    def put(self, name, numbers):
        client.put(self.server, self.user,
                   [(name, mail(n, "x" * 300), {"\\Seen"}, _DAY * (n + 1)) for n in numbers])

    def take_copy(self):
        copy = self.folder / "copy"
        subprocess.run(["cp", "-a", self.server.root / "mail" / self.user / "Maildir", copy], check=True)
        report = self.archive.run("import", copy, "--account", "post", "--json").expect(0).json
        self.assertEqual((report["imported"], report["failed"]), (self.count + 10, 0))
        return copy

    def join(self):
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        url = f"imap://{self.user}@127.0.0.1:{self.recorder.port}"
        self.archive.run("account", "set", "post", "--url", url, "--insecure-plaintext",
                         "--password-file", secret).expect(0)

    def backup(self):
        return self.archive.backup()["post"]

    def fetched(self):
        count = 0
        for line in self.recorder.take():
            if "BODY.PEEK[]" in line:
                for part in line.split()[2].split(","):
                    first, _, last = part.partition(":")
                    count += int(last or first) - int(first) + 1
        return count

    def test_nothing_is_doubled_and_nothing_proven_is_fetched(self):
        self.take_copy()
        self.join()
        report = self.backup()
        self.assertEqual((report["state"], report["vanished"]), ("done", 0), report)
        self.assertLessEqual(self.fetched(), 10)
        self.assertEqual(self.archive.standings("post"), client.standings(self.server, self.user))
        self.assertEqual(len(self.archive.contents()), self.count + 10)
        before = self.archive.packs()
        again = self.backup()
        self.assertEqual((again["new"], again["vanished"], self.archive.packs()), (0, 0, before))

    def test_the_server_is_followed_and_the_import_loses_nothing(self):
        copy = self.take_copy()
        with client.imap(self.server, self.user) as peer:
            peer.select("INBOX")
            peer.uid("STORE", "1", "FLAGS", "(\\Flagged)")
            peer.uid("STORE", "11:110", "+FLAGS", "(\\Deleted)")
            peer.expunge()
        self.put("INBOX", range(500, 505))
        self.join()
        report = self.backup()
        self.assertEqual((report["state"], report["vanished"]), ("done", 0), report)
        standing = self.archive.standings("post")
        server = client.standings(self.server, self.user)
        self.assertEqual(server - standing, collections.Counter())
        only_imported = standing - server
        self.assertEqual({s.digest for s in only_imported},
                         {digest(mail(n, "x" * 300)) for n in range(10, 110)})
        self.assertEqual({s.mailbox for s in only_imported}, {"INBOX"})
        report = self.archive.run("import", copy, "--account", "post", "--json").expect(0).json
        self.assertEqual((report["imported"], report["already_there"]), (0, self.count + 10))
        self.archive.run("rebuild").expect(0)
        self.assertEqual(self.archive.standings("post"), standing)
        self.assertEqual(self.backup()["vanished"], 0)
        self.assertEqual(self.archive.standings("post"), standing)

    def test_mail_imported_beside_a_server_gives_way_to_it(self):
        self.archive.run("import", self.write_eml(7777), "--account", "post").expect(0)
        self.join()
        self.assertEqual(self.backup()["vanished"], 0)
        self.put("Work", [7777])
        self.backup()
        self.assertEqual(self.archive.standings("post"), client.standings(self.server, self.user))

    def write_eml(self, number):
        path = self.folder / f"{number}.eml"
        path.write_bytes(mail(number, "x" * 300))
        return path

    def test_a_server_without_mail_takes_nothing_away(self):
        self.take_copy()
        self.user = self.server.new_user("empty")
        self.join()
        standing = self.archive.standings("post")
        self.assertEqual((self.backup()["state"], self.backup()["vanished"]), ("done", 0))
        self.assertEqual(self.archive.standings("post"), standing)

    def test_pop3_joins_by_the_octets(self):
        self.take_copy()
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        url = f"pop3://{self.user}@127.0.0.1:{self.server.ports['pop3']}"
        self.archive.run("account", "set", "post", "--url", url, "--insecure-plaintext",
                         "--password-file", secret).expect(0)
        report = self.backup()
        self.assertEqual((report["state"], report["new"], report["vanished"]), ("done", self.count, 0))
        self.assertEqual(len(self.archive.contents()), self.count + 10)
        mailboxes = collections.Counter(s.mailbox for s in self.archive.standings("post"))
        self.assertEqual(mailboxes, {"INBOX": self.count, "Work": 10})

    def test_a_round_trip_through_our_own_export(self):
        self.take_copy()
        ids = {s.digest for s in self.archive.standings("post")}
        for form in ("mbox", "eml"):
            out = self.folder / form
            self.archive.run("export", "--format", form, "--output", out).expect(0)
            other = self.new_archive(f"other-{form}")
            report = other.run("import", out / "post" if not (out / "index.jsonl").exists() else out,
                               "--account", "post", "--json").expect(0).json
            self.assertEqual(report["imported"], self.count + 10)
            self.assertEqual({(s.mailbox, s.digest) for s in other.standings("post")},
                             {(s.mailbox, s.digest) for s in self.archive.standings("post")}, form)
            self.assertEqual(other.contents(), ids)


if __name__ == "__main__":
    main()
