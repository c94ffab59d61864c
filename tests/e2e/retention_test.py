# SPDX-License-Identifier: Apache-2.0
"""Mail goes only by a rule, never while a hold covers it, never by a clock that jumped, and its
files not at once. The program's clock is the machine's; what must be long ago is moved back in the
catalog, which is only asked when it was."""

import contextlib
import sqlite3
import time

import client
from suite import ServerTest, main

_DAY = 86400
_OLD = 1_000_000_000  # INTERNALDATE, in 2001


def _mail(name, size=2000):
    return f"Subject: {name}\r\n\r\n{name * (size // len(name))}\r\n".encode()


class Retention(ServerTest):

    def setUp(self):
        super().setUp()
        self.user = self.server.new_user()
        self.add_account("post", self.server.url("imaps", self.user), "--schedule",
                         "manual").expect(0)
        self.raws = {name: _mail(name) for name in ("old", "new", "scrap", "stays")}
        client.put(self.server, self.user, [
            ("INBOX", self.raws["old"], set(), _OLD),
            ("INBOX", self.raws["new"], set(), int(time.time()) - _DAY),
            ("Trash", self.raws["scrap"], set(), _OLD),
            ("INBOX", self.raws["stays"], set(), _OLD)])
        self.archive.backup()
        with client.imap(self.server, self.user) as peer:
            for mailbox, numbers in (("INBOX", "1:2"), ("Trash", "1")):
                client.ok(peer.select(client.quote(mailbox)))
                client.ok(peer.store(numbers, "+FLAGS", "(\\Deleted)"))
                client.ok(peer.expunge())
        self.archive.backup()

    def keep(self, *options):
        self.archive.run("account", "set", "post", *options).expect(0)

    def compact(self, *options):
        return self.archive.run("compact", "--json", *options).expect(0).json

    def names(self):
        """Which of the messages the archive has."""
        held = self.archive.contents()
        return {name for name, raw in self.raws.items() if client.digest_of(raw) in held}

    def fates(self, report):
        """Messages by fate, rule and hold."""
        known = {client.digest_of(raw): name for name, raw in self.raws.items()}
        return {(known[digest], portion["fate"], portion["rule"], portion["hold"])
                for portion in report["portions"] for digest in portion["ids"]}

    def move_back(self, table, changes):
        with contextlib.closing(sqlite3.connect(self.archive.data / "mailkeep.db")) as catalog:
            with catalog:
                catalog.execute(f"UPDATE {table} SET {changes}")

    def let_a_week_pass_since_they_vanished(self):
        week = 8 * _DAY * 1000
        self.move_back("placements", f"gone_at = gone_at - {week}, stands_until = stands_until - "
                                     f"{week} WHERE gone_at IS NOT NULL")

    def trash(self):
        folder = self.archive.data / "trash"
        return sorted(file.name for file in folder.iterdir()) if folder.exists() else []

    def test_by_default_everything_is_kept_for_ever(self):
        self.let_a_week_pass_since_they_vanished()
        before = self.archive.packs()
        for options in (("--dry-run",), ()):
            report = self.compact(*options)
            self.assertEqual((report["portions"], report["expired"], report["dead"]), ([], 0, 0))
        self.assertEqual(self.names(), set(self.raws))
        self.assertEqual(self.archive.packs(), before)
        told = self.archive.run("compact", "--dry-run").expect(0).out.decode()
        self.assertIn("No rule lets go of anything", told)

    def test_a_dry_run_says_what_would_go_and_why_and_changes_nothing(self):
        self.keep("--keep", "30d", "--keep-from", "internal-date", "--keep-mailbox", "Trash*=0d")
        before = self.archive.packs()
        report = self.compact("--dry-run")
        self.assertTrue(report["dry_run"])
        self.assertEqual(self.fates(report), {
            ("old", "waiting", "30d from internal-date", None),  # vanished only now
            ("scrap", "expired", "0d from internal-date", None)})
        self.assertEqual(report["expired"], 1)
        told = self.archive.run("compact", "--dry-run").expect(0).out.decode()
        for word in ("post", "Trash", "0d from internal-date", "would expire", "vanished only"):
            self.assertIn(word, told)
        self.assertEqual(self.archive.packs(), before)
        self.assertEqual(self.names(), set(self.raws))

    def test_a_rule_counts_from_internaldate_and_keeps_what_is_young_or_on_the_server(self):
        self.keep("--keep", "30d", "--keep-from", "internal-date", "--keep-mailbox", "Trash*=0d")
        self.let_a_week_pass_since_they_vanished()
        report = self.compact()
        self.assertEqual(report["expired"], 2)
        self.assertEqual(self.names(), {"new", "stays"})
        self.assertEqual(self.archive.search("subject:old")["total"], 0)
        for name in ("new", "stays"):
            self.assertEqual(self.archive.raw(client.digest_of(self.raws[name])), self.raws[name])
        self.archive.run("verify").expect(0)
        again = self.compact()
        self.assertEqual((again["expired"], again["dead"]), (0, 2))

    def test_ingest_is_what_a_rule_counts_from_when_nothing_is_said(self):
        self.keep("--keep", "30d")
        self.let_a_week_pass_since_they_vanished()
        self.assertEqual(self.compact()["expired"], 0)
        self.assertEqual(self.names(), set(self.raws))

    def test_a_hold_keeps_what_it_covers_until_it_is_lifted(self):
        self.keep("--keep", "0d")
        self.archive.run("hold", "add", "case-7", "--account", "post", "--mailbox", "Trash",
                         "--reason", "a letter from court").expect(0)
        report = self.compact("--dry-run")
        self.assertIn(("scrap", "held", "0d from ingest", "case-7"), self.fates(report))
        self.assertEqual(self.compact()["expired"], 2)
        self.assertEqual(self.names(), {"scrap", "stays"})
        self.archive.run("hold", "remove", "case-7").expect(0)
        self.assertEqual(self.compact()["expired"], 1)
        self.assertEqual(self.names(), {"stays"})

    def test_files_wait_in_the_trash_and_the_octets_are_in_no_pack_any_more(self):
        self.archive.run("seal").expect(0)
        packs = self.archive.packs()
        self.keep("--keep", "0d")
        report = self.compact()
        self.assertEqual((report["expired"], report["packs_rewritten"]), (3, 1))
        self.assertTrue(set(packs).isdisjoint(self.archive.packs()))
        self.assertEqual(len(self.trash()), 1)
        waits = report["trash"][0]["waits"]
        self.assertIn("stays until", waits)
        self.assertEqual(self.compact()["trash"][0]["waits"], waits)
        self.archive.run("verify", "--full").expect(0)
        # A week later it still wants three more runs; then it goes.
        self.move_back("trash", f"since = since - {8 * _DAY * 1000}")
        self.assertIn("runs", self.compact()["trash"][0]["waits"])
        for _ in range(3):
            self.archive.backup()
        self.assertIsNone(self.compact("--dry-run")["trash"][0]["waits"])
        self.assertEqual(len(self.trash()), 1)
        self.compact()
        self.assertEqual(self.trash(), [])
        self.archive.run("verify", "--full").expect(0)
        self.assertEqual(self.archive.raw(client.digest_of(self.raws["stays"])),
                         self.raws["stays"])

    def test_what_is_seen_again_is_stored_again(self):
        self.keep("--keep", "0d")
        self.compact()
        client.put(self.server, self.user, [("INBOX", self.raws["old"], set(), _OLD)])
        self.assertEqual(self.archive.backup()["post"]["new"], 1)
        self.assertEqual(self.archive.raw(client.digest_of(self.raws["old"])), self.raws["old"])
        self.assertEqual(self.compact()["expired"], 0)
        self.archive.drop_catalog()
        self.archive.run("rebuild").expect(0)
        self.assertEqual(self.names(), {"old", "stays"})
        self.archive.run("verify", "--full").expect(0)

    def test_nothing_is_decided_by_a_clock_that_jumped(self):
        self.keep("--keep", "0d")
        for days in (10, -10):
            self.move_back("clock", f"wall = wall - {days * _DAY * 1000}")
            self.assert_refused(self.archive.run("compact"), 1, "clock", "--trust-clock")
            report = self.compact("--dry-run")
            self.assertIn("10 days" if days > 0 else "days", report["clock_problem"])
            self.assertEqual(report["portions"], [])
            self.assertEqual(self.names(), set(self.raws))
            self.move_back("clock", f"wall = wall + {days * _DAY * 1000}")
        self.move_back("clock", f"wall = wall - {10 * _DAY * 1000}")
        self.archive.backup()  # a run does not make a wrong clock right
        self.assert_refused(self.archive.run("compact"), 1, "clock")
        self.assertEqual(self.compact("--trust-clock")["expired"], 3)
        self.assertEqual(self.compact()["expired"], 0)

    # The service

    def wait_for_retention(self):
        return self.wait_for_health(lambda health: health["retention"])["retention"]

    def test_the_service_applies_it_by_itself_once_a_day(self):
        self.keep("--keep", "0d")
        with self.serving():
            done = self.wait_for_retention()
            self.assertIsNone(done["problem"])
        self.assertEqual(self.names(), {"stays"})
        with self.serving():
            time.sleep(23)
        self.assertEqual(self.health()["retention"], done)

    def test_the_service_refuses_after_a_jump_says_so_once_and_shows_it(self):
        self.keep("--keep", "0d")
        self.move_back("clock", f"wall = wall - {10 * _DAY * 1000}")
        with self.serving():
            self.assertIn("clock", self.wait_for_retention()["problem"])
        self.assertEqual(self.names(), set(self.raws))
        self.assertIn("10 days", self.archive.run("status").expect(0).out.decode())
        with self.serving():
            time.sleep(23)
        self.assertEqual(self.service_log().count("retention.refused"), 1)


if __name__ == "__main__":
    main()
