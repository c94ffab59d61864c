# SPDX-License-Identifier: Apache-2.0
"""Damage is found and named; what is derived is made again and answers as before."""

import client
import mails
from mailkeep import Mailkeep
from suite import ServerTest, main

_FLIPS_PER_FILE = 60


class Damage(ServerTest):

    def setUp(self):
        super().setUp()
        self.user = self.server.new_user()
        self.add_account("post", self.server.url("imaps", self.user)).expect(0)
        client.put(self.server, self.user, mails.spread(mails.built_in_mails()))
        self.archive.backup()
        with client.imap(self.server, self.user) as peer:
            client.ok(peer.select("INBOX"))
            client.ok(peer.store("1", "FLAGS", "(\\Flagged Later)"))
            client.ok(peer.store("2", "+FLAGS", "(\\Deleted)"))
            client.ok(peer.expunge())
        self.archive.backup()

    def files_of_the_archive(self):
        return [self.archive.data / name for name in self.archive.packs()]

    def answers(self):
        """What people ask an archive; paths, times of the moment, and what only the next run knows
        again left out."""
        ask = lambda *words: self.archive.run(*words, "--json").expect(0).json
        status = ask("status")
        return {
            "standings": self.archive.standings(), "departed": self.archive.departed(),
            "mailboxes": self.archive.mailboxes(), "accounts": ask("account", "list"),
            "settings": ask("account", "show", "post"), "users": ask("user", "list"),
            "status": [status["accounts"], status["messages"], status["placements"]],
            **{query: ask("search", query, "--limit", "100")
               for query in ("", "zanzibar*", "from:sender12", "is:flagged", "in:INBOX -note",
                             "is:gone", "has:attachment", "subject:grüße")}}

    def assert_named(self, file):
        report = self.archive.run("verify", "--full", "--json").expect(4).json
        self.assertTrue(report["damaged"])
        # A lost end looks like one that was never finished; then the file is named in a note.
        named = [item["object"] + item["what"] for item in report["damaged"] + report["notes"]]
        self.assertTrue(any(file.name in item for item in named), named)

    def assert_same_answers(self, before):
        for question, answer in self.answers().items():
            with self.subTest(question):
                self.assertEqual(answer, before[question])

    def test_a_sound_archive_verifies(self):
        report = self.archive.run("verify", "--full", "--json").expect(0).json
        self.assertEqual((report["damaged"], report["messages"]),
                         ([], len(self.archive.contents())))
        self.archive.run("verify").expect(0)

    def test_one_flipped_bit_anywhere_is_found_and_named(self):
        for file in self.files_of_the_archive():
            whole = file.read_bytes()
            for offset in _sample(len(whole)):
                with self.subTest(file=file.name, offset=offset, size=len(whole)):
                    self.flip(file, whole, offset)
                    self.assert_named(file)
            file.write_bytes(whole)
        self.archive.run("verify", "--full").expect(0)

    def test_a_file_cut_short_is_found_and_named(self):
        for file in self.files_of_the_archive():
            whole = file.read_bytes()
            for length in (len(whole) - 1, len(whole) // 2, 100):
                with self.subTest(file=file.name, length=length):
                    file.write_bytes(whole[:length])
                    self.archive.run("verify", "--full").expect(4)
            file.write_bytes(whole)
        self.archive.run("verify", "--full").expect(0)

    def test_a_missing_file_is_found(self):
        for file in self.files_of_the_archive():
            with self.subTest(file=file.name):
                away = self.folder / "away"
                file.rename(away)
                result = self.archive.run("verify", "--full", "--json").expect(4)
                self.assertTrue(result.json["damaged"])
                away.rename(file)
        self.archive.run("verify", "--full").expect(0)

    def test_nothing_is_written_over_a_lost_end(self):
        """The catalog knows more than the archive: going on would give batch numbers twice."""
        client.put(self.server, self.user, [("INBOX", b"Subject: new\r\n\r\nx\r\n", set(), 9)])
        newest = max(self.files_of_the_archive())
        away = self.folder / "away"
        newest.rename(away)
        before = self.archive.packs()
        self.archive.run("backup").expect(4)
        self.assertEqual(self.archive.packs(), before)
        away.rename(newest)
        self.archive.backup()
        self.assertEqual(self.archive.standings(), client.standings(self.server, self.user))
        self.archive.run("verify", "--full").expect(0)

    def test_a_flipped_bit_in_the_catalog_is_found_or_does_not_matter(self):
        self.archive.run("verify", "--full").expect(0)
        file = self.archive.data / "mailkeep.db"
        whole = file.read_bytes()
        before = self.archive.standings()
        for offset in _sample(len(whole)):
            with self.subTest(offset=offset):
                self.flip(file, whole, offset)
                if self.archive.run("verify", "--full").expect(0, 4).code == 0:
                    self.assertEqual(self.archive.standings(), before)
        file.write_bytes(whole)

    def test_a_flipped_bit_in_the_master_key_is_found_and_named_or_does_not_matter(self):
        file = self.archive.data / "keys" / "master.key"
        whole = file.read_bytes()
        found = 0
        for offset in range(0, len(whole), 3):
            with self.subTest(offset=offset):
                self.flip(file, whole, offset)
                report = self.archive.run("verify", "--json").expect(0, 4)
                if report.code == 4:
                    found += 1
                    self.assertIn("master.key", report.json["damaged"][0]["object"])
                else:  # another way to write the same digit
                    self.assertEqual(file.read_bytes().lower(), whole.lower())
        file.write_bytes(whole)
        self.assertGreater(found, 0)
        self.archive.run("verify").expect(0)

    def test_a_deleted_catalog_is_rebuilt_and_answers_the_same(self):
        secret = self.folder / "user-password"
        secret.write_text("long enough to pass")
        self.archive.run("user", "add", "anna", "--password-file", secret).expect(0)
        before = self.answers()
        self.archive.drop_catalog()
        self.archive.run("rebuild").expect(0)
        self.assert_same_answers(before)
        self.archive.run("verify", "--full").expect(0)
        again = self.archive.backup()["post"]
        self.assertEqual((again["state"], again["new"], again["flag_changes"]), ("done", 0, 0))

    def test_a_rebuild_over_a_sound_catalog_changes_no_answer(self):
        before = self.answers()
        self.archive.run("rebuild").expect(0)
        self.assert_same_answers(before)

    def test_a_damaged_catalog_says_how_to_mend_it_and_is_mended(self):
        before = self.answers()
        for file in self.archive.data.glob("*.db"):
            file.write_bytes(b"no database at all, " * 4000)
        for file in [*self.archive.data.glob("*.db-wal"), *self.archive.data.glob("*.db-shm")]:
            file.unlink()
        refused = self.archive.run("search", "note").expect(1, 4)
        self.assertIn("mailkeep rebuild", refused.told)
        self.archive.run("rebuild").expect(0)
        self.assert_same_answers(before)

    def test_a_torn_tail_is_left_alone_and_work_goes_on(self):
        """What a power cut leaves: half a batch that nobody was told of."""
        newest = max(self.files_of_the_archive())
        with newest.open("ab") as file:
            file.write(newest.read_bytes()[:200][-77:])
        client.put(self.server, self.user, [("INBOX", b"Subject: after\r\n\r\nx\r\n", set(), 9)])
        self.assertEqual(self.archive.backup()["post"]["new"], 1)
        self.assertEqual(self.archive.standings(), client.standings(self.server, self.user))
        self.archive.run("verify", "--full").expect(0)
        self.archive.drop_catalog()
        self.archive.run("rebuild").expect(0)
        self.assertEqual(self.archive.standings(), client.standings(self.server, self.user))

    def test_a_message_with_a_flipped_bit_is_never_given_out(self):
        sound = {digest: self.archive.raw(digest) for digest in sorted(self.archive.contents())[:9]}
        for file in self.files_of_the_archive():
            whole = file.read_bytes()
            for offset in range(len(whole) // 7, len(whole), max(1, len(whole) // 7)):
                self.flip(file, whole, offset)
                for digest, raw in sound.items():
                    shown = self.archive.run("show", digest, "--raw")
                    if shown.code == 0:
                        self.assertEqual(shown.out, raw)
            file.write_bytes(whole)

    @staticmethod
    def flip(file, whole, offset):
        octets = bytearray(whole)
        octets[offset] ^= 1 << offset % 8
        file.write_bytes(octets)


class AnotherDataFolder(ServerTest):

    def test_a_copied_archive_is_an_archive(self):
        user = self.server.new_user()
        self.add_account("post", self.server.url("imaps", user)).expect(0)
        client.put(self.server, user, mails.spread(list(mails.built_in_mails())[:12]))
        self.archive.backup()
        copy = Mailkeep(self.folder / "elsewhere")
        self.archive.data.rename(copy.data)
        copy.run("verify", "--full").expect(0)
        self.assertEqual(copy.backup()["post"]["new"], 0)


def _sample(size):
    """Every octet of the first 40 and the last 8, and places all over."""
    step = max(1, size // _FLIPS_PER_FILE)
    return sorted({*range(0, min(size, 40)), *range(0, size, step), *range(max(0, size - 8), size)})


if __name__ == "__main__":
    main()
