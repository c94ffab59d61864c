# SPDX-License-Identifier: Apache-2.0
"""Gmail as it was recorded: every label is a mailbox, "All Mail" has every message, and each message
has a number and its labels (X-GM-EXT-1). One copy is fetched and kept, with its labels."""

import hashlib

from scripted_server import Message, ScriptedImap, holds
from suite import ArchiveTest, main

_ALL = "[Gmail]/All Mail"
_SPAM = "[Gmail]/Spam"
_DATE = b'"01-Feb-2024 10:00:00 +0000"'


def _mail(number):
    return b"Subject: %d\r\n\r\nmail %d\r\n" % (number, number + 1000)


class _Gmail(ScriptedImap):
    """`labels` is {number of the message: its labels as the server writes them}."""

    capabilities = b"IMAP4rev1 X-GM-EXT-1"
    attributes = {_ALL: b"\\HasNoChildren \\All", _SPAM: b"\\HasNoChildren \\Junk"}

    def __init__(self):
        super().__init__()
        self.mailboxes = {"INBOX": [], "Work": [], _ALL: [], _SPAM: []}
        self.labels = {}

    def put(self, mailbox, uid, number):
        message = Message(uid, _mail(number))
        message.number = number
        self.mailboxes[mailbox].append(message)

    def list_line(self, name):
        return b'* LIST (%s) "/" "%s"\r\n' % (self.attributes.get(name, b""), name.encode())

    def on_uid_fetch(self, session, command):
        _, _, uids, items = command.split(" ", 3)
        return [*(b"* %d FETCH (%s)\r\n" % (n, b" ".join(self.told(m, items)))
                  for n, m in enumerate(session.mailbox, 1) if holds(uids, m.uid)), b"OK done"]

    def told(self, message, items):
        yield b"UID %d" % message.uid
        for item in items.strip("()").split(" "):
            yield {
                "FLAGS": b"FLAGS (%s)" % message.flags.encode(),
                "RFC822.SIZE": b"RFC822.SIZE %d" % len(message.raw),
                "INTERNALDATE": b"INTERNALDATE " + _DATE,
                "X-GM-MSGID": b"X-GM-MSGID %d" % (1278455344230334000 + message.number),
                "X-GM-LABELS": b"X-GM-LABELS (%s)" % self.labels.get(message.number, b""),
                "BODY.PEEK[]": self.body(message),
            }[item]


class Gmail(ArchiveTest):

    def setUp(self):
        super().setUp()
        self.server = _Gmail()
        self.add_account_on(self.server)
        for uid, number in ((4, 1), (9, 2)):
            self.server.put("INBOX", uid, number)
        self.server.put("Work", 1, 2)
        for uid, number in ((11, 1), (12, 2), (13, 3)):
            self.server.put(_ALL, uid, number)
        self.server.put(_SPAM, 7, 4)
        self.server.labels = {1: b'"\\\\Inbox"', 2: b'"\\\\Inbox" Work "gro&AN8-e Dinge"'}

    def backup(self):
        self.server.said.clear()
        report = self.archive.backup()["post"]
        self.assertEqual(report["state"], "done")
        return report

    def bodies(self):
        return [line.split(" ")[3] for line in self.server.said if "BODY" in line]

    def placements(self, number):
        name = hashlib.sha256(_mail(number)).hexdigest()
        shown = self.archive.run("show", name, "--json").expect(0).json
        return {place["mailbox"]: place["labels"] for place in shown["placements"]
                if place["gone_at"] is None}

    def assert_one_copy_of_each(self, numbers):
        self.assertEqual(self.archive.contents(),
                         {hashlib.sha256(_mail(n)).hexdigest() for n in numbers})

    def test_all_mail_gives_the_octets_and_the_others_are_known(self):
        report = self.backup()
        self.assertEqual((report["new"], self.bodies()), (7, ["11:13", "7"]))
        self.assert_one_copy_of_each((1, 2, 3, 4))
        self.assertEqual(set(self.placements(2)), {"INBOX", "Work", _ALL})
        again = self.backup()
        self.assertEqual((again["new"], again["flag_changes"], self.bodies()), (0, 0, []))

    def test_labels_are_kept_as_labels_and_followed(self):
        self.backup()
        labels = ["\\Inbox", "Work", "große Dinge"]
        self.assertEqual(self.placements(2)[_ALL], sorted(labels))
        self.assertEqual(self.placements(3)[_ALL], [])
        self.server.labels[3] = b"Work"
        self.server.put("Work", 2, 3)
        report = self.backup()
        self.assertEqual((report["new"], report["flag_changes"], self.bodies()), (1, 1, []))
        self.assertEqual(self.placements(3), {"Work": ["Work"], _ALL: ["Work"]})
        self.archive.run("rebuild").expect(0)
        self.assertEqual(self.placements(3), {"Work": ["Work"], _ALL: ["Work"]})
        self.assertEqual(self.archive.run("verify", "--full", "--json").expect(0).json["damaged"], [])

    def test_without_all_mail_each_message_is_fetched_once(self):
        del self.server.mailboxes[_ALL]
        self.backup()
        self.assertEqual(self.bodies(), ["4,9", "7"])
        self.assert_one_copy_of_each((1, 2, 4))

    def test_a_number_that_means_other_octets_is_not_believed(self):
        self.backup()
        message = Message(5, _mail(77) + b"longer\r\n")
        message.number = 1
        self.server.mailboxes["Work"].append(message)
        self.backup()
        self.assertEqual(self.bodies(), ["5"])
        self.assertIn(hashlib.sha256(message.raw).hexdigest(), self.archive.contents())


if __name__ == "__main__":
    main()
