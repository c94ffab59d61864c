# SPDX-License-Identifier: Apache-2.0
"""IMAP servers that want a pause, as people recorded it: a run waits and goes on where it was, no message
is lost, asked for in vain or called refused. Fault 30 of the list in tests/README.md."""

import hashlib
import signal
import subprocess
import time

from mailkeep import find_binary
from scripted_server import Message, ScriptedImap
from suite import ArchiveTest, main

_COUNT = 5
_SOON = b"Suggested Backoff Time: 20 milliseconds"
_LATE = b"Suggested Backoff Time: 600000 milliseconds"


def _mail(number):
    return b"Subject: %d\r\n\r\nmail %d\r\n" % (number, number)


class Throttling(ScriptedImap):
    """Says `words` instead of an answer to the commands of these numbers, counted over all sessions."""

    words = b"BAD Request is throttled. " + _SOON
    at = ()
    hangs_up = False

    def __init__(self):
        super().__init__()
        self.obeyed = 0

    def answer(self, session, verb, command):
        if verb == "logout":
            return super().answer(session, verb, command)
        self.obeyed += 1
        if not self.is_throttled(verb, command):
            return super().answer(session, verb, command)
        session.is_over = self.hangs_up
        return self.words

    def is_throttled(self, _verb, _command):
        return self.obeyed in self.at


class EveryOtherFetch(Throttling):
    """Throttles every other command that asks for the text of messages."""

    def __init__(self):
        super().__init__()
        self.fetches = 0

    def is_throttled(self, verb, command):
        if verb != "uid_fetch" or "BODY" not in command:
            return False
        self.fetches += 1
        return self.fetches % 2 == 1


class ThrottlingTest(ArchiveTest):

    def start(self, kind=Throttling, count=_COUNT):
        self.server = kind()
        self.server.mailboxes["INBOX"] = [Message(n, _mail(n)) for n in range(1, count + 1)]
        self.server.mailboxes["Sent"] = [Message(1, _mail(1001))]
        self.add_account_on(self.server)

    def backup(self, code=0):
        return self.archive.run("backup", "--json").expect(code).json["accounts"][0]

    def assert_whole(self):
        raws = [m.raw for box in self.server.mailboxes.values() for m in box]
        self.assertEqual(self.archive.contents(), {hashlib.sha256(raw).hexdigest() for raw in raws})

    def assert_one_run_does(self, count=_COUNT):
        report = self.backup()
        self.assertEqual((report["state"], report["new"], report["error"]),
                         ("done", count + 1, None))
        self.assert_whole()
        again = self.backup()
        self.assertEqual((again["new"], again["vanished"]), (0, 0))

    def test_a_pause_wanted_at_any_command_of_a_run_costs_nothing(self):
        self.start()
        self.assert_one_run_does()
        self.server.obeyed = 0
        self.backup()
        commands = self.server.obeyed
        uid = _COUNT
        for hangs_up in (False, True):
            for at in range(1, commands + 2):
                with self.subTest(command=at, hangs_up=hangs_up):
                    uid += 1
                    self.server.mailboxes["INBOX"].append(Message(uid, _mail(uid)))
                    self.server.obeyed, self.server.at = 0, (at,)
                    self.server.hangs_up = hangs_up
                    report = self.backup()
                    self.assertEqual((report["state"], report["new"], report["vanished"]),
                                     ("done", 1, 0))
                    self.assert_whole()

    def test_exchange_suggests_a_time_and_hangs_up(self):
        self.start()
        self.server.at, self.server.hangs_up = (5, 9, 12), True
        self.assert_one_run_does()

    def test_exchange_authenticates_and_does_not_connect(self):
        self.start()
        self.server.words = b"BAD User is authenticated but not connected. " + _SOON
        self.server.at = (3,)
        self.assert_one_run_does()

    def test_gmail_says_farewell_for_the_bandwidth(self):
        class Gmail(EveryOtherFetch):
            hangs_up = True

            def answer(self, session, verb, command):
                said = super().answer(session, verb, command)
                return [b"* BYE Account exceeded command or bandwidth limits, again in 20 ms\r\n",
                        said] if said == self.words else said
        self.start(Gmail)
        self.assert_one_run_does()

    def test_yahoo_hits_a_rate_limit_in_the_middle_of_a_mailbox(self):
        class Yahoo(EveryOtherFetch):
            words = b"NO [LIMIT] UID FETCH Rate limit hit. " + _SOON
        self.start(Yahoo, 350)
        self.assert_one_run_does(350)

    def test_codes_without_words_want_a_pause_too(self):
        for code in (b"THROTTLED", b"UNAVAILABLE", b"OVERQUOTA", b"LIMIT"):
            with self.subTest(code=code):
                self.archive = self.new_archive(code.decode())
                self.start()
                self.server.words = b"NO [" + code + b"] later"
                self.server.at = (6,)
                self.assert_one_run_does()

    def test_dovecot_has_too_many_connections_for_a_login(self):
        self.start()
        self.server.words = (b"NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded, "
                             b"again in 20 ms")
        self.server.at = (2,)
        self.assert_one_run_does()

    def test_yahoo_calls_one_message_unavailable_for_ever(self):
        class Yahoo(ScriptedImap):
            def on_uid_fetch(self, session, command):
                _, _, uids, items = command.split(" ", 3)
                if "BODY" in items and session.mailbox[2:] and self.asks_for(uids, 3):
                    return b"NO [UNAVAILABLE] UID FETCH Server error while fetching messages"
                return super().on_uid_fetch(session, command)

            @staticmethod
            def asks_for(uids, uid):
                return any(int(part.split(":")[0]) <= uid <= int(part.split(":")[-1])
                           for part in uids.split(","))
        self.start(Yahoo)
        report = self.backup(3)
        self.assertEqual((report["state"], report["new"]), ("partial", 5))
        self.assertEqual(report["error"].count("\n"), 0)
        self.assertIn("UID 3", report["error"])

    def test_a_server_that_wants_too_long_a_pause_ends_the_run_and_the_next_goes_on(self):
        self.start()
        self.server.words = b"BAD Request is throttled. Suggested Backoff Time: 3600000 milliseconds"
        self.server.at = (7,)
        report = self.backup(3)
        self.assertEqual(report["state"], "failed")
        self.assertIn("wants a pause: Request is throttled", report["error"])
        self.assertIn("the next run goes on", report["hint"])
        self.assertEqual(self.backup()["state"], "done")
        self.assert_whole()

    def test_a_stop_ends_a_pause_at_once_and_status_shows_it_until_then(self):
        self.start()
        self.server.words = b"BAD Request is throttled. " + _LATE
        self.server.at = (6,)
        with subprocess.Popen([str(find_binary()), "backup", "--data", str(self.archive.data)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            self.wait_until_paused()
            self.assertIn("the run pauses until", self.archive.run("status").out.decode())
            process.send_signal(signal.SIGTERM)
            started = time.monotonic()
            self.assertNotEqual(process.wait(20), 0)
        self.assertLess(time.monotonic() - started, 5)
        self.assertIsNone(self.pause())
        self.assertEqual(self.backup()["state"], "done")
        self.assert_whole()

    def pause(self):
        status = self.archive.run("status", "--json").expect(0).json
        return status["accounts"][0]["last_run"] and status["accounts"][0]["last_run"]["pause"]

    def wait_until_paused(self):
        for _ in range(200):
            pause = self.pause()
            if pause:
                self.assertIn("Request is throttled", pause["reason"])
                return
            time.sleep(0.05)
        self.fail("it never paused")


if __name__ == "__main__":
    main()
