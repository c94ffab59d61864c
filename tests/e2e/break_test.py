# SPDX-License-Identifier: Apache-2.0
"""Break it at every step: an IMAP run, a POP3 run that deletes, and a restore (breaking.py says how).
This test is the product's promise.
"""

import collections
import hashlib
import shutil

import client
from breaking import Breaking, Scene, sample
from mailkeep import Mailkeep
from suite import main


class ImapScene(Scene):
    """Three mailboxes; new mail, a flag change, a vanished message and another name since the last
    run."""

    name = "imap"

    def prepare(self):
        self.add_account("imap")
        first, second, third, fourth = sample(0, 4)
        client.put(self.server, self.user, [
            ("INBOX", first, {"\\Seen"}, 86400), ("INBOX", second, {"$Forwarded"}, 90000),
            ("INBOX", third, set(), 700000000), ("R&D", fourth, {"\\Flagged"}, 800000000)])
        self.archive.backup()
        with client.imap(self.server, self.user) as peer:
            client.ok(peer.select("INBOX"))
            client.ok(peer.store("1", "+FLAGS", "(\\Answered Work)"))
            client.ok(peer.store("2", "+FLAGS", "(\\Deleted)"))
            client.ok(peer.expunge())
            client.ok(peer.rename(client.quote("R&D"), "Research"))
        fifth, sixth, seventh = sample(4, 3)
        client.put(self.server, self.user, [
            ("INBOX", fifth, set(), 900000000), ("Research", first, {"\\Seen"}, 910000000),
            ("Entwürfe", sixth, {"\\Draft"}, 920000000), ("Entwürfe", seventh, set(), 930000000)])

    def act(self, env=None):
        return self.archive.run("backup", "--json", env=env)

    def state(self):
        return self.archive.standings(), self.archive.departed(), self.archive.contents()

    def check_broken(self):
        held = client.standings(self.server, self.user)
        self.expected = getattr(self, "expected", held)
        if held != self.expected:
            raise AssertionError("a mirror has changed the server")


class Pop3Scene(Scene):
    """Six messages that leave the server once they are archived."""

    name = "pop3"

    def prepare(self):
        self.add_account("pop3", "--delete-from-server", "archived")
        client.put(self.server, self.user,
                   [("INBOX", raw, set(), 86400 * (n + 1)) for n, raw in enumerate(sample(0, 6))])
        self.sent = client.maildrop(self.server, self.user)

    def act(self, env=None):
        return self.archive.run("backup", "--json", env=env)

    def state(self):
        places = collections.Counter((s.mailbox, s.digest) for s in self.archive.standings())
        gone = collections.Counter((s.mailbox, s.digest) for s in self.archive.departed())
        left = client.maildrop(self.server, self.user)
        return places, gone, self.archive.contents(), left

    def check_broken(self):
        missing = self.sent - client.maildrop(self.server, self.user)
        if not missing:
            return
        copy = Mailkeep(self.folder / "copy")
        shutil.rmtree(copy.data, ignore_errors=True)
        shutil.copytree(self.archive.data, copy.data)
        for digest in missing:
            if hashlib.sha256(copy.raw(digest)).hexdigest() != digest:
                raise AssertionError(f"deleted on the server, not in the archive: {digest}")


class RestoreScene(Scene):
    """Everything of an archive goes to an empty account."""

    name = "restore"

    def prepare(self):
        source = self.user + "-source"
        url = self.server.url("imap", source)
        self.archive.run("account", "add", "post", url, "--insecure-plaintext", "--password-file",
                         self.password).expect(0)
        one, two, three, four, five, six = sample(0, 6)
        client.put(self.server, source, [
            ("INBOX", one, {"\\Seen", "$Forwarded"}, 86400), ("INBOX", two, set(), 700000000),
            ("INBOX", three, {"\\Flagged", "Work"}, 710000000),
            ("R&D", four, {"\\Answered"}, 800000000), ("R&D", one, set(), 810000000),
            ("Archive/Größe", five, {"\\Draft"}, 900000000), ("Archive/Größe", six, set(), 9)])
        self.archive.backup()

    def act(self, env=None):
        return self.archive.run("restore", "--to", self.server.url("imap", self.user),
                                "--insecure-plaintext", "--password-file", self.password, "--json",
                                env=env)

    def state(self):
        self.server.wait_for_sessions(self.user)
        return client.standings(self.server, self.user), self.archive.standings()

    def assert_nothing_done(self, result):
        if result.json["appended"] != 0 or result.json["failed"] != 0:
            raise AssertionError(f"a further restore says {result.json}")


class BreakAtEveryStep(Breaking):

    def test_an_imap_run_can_break_anywhere(self):
        self.break_everywhere(ImapScene)

    def test_a_pop3_run_that_deletes_can_break_anywhere(self):
        self.break_everywhere(Pop3Scene)

    def test_a_restore_can_break_anywhere(self):
        self.break_everywhere(RestoreScene)


if __name__ == "__main__":
    main()
