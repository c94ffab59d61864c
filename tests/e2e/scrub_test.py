# SPDX-License-Identifier: Apache-2.0
"""While the service runs, the archive is checked bit by bit; what is found is told, kept and shown
until it is mended."""

import client
import mails
from suite import ServerTest, main


class Scrub(ServerTest):

    def setUp(self):
        super().setUp()
        self.user = self.server.new_user()
        self.add_account("post", self.server.url("imaps", self.user), "--schedule",
                         "manual").expect(0)
        client.put(self.server, self.user, mails.spread(mails.built_in_mails()))
        self.archive.backup()
        self.archive.run("seal").expect(0)
        self.copy = self.folder / "copy"
        self.archive.run("replicate", "--to", self.copy).expect(0)
        # A pack counts as checked when it is made; a new catalog knows of no check.
        self.archive.run("rebuild").expect(0)
        self.pack = self.archive.data / next(iter(self.archive.packs()))

    def wait_for_check(self):
        return self.wait_for_health(lambda health: health["packs_checked"] == health["packs"])

    def test_a_sound_archive_is_checked_and_status_says_so(self):
        self.assertEqual((self.health()["packs"], self.health()["packs_checked"]), (1, 0))
        with self.serving():
            health = self.wait_for_check()
            self.assertEqual(self.archive.backup()["post"]["new"], 0)
        self.assertIsNotNone(health["oldest_check"])
        self.assertEqual((health["damaged_packs"], health["damaged_messages"]), ([], []))
        self.assertIsNone(health["journals"]["problem"])
        self.assertIn("1 of 1 pack;", self.archive.run("status").expect(0).out.decode())

    def test_damage_is_found_told_kept_and_gone_when_it_is_mended(self):
        octets = bytearray(self.pack.read_bytes())
        octets[200] ^= 1
        self.pack.write_bytes(octets)
        with self.serving():
            health = self.wait_for_check()
        found = health["damaged_packs"][0]
        self.assertEqual(found["pack"], str(self.pack.relative_to(self.archive.data)))
        self.assertGreater(found["messages"], 0)
        self.assertEqual(len(health["damaged_messages"]), found["messages"])
        self.assertIn("scrub.damaged", self.service_log())
        for word in ("Plain note", "Invoice", "sender"):
            self.assertNotIn(word, self.service_log())
        told = self.archive.run("status").expect(0).out.decode()
        self.assertIn(self.pack.name, told)
        self.assertIn("from Sender", told)
        self.assertEqual(self.health()["damaged_packs"], [found])  # until it is checked again
        self.archive.run("repair", "--from", self.copy).expect(0)
        health = self.health()
        self.assertEqual((health["damaged_packs"], health["damaged_messages"]), ([], []))
        self.assertEqual(health["packs_checked"], 1)

    def test_a_full_verify_counts_as_a_check(self):
        self.archive.run("verify").expect(0)
        self.assertEqual(self.health()["packs_checked"], 0)
        self.archive.run("verify", "--full").expect(0)
        health = self.health()
        self.assertEqual(health["packs_checked"], 1)
        self.assertIsNotNone(health["journals"])


if __name__ == "__main__":
    main()
