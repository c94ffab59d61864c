# SPDX-License-Identifier: Apache-2.0
"""Bad input: one clear sentence and a hint, the right exit code, nothing lost."""

import contextlib
import fcntl
import os
import resource
import socket
import subprocess

import client
import mails
from dovecot import PASSWORD
from mailkeep import Mailkeep
from suite import ArchiveTest, ServerTest, main


class Connecting(ServerTest):
    """Each way not to reach a server, once with `account test` and once with `backup`."""

    def assert_account_refused(self, url, *words, options=(), password=PASSWORD):
        self.add_account("post", url, *options, password=password).expect(0)
        before = self.archive.packs()
        self.assert_refused(self.archive.run("account", "test", "post"), 1, *words)
        result = self.archive.run("backup", "--json").expect(3)
        account = result.json["accounts"][0]
        self.assertEqual((account["name"], account["state"]), ("post", "failed"))
        for word in words:
            self.assertIn(word.lower(), (account["error"] + result.told).lower())
        self.assertNotIn(PASSWORD, result.told + result.out.decode())
        self.assertEqual(self.archive.packs(), before)

    def test_a_wrong_password(self):
        for scheme in ("imaps", "pop3s"):
            with self.subTest(scheme):
                self.archive = self.new_archive(scheme)
                self.assert_account_refused(self.server.url(scheme, "anna"), "password",
                                            password="not the one")

    def test_a_wrong_port(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound, not listening: refuses
            port = taken.getsockname()[1]
            self.assert_account_refused(f"imaps://anna@127.0.0.1:{port}", str(port), "refused")

    def test_an_unknown_host(self):
        self.assert_account_refused("imaps://anna@no-such-host.invalid", "no-such-host.invalid")

    def test_a_server_that_is_silent(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            self.add_account("post", f"imaps://anna@127.0.0.1:{port}").expect(0)
            with self.assertRaises(subprocess.TimeoutExpired):
                # A short wait only: the answer of a real time-out takes a minute.
                self.archive.run("account", "test", "post", timeout=1)

    def test_an_expired_certificate(self):
        self.assert_account_refused(self.server.url("imaps", "anna", "127.0.0.2"), "expired")

    def test_an_expired_certificate_after_starttls(self):
        self.assert_account_refused(self.server.url("imap", "anna", "127.0.0.2"), "expired")

    def test_a_certificate_for_another_host(self):
        self.assert_account_refused(self.server.url("pop3s", "anna", "127.0.0.3"),
                                    "for mail.example.org, not for 127.0.0.3")

    def test_a_certificate_nobody_vouches_for(self):
        other = self.folder / "other.pem"
        other.write_bytes((self.server.certificates.folder / "other_host.pem").read_bytes())
        self.assert_account_refused(self.server.url("imaps", "anna"), "trust",
                                    options=("--ca-file", str(other)))

    def test_another_certificate_than_the_pinned_one(self):
        self.assert_account_refused(self.server.url("imaps", "anna"), "fingerprint",
                                    options=("--tls-fingerprint", "00" * 32))

    def test_a_server_that_speaks_no_tls(self):
        port = self.server.ports["imap"]
        self.assert_account_refused(f"imaps://anna@127.0.0.4:{port}", "TLS")

    def test_a_server_that_offers_no_starttls(self):
        self.assert_account_refused(self.server.url("imap", "anna", "127.0.0.4"), "STARTTLS")

    def test_a_server_that_offers_no_stls(self):
        self.assert_account_refused(self.server.url("pop3", "anna", "127.0.0.4"), "STLS")

    def test_imap_is_not_pop3(self):
        port = self.server.ports["pop3s"]
        self.assert_account_refused(f"imaps://anna@127.0.0.1:{port}")

    def test_one_bad_account_does_not_stop_the_others(self):
        good, bad = self.server.new_user(), self.server.new_user()
        client.put(self.server, good, mails.spread(list(mails.built_in_mails())[:6]))
        self.add_account("a-bad", self.server.url("imaps", bad), password="wrong").expect(0)
        self.add_account("b-good", self.server.url("imaps", good)).expect(0)
        accounts = self.archive.run("backup", "--json").expect(3).json["accounts"]
        self.assertEqual({a["name"]: a["state"] for a in accounts},
                         {"a-bad": "failed", "b-good": "done"})
        self.assertEqual(self.archive.standings("b-good"), client.standings(self.server, good))

    def test_a_restore_with_a_wrong_password(self):
        result = self.restore_to(self.server.url("imaps", "anna"), password="wrong")
        self.assert_refused(result, 1, "password")


class Usage(ArchiveTest):

    def refuse(self, code, words, *arguments, **options):
        with self.subTest(" ".join(map(str, arguments))):
            self.assert_refused(self.archive.run(*arguments, **options), code, *words)

    def test_things_that_are_not_there(self):
        self.refuse(1, ["nobody"], "backup", "nobody")
        self.refuse(1, ["nobody"], "account", "show", "nobody")
        self.refuse(1, ["nobody"], "account", "remove", "nobody")
        self.refuse(1, ["00000000"], "show", "00000000" * 8)
        nowhere = Mailkeep(self.folder / "nowhere")
        self.assert_refused(nowhere.run("status"), 1, "no archive", "mailkeep init")
        self.assert_refused(nowhere.run("backup"), 1, "no archive", "mailkeep init")

    def test_an_archive_is_not_made_twice(self):
        before = sorted(self.archive.data.rglob("*"))
        self.refuse(1, [str(self.archive.data)], "init")
        self.assertEqual(sorted(self.archive.data.rglob("*")), before)

    def test_urls_that_cannot_be_meant(self):
        secret = self.folder / "p"
        secret.write_text("secret-word")
        for url in ("http://a@b", "imaps://host-without-user", "imaps://a@", "imaps://a@b:99999",
                    "imaps://a@b:x", "nonsense"):
            with self.subTest(url):
                result = self.archive.run("account", "add", "x", url, "--password-file", secret)
                self.assert_refused(result, 2)
        told = self.archive.run("account", "add", "x", "imaps://a:secret-word@b",
                                "--password-file", secret).expect(2).told
        self.assertNotIn("secret-word", told)

    def test_options_that_cannot_be_meant(self):
        self.archive.run("no-such-command").expect(2)
        self.archive.run("backup", "--no-such-option").expect(2)
        self.refuse(2, [], "search", "from:(")
        self.refuse(2, [], "search", "\"never closed")
        self.refuse(2, [], "mailboxes", "--as-of", "yesterday-ish")

    def test_no_password_and_nobody_to_ask(self):
        self.refuse(2, ["password"], "account", "add", "x", "imaps://a@localhost")

    def test_a_password_comes_by_file_environment_or_standard_input(self):
        url = "imaps://a@localhost"
        self.archive.run("account", "add", "one", url, "--password-env", "SECRET",
                         env={"SECRET": "abc"}).expect(0)
        self.archive.run("account", "add", "two", url, "--password-stdin", stdin=b"abc\n").expect(0)
        names = self.archive.run("account", "list", "--json").expect(0)
        self.assertIn(b"two", names.out)
        self.assertNotIn(b"abc", names.out)

    def test_a_password_lies_sealed_in_the_archive(self):
        word = "sesame-opens-the-hill"
        self.archive.run("account", "add", "one", "imaps://a@localhost", "--password-stdin",
                         stdin=word.encode()).expect(0)
        for file in self.archive.data.rglob("*"):
            if file.is_file():
                self.assertNotIn(word.encode(), file.read_bytes(), file)

    def test_a_name_is_given_once(self):
        for code in (0, 1):
            result = self.archive.run("account", "add", "one", "imaps://a@localhost",
                                      "--password-stdin", stdin=b"abc\n").expect(code)
        self.assertIn("one", result.told)

    def test_an_archive_in_use(self):
        with open(self.archive.data / "lock", "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.refuse(5, ["in use"], "rebuild")
            self.refuse(5, ["in use"], "account", "add", "x", "imaps://a@b", "--password-stdin",
                        stdin=b"abc\n")
            self.archive.run("search", "word").expect(0)
            self.archive.run("status").expect(0)


class SmallDisk(ServerTest):
    """A disk that is full or read-only: a small tmpfs where the test may mount one, else a limit on
    the size of files, else permissions."""

    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        if os.geteuid() == 0:
            done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs",
                                   str(self.disk)], capture_output=True, check=False)
            if done.returncode == 0:
                self.addCleanup(subprocess.run, ["umount", "-l", str(self.disk)], check=False)
        self.is_mounted = os.path.ismount(self.disk)
        self.archive = Mailkeep(self.disk / "data")
        self.archive.run("init").expect(0)
        self.user = self.server.new_user()
        raws = [b"Subject: %d\r\n\r\n%s\r\n" % (n, os.urandom(40_000).hex().encode())
                for n in range(40)]
        client.put(self.server, self.user, [("INBOX", raw, set(), 86400) for raw in raws])
        self.sent = client.maildrop(self.server, self.user)

    @contextlib.contextmanager
    def full_disk(self, free):
        """Yields options for Mailkeep.run under which only `free` more octets can be written."""
        if self.is_mounted:
            filler = self.disk / "filler"
            room = os.statvfs(self.disk)
            filler.write_bytes(bytes(room.f_bavail * room.f_frsize - free))
            yield {}
            filler.unlink()
        else:
            limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (free, free))
            yield {"preexec_fn": limit, "restore_signals": False}

    def test_a_full_disk_stops_an_imap_run_and_the_next_one_goes_on(self):
        self.add_account("post", self.server.url("imaps", self.user)).expect(0)
        for free in (100_000, 400_000, 1_500_000):
            with self.subTest(free=free), self.full_disk(free) as options:
                self.assert_disk_full(self.archive.run("backup", "--json", **options))
        self.archive.backup()
        self.assertEqual(self.archive.standings(), client.standings(self.server, self.user))
        self.archive.run("verify", "--full").expect(0)

    def test_a_full_disk_deletes_nothing_on_a_pop3_server(self):
        self.add_account("post", self.server.url("pop3s", self.user)).expect(0)
        for free in (100_000, 400_000, 1_500_000):
            with self.subTest(free=free), self.full_disk(free) as options:
                self.assert_disk_full(self.archive.run("backup", "--json", **options))
                left = client.maildrop(self.server, self.user)
                for digest in self.sent - left:
                    self.assertEqual(client.digest_of(self.archive.raw(digest)), digest)
        self.archive.backup()
        self.assertEqual(client.maildrop(self.server, self.user).total(), 0)
        self.assertEqual(self.archive.contents(), set(self.sent))
        self.archive.run("verify", "--full").expect(0)

    def assert_disk_full(self, result):
        self.assertIn(result.code, (1, 3), result.told)
        told = (result.told + result.out.decode()).lower()
        self.assertRegex(told, "no space|disk.*full|too large|full disk")

    def test_a_read_only_directory(self):
        self.add_account("post", self.server.url("pop3s", self.user)).expect(0)
        with self.read_only():
            result = self.archive.run("backup").expect(1, 3)
            self.assertRegex(result.told.lower(), "read-only|permission")
        self.assertEqual(client.maildrop(self.server, self.user), self.sent)
        self.archive.backup()
        self.assertEqual(self.archive.contents(), set(self.sent))

    @contextlib.contextmanager
    def read_only(self):
        if self.is_mounted:
            again = ["mount", "-o", "remount,{}", str(self.disk)]
            subprocess.run([word.format("ro") for word in again], check=True)
            yield
            subprocess.run([word.format("rw") for word in again], check=True)
        else:
            if os.geteuid() == 0:
                self.skipTest("root may write everywhere, and nothing can be mounted here")
            folders = [f for f in [self.archive.data, *self.archive.data.rglob("*")] if f.is_dir()]
            for folder in folders:
                folder.chmod(0o500)
            yield
            for folder in folders:
                folder.chmod(0o700)


if __name__ == "__main__":
    main()
