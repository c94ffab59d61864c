# SPDX-License-Identifier: Apache-2.0
"""Words follow the commit: what was archived and not indexed when the program died is indexed by the
next one, newest first and once."""

import contextlib
import sqlite3
import subprocess
import time

import client
from mailkeep import find_binary
from serve_test import Service
from suite import ServerTest, main

_MESSAGES = 1500


class Index(ServerTest):

    def setUp(self):
        super().setUp()
        user = self.server.new_user()
        client.put(self.server, user, [
            ("INBOX", b"Subject: letter\r\nDate: Mon, 01 Jun 2026 10:%02d:00 +0000\r\n\r\n"
             b"common only%d\r\n" % (number % 60, number), set(), 86400 + number)
            for number in range(_MESSAGES)])
        self.add_account("post", self.server.url("imaps", user)).expect(0)

    def unindexed(self):
        return self.archive.run("status", "--json").expect(0).json["health"]["unindexed"]

    def found(self, query):
        return self.archive.search(query)["total"]

    def kill_after_the_result(self):
        """The run is told as done, and nothing comes after."""
        with subprocess.Popen([str(find_binary()), "backup", "--json", "--data",
                               str(self.archive.data)], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as process:
            self.assertIn(b'"done"', process.stdout.readline())
            process.kill()
            process.wait(20)
        waiting = self.unindexed()
        self.assertGreater(waiting, 0)
        self.assertEqual(self.found("in:INBOX"), _MESSAGES)
        self.assertEqual(self.found("common"), _MESSAGES - waiting)
        self.archive.run("verify", "--full").expect(0)

    def assert_all_indexed_once(self):
        self.assertEqual(self.unindexed(), 0)
        self.assertEqual(self.found("common"), _MESSAGES)
        for number in (0, 1, 700, _MESSAGES - 1):
            self.assertEqual(self.found(f"only{number}"), 1)
        self.archive.run("verify", "--full").expect(0)

    def test_the_next_command_finishes_what_a_kill_left(self):
        self.kill_after_the_result()
        self.archive.backup()
        self.assert_all_indexed_once()

    def test_the_service_finishes_what_a_kill_left(self):
        self.kill_after_the_result()
        service = Service(self.archive)
        self.addCleanup(service.close)
        deadline = time.monotonic() + 60
        while self.unindexed() > 0 and time.monotonic() < deadline:
            time.sleep(0.2)
        self.assertEqual(service.close(), 0)
        self.assert_all_indexed_once()

    def test_a_lost_index_is_filled_again(self):
        self.archive.backup()
        for file in self.archive.data.glob("search.db*"):
            file.unlink()
        self.archive.backup()
        self.assert_all_indexed_once()

    def test_an_index_of_another_way_of_reading_mail_is_made_anew(self):
        self.archive.backup()
        with contextlib.closing(sqlite3.connect(self.archive.data / "search.db")) as index:
            with index:
                index.execute("UPDATE applied SET text_version = text_version + 1")
        self.assertEqual(self.found("common"), _MESSAGES)  # a reader makes do with what there is
        self.archive.run("backup").expect(0)
        self.assert_all_indexed_once()
        with contextlib.closing(sqlite3.connect(self.archive.data / "search.db")) as index:
            kept, = index.execute("SELECT count(*) FROM texts").fetchone()
        self.assertEqual(kept, _MESSAGES)

    def test_what_waits_is_no_damage(self):
        self.archive.backup()
        with contextlib.closing(sqlite3.connect(self.archive.data / "search.db")) as index:
            with contextlib.closing(sqlite3.connect(self.archive.data / "mailkeep.db")) as catalog:
                key, = catalog.execute("SELECT max(key) FROM messages").fetchone()
            for change in ("INSERT INTO pending VALUES (?)", "DELETE FROM pending WHERE key = ?"):
                with index:
                    index.execute(change, (key,))
                self.archive.run("verify", "--full").expect(0)


if __name__ == "__main__":
    main()
