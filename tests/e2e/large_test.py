# SPDX-License-Identifier: Apache-2.0
"""Messages that are too large for memory: fetched in parts, over the real thing and over servers that
have their own idea of parts."""

import hashlib
import os
import random
import re
import subprocess

from mailkeep import find_binary
from scripted_server import Message, ScriptedImap, ScriptedPop3
from suite import ArchiveTest, ServerTest, main
import client

_SIZE = 11 << 20


def _large_mail(seed=1, size=_SIZE):
    head = (b"Subject: large\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
            b"--x\r\n\r\nforeword\r\n--x\r\nContent-Type: application/zip; name=a.zip\r\n\r\n")
    tail = b"\r\n--x\r\n\r\nafterword\r\n--x--\r\n"
    hexadecimal = random.Random(seed).randbytes(size // 2).hex().encode()
    lines = (hexadecimal[at:at + 78] for at in range(0, len(hexadecimal), 78))
    return head + b"\r\n".join(lines) + tail


def _digest(raw):
    return hashlib.sha256(raw).hexdigest()


class Dovecot(ServerTest):

    def check(self, scheme):
        raw = _large_mail()
        user = self.server.new_user()
        client.put(self.server, user, [("INBOX", raw, set(), 86400),
                                       ("INBOX", b"Subject: small\r\n\r\nx\r\n", set(), 86400)])
        self.add_account("post", self.server.url(scheme, user, "localhost"),
                         "--delete-from-server", "never").expect(0)
        report = self.archive.backup()["post"]
        self.assertEqual((report["state"], report["new"]), ("done", 2))
        digest = _digest(raw)
        self.assertEqual(client.digest_of(self.archive.raw(digest)), digest)
        for word in ("foreword", "afterword", "a.zip"):
            self.assertEqual([m["id"] for m in self.archive.search(word)["messages"]], [digest])
        self.assertEqual(self.archive.backup()["post"]["new"], 0)
        self.assertEqual(list((self.archive.data / "incoming").iterdir()), [])

    def test_a_large_message_over_imap_is_archived_exactly(self):
        self.check("imaps")

    def test_a_large_message_over_pop3_is_archived_exactly(self):
        self.check("pop3s")


class _Parts(ScriptedImap):
    """Gives parts, and remembers where they began."""

    def __init__(self):
        super().__init__()
        self.begun = []

    def on_uid_fetch(self, session, command):
        self.section = re.search(r"BODY\.PEEK\[\](?:<(\d+)\.(\d+)>)?", command)
        return super().on_uid_fetch(session, command)

    def body(self, message):
        if not self.section or not self.section[1]:
            return super().body(message)
        first, count = int(self.section[1]), int(self.section[2])
        self.begun.append(first)
        return self.part(first, message.raw[first:first + count])

    def part(self, first, octets):
        return b"BODY[]<%d> {%d}\r\n%s" % (first, len(octets), octets)


class Quirks(ArchiveTest):

    def start(self, kind):
        self.server = kind()
        self.raw = _large_mail()
        self.server.mailboxes["INBOX"] = [Message(4, self.raw)]
        self.add_account_on(self.server)

    def assert_taken(self, kind):
        self.start(kind)
        report = self.archive.run("backup", "--json").expect(0).json["accounts"][0]
        self.assertEqual((report["state"], report["new"]), ("done", 1))
        self.assertEqual(self.archive.contents(), {_digest(self.raw)})

    def test_a_server_that_gives_parts_gives_them_once(self):
        self.assert_taken(_Parts)
        self.assertEqual(self.server.begun, [n << 20 for n in range(len(self.server.begun))])

    def test_a_server_that_takes_no_notice_of_the_part_is_asked_once(self):
        class Whole(ScriptedImap):
            pass
        self.assert_taken(Whole)
        self.assertEqual(sum("BODY.PEEK[]" in line for line in self.server.said), 1)

    def test_a_server_that_gives_less_than_a_part_is_asked_for_all(self):
        class Stingy(_Parts):
            def part(self, first, octets):
                return super().part(first, octets[:700_000])
        self.assert_taken(Stingy)

    def test_a_server_that_refuses_parts_is_asked_for_all(self):
        class Refusing(_Parts):
            def on_uid_fetch(self, session, command):
                if "]<" in command:
                    return b"BAD no such thing"
                return super().on_uid_fetch(session, command)
        self.assert_taken(Refusing)

    def test_a_server_whose_parts_are_of_other_octets_is_asked_for_all(self):
        class Converting(_Parts):
            """Counts line ends as one octet."""

            def part(self, first, octets):
                return super().part(first, octets.replace(b"\r\n", b"\n"))
        self.assert_taken(Converting)

    def test_a_line_that_is_cut_costs_no_part_twice(self):
        class Cut(_Parts):
            def part(self, first, octets):
                if len(self.begun) == 6:
                    raise ConnectionError
                return super().part(first, octets)
        self.assert_taken(Cut)
        # Four parts may be on their way, and a line that is reset loses them.
        self.assertGreaterEqual(min(self.server.begun[6:]), (2 << 20) - (64 << 10))


class Endless(ScriptedPop3):
    """Has one message, of one line of 200 MB."""

    def __init__(self):
        super().__init__()
        self.maildrop["a"] = b""

    def serves(self, reader, writer):
        self.writer = writer
        super().serves(reader, writer)

    def octets(self):
        yield b"Subject: endless\r\n\r\n"
        for _ in range(200):
            yield b"0123456789" * 100_000
        yield b"\r\n"

    def size_of(self, _raw):
        return sum(map(len, self.octets()))

    def on_retr(self, _argument, _marked):
        self.writer.write(b"+OK\r\n")
        for octets in self.octets():
            self.writer.write(octets)
        return b".\r\n"


class Lines(ArchiveTest):

    def test_a_line_of_200_megabytes_over_pop3_takes_no_such_memory(self):
        server = Endless()
        self.add_account_on(server)
        digest = hashlib.sha256()
        for octets in server.octets():
            digest.update(octets)
        with subprocess.Popen([find_binary(), "backup", "--data", str(self.archive.data)],
                              env={**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=8"}) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = status
        self.assertEqual(status, 0)
        self.assertLess(usage.ru_maxrss, 128 << 10)
        self.assertEqual(self.archive.contents(), {digest.hexdigest()})


if __name__ == "__main__":
    main()
