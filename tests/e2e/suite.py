# SPDX-License-Identifier: Apache-2.0
"""What every end-to-end test stands on: the way tests are run under ctest, and a test case with a
Dovecot and an archive of its own.

Exit codes of a test file: 0 passed, 1 failed, 77 everything in it was skipped (ctest shows that).
"""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import client
import mails
from dovecot import PASSWORD, Dovecot, find_dovecot
from mailkeep import Mailkeep, find_binary

SKIPPED = 77


class _Result(unittest.TextTestResult):
    """Shows a test's name as the sentence it is, and how long it took."""

    def startTest(self, test):
        self._started = time.monotonic()
        super().startTest(test)

    def getDescription(self, test):
        return test.id().split(".")[-1].removeprefix("test_").replace("_", " ")

    def addSuccess(self, test):
        self.stream.write(f"({time.monotonic() - self._started:.1f} s) ")
        super().addSuccess(test)


def main():
    """For `if __name__ == "__main__"` of a test file."""
    runner = unittest.TextTestRunner(verbosity=2, resultclass=_Result, stream=sys.stdout)
    program = unittest.main(module="__main__", testRunner=runner, exit=False)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if len(result.skipped) >= max(result.testsRun, 1) else 0)


def skip_or_fail(reason):
    """A missing Dovecot is a skip on a laptop and a failure where MAILKEEP_REQUIRE_DOVECOT is set."""
    if os.environ.get("MAILKEEP_REQUIRE_DOVECOT") == "1":
        raise AssertionError(f"{reason} (MAILKEEP_REQUIRE_DOVECOT=1)")
    raise unittest.SkipTest(reason)


class ArchiveTest(unittest.TestCase):
    """Has an empty archive, self.archive, in a temporary folder, self.folder."""

    maxDiff = 4000
    below = None  # where the folder is made; None: where temporary folders are

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not find_binary().exists():
            raise unittest.SkipTest(f"{find_binary()} is not built")

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mailkeep-test-", dir=self.below))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.archive = self.new_archive()

    def new_archive(self, name="data"):
        archive = Mailkeep(self.folder / name)
        archive.run("init").expect(0)
        return archive

    def add_account_on(self, server):
        """Names it "post"; the server is a scripted one and is closed at the end of the test."""
        self.addCleanup(server.close)
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        self.archive.run("account", "add", "post", server.url, "--insecure-plaintext",
                         "--password-file", str(secret)).expect(0)

    @contextlib.contextmanager
    def serving(self):
        """Beside a service, whose log lines are in self.service_log()."""
        with open(self.folder / "service.log", "a", encoding="utf-8") as log, subprocess.Popen(
                [str(find_binary()), "serve", "--listen", "127.0.0.1:0", "--json", "--data",
                 str(self.archive.data)], stdout=subprocess.PIPE, stderr=log, text=True) as service:
            try:
                self.assertIn("url", json.loads(service.stdout.readline()))
                yield
            finally:
                service.terminate()
                self.assertEqual(service.wait(30), 0)

    def service_log(self):
        return (self.folder / "service.log").read_text()

    def health(self):
        return self.archive.run("status", "--json").expect(0).json["health"]

    def wait_for_health(self, is_reached):
        """The first health for which it is true."""
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            health = self.health()
            if is_reached(health):
                return health
            time.sleep(0.5)
        self.fail("the service does not come to it:\n" + self.service_log())

    def assert_refused(self, result, code, *words):
        """The exit code; one sentence and one hint, with these words in either; log lines
        of the service do not count."""
        self.assertEqual(result.code, code, result.told)
        lines = [line for line in result.told.splitlines() if "level=" not in line]
        self.assertEqual(len(lines), 2, result.told)
        self.assertRegex(lines[0], "^mailkeep: .")
        self.assertRegex(lines[1], "^hint: .")
        for word in words:
            self.assertIn(word.lower(), result.told.lower())
        self.assertNotIn(PASSWORD, result.told)


class ServerTest(ArchiveTest):
    """Has a mail server as well: self.server, one for all tests of the class; a Dovecot, unless
    start_server says otherwise."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.start_server()
        cls.addClassCleanup(cls.server.close)

    @classmethod
    def start_server(cls):
        if find_dovecot() is None:
            skip_or_fail("Dovecot is not installed (apt-get install dovecot-imapd dovecot-pop3d)")
        return Dovecot()

    def setUp(self):
        super().setUp()
        self.addCleanup(self._tell_log_after_a_failure)

    def _tell_log_after_a_failure(self):
        """What the server itself says of it, for a failure that does not come again when asked."""
        result = self._outcome.result
        failed = [getattr(case, "test_case", case) for case, _ in result.failures + result.errors]
        if self in failed:
            print("the server's log ends with:", *self.server.log().splitlines()[-20:], sep="\n  ")

    def trust(self):
        """Options without which the server's certificate is not believed."""
        return ("--ca-file", str(self.server.ca_file))

    def add_account(self, name, url, *options, password=PASSWORD, archive=None):
        secret = self.folder / "password"
        secret.write_text(password)
        trust = () if "--tls-fingerprint" in options or "--ca-file" in options \
            else self.trust()
        return (archive or self.archive).run("account", "add", name, url, "--password-file",
                                             str(secret), *trust, *options)

    def restore_to(self, url, *options, archive=None, password=PASSWORD):
        secret = self.folder / "restore-password"
        secret.write_text(password)
        return (archive or self.archive).run("restore", "--to", url, "--password-file", str(secret),
                                             *self.trust(), *options)


class SourceTest(ServerTest):
    """The archive follows an account on the server: that of self.user."""

    def setUp(self):
        super().setUp()
        self.user = self.server.new_user("source")
        self.add_account("post", self.server.url("imaps", self.user)).expect(0)

    def archive_all(self, source):
        """Mail spread over mailboxes, archived; what the server holds then."""
        client.put(self.server, self.user, mails.spread(source))
        self.archive.backup()
        return client.standings(self.server, self.user)
