# SPDX-License-Identifier: Apache-2.0
"""Archives that released versions wrote (tests/data/archive, made by make_golden_archive.py) open,
verify, rebuild, seal and give back every message, for ever."""

import hashlib
import json
import pathlib
import shutil
import subprocess
import tempfile

import golden_archives
from mailkeep import Mailkeep
from reader_test import restored
from suite import ArchiveTest, main


def _versions():
    return sorted(folder for folder in golden_archives.FOLDER.iterdir() if folder.is_dir())


class Golden(ArchiveTest):

    def copy_of(self, golden):
        """A copy that can be written to; its catalog is made anew when it is first opened."""
        key = self.folder / "passphrase"
        key.write_text(golden_archives.PASSPHRASE)
        is_locked = golden_archives.is_encrypted(golden)
        folder = tempfile.mkdtemp(prefix=golden.name + "-", dir=self.folder)
        copy = Mailkeep(f"{folder}/data", key_file=key if is_locked else None)
        shutil.copytree(golden, copy.data)
        (copy.data / "contents.json").unlink()
        for file in copy.data.rglob("*"):
            file.chmod(0o700 if file.is_dir() else 0o600)  # git keeps no more than 644
        return copy

    def each(self):
        versions = _versions()
        self.assertTrue(versions, golden_archives.FOLDER)
        for golden in versions:
            with self.subTest(golden.name):
                yield self.copy_of(golden), json.loads((golden / "contents.json").read_text())

    def assert_contains(self, archive, wanted):
        wanted = dict(wanted)
        for digest in wanted.pop("expired", []):
            self.assert_refused(archive.run("show", digest, "--raw"), 1, digest[:12])
        self.assertEqual(golden_archives.facts(archive), wanted)
        report = archive.run("verify", "--full", "--json").expect(0).json
        self.assertEqual(report["damaged"], [])
        log = archive.run("log", "verify", "--json").expect(0).json
        self.assertEqual(log["damaged"], [])
        if not golden_archives.is_encrypted(archive.data):
            self.assertEqual(restored(archive.data, pathlib.Path(tempfile.mkdtemp(
                dir=self.folder))), set(wanted["messages"]))

    def test_each_is_rebuilt_and_contains_what_it_did(self):
        for archive, wanted in self.each():
            before = archive.packs()
            archive.run("rebuild").expect(0)
            self.assert_contains(archive, wanted)
            self.assertEqual(archive.packs(), before)

    def test_each_is_read_without_a_word_about_its_age(self):
        for archive, _ in self.each():
            archive.run("rebuild").expect(0)
            self.assertNotIn("level=warning", archive.run("status").expect(0).told)

    def test_together_they_hold_all_that_the_format_has(self):
        """What is no longer written, or never was by chance, would go untested."""
        holds = {"journal": "journal/*.mkj", "pack": "packs/*/*.mkp", "slot": "keys/*.slot",
                 "checkpoint": "log/checkpoint"}
        found = {what for golden in _versions() for what, files in holds.items()
                 if list(golden.glob(files))}
        self.assertEqual(found, set(holds))
        told = [json.loads((golden / "contents.json").read_text()) for golden in _versions()]
        for kind in ("expired", "holds"):
            self.assertTrue(any(kind in contents for contents in told), kind)
        for golden in _versions():
            size = sum(file.stat().st_size for file in golden.rglob("*") if file.is_file())
            self.assertLess(size, 100_000, golden)

    def test_each_is_sealed_and_contains_the_same(self):
        if "not a command of this version" in self.archive.run("seal").told:
            self.skipTest("this program does not seal")
        for archive, wanted in self.each():
            archive.run("rebuild").expect(0)
            archive.run("seal").expect(0)
            self.assert_contains(archive, wanted)
            before = archive.packs()
            archive.run("seal").expect(0)
            self.assertEqual(archive.packs(), before)
            archive.run("rebuild").expect(0)
            self.assert_contains(archive, wanted)
            self.assert_named_by_their_digest(archive)

    def assert_named_by_their_digest(self, archive):
        """Every pack, asked without our program."""
        script = ('for pack in packs/*/*.mkp; do [ -e "$pack" ] || continue; '
                  'echo "$(basename "$pack" .mkp)  $pack"; done | sha256sum --check --strict')
        if not list(archive.data.glob("packs/*/*.mkp")):
            return
        done = subprocess.run(["sh", "-c", script], cwd=archive.data, capture_output=True,
                              text=True, env={"PATH": "/usr/bin:/bin"}, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        packs = len(list(archive.data.glob("packs/*/*.mkp")))
        self.assertEqual(done.stdout.count(": OK\n"), packs)

    def test_the_name_of_every_pack_is_its_digest(self):
        for archive, _ in self.each():
            self.assert_named_by_their_digest(archive)

    def test_a_feature_of_the_future_is_refused_and_named(self):
        for need, command in (("read", "verify"), ("write", "backup")):
            for archive, _ in self.each():
                file = archive.data / "ARCHIVE"
                lines = [f"features-to-{need}: teleport" if line.startswith(f"features-to-{need}")
                         else line for line in file.read_text().splitlines()[:-1]]
                text = "\n".join(lines) + "\n"
                file.write_text(text + f"sha256: {hashlib.sha256(text.encode()).hexdigest()}\n")
                before = archive.packs()
                self.assert_refused(archive.run(command), 2, "newer mailkeep", "teleport")
                self.assertEqual(archive.packs(), before)


if __name__ == "__main__":
    main()
