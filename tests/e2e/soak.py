# SPDX-License-Identifier: Apache-2.0
"""Kills the real program again and again, at any time, in all that changes an archive; mail comes
and goes on the server meanwhile. Every few kills nobody is killed, and then everything must be
right: what stands on the server stands in the archive, and all of it verifies.

    python3 -B tests/e2e/soak.py SECONDS [SEED]

The seed decides what happens on the server and which commands are killed after how long; how far
they came by then is the machine's affair.
"""

import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

import client
import mails
from dovecot import PASSWORD, Dovecot
from mailkeep import Mailkeep, find_binary

_COMMANDS = (("backup",), ("backup",), ("backup",), ("seal",), ("rebuild",), ("compact",))
_KILLS_BETWEEN_CHECKS = 20


class Soak:

    def __init__(self, server, folder, seed):
        self.random = random.Random(seed)
        self.server = server
        self.user = server.new_user("soak")
        self.archive = Mailkeep(folder / "data")
        self.kills = self.checks = self.sent = 0
        self.made = list(mails.built_in_mails())
        secret = folder / "password"
        secret.write_text(PASSWORD)
        self.archive.run("init").expect(0)
        # With 0d, what is gone from the server expires at once, and compacting has work.
        self.archive.run("account", "add", "post", server.url("imap", self.user),
                         "--insecure-plaintext", "--password-file", secret, "--keep",
                         self.random.choice(("forever", "0d"))).expect(0)
        self.commands = [words for words in _COMMANDS if self._is_known(words)]

    def _is_known(self, words):
        told = self.archive.run(*words).told
        return "not a command of this version" not in told and "not in this version" not in told

    def change_the_server(self):
        new = []
        for _ in range(self.random.randrange(4)):
            self.sent += 1
            raw = self.random.choice(self.made).replace(b"Subject: ", b"Subject: %d " % self.sent, 1)
            new.append((self.random.choice(mails.MAILBOXES[:4]), raw, set(), 86400 * self.sent))
        client.put(self.server, self.user, new)
        with client.imap(self.server, self.user) as peer:
            count = int(client.ok(peer.select("INBOX"))[0])
            if count:
                number = str(self.random.randrange(1, count + 1))
                flags = self.random.choice(("\\Flagged", "\\Seen", "\\Deleted"))
                client.ok(peer.store(number, "+FLAGS", f"({flags})"))
                if count > 30:
                    client.ok(peer.expunge())

    def kill_one(self):
        words = self.random.choice(self.commands)
        command = [str(find_binary()), *words, "--data", str(self.archive.data)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(self.random.uniform(0.001, 0.25))
            except subprocess.TimeoutExpired:
                process.kill()
                self.kills += 1

    def check(self):
        self.server.wait_for_sessions(self.user)
        self.archive.backup()
        held = client.standings(self.server, self.user)
        if self.archive.standings() != held:
            raise AssertionError("the archive does not hold what the server does")
        self.archive.run("verify", "--full").expect(0)
        before = self.archive.packs()
        self.archive.backup()
        if self.archive.packs() != before:
            raise AssertionError("a further run has changed files")
        self.checks += 1


def main():
    seconds = float(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
    print(f"soak.py: seed {seed}", flush=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mailkeep-soak-"))
    deadline = time.monotonic() + seconds
    try:
        with Dovecot() as server:
            soak = Soak(server, folder, seed)
            while time.monotonic() < deadline:
                soak.change_the_server()
                for _ in range(_KILLS_BETWEEN_CHECKS):
                    if time.monotonic() < deadline:
                        soak.kill_one()
                soak.check()
        print(f"soak.py: {soak.kills} kills, {soak.checks} checks, {soak.sent} messages: all well")
    except BaseException:
        print(f"soak.py: seed {seed}; the archive is kept in {folder}", flush=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
