# SPDX-License-Identifier: Apache-2.0
"""Messages that were moved, copied, numbered anew or stand in a renamed mailbox: how little of them is
fetched again, and that none of this is taken for a loss. Against two families of servers."""

import client
from cyrus import Cyrus
from recorder import Recorder
from servers_test import UnpackedServerTest
from suite import ServerTest, main

_COUNT = 200


def _mail(number):
    return (f"Message-ID: <{number}@example.org>\r\nFrom: joe@example.org\r\nSubject: note {number}\r\n"
            f"\r\n{'text ' * 400}{number}\r\n").encode()


def _asked_in(command):
    """How many messages the set of a UID FETCH names."""
    count = 0
    for part in command.split()[2].split(","):
        first, _, last = part.partition(":")
        count += int(last or first) - int(first) + 1
    return count


class Identity:

    checked = 3  # messages fetched whole to see whether headers can be believed

    def setUp(self):
        super().setUp()
        self.recorder = Recorder(self.server.ports["imap"])
        self.addCleanup(self.recorder.close)
        self.addCleanup(self.recorder.assert_read_only)
        self.user = self.server.new_user("known")
        secret = self.folder / "password"
        secret.write_text("correct-horse")
        self.archive.run("account", "add", "post",
                         f"imap://{self.user}@127.0.0.1:{self.recorder.port}",
                         "--insecure-plaintext", "--password-file", secret).expect(0)

    def fill(self, mailbox, numbers=range(_COUNT)):
        client.put(self.server, self.user,
                   [(mailbox, _mail(n), {"\\Seen"}, 86400 * (n + 1)) for n in numbers])

    def names(self):
        return {row["name"] for row in self.archive.mailboxes()["items"]}

    def backup(self, code=0):
        report = self.archive.run("backup", "--json").expect(code).json["accounts"][0]
        self.commands = self.recorder.take()
        return report

    def fetched(self, what):
        return sum(_asked_in(line) for line in self.commands if what in line)

    def assert_mirrored(self):
        self.assertEqual(self.archive.standings("post"), client.standings(self.server, self.user))

    def assert_nothing_to_do(self):
        before = self.archive.packs()
        report = self.backup()
        self.assertEqual((report["new"], report["flag_changes"], report["vanished"]), (0, 0, 0))
        self.assertEqual(self.archive.packs(), before)

    def assert_known(self, report, vanished, new=_COUNT):
        """All was recognised, nothing was lost, nothing is left to do."""
        self.assertEqual((report["state"], report["new"], report["vanished"]),
                         ("done", new, vanished), report)
        self.assertEqual(self.fetched("BODY.PEEK[]"), self.checked, self.commands)
        self.assertEqual(len(self.archive.contents()), _COUNT)
        self.assert_mirrored()
        self.assert_nothing_to_do()

    def test_moved_messages_are_not_fetched_and_not_lost(self):
        self.fill("INBOX")
        self.backup()
        with client.imap(self.server, self.user) as peer:
            client.ok(peer.create("Archive"))
            client.ok(peer.select("INBOX"))
            client.ok(peer.uid("MOVE", "1:*", "Archive"))
        self.assert_known(self.backup(), vanished=_COUNT)

    def test_copied_messages_are_not_fetched(self):
        self.fill("INBOX")
        self.backup()
        with client.imap(self.server, self.user) as peer:
            client.ok(peer.create("Archive"))
            client.ok(peer.select("INBOX"))
            client.ok(peer.uid("COPY", "1:*", "Archive"))
        self.assert_known(self.backup(), vanished=0)

    def test_a_mailbox_made_again_with_the_same_mail_is_not_fetched(self):
        self.fill("Archive")
        self.backup()
        with client.imap(self.server, self.user) as peer:
            client.ok(peer.delete("Archive"))
        self.fill("Archive")
        self.assert_known(self.backup(), vanished=_COUNT)

    def test_a_renamed_mailbox_goes_on(self):
        self.fill("Work")
        self.backup()
        before = self.names()
        with client.imap(self.server, self.user) as peer:
            client.ok(peer.rename("Work", "Done"))
        self.checked = 3
        self.assert_known(self.backup(), vanished=0, new=0)
        self.assertEqual(self.fetched("HEADER"), 0)
        self.assertEqual(self.names(), {name.replace("Work", "Done") for name in before})
        self.archive.run("rebuild").expect(0)
        self.assert_mirrored()

    def test_only_what_is_nowhere_counts_as_lost(self):
        self.fill("INBOX")
        self.backup()
        with client.imap(self.server, self.user) as peer:
            client.ok(peer.create("Archive"))
            client.ok(peer.select("INBOX"))
            client.ok(peer.uid("MOVE", "1:100", "Archive"))
            client.ok(peer.store("1:*", "+FLAGS", "(\\Deleted)"))
            client.ok(peer.expunge())
            client.ok(peer.append("INBOX", None, None, _mail(_COUNT)))
        report = self.backup(3)
        self.assertIn("100 of 200 messages are missing at once", report["error"])
        self.assertEqual((report["new"], report["vanished"]), (101, 0))
        self.archive.run("account", "accept", "post").expect(0)
        self.assertEqual(self.backup()["vanished"], _COUNT)
        self.assert_mirrored()
        self.assert_nothing_to_do()


class OnDovecot(Identity, ServerTest):

    def test_another_uidvalidity_costs_headers(self):
        self.fill("INBOX")
        self.backup()
        self.server.set_uid_validity(self.user, "INBOX", 4711)
        self.assert_known(self.backup(), vanished=_COUNT)


class OnCyrus(Identity, UnpackedServerTest):

    family = Cyrus
    checked = 0  # it names the octets (EMAILID)

    def test_a_renamed_mailbox_is_known_by_its_mailboxid_when_much_of_it_is_gone(self):
        self.fill("Work")
        self.backup()
        with client.imap(self.server, self.user) as peer:
            client.ok(peer.rename("Work", "Done"))
            client.ok(peer.select("Done"))
            client.ok(peer.store("1:45", "+FLAGS", "(\\Deleted)"))
            client.ok(peer.expunge())
        report = self.backup()
        self.assertEqual((report["new"], report["vanished"]), (0, 45))
        self.assertEqual({name for name in self.names() if name.startswith("Work")}, set())
        self.assert_mirrored()


if __name__ == "__main__":
    main()
