# SPDX-License-Identifier: Apache-2.0
"""Over a long line a run looks into mailboxes ahead, over more connections: what it archives is the same."""

import pathlib
import sys

import client
from private_server import PASSWORD
from suite import ServerTest, main

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bench"))
from delay import DelayedLine  # noqa: E402  (after the path)

_BOXES = ["INBOX", *(f"box{number}" for number in range(9))]


def _mail(number):
    return b"Subject: %d\r\n\r\n%s\r\n" % (number, b"text " * (number * 37 % 900))


class SlowLineTest(ServerTest):

    def follow(self, *options):
        self.user = self.server.new_user()
        client.put(self.server, self.user, [
            (_BOXES[number % 7], _mail(number), {"\\Seen"} if number % 3 else set(),
             86400 * (number + 1)) for number in range(200)])
        with client.imap(self.server, self.user) as peer:
            peer.create("empty")
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        with DelayedLine("127.0.0.1", self.server.ports["imap"], 30) as line:
            self.archive.run("account", "add", "post", f"imap://{self.user}@127.0.0.1:{line.port}",
                             "--insecure-plaintext", "--password-file", str(secret)).expect(0)
            before = self.logins()
            self.assert_followed(options, new=200)
            logins = self.logins() - before - 1  # which is the test's own
            client.put(self.server, self.user, [
                (box, _mail(1000 + n), set(), 86400) for n, box in enumerate(_BOXES)])
            with client.imap(self.server, self.user) as peer:
                client.ok(peer.select("INBOX"))
                client.ok(peer.store("1:5", "+FLAGS", "(\\Flagged)"))
                client.ok(peer.select("box1"))
                client.ok(peer.store("2", "+FLAGS", "(\\Deleted)"))
                client.ok(peer.expunge())
            self.assert_followed(options, new=10)
            self.assert_followed(options, new=0)
        return logins

    def logins(self):
        return self.server.log().count("Login: user=<" + self.user)

    def assert_followed(self, options, new):
        report = self.archive.run("backup", "--json", *options).expect(0).json["accounts"][0]
        self.assertEqual((report["state"], report["new"], report["error"]), ("done", new, None))
        self.assertEqual(self.archive.standings(), client.standings(self.server, self.user))

    def test_mailboxes_are_looked_into_over_three_connections(self):
        self.assertEqual(self.follow(), 3)

    def test_one_connection_does_where_no_more_are_wanted(self):
        self.assertEqual(self.follow("--connections", "1"), 1)


if __name__ == "__main__":
    main()
