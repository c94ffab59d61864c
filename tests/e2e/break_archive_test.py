# SPDX-License-Identifier: Apache-2.0
"""Break it at every step: what the archive does with what it has (breaking.py says how), and a disk
that takes its time.
"""

import time

import client
from break_test import ImapScene
from breaking import Breaking, Scene, sample
from suite import main


class _Kept(Scene):
    """An archive with two backups in it; what a route does to it must not show in what it holds."""

    most_seconds = 25
    most_kills = 40

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


class BreakTheArchive(Breaking):

    def test_a_rebuild_can_break_anywhere(self):
        self.break_everywhere(RebuildScene)

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
