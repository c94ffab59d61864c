# SPDX-License-Identifier: Apache-2.0
"""Gmail as it was recorded: every label is a mailbox, "All Mail" has every message, and each message
has a number and its labels (X-GM-EXT-1). One copy is fetched and kept, with its labels."""

import hashlib
import re

from private_server import PASSWORD
from scripted_server import Message, ScriptedImap, holds
from suite import ArchiveTest, main
from target_server import ScriptedTarget

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


class _Target(ScriptedTarget):
    """Keeps each message once, in All Mail and under its labels, as Gmail does."""

    capabilities = ScriptedTarget.capabilities + b" X-GM-EXT-1"

    def __init__(self):
        super().__init__()
        self.mailboxes = {"INBOX": [], _ALL: []}

    def list_line(self, name):
        return b'* LIST (%s) "/" "%s"\r\n' % (_Gmail.attributes.get(name, b""), name.encode())

    def keep(self, name, taken):
        for message in taken:
            message.labels = set()
            everywhere = {m.raw for m in self.mailboxes[_ALL]}
            if name not in (_ALL, _SPAM) and message.raw not in everywhere:
                self.copy(message, _ALL)
        return super().keep(name, taken)

    def copy(self, message, name):
        box = self.mailboxes.setdefault(name, [])
        if message.raw not in {m.raw for m in box}:
            other = Message(max((m.uid for m in box), default=0) + 1, message.raw, message.flags)
            other.date, other.labels = message.date, message.labels
            box.append(other)

    def on_uid_store(self, session, command):
        _, _, uids, item, labels = command.split(" ", 4)
        if item != "+X-GM-LABELS":
            return b"BAD only labels"
        for message in [m for m in session.mailbox if holds(uids, m.uid)]:
            for quoted, atom in re.findall(r'"([^"]*)"|(\\\w+)', labels.strip("()")):
                label = quoted or atom
                message.labels.add(label)
                self.copy(message, "INBOX" if label == "\\Inbox" else label)
        return b"OK done"

    def fetch_items(self, message, with_text):
        return [*super().fetch_items(message, with_text), b"X-GM-LABELS ()"]


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

    def restore(self, target):
        self.addCleanup(target.close)
        secret = self.folder / "target-password"
        secret.write_text(PASSWORD)
        return self.archive.run("restore", "--to", target.url, "--password-file", secret,
                                "--insecure-plaintext", "--json").expect(0).json

    def test_given_back_to_gmail_each_goes_once_and_has_its_labels(self):
        self.backup()
        target = _Target()
        report = self.restore(target)
        self.assertEqual((report["appended"], report["already_there"]), (4, 3))
        held = {name: sorted(m.raw for m in box) for name, box in target.mailboxes.items()}
        self.assertEqual(held, {"INBOX": [_mail(1), _mail(2)], "Work": [_mail(2)], _SPAM: [_mail(4)],
                                "gro&AN8-e Dinge": [_mail(2)], _ALL: [_mail(1), _mail(2), _mail(3)]})
        self.assertEqual(self.restore(target)["appended"], 0)

    def test_given_back_to_others_it_is_told_that_labels_are_lost(self):
        self.backup()
        target = ScriptedTarget()
        report = self.restore(target)
        self.assertEqual(report["appended"], 7)
        told = [what["what"] for box in report["mailboxes"] for what in box["altered"]]
        self.assertIn("without labels, which the server does not have", told)


if __name__ == "__main__":
    main()
