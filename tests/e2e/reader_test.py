# SPDX-License-Identifier: Apache-2.0
"""A stranger with FORMAT.md, Python and zstd gets every message out; sha256sum proves every pack."""

import base64
import itertools
import pathlib
import random
import subprocess
import sys

import client
import mails
from suite import ServerTest, main

_TESTS = pathlib.Path(__file__).resolve().parents[1]


def restored(data, output):
    """The names of the messages that the independent reader restores; each is its SHA-256."""
    subprocess.run([sys.executable, "-B", str(_TESTS / "reader/read_archive.py"), str(data),
                    str(output)], check=True, timeout=300)
    return {file.stem for file in output.glob("*.eml")}


class Reader(ServerTest):

    def test_is_short_enough_to_be_read(self):
        lines = (_TESTS / "reader/read_archive.py").read_text().splitlines()
        self.assertLessEqual(len(lines), 150)
        self.assertLessEqual(max(map(len, lines)), 100)

    def setUp(self):
        super().setUp()
        self.user = self.server.new_user()
        self.add_account("post", self.server.url("imaps", self.user)).expect(0)
        self.put(mails.spread(self.messages()))

    @staticmethod
    def messages():
        """Also of the corpus, where there is one, and an attachment sent twice in other lines."""
        folder = mails.corpus_folder()
        yield from itertools.islice(mails.corpus_mails(folder) if folder else [], 0, None, 5)
        yield from mails.built_in_mails()
        large = random.Random(1).randbytes(50_000)
        for width in (60, 76):
            text = base64.b64encode(large).decode()
            lines = "\r\n".join(text[i:i + width] for i in range(0, len(text), width))
            yield (f"Subject: in lines of {width}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                   f"{lines}\r\n").encode()

    def put(self, spread):
        client.put(self.server, self.user, spread)
        self.archive.backup()

    def assert_all_restored(self):
        output = self.folder / f"restored-{len(list(self.folder.iterdir()))}"
        self.assertEqual(restored(self.archive.data, output), self.archive.contents())

    def test_restores_journals_packs_and_both(self):
        self.assert_all_restored()
        self.archive.run("seal").expect(0)
        self.assertTrue(list(self.archive.data.glob("packs/??/*.mkp")))
        self.assert_all_restored()
        self.put([("Later", b"Subject: later\r\n\r\nIn a new journal.\r\n", set(), 0)])
        self.assert_all_restored()

    def test_every_packs_name_is_what_sha256sum_says(self):
        self.archive.run("seal").expect(0)
        packs = sorted(self.archive.data.glob("packs/??/*.mkp"))
        told = subprocess.run(["sha256sum", *map(str, packs)], check=True, capture_output=True,
                              text=True, env={"PATH": "/usr/bin:/bin"}).stdout.splitlines()
        self.assertEqual([line.split()[0] for line in told], [pack.stem for pack in packs])
        self.assertTrue(packs)


if __name__ == "__main__":
    main()
