# SPDX-License-Identifier: Apache-2.0
"""The corpus, archived from a Dovecot and given back to servers of three families: what stands there
is what was held, but for what the report says the server refused or changed."""

import collections
import unittest

import client
import mails
from courier import Courier
from cyrus import Cyrus
from dovecot import Dovecot
from servers_test import UnpackedServerTest
from suite import ServerTest, main


class CorpusRestore:

    scheme = "imaps"

    def archive_corpus(self):
        folder = mails.corpus_folder()
        if folder is None:
            raise unittest.SkipTest("no corpus (MAILKEEP_CORPUS)")
        with Dovecot() as source:
            user = source.new_user("source")
            client.put(source, user, mails.spread(mails.corpus_mails(folder)))
            self.add_account("post", source.url("imaps", user), "--ca-file",
                             str(source.ca_file)).expect(0)
            self.archive.backup()
            return client.standings(source, user)

    def test_all_of_it_comes_back_but_what_is_told(self):
        held = self.archive_corpus()
        target = self.server.new_user("target")
        done = self.restore_to(self.server.url(self.scheme, target), "--verify", "--json")
        report = done.json
        self.assertIn(done.code, (0, 3), done.told)
        self.assertEqual(report["appended"] + report["failed"], held.total())
        boxes = report["mailboxes"]
        refused = sum(len(box["cannot_go"]) for box in boxes)
        changed = sum(box["differing"] for box in boxes)
        ended = sum(what["messages"] for box in boxes for what in box["altered"]
                    if what["what"] == "the server gives back other line ends at the end")
        self.assertEqual(refused, report["failed"], boxes)
        self.assertEqual(sum(box["identical"] for box in boxes), held.total() - refused - changed)
        found = self.under_their_names(client.standings(self.server, target), boxes)
        self.assertEqual(found.total(), report["appended"])
        self.assertEqual((found - held).total(), changed + ended)
        self.assertEqual((held - found).total(), changed + ended + refused)
        self.assert_exceptions(held.total(), refused, changed, ended)

    def under_their_names(self, standings, boxes):
        names = {box["name"]: box["sources"][0]["mailbox"] for box in boxes}
        found = collections.Counter()
        for one, count in standings.items():
            found[one._replace(mailbox=names[one.mailbox])] += count
        return found


class OnDovecot(CorpusRestore, ServerTest):
    """Takes all of it as it is."""

    def assert_exceptions(self, count, refused, changed, ended):
        self.assertEqual((refused, changed, ended), (0, 0, 0))


class OnCyrus(CorpusRestore, UnpackedServerTest):
    """Refuses header fields that are none and writes X for octets of 8 bit in the others."""

    family = Cyrus

    def assert_exceptions(self, count, refused, changed, ended):
        self.assertLess(refused, count * 0.02)
        self.assertLess(changed, count * 0.03)
        self.assertEqual(ended, 0)


class OnCourier(CorpusRestore, UnpackedServerTest):
    """Ends every message with a line end, changes one, and takes no name beyond U+FFFF."""

    family = Courier
    scheme = "imap"

    def assert_exceptions(self, count, refused, changed, ended):
        self.assertEqual(refused, 0)
        self.assertLessEqual(changed, 1)
        self.assertLess(ended, count * 0.05)

    def trust(self):
        return ("--insecure-plaintext",)


if __name__ == "__main__":
    main()
