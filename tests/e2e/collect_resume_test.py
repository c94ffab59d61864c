# SPDX-License-Identifier: Apache-2.0
"""A line that breaks in the middle of a POP3 run: the same run logs in again, waits for the maildrop that the
lost session holds, deletes what that one had retrieved and goes on with what was not retrieved yet."""

import hashlib

import client
from cutting_line import FallingLine
from private_server import PASSWORD
from scripted_server import ScriptedPop3
from suite import ArchiveTest, ServerTest, main

_COUNT = 20


def _mail(number, lines=1):
    line = hashlib.sha256(b"%d" % number).hexdigest().encode() + b"\r\n"
    return b"Subject: %d\r\n\r\n" % number + lines * line


def _digests(raws):
    return {hashlib.sha256(raw).hexdigest() for raw in raws}


class Falling(ScriptedPop3):
    """Hangs up in the middle of a text, `texts` texts after the session began, and at a command of
    `hangs_up_at`, once each."""

    texts = 7
    extensions = ("TOP", "UIDL", "PIPELINING")

    def __init__(self):
        super().__init__()
        self.given = []  # unique-ids whose text went out whole
        self.sessions = self.logins = self.refused = 0
        self.hangs_up_at = []

    def serves(self, reader, writer):
        self.sessions += 1
        self.left = self.texts
        super().serves(reader, writer)

    def hang_up_at(self, verb):
        if verb in self.hangs_up_at:
            self.hangs_up_at.remove(verb)
            raise ConnectionError

    def on_capa(self, _argument, _marked):
        return self.table(self.extensions)

    def on_pass(self, argument, marked):
        self.logins += 1
        return super().on_pass(argument, marked)

    def on_retr(self, argument, marked):
        if self.left == 0:
            raise ConnectionError
        self.left -= 1
        self.given.append(self.ids()[int(argument) - 1])
        return super().on_retr(argument, marked)

    def on_top(self, argument, _marked):
        self.hang_up_at("TOP")
        raw = self.maildrop[self.ids()[int(argument.split()[0]) - 1]]
        return self.text(raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")

    def on_dele(self, argument, marked):
        self.hang_up_at("DELE")
        return super().on_dele(argument, marked)

    def on_quit(self, argument, marked):
        self.hang_up_at("QUIT")
        return super().on_quit(argument, marked)


class Locking(Falling):
    """The maildrop stays locked for the next two logins once a session was lost."""

    refusals = (b"-ERR [IN-USE] one moment\r\n", b"-ERR maildrop already locked\r\n")
    locked = 0

    def serves(self, reader, writer):
        try:
            super().serves(reader, writer)
        except ConnectionError:
            self.locked = len(self.refusals)
            raise

    def on_pass(self, argument, marked):
        answer = super().on_pass(argument, marked)
        if self.locked == 0:
            return answer
        self.locked -= 1
        self.refused += 1
        return self.refusals[self.locked]


class CollectResumeTest(ArchiveTest):

    def start(self, kind, **attributes):
        self.server = kind()
        for name, value in attributes.items():
            setattr(self.server, name, value)
        self.server.maildrop = {f"id{n}": _mail(n) for n in range(1, _COUNT + 1)}
        self.raws = list(self.server.maildrop.values())
        self.add_account_on(self.server)

    def backup(self, code=0):
        return self.archive.run("backup", "--json").expect(code).json["accounts"][0]

    def assert_done(self, report, **counts):
        self.assertEqual((report["state"], report["error"]), ("done", None))
        wanted = {"new": _COUNT, "deleted_from_server": _COUNT, **counts}
        self.assertEqual({name: report[name] for name in wanted}, wanted)
        self.assertEqual(self.archive.contents(), _digests(self.raws))

    def assert_one_run_does(self):
        self.assert_done(self.backup())
        self.assertEqual(self.server.maildrop, {})
        self.assertEqual(self.archive.standings("post").total(), len(self.raws), "each once")

    def test_one_run_goes_on_at_the_message_where_it_was(self):
        self.start(Falling)
        self.assert_one_run_does()
        self.assertEqual(len(self.server.given), _COUNT, "each once")
        self.assertEqual(self.server.sessions, 5, "2 broke, and what they left was deleted after each")
        self.assertEqual(self.backup()["new"], 0)

    def test_mail_that_stays_is_not_asked_for_again(self):
        self.start(Falling)
        self.archive.run("account", "set", "post", "--delete-from-server", "never").expect(0)
        self.assert_done(self.backup(), deleted_from_server=0)
        self.assertEqual((len(self.server.given), self.server.sessions), (_COUNT, 3))
        self.assertEqual(len(self.server.maildrop), _COUNT)

    def test_a_maildrop_that_the_lost_session_holds_is_waited_for(self):
        self.start(Locking)
        self.assert_one_run_does()
        self.assertEqual(len(self.server.given), _COUNT)
        self.assertEqual(self.server.refused, 4)

    def test_the_line_breaks_while_it_deletes(self):
        self.start(Falling, texts=100, hangs_up_at=["DELE", "TOP", "DELE", "QUIT"])
        self.assert_one_run_does()
        self.assertEqual(len(self.server.given), _COUNT)

    def test_the_answer_to_quit_is_lost(self):
        self.start(Falling, texts=100)
        quit_ = self.server.on_quit

        def lost(argument, marked):
            quit_(argument, marked)
            self.server.on_quit = quit_
            raise ConnectionError
        self.server.on_quit = lost
        self.assert_one_run_does()
        self.assertEqual(len(self.server.given), _COUNT)

    def test_without_top_what_is_to_be_deleted_comes_again(self):
        self.start(Falling, texts=100, extensions=("UIDL",), hangs_up_at=["DELE"])
        self.assert_one_run_does()
        self.assertEqual(len(self.server.given), 2 * _COUNT)

    def test_another_message_under_the_unique_id_of_one_that_was_retrieved(self):
        self.start(Falling)
        serves = self.server.serves

        def renews(reader, writer):
            if self.server.sessions == 1:
                self.server.maildrop["id3"] = _mail(99)
                self.raws.append(_mail(99))
            serves(reader, writer)
        self.server.serves = renews
        self.assert_done(self.backup(), new=_COUNT + 1, deleted_from_server=_COUNT + 1)
        self.assertEqual(self.server.maildrop, {})

    def test_a_line_that_brings_nothing_ends_the_run_and_the_next_goes_on(self):
        self.start(Falling, texts=0)
        report = self.backup(code=3)
        self.assertEqual((report["state"], report["new"], self.server.sessions), ("failed", 0, 5))
        self.server.texts = 100
        self.assert_one_run_does()

    def test_a_server_that_was_never_reached_is_not_called_again(self):
        class Deaf(Falling):
            def on_pass(self, _argument, _marked):
                raise ConnectionError
        self.start(Deaf)
        self.backup(code=3)
        self.assertEqual(self.server.sessions, 1)


class DovecotTest(ServerTest):

    def fill(self, count, lines):
        user = self.server.new_user("drop")
        raws = [_mail(number, lines) for number in range(count)]
        client.put(self.server, user, [("INBOX", raw, set(), 86400) for raw in raws])
        return user, raws

    def collect(self, line, user, raws):
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        self.archive.run("account", "add", user, f"pop3://{user}@127.0.0.1:{line.port}",
                         "--insecure-plaintext", "--password-file", str(secret)).expect(0)
        report = self.archive.run("backup", user, "--json").expect(0).json["accounts"][0]
        self.assertEqual((report["state"], report["new"], report["deleted_from_server"]),
                         ("done", len(raws), len(raws)))
        self.assertEqual(client.maildrop(self.server, user).total(), 0)
        self.assertLessEqual(_digests(raws), self.archive.contents())

    def test_a_line_that_falls_again_and_again_brings_all_mail_in_one_run(self):
        user, raws = self.fill(60, lines=300)
        with FallingLine(self.server.ports["pop3"], 300_000) as line:
            self.collect(line, user, raws)
        self.assertGreater(len(line.passed), 6)
        self.assertLess(sum(line.passed), 1.5 * sum(map(len, raws)))

    def test_it_falls_anywhere_in_the_answers_of_the_server(self):
        with FallingLine(self.server.ports["pop3"], 1 << 40) as line:
            for count in (0, 3):
                self.collect(line, *self.fill(count, lines=1))
        login, whole = line.passed
        for octets in range(login, whole, 23):
            with self.subTest(octets=octets):
                user, raws = self.fill(3, lines=1)
                with FallingLine(self.server.ports["pop3"], octets, falls=1) as line:
                    self.collect(line, user, raws)


if __name__ == "__main__":
    main()
