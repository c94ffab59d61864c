# SPDX-License-Identifier: Apache-2.0
"""Mail that is broken, nested or out of all proportion, through the whole program: little time, little
memory, found by the words that were understood, and given back octet for octet."""

import base64
import hashlib
import io
import os
import pathlib
import subprocess
import tempfile
import time
import unittest
import zipfile

from breaking import shim
from mailkeep import Mailkeep, find_binary
from suite import main

_MIB = 256
# Of the processor, index and child for attachments included; what sanitizers add is not the program's.
_SECONDS = 2 if shim().is_file() else 60


def _docx_of(octets_in_all):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("word/document.xml", "w", force_zip64=True) as document:
            document.write(b'<w:document xmlns:w="w"><w:body>')
            for _ in range(octets_in_all >> 20):
                document.write(b"<w:p></w:p>" * 95325)
    return packed.getvalue()


def _nested(levels):
    return b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
                    for n in range(levels))


def _mails():
    """What each is called, its octets, and words by which it is found. Of a header, the first MiB is read."""
    yield ("html", b"Subject: deephtml\r\nContent-Type: text/html\r\n\r\n<p>everest</p>"
           + b"<div>" * 100_000 + b"lhotse", ("deephtml", "everest", "lhotse"))
    yield ("parts", b"Subject: manyparts\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
           + b"--b\r\nContent-Type: text/plain; name=makalu.txt\r\n\r\nkangchenjunga\r\n" * 300_000,
           ("manyparts", "kangchenjunga", "filename:makalu"))
    yield ("header", b"Message-ID: <1@x>\r\nSubject: longheader " + b"word " * (4 << 20)
           + b"\r\n\r\ncho oyu", ("longheader", "subject:word", '"cho oyu"', "message-id:1@x"))
    yield ("recipients", b"Subject: manypeople\r\nTo: " + b"dhaulagiri <a@b>, " * (1 << 20)
           + b"\r\n\r\nmanaslu", ("manypeople", "to:dhaulagiri", "manaslu"))
    yield ("nested", b"Subject: manylevels\r\n" + _nested(100_000) + b"\r\nnanga", ("manylevels",))
    yield ("bomb", b"Subject: bomb\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
           b"annapurna\r\n--b\r\nContent-Type: application/octet-stream\r\n"
           b"Content-Disposition: attachment; filename=gasherbrum.docx\r\n"
           b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(_docx_of(1 << 30))
           + b"\r\n--b--\r\n", ("subject:bomb", "annapurna", "filename:gasherbrum"))
    yield ("noise", b"Subject: broken\r\nContent-Type: multipart/mixed; boundary=\"\r\n\r\n--\"\r\n\r\nbroad peak\r\n"
           + bytes(range(256)) * 4096, ("broken",))


class Giant(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mailkeep-giant-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.archive = Mailkeep(self.folder / "data")
        self.archive.run("init").expect(0)

    def assert_taken_cheaply(self, file):
        command = [str(find_binary()), "import", str(file), "--account", "pile", "--json",
                   "--data", str(self.archive.data)]
        begun = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            told = process.stdout.read()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0, told[-1000:])
        seconds = used.ru_utime + used.ru_stime
        print(f"{file.stem}: {seconds:.2f} s of the processor, {time.monotonic() - begun:.2f} s,"
              f" {used.ru_maxrss >> 10} MiB", flush=True)
        self.assertLess(seconds, _SECONDS, file.stem)
        if shim().is_file():
            self.assertLess(used.ru_maxrss >> 10, _MIB, file.stem)

    def test_it_costs_little_and_is_found_by_what_is_understood(self):
        for name, raw, words in _mails():
            with self.subTest(name):
                file = self.folder / f"{name}.eml"
                file.write_bytes(raw)
                self.assert_taken_cheaply(file)
                digest = hashlib.sha256(raw).hexdigest()
                for word in words:
                    found = self.archive.search(word)["messages"]
                    self.assertEqual([message["id"] for message in found], [digest], word)
                self.archive.run("show", digest).expect(0)
                self.assertEqual(hashlib.sha256(self.archive.raw(digest)).hexdigest(), digest)
        self.assertEqual(self.archive.run("status", "--json").expect(0).json["health"]["unindexed"], 0)
        self.archive.run("verify", "--full").expect(0)


if __name__ == "__main__":
    main()
