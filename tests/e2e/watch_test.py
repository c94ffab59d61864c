# SPDX-License-Identifier: Apache-2.0
"""While the service runs, mail is archived within seconds of its arrival, however long it is until
the schedule's next turn."""

import time

import client
from courier import Courier
from cyrus import Cyrus
from recorder import Recorder
from scripted_server import ScriptedPop3
from serve_test import Service
from servers_test import UnpackedServerTest
from suite import ServerTest, main

_SOON = 60  # seconds; on an idle machine it is one or two, or 30 where the server is polled
_LETTER = b"Subject: number %d\r\nFrom: a@example.org\r\n\r\n%s\r\n"


def letter(number, text=b"hello"):
    return _LETTER % (number, text)


class _OctetASecond(ScriptedPop3):
    """Sends a long answer so."""

    has_begun = False

    def serves(self, reader, writer):
        super().serves(reader, _SlowWriter(self, writer))


class _SlowWriter:

    def __init__(self, server, writer):
        self._server, self._writer = server, writer

    def write(self, octets):
        if len(octets) < 1000:
            self._writer.write(octets)
            return
        self._server.has_begun = True
        for octet in octets:
            self._writer.write(bytes([octet]))
            time.sleep(1)


class WatchedServer:
    """What is asked of each server that is watched."""

    scheme = "imaps"
    rounds = 2  # messages put while it is watched

    def setUp(self):
        super().setUp()
        self.user = self.server.new_user()

    def put(self, number, mailbox="INBOX"):
        with client.imap(self.server, self.user) as peer:
            client.ok(peer.append(client.quote(mailbox), "", None, letter(number)))

    def follow(self, *options, url=None):
        self.add_account("post", url or self.server.url(self.scheme, self.user), "--schedule",
                         "@every 12h", *options).expect(0)
        self.archive.backup()
        return self.serve()

    def serve(self):
        service = Service(self.archive)
        self.addCleanup(service.close)
        return service

    def watching(self):
        return self.archive.run("account", "show", "post", "--json").expect(0).json["watching"]

    def until(self, what, holds):
        deadline = time.monotonic() + _SOON
        while not holds():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {_SOON} seconds: {what}")
            time.sleep(0.1)

    def until_watching(self):
        self.until("it is followed", lambda: self.watching()["state"] == "watching")

    def until_archived(self, count):
        self.until(f"{count} messages are archived",
                   lambda: self.archive.search("subject:number")["total"] == count)

    def test_what_comes_is_archived_within_seconds(self):
        self.put(1)
        service = self.follow()
        self.until_watching()
        for number in range(2, 2 + self.rounds):
            self.put(number)
            self.until_archived(number)
        self.assertEqual(service.close(), 0)
        self.assertEqual(self.watching()["state"], "off")


class OnCyrus(WatchedServer, UnpackedServerTest):

    family = Cyrus


class OnCourier(WatchedServer, UnpackedServerTest):
    """Polled: it offers no IDLE here."""

    family = Courier
    scheme = "imap"
    rounds = 1

    def trust(self):
        return ("--insecure-plaintext",)


class OnDovecot(WatchedServer, ServerTest):

    def test_a_service_begun_again_follows_again_and_has_what_came_meanwhile(self):
        service = self.follow()
        self.until_watching()
        self.assertEqual(service.close(), 0)
        self.put(1)
        self.serve()
        self.until_archived(1)
        self.until_watching()
        self.put(2)
        self.until_archived(2)

    def test_nothing_is_said_that_could_change_a_mailbox(self):
        with Recorder(self.server.ports["imap"]) as recorder:
            self.trust = lambda: ("--insecure-plaintext",)
            self.follow(url=f"imap://{self.user}@127.0.0.1:{recorder.port}")
            self.until_watching()
            self.put(1)
            self.until_archived(1)
            # What came may have been archived by the run that begins with the watch.
            self.until("it idles", lambda: "IDLE" in recorder.commands)
            recorder.assert_read_only()
            self.assertIn("EXAMINE INBOX", recorder.take())

    def test_several_mailboxes_are_followed_by_notify(self):
        with client.imap(self.server, self.user) as peer:
            client.ok(peer.create(client.quote("Entwürfe")))
            client.ok(peer.create("Sent"))
        self.follow("--watch", "INBOX", "--watch", "Entwürfe")
        self.until_watching()
        self.assertIsNone(self.watching()["problem"])
        self.put(1, "Entwürfe")
        self.until_archived(1)
        self.put(2)
        self.until_archived(2)

    def test_a_lost_server_is_followed_again(self):
        self.follow()
        self.until_watching()
        self.server.stop()
        self.until("it waits", lambda: self.watching()["state"] == "waiting")
        self.server.start()
        self.put(1)
        self.until_archived(1)
        self.until_watching()

    def test_nothing_is_followed_when_nothing_is_to_be(self):
        self.follow("--watch", "none")
        self.add_account("asked", self.server.url(self.scheme, self.user), "--schedule",
                         "manual").expect(0)
        time.sleep(2)
        items = self.archive.run("account", "list", "--json").expect(0).json["items"]
        self.assertEqual({item["name"]: item["watching"]["state"] for item in items},
                         {"post": "off", "asked": "off"})

    def test_a_refused_login_is_not_tried_again_before_the_account_is_changed(self):
        self.add_account("post", self.server.url(self.scheme, self.user), "--schedule",
                         "@every 12h", password="wrong").expect(0)
        self.serve()
        self.until("it has stopped", lambda: self.watching()["state"] == "stopped")
        secret = self.folder / "password"
        secret.write_text(client.PASSWORD)
        self.archive.run("account", "set", "post", "--password-file", secret).expect(0)
        self.until_watching()

    def test_a_server_that_sends_an_octet_a_second_holds_up_nobody_else(self):
        slow = _OctetASecond()
        self.addCleanup(slow.close)
        slow.maildrop = {"id": letter(9, b"x" * 4000)}
        self.put(1)
        secret = self.folder / "password"
        secret.write_text(client.PASSWORD)
        self.archive.run("account", "add", "slow", slow.url, "--insecure-plaintext",
                         "--password-file", secret).expect(0)
        self.add_account("post", self.server.url(self.scheme, self.user)).expect(0)
        service = self.serve()
        self.until("the slow one sends", lambda: slow.has_begun)
        self.until_archived(1)
        self.until_watching()
        begun = time.monotonic()
        self.assertEqual(service.close(), 0)
        self.assertLess(time.monotonic() - begun, 10)

    def test_a_change_of_the_account_is_followed(self):
        self.follow("--watch", "none")
        self.archive.run("account", "set", "post", "--watch", "INBOX").expect(0)
        self.until_watching()
        self.archive.run("account", "set", "post", "--watch", "none").expect(0)
        self.until("it ends", lambda: self.watching()["state"] == "off")


if __name__ == "__main__":
    main()
