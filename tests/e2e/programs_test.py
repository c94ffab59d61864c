# SPDX-License-Identifier: Apache-2.0
"""Two programs, one Mailkeep: what `mailkeep` does by itself it says word for word as the other one
would, it loads little, and all else the other one does in its place."""

import os
import re
import shutil
import subprocess

from mailkeep import find_binary
from suite import ArchiveTest, main

_OTHER = "mailkeep-whole"
# Each costs as much as a good part of a search.
_HEAVY = re.compile(r"lib(ssl|crypto|Poco\w*|cpp-httplib|brotli\w*|xml2|icu\w*|archive|stdc\+\+|fmt|tomlplusplus)\.so|"
                    r"lib(Poco|icu)\w+\.so")

_MAIL = """\
Message-ID: <{0}@example.org>
Date: Tue, 02 Jan 2018 00:0{0}:00 +0000
From: =?ISO-8859-1?Q?Jos=E9?= <jose@example.org>
Subject: =?UTF-8?B?bm90w6k=?= {0}
{1}Content-Type: text/html; charset=iso-8859-1

<p>An invoice for {0} backup tapes</p>
"""


class Programs(ArchiveTest):

    def setUp(self):
        super().setUp()
        self.binary = find_binary().resolve()
        self.other = self.binary.with_name(_OTHER)
        folder = self.folder / "mail"
        folder.mkdir()
        for number in range(3):
            answered = f"In-Reply-To: <{number - 1}@example.org>\n" if number else ""
            (folder / f"{number}.eml").write_text(_MAIL.format(number, answered))
        self.archive.run("import", folder, "--account", "old").expect(0)

    def alone(self):
        """A copy of `mailkeep` without the other program."""
        folder = self.folder / "alone"
        folder.mkdir()
        return shutil.copy(self.binary, folder)

    def ask(self, program, *words, **surroundings):
        done = subprocess.run([program, *words], capture_output=True, check=False, timeout=60,
                              env={**os.environ, "MAILKEEP_DATA": str(self.archive.data), **surroundings})
        return done.returncode, done.stdout, done.stderr

    def assert_same(self, *words, **surroundings):
        one, other = (self.ask(program, *words, **surroundings) for program in (self.binary, self.other))
        self.assertEqual(one, other, words)
        return one

    def test_both_say_the_same_of_mail(self):
        some = self.archive.search("invoice")["messages"][0]["id"]
        alone = self.alone()
        for words in (["search", "invoice"], ["search", "invoice", "--json", "--limit", "2"],
                      ["search", "backup", "tapes", "--snippets"], ["search", "-q", "nothing-of-it"],
                      ["search", "invoice", "--snippets", "--json", "--sort", "relevance"],
                      ["show", some], ["show", some[:12], "--json"], ["show", some, "--raw"],
                      ["show", some, "--headers"], ["show", some, "--part", "1"], ["thread", some]):
            code, out, _ = self.assert_same(*words)
            self.assertEqual((code, bool(out)), (0, "-q" not in words), words)
            self.assertEqual(self.ask(alone, *words)[:2], (code, out), f"{words} without the other program")

    def test_both_complain_in_the_same_words(self):
        broken = self.folder / "broken.toml"
        broken.write_text("data = \n")
        for words in (["show", "00000000"], ["thread", "00000000", "--json"], ["show", "12345"], ["search", "--limit", "0"],
                      ["show"], ["search", "before:never"], ["search", "x", "--frobnicate"], ["frobnicate"], [],
                      ["search", "x", "--data", "/nowhere"], ["search", "x", "--log-level", "loud"],
                      ["search", "x", "--config", str(broken)], ["search", "x", "--key-file", "/nowhere"],
                      ["search", "x", "--json", "-q", "-v"], ["show", "12345678", "--raw", "--json"]):
            self.assertNotEqual(self.assert_same(*words)[0], 0, words)
        self.assertNotEqual(self.assert_same("search", "x", MAILKEEP_WORKERS="none")[0], 0)

    def test_both_explain_themselves_in_the_same_words(self):
        for words in (["--help"], ["--version"], ["search", "--help"], ["show", "--help"], ["account", "--help"]):
            self.assertEqual(self.assert_same(*words)[0], 0, words)

    def test_what_only_reads_loads_little(self):
        traced = self.ask(self.binary, LD_TRACE_LOADED_OBJECTS="1")[1].decode()
        self.assertIn("libc.so", traced)
        if re.search(r"lib[at]san\.so", traced):
            self.skipTest("a sanitizer loads libraries of its own")
        self.assertIsNone(_HEAVY.search(traced), traced)

    def test_all_else_the_other_program_does_in_its_place(self):
        alone = self.alone()
        other = self.folder / "alone" / _OTHER
        other.write_text('#!/bin/sh\necho "$$ $*"\ncat\nexit 5\n')
        other.chmod(0o755)
        with subprocess.Popen([alone, "--json", "status", "a b"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:
            out = process.communicate(b"a secret")[0]
        self.assertEqual((process.returncode, out), (5, f"{process.pid} --json status a b\na secret".encode()))

    def test_where_the_other_program_is_missing_is_said(self):
        code, out, told = self.ask(self.alone(), "status", "--json")
        place = str(self.folder / "alone" / _OTHER)
        self.assertEqual(code, 1)
        self.assertIn(place.encode(), out)
        self.assertIn(f"mailkeep: cannot start {place}".encode(), told)
        self.assertIn(b"hint: Install both in one folder", told)

    def test_an_encrypted_archive_is_searched_too(self):
        key = self.folder / "key"
        data = self.folder / "encrypted"
        settings = {"MAILKEEP_DATA": str(data), "MAILKEEP_KEY_FILE": str(key)}
        self.assertEqual(self.ask(self.binary, "init", "--encrypt", **settings)[0], 0)
        self.assertEqual(self.ask(self.binary, "import", self.folder / "mail", "--account", "old", **settings)[0], 0)
        code, out, _ = self.assert_same("search", "invoice", "--snippets", **settings)
        self.assertEqual((code, out.count(b"[invoice]")), (0, 3))
        self.assertNotEqual(self.assert_same("search", "invoice", MAILKEEP_DATA=str(data))[0], 0)


if __name__ == "__main__":
    main()
