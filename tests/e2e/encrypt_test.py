# SPDX-License-Identifier: Apache-2.0
"""An encrypted archive: who gets in, what lies open on the disk, and that nothing else changes."""

import os
import signal
import subprocess
import time
import unittest.mock

import client
from dovecot import PASSWORD
from mailkeep import Mailkeep, find_binary
from serve_test import Service
from suite import ServerTest, main

# Each stands somewhere in what is archived, or in what the catalog or the vault knows.
_WORDS = ("Heliotrope", "quarterly-figures", "Zanzibar", "schmetterling", "Anna Blume",
          "annablume", "invoice-4711.pdf", "geheimarchiv", PASSWORD)


def _mail(number):
    return (f"From: Anna Blume <annablume{number}@example.org>\r\nTo: jo@example.org\r\n"
            f"Subject: Heliotrope {number}\r\nMessage-ID: <quarterly-figures-{number}@example.org>"
            "\r\nDate: Mon, 1 Jun 2020 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
            "Content-Type: text/plain\r\n\r\nThe way to Zanzibar. schmetterling"
            f" {number}\r\n--b\r\nContent-Type: application/pdf\r\n"
            'Content-Disposition: attachment; filename="invoice-4711.pdf"\r\n'
            "Content-Transfer-Encoding: base64\r\n\r\nAAECAwQFBgc=\r\n--b--\r\n").encode()


def _placed(count):
    for number in range(count):
        yield ("INBOX" if number % 2 else "geheimarchiv", _mail(number), (), 1_590_000_000 + number)


