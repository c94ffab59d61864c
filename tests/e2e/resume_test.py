# SPDX-License-Identifier: Apache-2.0
"""A line that breaks in the middle of a run: the same run opens it again and goes on at the message where
it was. No message is lost, none that has come is fetched again, and a line that brings nothing any more
ends the run."""

import hashlib

import client
from cutting_line import FallingLine
from private_server import PASSWORD
from scripted_server import Message, ScriptedImap, holds
from suite import ArchiveTest, ServerTest, main

_OCTETS = 300_000


class Falling(ScriptedImap):
    """Ends the connection in the middle of the text of a message, `texts` messages after it began."""

    texts = 7

    def __init__(self):
        super().__init__()
        self.given = []  # messages whose text went out whole
        self.sessions = 0

    def serves(self, reader, writer):
        self.sessions += 1
        super().serves(reader, writer)

    def on_uid_fetch(self, session, command):
        if "BODY" not in command:
            return super().on_uid_fetch(session, command)
        _, _, uids, _ = command.split(" ", 3)
        session.given = getattr(session, "given", 0)
        for number, message in enumerate(session.mailbox, 1):
            if not holds(uids, message.uid):
                continue
            line = self.fetch_line(number, message, True)
            if session.given == self.texts:
                session.say(line[:len(line) // 2])
                raise ConnectionError
            session.say(line)
            session.given += 1
            self.given.append(message.raw)
        return b"OK done"


class ResumeTest(ArchiveTest):

    def backup(self, code=0):
        return self.archive.run("backup", "--json").expect(code).json["accounts"][0]

    def start(self, kind):
        self.server = kind()
        self.server.mailboxes = {
            name: [Message(n, b"Subject: %d\r\n\r\nin %s\r\n" % (n, name.encode()))
                   for n in range(1, count + 1)]
            for name, count in (("INBOX", 20), ("Sent", 3), ("Archive", 20))}
        self.add_account_on(self.server)
        return [m.raw for box in self.server.mailboxes.values() for m in box]

    def test_one_run_goes_on_at_the_message_where_it_was(self):
        raws = self.start(Falling)
        report = self.backup()
        self.assertEqual((report["state"], report["new"], report["error"]), ("done", 43, None))
        self.assertEqual(self.archive.contents(), {hashlib.sha256(raw).hexdigest() for raw in raws})
        self.assertEqual(sorted(self.server.given), sorted(raws), "each once")
        self.assertEqual(self.server.sessions, 7)
        self.assertEqual(self.backup()["new"], 0)

    def test_a_line_that_brings_nothing_ends_the_run_and_the_next_goes_on(self):
        class Dead(Falling):
            texts = 0
        raws = self.start(Dead)
        report = self.backup(code=3)
        self.assertEqual((report["state"], report["new"]), ("failed", 0))
        self.assertEqual(self.server.sessions, 5)
        self.server.texts = 100
        self.assertEqual(self.backup()["new"], 43)
        self.assertEqual(sorted(self.server.given), sorted(raws))

    def test_a_server_that_was_never_reached_is_not_called_again(self):
        class Deaf(Falling):
            def on_login(self, _session, _command):
                raise ConnectionError
        self.start(Deaf)
        self.backup(code=3)
        self.assertEqual(self.server.sessions, 1)


def _mail(number):
    line = hashlib.sha256(b"%d" % number).hexdigest().encode() + b"\r\n"
    return b"Subject: %d\r\n\r\n" % number + 300 * line


class DovecotTest(ServerTest):

    def test_a_line_that_falls_again_and_again_brings_all_mail_in_one_run(self):
        user = self.server.new_user()
        raws = [_mail(number) for number in range(60)]
        client.put(self.server, user, [(("INBOX", "Sent")[number % 2], raw, set(), 86400 * (number + 1))
                                       for number, raw in enumerate(raws)])
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        with FallingLine(self.server.ports["imap"], _OCTETS) as line:
            self.archive.run("account", "add", "post", f"imap://{user}@127.0.0.1:{line.port}",
                             "--insecure-plaintext", "--password-file", str(secret)).expect(0)
            report = self.archive.run("backup", "--json").expect(0).json["accounts"][0]
        self.assertEqual((report["state"], report["new"]), ("done", 60))
        self.assertGreater(len(line.passed), 3)
        self.assertLess(sum(line.passed), 1.3 * sum(map(len, raws)))
        self.assertEqual(self.archive.contents(), {hashlib.sha256(raw).hexdigest() for raw in raws})


if __name__ == "__main__":
    main()
