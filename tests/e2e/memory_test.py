# SPDX-License-Identifier: Apache-2.0
"""The memory of a restore does not grow with the mailbox: 40,000 messages, of which a target without
records of ours has nothing, and then all."""

import os
import subprocess
import unittest

from dovecot import PASSWORD
from mailkeep import find_binary
from breaking import shim
from suite import ServerTest, main

_MESSAGES = 40_000
_MIB = 48


def _write_maildir(folder):
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)
    for number in range(_MESSAGES):
        raw = (b"From: sender@example.org\r\nSubject: message %d\r\nMessage-ID: <%d.memory@example.org>"
               b"\r\n\r\nbody %d\r\n" % (number, number, number))
        name = f"{1780000000 + number}.M{number}.bench,S={len(raw)},W={len(raw)}:2,S"
        (folder / "cur" / name).write_bytes(raw)


@unittest.skipUnless(shim().is_file(), "what sanitizers add is not the program's")
class Memory(ServerTest):

    def restore(self, user, *options):
        """The result, and MiB at most."""
        command = [str(find_binary()), "restore", "--to", self.server.url("imaps", user, "localhost"),
                   "--ca-file", str(self.server.ca_file), "--password-env", "SECRET", "--json",
                   "--data", str(self.archive.data), *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env={**os.environ, "SECRET": PASSWORD}) as process:
            told = process.stdout.read()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0, told[-1000:])
        print(f"{used.ru_maxrss >> 10} MiB ...", end=" ", flush=True)
        return told, used.ru_maxrss >> 10

    def test_a_mailbox_is_restored_in_little_memory_whether_it_is_there_or_not(self):
        user, other = self.server.new_user(), self.server.new_user()
        home = self.server.home(user)
        _write_maildir(home / "Maildir")
        self.server.own_mail(user)
        self.archive.run("import", home / "Maildir", "--account", "pile").expect(0)
        told, most = self.restore(user)
        self.assertIn(b'"appended":0,"already_there":%d,' % _MESSAGES, told)
        self.assertLess(most, _MIB)
        told, most = self.restore(other, "--dry-run")
        self.assertIn(b'"appended":%d,' % _MESSAGES, told)
        self.assertLess(most, _MIB)


if __name__ == "__main__":
    main()