class Encrypt(ServerTest):

    def setUp(self):
        super().setUp()
        self.key_file = self.folder / "key"
        self.archive = Mailkeep(self.folder / "vault", key_file=self.key_file)
        self.archive.run("init", "--encrypt").expect(0)
        self.locked_out = Mailkeep(self.archive.data)

    def filled(self, count=20, archive=None):
        user = self.server.new_user()
        client.put(self.server, user, _placed(count))
        self.add_account("post", self.server.url("imaps", user, "localhost"), "--schedule",
                         "manual", archive=archive).expect(0)
        return user

    def secret(self, name, text):
        path = self.folder / name
        path.write_text(text + "\n")
        return path

    def open_words(self, archive=None):
        """(word, file) for each word that can be read in a file of the archive."""
        files = [f for f in (archive or self.archive).data.rglob("*") if f.is_file()]
        self.assertGreater(len(files), 3)
        return sorted({(word, file.name) for file in files for word in _WORDS
                       if word.lower().encode() in file.read_bytes().lower()})

    def assert_locked(self, result, *words, code=1):
        self.assert_refused(result, code, *words)
        self.assertNotIn(self.key_file.read_text().strip(), result.told)

    def test_no_word_of_the_mail_lies_open_in_any_file(self):
        user = self.filled()
        self.archive.backup()
        self.assertEqual(self.open_words(), [])
        service = self.serve()
        self.archive.run("backup").expect(0)
        client.put(self.server, user, [("INBOX", _mail(99), (), 1_590_000_000)])
        self.archive.run("backup").expect(0)
        self.assertTrue(any(f.name.endswith("-wal") for f in self.archive.data.iterdir()))
        self.assertEqual(self.open_words(), [], "while the service has it open")
        self.assertEqual(service.close(), 0)
        self.archive.run("seal").expect(0, 2)
        self.archive.run("verify", "--full").expect(0)
        self.assertEqual(self.open_words(), [])
        self.assertFalse((self.archive.data / "keys/master.key").exists())

    def test_the_same_search_finds_the_words_where_nothing_is_encrypted(self):
        plain = self.new_archive("plain")
        self.filled(archive=plain)
        plain.backup()
        self.assertIn(("Heliotrope", "mailkeep.db"), self.open_words(plain))

    def test_mail_is_found_shown_and_given_back_as_ever(self):
        user = self.filled()
        held = client.standings(self.server, user)
        self.assertEqual(self.archive.backup()["post"]["new"], 20)
        found = self.archive.search("subject:heliotrope zanzibar")
        self.assertEqual(found["total"], 20)
        self.assertEqual({m["id"] for m in found["messages"]}, {s.digest for s in held})
        self.assertEqual(set(self.archive.exported()), {s.digest for s in held})
        elsewhere = self.server.new_user()
        self.restore_to(self.server.url("imaps", elsewhere, "localhost")).expect(0)
        self.assertEqual(client.standings(self.server, elsewhere), held)
        self.archive.drop_catalog()
        self.archive.run("rebuild").expect(0)
        self.assertEqual(self.open_words(), [])
        self.assertEqual(self.archive.search("zanzibar")["total"], 20)
        self.archive.run("verify", "--full").expect(0)
        again = self.archive.backup()["post"]
        self.assertEqual((again["state"], again["new"]), ("done", 0))

    def test_nobody_gets_in_without_a_key_or_with_a_wrong_one(self):
        self.filled(4)
        self.archive.backup()
        before = self.archive.packs()
        wrong = self.secret("wrong", "battery staple")
        for command in (("status",), ("search", "heliotrope"), ("backup",), ("verify",),
                        ("export", "--format", "eml", "--output", str(self.folder / "out"))):
            without = self.locked_out.run(*command, start_new_session=True)
            self.assert_locked(without, "encrypted", "--key-file")
            self.assert_locked(self.locked_out.run(*command, "--key-file", wrong), "passphrase")
        self.locked_out.run("status", "--key-file", self.key_file).expect(0)
        self.assertEqual(self.archive.packs(), before)
        # Made to look as if it were not encrypted: the key file is not passed over.
        plain = self.new_archive("plain")
        self.assert_locked(plain.run("status", "--key-file", self.key_file), "not encrypted",
                           code=2)

    def test_passphrases_come_and_go_without_touching_the_mail(self):
        self.filled(4)
        self.archive.backup()
        before = self.archive.packs()
        new = self.secret("new", "correct horse")
        self.archive.run("key", "add", "anna", "--password-file", new).expect(0)
        slots = self.archive.run("key", "list", "--json").expect(0).json["items"]
        self.assertEqual([slot["name"] for slot in slots], ["anna", "key-file"])
        self.locked_out.run("status", "--key-file", new).expect(0)
        self.archive.run("key", "remove", "key-file").expect(0)
        self.assert_locked(self.archive.run("status"), "passphrase")
        opened = Mailkeep(self.archive.data, key_file=new)
        opened.run("verify", "--full").expect(0)
        self.assert_refused(opened.run("key", "remove", "anna"), 1, "last")
        self.assert_refused(opened.run("key", "remove", "berta"), 1, "berta")
        self.assert_refused(opened.run("key", "add", "anna", "--password-file", new), 1, "already")
        self.assertEqual(self.archive.packs(), before)

    def test_a_damaged_slot_is_named_and_another_opens(self):
        new = self.secret("new", "correct horse")
        self.archive.run("key", "add", "anna", "--password-file", new).expect(0)
        slot = self.archive.data / "keys/key-file.slot"
        octets = bytearray(slot.read_bytes())
        octets[len(octets) // 2] ^= 1
        slot.write_bytes(octets)
        self.assert_locked(self.archive.run("status"), "key-file is damaged")
        opened = Mailkeep(self.archive.data, key_file=new)
        opened.run("status").expect(0)
        verdict = opened.run("verify", "--json").expect(4).json
        self.assertEqual([f["object"] for f in verdict["damaged"]], ["key slot key-file"])

    def test_a_damaged_file_header_costs_nothing(self):
        self.filled(6)
        self.archive.backup()
        journal = next(self.archive.data.glob("journal/*.mkj"))
        whole = journal.read_bytes()
        ids = {message["id"] for message in self.archive.search("heliotrope")["messages"]}
        journal.write_bytes(bytes(64) + whole[64:])
        verdict = self.archive.run("verify", "--full", "--json").expect(4).json
        self.assertEqual([f["object"] for f in verdict["damaged"]], [f"journal/{journal.name}"])
        out = self.folder / "salvaged"
        self.archive.run("salvage", journal, "--output", out).expect(4)
        self.assertEqual({file.stem for file in out.iterdir()}, ids)
        self.archive.drop_catalog()
        self.archive.run("rebuild").expect(0)
        self.assertEqual({message["id"] for message in
                          self.archive.search("heliotrope")["messages"]}, ids)
        self.archive.run("repair").expect(0)
        self.assertEqual(journal.read_bytes(), whole)
        self.archive.run("verify", "--full").expect(0)

    def serve(self):
        """As systemd starts it: nobody there to ask, the key among its credentials."""
        credentials = self.folder / "credentials"
        credentials.mkdir(exist_ok=True)
        (credentials / "mailkeep-key").write_bytes(self.key_file.read_bytes())
        with unittest.mock.patch.dict(os.environ, {"CREDENTIALS_DIRECTORY": str(credentials)}):
            service = Service(self.archive)
        self.addCleanup(service.close)
        return service

    def test_the_service_starts_alone_and_takes_commands_without_a_key(self):
        self.filled(6)
        service = self.serve()
        self.assertEqual(self.locked_out.backup()["post"]["new"], 6)
        new = self.secret("new", "correct horse")
        self.locked_out.run("key", "add", "anna", "--password-file", new).expect(0)
        self.assert_locked(self.locked_out.run("search", "heliotrope", start_new_session=True),
                           "encrypted")
        self.assertEqual(service.close(), 0)
        self.assertNotIn(self.key_file.read_text().strip(), "".join(service.log))
        self.locked_out.run("status", "--key-file", new).expect(0)

    def test_a_killed_backup_leaves_nothing_open_and_nothing_lost(self):
        self.filled(60)
        surroundings = {**os.environ, "MAILKEEP_KEY_FILE": str(self.key_file)}
        for milliseconds in (500, 700, 900, 1100, 1400):
            running = subprocess.Popen([str(find_binary()), "backup", "--data",
                                        str(self.archive.data)], env=surroundings,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(milliseconds / 1000)
            running.send_signal(signal.SIGKILL)
            running.wait()
            self.assertEqual(self.open_words(), [])
        self.archive.run("backup").expect(0)
        self.assertEqual(self.archive.search("heliotrope")["total"], 60)
        self.archive.run("verify", "--full").expect(0)

    def test_init_is_careful_with_keys(self):
        self.assertEqual(self.key_file.stat().st_mode & 0o777, 0o600)
        other = Mailkeep(self.folder / "other")
        self.assert_refused(other.run("init", "--encrypt", start_new_session=True), 2,
                            "terminal")
        self.assert_refused(other.run("init", "--key-file", self.key_file), 2, "--encrypt")
        self.assertFalse(other.data.exists())
        phrase = self.secret("phrase", "correct horse")
        other.run("init", "--encrypt", "--password-file", phrase).expect(0)
        other.run("status", "--key-file", phrase).expect(0)
        key = self.key_file.read_bytes()
        self.assert_refused(self.archive.run("init", "--encrypt"), 1, "already")
        self.assertEqual(self.key_file.read_bytes(), key)
        self.archive.run("status").expect(0)


if __name__ == "__main__":
    main()
