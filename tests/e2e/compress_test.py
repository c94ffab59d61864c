# SPDX-License-Identifier: Apache-2.0
"""COMPRESS=DEFLATE with a real Dovecot, in the clear and below TLS: much mail comes in fewer octets, and
octet for octet the same."""

import contextlib
import hashlib
import socket
import threading

import client
from dovecot import PASSWORD, Dovecot, find_dovecot
from suite import ServerTest, main, skip_or_fail

_SETTINGS = """
protocol imap {
  mail_plugins = imap_zlib
}
"""
_COUNT = 60
_LINE = b"0123456789 the same words again and again, as in mail of lists\r\n"


def _mail(number):
    return b"Subject: %d\r\n\r\n" % number + _LINE * 1000


class _Counter:
    """Passes on what client and server say, and counts the octets of the server."""

    def __init__(self, port):
        self._target = port
        self.octets = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                there = socket.create_connection(("127.0.0.1", self._target))
                threading.Thread(target=self._pass, args=(here, there, False), daemon=True).start()
                threading.Thread(target=self._pass, args=(there, here, True), daemon=True).start()

    def _pass(self, source, target, counts):
        with contextlib.suppress(OSError):
            while octets := source.recv(65536):
                self.octets += len(octets) if counts else 0
                target.sendall(octets)
            target.shutdown(socket.SHUT_WR)


class Compress(ServerTest):

    @classmethod
    def start_server(cls):
        if find_dovecot() is None:
            skip_or_fail("Dovecot is not installed (apt-get install dovecot-imapd)")
        return Dovecot(settings=_SETTINGS)

    def setUp(self):
        super().setUp()
        self.user = self.server.new_user()
        self.mails = [_mail(n) for n in range(_COUNT)]
        client.put(self.server, self.user, [("INBOX", raw, set(), 86400) for raw in self.mails])

    def octets_of_a_backup(self, scheme, *settings):
        line = _Counter(self.server.ports[scheme])
        self.addCleanup(line.close)
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        archive = self.new_archive(f"{scheme}{len(settings)}")
        trust = ["--insecure-plaintext"] if scheme == "imap" else ["--ca-file", self.server.ca_file]
        archive.run("account", "add", "post", f"{scheme}://{self.user}@127.0.0.1:{line.port}",
                    "--password-file", secret, *trust).expect(0)
        archive.run("backup", *settings).expect(0)
        wanted = {hashlib.sha256(raw).hexdigest() for raw in self.mails}
        self.assertEqual(archive.contents(), wanted)
        archive.run("backup", *settings).expect(0)
        return line.octets

    def test_much_mail_comes_in_few_octets(self):
        raw = sum(len(mail) for mail in self.mails)
        for scheme in ("imap", "imaps"):
            with self.subTest(scheme=scheme):
                self.assertLess(self.octets_of_a_backup(scheme, "--compress", "yes"), raw / 10)

    def test_nothing_is_compressed_over_a_short_line_or_where_it_is_not_allowed(self):
        raw = sum(len(mail) for mail in self.mails)
        self.assertGreater(self.octets_of_a_backup("imap"), raw)
        self.assertGreater(self.octets_of_a_backup("imap", "--compress", "no"), raw)


if __name__ == "__main__":
    main()
