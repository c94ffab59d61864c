# SPDX-License-Identifier: Apache-2.0
"""The same backup and restore on servers of three families. What a server refuses to take is listed
with its family, and the list must be true; everything else has to arrive as it came."""

import os
import unittest

import client
import mails
from courier import Courier
from cyrus import Cyrus
from private_server import find_unpacked
from suite import ServerTest, main

_TREE = ("Sent Items", "R&D", "Entwürfe & Ideen", "受信箱", "Emoji 📬", "100%", 'a "quoted" name',
         "star * and % wild", "back\\slash", "(round)", "[square]", "{3}", "NIL", "&-like",
         "Archive", "Archive/2019", "Archive/2019/Größe", "Archive/2019/Größe/tief & tiefer")

_ODD_MAILS = {
    "8 bit in its head": b"Subject: \xe4\xf6 \xc3\xa9\r\nFrom: a@example.org\r\n\r\nx\r\n",
    "8 bit in its text": b"Subject: a\r\n\r\n\xe4\xf6\xfc \xff\xfe\r\n",
    "no line end at the end": b"Subject: b\r\n\r\nthe end",
    "no text": b"Subject: c\r\n\r\n",
    "no head": b"\r\nonly text\r\n",
    "lines that begin with dots": b"Subject: d\r\n\r\n.\r\n..\r\n.dots\r\n",
    "lines that look like commands": b"Subject: e\r\n\r\nA2 LOGOUT\r\n* BYE\r\n)\r\n+ go\r\n",
    "a long line": b"Subject: f\r\n\r\n" + b"x" * 100_000 + b"\r\n",
    "bare line feeds": b"Subject: g\n\nx\ny\n",
    "a bare carriage return": b"Subject: h\r\n\r\nx\ry\r\n",
    "a NUL": b"Subject: i\r\n\r\nx\0y\r\n",
    "a From_ line": b"From joe Mon Jan  1 00:00:00 2001\r\nSubject: j\r\n\r\nx\r\n",
}


class EveryServer:
    """What is asked of each family; below are their differences."""

    imap_scheme, pop3_scheme = "imaps", "pop3s"
    prefix, delimiter = "", "/"
    refuses_names = refuses_mails = frozenset()

    def new_account(self, scheme, word):
        user = self.server.new_user(word)
        self.add_account("post", self.server.url(scheme, user)).expect(0)
        return user

    def wire_name(self, name):
        return self.prefix + name.replace("/", self.delimiter)

    def fill(self, user):
        """Mail in every mailbox, and every odd mail. Returns what the server holds then."""
        refused = set()
        with client.imap(self.server, user) as peer:
            for name in _TREE:
                if peer.create(client.quote(self.wire_name(name)))[0] != "OK":
                    refused.add(name)
            self.assertEqual(refused, self.refuses_names)
            tree = ["INBOX", *(self.wire_name(n) for n in _TREE if n not in refused)]
            self.put_one_into_each(peer, tree)
            self.put_odd_mails(peer)
        return client.standings(self.server, user)

    def put_odd_mails(self, peer):
        refused = {what for what, raw in _ODD_MAILS.items()
                   if client.append_unchanged(peer, "INBOX", "(\\Seen)", raw) != "OK"}
        self.assertEqual(refused, self.refuses_mails)

    @staticmethod
    def put_one_into_each(peer, tree):
        spread = mails.spread(list(mails.built_in_mails())[:len(tree)])
        for mailbox, (_, raw, flags, date) in zip(tree, spread):
            stamp = client.internal_date(date)
            client.ok(peer.append(client.quote(mailbox), f"({' '.join(sorted(flags))})", stamp, raw))

    def assert_counts(self, report, new=0, flag_changes=0, vanished=0):
        found = (report["state"], report["new"], report["flag_changes"], report["vanished"])
        self.assertEqual(found, ("done", new, flag_changes, vanished))

    def test_a_tree_is_mirrored_followed_and_given_back(self):
        user = self.new_account(self.imap_scheme, "mirror")
        held = self.fill(user)
        self.assert_counts(self.archive.backup()["post"], new=held.total())
        self.assertEqual(self.archive.standings("post"), held)
        self.assertEqual(client.standings(self.server, user), held, "the server has changed")
        before = self.archive.packs()
        self.assert_counts(self.archive.backup()["post"])
        self.assertEqual(self.archive.packs(), before)
        self.check_restore(held)
        self.check_changes(user, held)

    def check_restore(self, held):
        target = self.server.url(self.imap_scheme, user := self.server.new_user("target"))
        first = self.restore_to(target, "--json").expect(0).json
        self.assertEqual((first["appended"], first["failed"]), (held.total(), 0))
        self.assertEqual(client.standings(self.server, user), held)
        again = self.restore_to(target, "--json").expect(0).json
        self.assertEqual((again["appended"], again["already_there"]), (0, held.total()))

    def check_changes(self, user, held):
        with client.imap(self.server, user) as peer:
            client.ok(peer.select("INBOX"))
            client.ok(peer.store("2", "FLAGS", "(\\Flagged NewWord)"))
            client.ok(peer.store("1", "+FLAGS", "(\\Deleted)"))
            client.ok(peer.expunge())
        self.assert_counts(self.archive.backup()["post"], flag_changes=1, vanished=1)
        now = client.standings(self.server, user)
        self.assertEqual(now.total(), held.total() - 1)
        self.assertEqual(self.archive.standings("post"), now)

    def test_a_maildrop_is_collected_and_then_empty(self):
        user = self.new_account(self.pop3_scheme, "drop")
        with client.imap(self.server, user) as peer:
            self.put_odd_mails(peer)
        sent = client.raw_maildrop(self.server, user)
        report = self.archive.backup()["post"]
        self.assertEqual((report["state"], report["new"], report["deleted_from_server"]),
                         ("done", sent.total(), sent.total()))
        self.assertEqual(self.archive.contents(), set(sent))
        self.assertEqual(client.maildrop(self.server, user).total(), 0)
        self.assertEqual(self.archive.backup()["post"]["new"], 0)


class UnpackedServerTest(ServerTest):

    family = None

    @classmethod
    def start_server(cls):
        if find_unpacked(cls.family.name) is None:
            if "MAILKEEP_SERVERS" in os.environ:
                raise AssertionError(f"{cls.family.name} is not unpacked in MAILKEEP_SERVERS")
            raise unittest.SkipTest(f"{cls.family.name} is not unpacked (tests/run.sh does it)")
        return cls.family()


class OnDovecot(EveryServer, ServerTest):
    """Takes all of it."""


class OnCyrus(EveryServer, UnpackedServerTest):

    family = Cyrus
    refuses_names = {"100%", 'a "quoted" name', "star * and % wild", "back\\slash", "{3}"}
    refuses_mails = {"bare line feeds", "a NUL"}


class OnCourier(EveryServer, UnpackedServerTest):

    family = Courier
    refuses_names = {"Emoji 📬"}  # nothing beyond U+FFFF
    imap_scheme, pop3_scheme = "imap", "pop3"
    prefix, delimiter = "INBOX.", "."

    def trust(self):
        return ("--insecure-plaintext",)


if __name__ == "__main__":
    main()
