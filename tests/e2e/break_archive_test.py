# SPDX-License-Identifier: Apache-2.0
"""Break it at every step: what the archive does with what it has (breaking.py says how), and a disk
that takes its time.
"""

import time

import client
from break_test import ImapScene
from breaking import Breaking, Scene, sample
from mailkeep import Mailkeep
from suite import main


class _Kept(Scene):
    """An archive with two backups in it; what a route does to it must not show in what it holds."""

    most_seconds = 7
    most_kills = 16

    def prepare(self):
        self.add_account("imap")
        first, second, third, fourth, fifth = sample(0, 5)
        client.put(self.server, self.user, [
            ("INBOX", first, {"\\Seen"}, 86400), ("INBOX", second, {"$Forwarded"}, 90000),
            ("R&D", third, {"\\Flagged"}, 800000000)])
        self.archive.backup()
        with client.imap(self.server, self.user) as peer:
            client.ok(peer.select("INBOX"))
            client.ok(peer.store("1", "+FLAGS", "(\\Answered)"))
            client.ok(peer.store("2", "+FLAGS", "(\\Deleted)"))
            client.ok(peer.expunge())
        client.put(self.server, self.user, [
            ("INBOX", fourth, set(), 810000000), ("Archive", fifth, set(), 820000000)])
        self.archive.backup()

    def state(self):
        return self.archive.standings(), self.archive.departed(), self.archive.contents()

    def assert_nothing_done(self, result):
        """That nothing changed is seen in the files."""


class RebuildScene(_Kept):

    name = "rebuild"

    def act(self, env=None):
        return self.archive.run("rebuild", "--json", env=env)

    def check_broken(self):
        """What a rebuild that broke off leaves need not be whole, but must be mended by opening."""
        self.archive.run("verify").expect(0, 4)


class _Packed(_Kept):
    """Nothing is asked of the server once the archive has its mail."""

    uses_server = False

class SealScene(_Packed):
    """Three packs, and a journal that becomes the fourth; then they are merged."""

    name = "seal"

    def prepare(self):
        self.add_account("imap")
        for number in range(4):
            raw = f"Subject: number {number}\r\n\r\n{'the text of it ' * 40}\r\n".encode()
            client.put(self.server, self.user, [("INBOX", raw, set(), 86400 + number)])
            self.archive.backup()
            if number < 3:
                self.archive.run("seal").expect(0)

    def act(self, env=None):
        return self.archive.run("seal", "--json", env=env)

    def check_done(self):
        names = list(self.archive.packs())
        if len(names) != 1 or not names[0].startswith("packs/"):
            raise AssertionError(f"not one pack: {names}")


class CompactScene(_Packed):
    """One message of a pack has expired; another, as old, is held."""

    name = "compact"

    def prepare(self):
        self.add_account("imap", "--keep", "0d")
        raws = sample(0, 4)
        client.put(self.server, self.user, [
            ("INBOX", raws[0], {"\\Seen"}, 86400), ("INBOX", raws[1], set(), 90000),
            ("Case", raws[2], set(), 800000000), ("R&D", raws[3], set(), 810000000)])
        self.archive.backup()
        self.archive.run("seal").expect(0)
        self.archive.run("hold", "add", "case 7", "--account", "post", "--mailbox",
                         "Case").expect(0)
        with client.imap(self.server, self.user) as peer:
            for mailbox, number in (("INBOX", "2"), ("Case", "1")):
                client.ok(peer.select(mailbox))
                client.ok(peer.store(number, "+FLAGS", "(\\Deleted)"))
                client.ok(peer.expunge())
        self.archive.backup()
        self.expired = client.digest_of(raws[1])
        self.kept = {client.digest_of(raw) for raw in (raws[0], raws[2], raws[3])}

    def act(self, env=None):
        return self.archive.run("compact", "--json", env=env)

    def check_broken(self):
        for digest in self.kept:
            if client.digest_of(self.archive.raw(digest)) != digest:
                raise AssertionError(f"lost: {digest}")

    def check_done(self):
        if self.archive.contents() != self.kept:
            raise AssertionError(f"holds {self.archive.contents()}")
        self.check_broken()


class _Locked(_Packed):
    """An encrypted archive. Each opening takes a third of a second, so few places are tried."""

    most_kills = 4
    most_seconds = 4

    def make_archive(self):
        (self.folder / "other").write_text("correct horse\n")
        self.archive = Mailkeep(self.archive.data, key_file=self.folder / "key")
        self.other = Mailkeep(self.archive.data, key_file=self.folder / "other")
        self.archive.run("init", "--encrypt").expect(0)
        self.archive.run("user", "add", "anna", "--password-file", self.password).expect(0)

    def add_other(self, env=None):
        return self.archive.run("key", "add", "other", "--password-file", self.folder / "other",
                                "--json", env=env)

    def slots(self):
        items = self.archive.run("key", "list", "--json").expect(0).json["items"]
        return {slot["name"] for slot in items}

    def state(self):
        return (self.slots(),)

    def nothing(self):
        return self.archive.run("key", "list", "--json")

    def verify(self):
        self.other.run("verify").expect(0)


class KeyAddScene(_Locked):

    name = "key-add"

    def prepare(self):
        """There is one slot."""

    def act(self, env=None):
        return self.nothing() if env is None and "other" in self.slots() else self.add_other(env)

    def check_broken(self):
        self.archive.run("verify").expect(0)


class KeyRemoveScene(_Locked):

    name = "key-remove"

    def prepare(self):
        self.add_other().expect(0)

    def act(self, env=None):
        if env is None and "key-file" not in self.slots():
            return self.nothing()
        return self.other.run("key", "remove", "key-file", "--json", env=env)

    def check_broken(self):
        self.other.run("verify").expect(0)

    def check_done(self):
        self.archive.run("status").expect(1)


class BreakTheArchive(Breaking):

    def test_a_rebuild_can_break_anywhere(self):
        self.break_everywhere(RebuildScene)

    def test_sealing_and_merging_can_break_anywhere(self):
        self.break_everywhere(SealScene)

    def test_compacting_can_break_anywhere(self):
        self.break_everywhere(CompactScene)

    def test_a_new_key_slot_can_break_anywhere(self):
        self.break_everywhere(KeyAddScene)

    def test_removing_a_key_slot_can_break_anywhere(self):
        self.break_everywhere(KeyRemoveScene)

    def test_a_disk_that_takes_five_seconds_to_sync_ends_no_session(self):
        scene = ImapScene(self.server, self.folder / "slow", self.server.new_user("slow"))
        scene.reset()
        scene.faulty("error", 0).expect(0)
        wanted = scene.state()
        syncs = [number for number, step in enumerate(scene.steps(), 1)
                 if "sync" in step and "journal" in step]
        for step in (syncs[0], syncs[-1]):
            scene.reset()
            started = time.monotonic()
            scene.faulty("slow", step).expect(0)
            self.assertGreater(time.monotonic() - started, 5)
            self.assertEqual(scene.state(), wanted)


if __name__ == "__main__":
    main()
