# SPDX-License-Identifier: Apache-2.0
"""SIGTERM in the middle of a large message: the program ends soon, and the next run goes on."""

import contextlib
import hashlib
import signal
import socket
import subprocess
import threading
import time

import client
from dovecot import PASSWORD
from mailkeep import find_binary
from suite import ServerTest, main

_SIZE = 16 << 20
_PASSED = 8 << 20  # octets of the server that come through


class _Relay:
    """Passes on what client and server say until the server has said so much; then nothing comes
    any more, and the connection stays."""

    def __init__(self, port):
        self.port_there = port
        self.has_stalled = threading.Event()
        self._end = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._end.set()
        self._listener.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            here, _ = self._listener.accept()
            with here, socket.create_connection(("127.0.0.1", self.port_there)) as there:
                threading.Thread(target=self._pass, args=(here, there, None), daemon=True).start()
                self._pass(there, here, _PASSED)
                self.has_stalled.set()
                self._end.wait(60)

    @staticmethod
    def _pass(source, target, most):
        with contextlib.suppress(OSError):
            while most is None or most > 0:
                octets = source.recv(65536)
                if not octets:
                    return
                target.sendall(octets)
                most = None if most is None else most - len(octets)


class Stop(ServerTest):

    def setUp(self):
        super().setUp()
        self.user = self.server.new_user()
        line = b"0123456789abcdef" * 4 + b"\r\n"
        self.small = b"Subject: small\r\n\r\nx\r\n"
        self.large = b"Subject: large\r\n\r\n" + line * (_SIZE // len(line))
        client.put(self.server, self.user, [("INBOX", self.small, set(), 86400),
                                            ("INBOX", self.large, set(), 90000)])

    def stop_in_the_middle(self, scheme, *options):
        relay = _Relay(self.server.ports[scheme])
        self.addCleanup(relay.close)
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        plain = ("--insecure-plaintext", "--password-file", secret)
        self.archive.run("account", "add", "post",
                         f"{scheme}://{self.user}@127.0.0.1:{relay.port}", *plain,
                         *options).expect(0)
        with subprocess.Popen([str(find_binary()), "backup", "--data", str(self.archive.data)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            self.assertTrue(relay.has_stalled.wait(60))
            self.assertIsNone(process.poll())
            process.send_signal(signal.SIGTERM)
            started = time.monotonic()
            code = process.wait(20)
        self.assertLess(time.monotonic() - started, 5)
        self.assertNotEqual(code, 0)
        relay.close()
        self.server.wait_for_sessions(self.user)
        self.archive.run("account", "set", "post", "--url", self.server.url(scheme, self.user),
                         *plain).expect(0)
        self.archive.run("verify", "--full").expect(0)

    def assert_all_there(self):
        wanted = {hashlib.sha256(raw).hexdigest() for raw in (self.small, self.large)}
        self.assertEqual(self.archive.contents(), wanted)
        self.archive.run("verify", "--full").expect(0)

    def test_an_imap_run_ends_soon_and_the_next_one_goes_on(self):
        self.stop_in_the_middle("imap")
        self.archive.backup()
        self.assert_all_there()

    def test_a_pop3_run_ends_soon_and_has_deleted_nothing_it_has_not(self):
        self.stop_in_the_middle("pop3", "--delete-from-server", "archived")
        left = client.maildrop(self.server, self.user)
        self.assertEqual(sum(left.values()), 2)
        self.archive.backup()
        self.assert_all_there()
        self.assertEqual(client.maildrop(self.server, self.user), {})


if __name__ == "__main__":
    main()
