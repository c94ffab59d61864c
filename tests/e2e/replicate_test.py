# SPDX-License-Identifier: Apache-2.0
"""A second copy: incremental, read back, an archive itself; and what it is good for when either
side is damaged."""

import hashlib
import os
import shutil
import unittest

import client
import mails
from breaking import shim
from mailkeep import Mailkeep
from suite import ServerTest, main


class Replicate(ServerTest):

    # A kill leaves the kernel alive, so nothing is lost by a disk of memory but the wait for it.
    below = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

    def setUp(self):
        super().setUp()
        self.user = self.server.new_user()
        self.add_account("post", self.server.url("imaps", self.user)).expect(0)
        self.raws = list(mails.built_in_mails())
        self.deliver(self.raws[:40])
        self.copy = Mailkeep(self.folder / "copy")

    def deliver(self, raws):
        client.put(self.server, self.user, mails.spread(raws))
        self.archive.backup()

    def seal(self):
        self.archive.run("seal").expect(0)

    def replicate(self, *codes, **options):
        return self.archive.run("replicate", "--to", self.copy.data, "--json",
                                **options).expect(*codes or (0,))

    def assert_holds_all(self, archive):
        """In a folder of its own, so that the copy stays what it is; with the key of passwords,
        which is kept elsewhere."""
        place = Mailkeep(self.folder / "opened")
        shutil.copytree(archive.data, place.data)
        (place.data / "keys").mkdir(exist_ok=True)
        shutil.copy(self.archive.data / "keys/master.key", place.data / "keys")
        place.run("rebuild").expect(0)
        self.assertEqual(place.exported(), self.archive.exported())
        self.assertEqual(place.standings(), self.archive.standings())
        place.run("verify", "--full").expect(0)
        shutil.rmtree(place.data)

    @staticmethod
    def flip(file, at):
        octets = bytearray(file.read_bytes())
        octets[at] ^= 1
        file.write_bytes(octets)

    def test_the_copy_has_the_same_files_and_opens_as_an_archive(self):
        done = self.replicate().json
        self.assertGreater(done["copied"], 0)
        self.assertGreaterEqual(done["verified"], done["copied"])
        self.assertEqual(self.copy.packs(), self.archive.packs())
        self.assert_holds_all(self.copy)

    def test_only_what_is_new_is_copied_pack_by_pack(self):
        self.seal()
        self.replicate()
        first = self.archive.packs()
        self.assertEqual(self.copy.packs(), first)
        again = self.replicate().json
        self.assertEqual((again["copied"], again["bytes"]), (0, 0))
        stamps = {name: (self.copy.data / name).stat().st_mtime_ns for name in first}
        self.deliver(self.raws[40:])
        self.seal()
        done = self.replicate().json
        new = set(self.archive.packs()) - set(first)
        self.assertEqual(len(new), 1)
        self.assertEqual(self.copy.packs(), self.archive.packs())
        size = sum((self.archive.data / name).stat().st_size for name in new)
        self.assertGreaterEqual(done["bytes"], size)
        self.assertLess(done["bytes"], size + 100_000)  # and the log, which grew
        for name in first:
            self.assertEqual((self.copy.data / name).stat().st_mtime_ns, stamps[name])
        self.assert_holds_all(self.copy)

    def test_journals_leave_the_copy_once_a_pack_there_holds_them(self):
        self.replicate()
        self.seal()
        self.replicate()
        self.assertEqual(self.copy.packs(), self.archive.packs())
        self.assertTrue(all(name.startswith("packs/") for name in self.copy.packs()))
        self.assert_holds_all(self.copy)

    def test_an_interrupted_copy_is_resumed_wherever_it_was(self):
        if not shim().is_file():
            raise unittest.SkipTest(f"{shim()} is not there (sanitizer builds have none)")
        self.seal()
        self.deliver(self.raws[40:])

        def broken(how, step):
            log.unlink(missing_ok=True)
            shutil.rmtree(self.copy.data, ignore_errors=True)
            return self.archive.run("replicate", "--to", self.copy.data, env={
                "LD_PRELOAD": str(shim()), "MAILKEEP_FAULT_DATA": str(self.copy.data),
                "MAILKEEP_FAULT_LOG": str(log), "MAILKEEP_FAULT_HOW": how,
                "MAILKEEP_FAULT_AT": str(step)})

        log = self.folder / "steps"
        broken("kill", 0).expect(0)
        steps = len(log.read_text().splitlines())
        self.assertGreater(steps, 20)
        wanted = self.copy.packs()
        for number, step in enumerate(range(1, steps + 1, max(1, steps // 40))):
            how = ("kill", "tear", "error")[number % 3]
            with self.subTest(how=how, step=step, of=steps):
                self.assertNotEqual(broken(how, step).code, 0 if how != "error" else None)
                self.replicate()
                self.assertEqual(self.copy.packs(), wanted)
                self.assertEqual(self.replicate().json["copied"], 0)
        self.assert_holds_all(self.copy)

    def test_another_archive_or_other_files_are_not_written_over(self):
        other = self.new_archive("other")
        before = other.packs()
        self.assert_refused(self.archive.run("replicate", "--to", other.data), 1, "another archive")
        self.assertEqual(other.packs(), before)
        papers = self.folder / "papers"
        papers.mkdir()
        (papers / "will.txt").write_text("x")
        self.assert_refused(self.archive.run("replicate", "--to", papers), 1, "other files")
        self.assertEqual([file.name for file in papers.iterdir()], ["will.txt"])
        inside = self.archive.data / "copy"
        self.assert_refused(self.archive.run("replicate", "--to", inside), 2, "two places")

    def test_what_is_damaged_here_is_named_and_mended_from_the_copy(self):
        self.seal()
        self.replicate()
        wanted = self.archive.packs()
        pack = self.archive.data / next(iter(wanted))
        # Records stand before events and lists: the messages of that frame are lost without a copy.
        self.flip(pack, 200)
        named = {}
        for depth in ((), ("--full",)):
            report = self.archive.run("verify", "--json", *depth).expect(4).json
            named[depth] = {item["message"]: item["known"] for item in report["damaged"]
                            if item["message"]}
        self.assertEqual(named[()], named[("--full",)])
        self.assertTrue(named[()])
        for digest, known in named[()].items():
            self.assertIn(digest, self.archive.contents())
            self.assertRegex(known, r'^".*" from .*; post in .*, UID \d+')
        status = self.archive.run("status", "--json").expect(0).json["health"]
        self.assertEqual({item["id"] for item in status["damaged_messages"]}, set(named[()]))
        self.assertEqual(status["damaged_packs"][0]["messages"], len(named[()]))
        told = self.archive.run("status").expect(0).out.decode()
        self.assertIn(pack.name, told)
        self.archive.run("repair", "--from", self.copy.data).expect(0)
        self.assertEqual(self.archive.packs(), wanted)
        self.archive.run("verify", "--full").expect(0)
        status = self.archive.run("status", "--json").expect(0).json["health"]
        self.assertEqual((status["damaged_packs"], status["damaged_messages"]), ([], []))

    def test_copies_damaged_in_different_places_make_one_whole(self):
        self.seal()
        self.replicate()
        wanted = self.archive.packs()
        name = next(iter(wanted))
        size = (self.archive.data / name).stat().st_size
        self.flip(self.archive.data / name, 200)
        self.flip(self.copy.data / name, size - 200)
        self.archive.run("repair", "--from", self.copy.data).expect(0)
        self.assertEqual(self.archive.packs(), wanted)
        self.assertEqual(self.copy.packs(), wanted)
        self.archive.run("verify", "--full").expect(0)

    def test_a_copy_that_rotted_is_mended_from_here(self):
        self.seal()
        self.replicate()
        wanted = self.archive.packs()
        name = next(iter(wanted))
        self.flip(self.copy.data / name, 200)
        (self.copy.data / "ARCHIVE").write_bytes(b"rotten")
        self.archive.run("repair", "--from", self.copy.data)
        self.replicate()
        self.assertEqual(self.copy.packs(), wanted)
        self.assert_holds_all(self.copy)

    def test_what_no_copy_has_stays_listed_as_damaged(self):
        self.seal()
        name = next(iter(self.archive.packs()))
        self.flip(self.archive.data / name, 200)
        with client.imap(self.server, self.user) as peer:
            for mailbox in mails.MAILBOXES:
                client.ok(peer.select(client.quote(mailbox)))
                peer.store("1:*", "+FLAGS", "(\\Deleted)")
                client.ok(peer.expunge())
        result = self.archive.run("repair", "--json").expect(4)
        lost = {item["message"]: item["known"] for item in result.json["damaged"]
                if item["message"]}
        self.assertTrue(lost)
        status = self.archive.run("status", "--json").expect(0).json["health"]
        self.assertEqual({item["id"]: item["known"] for item in status["damaged_messages"]}, lost)
        told = self.archive.run("status").expect(0).out.decode()
        for digest in list(lost)[:20]:
            self.assertIn(digest, told)
        for digest in set(self.archive.contents()) - set(lost):
            self.assertEqual(hashlib.sha256(self.archive.raw(digest)).hexdigest(), digest)


class DeleteAfterReplica(ServerTest):
    """`delete_needs_replica`: a POP3 server is emptied only once the copy has the mail too."""

    def setUp(self):
        super().setUp()
        self.user = self.server.new_user("drop")
        self.add_account("post", self.server.url("pop3s", self.user)).expect(0)
        raws = list(mails.built_in_mails())[:10]
        client.put(self.server, self.user, [("INBOX", raw, set(), 86400) for raw in raws])
        self.sent = client.maildrop(self.server, self.user)
        self.copy = self.folder / "copy"

    def backup(self, code, **more):
        return self.archive.run("backup", "--json", env={"MAILKEEP_REPLICA": str(self.copy), **more}
                                ).expect(code).json["accounts"][0]

    def test_nothing_is_deleted_before_the_copy_has_it(self):
        report = self.backup(3)
        self.assertEqual((report["new"], report["deleted_from_server"]), (10, 0))
        self.assertIn("replica", report["error"])
        self.assertEqual(client.maildrop(self.server, self.user), self.sent)
        self.assertFalse(self.copy.exists())  # a disk that is not mounted is no second copy
        status = self.archive.run("status", "--json").expect(0).json["health"]
        self.assertIn("replica", status["replica"]["problem"])
        self.archive.run("replicate", "--to", self.copy).expect(0)
        report = self.backup(0)
        self.assertEqual((report["new"], report["deleted_from_server"]), (0, 10))
        self.assertEqual(client.maildrop(self.server, self.user).total(), 0)
        status = self.archive.run("status", "--json").expect(0).json["health"]
        self.assertIsNone(status["replica"]["problem"])
        opened = Mailkeep(self.copy)
        opened.run("rebuild").expect(0)
        self.assertEqual(opened.contents(), set(self.sent))

    def test_a_message_the_copy_has_not_whole_is_left_on_the_server(self):
        self.archive.run("replicate", "--to", self.copy).expect(0)
        shutil.rmtree(self.copy / "journal")
        (self.copy / "journal").write_text("in the way")
        report = self.backup(3)
        self.assertEqual(report["deleted_from_server"], 0)
        self.assertEqual(client.maildrop(self.server, self.user), self.sent)

    def test_deleting_need_not_wait_when_it_is_told_not_to(self):
        report = self.backup(3, MAILKEEP_DELETE_NEEDS_REPLICA="false")
        self.assertEqual((report["new"], report["deleted_from_server"]), (10, 10))


if __name__ == "__main__":
    main()
