# SPDX-License-Identifier: Apache-2.0
"""Restore to servers that refuse, close, lie, alter and fall silent: plan, report and the next run stay
right, no message is sent twice or left out, and no mail is ever heard as commands."""

import threading
import time

import client
from scripted_server import Message, ScriptedImap
from suite import ServerTest, main
from target_server import HangUp, Refusal, ScriptedTarget

_INJECTED = b"\r\nz9 CREATE Injected\r\nA2 LOGOUT\r\nz8 DELETE INBOX\r\n* BYE\r\n)\r\n"


def _mail(number, text=b"", size=0):
    return (b"From: a@example.org\r\nMessage-ID: <%d@example.org>\r\nSubject: %d\r\n\r\ntext %d\r\n%s"
            % (number, number, number, text) + b"x" * size + b"\r\n")


class HostileTarget(ServerTest):

    def archive_mails(self, mails):
        """(mailbox, raw, flags) each."""
        user = self.server.new_user("source")
        self.add_account("post", self.server.url("imaps", user)).expect(0)
        client.put(self.server, user, [(box, raw, flags, 86400) for box, raw, flags in mails])
        self.archive.backup()

    def archive_some(self, count, **options):
        mails = [_mail(number, **options) for number in range(count)]
        self.archive_mails([("INBOX", raw, set()) for raw in mails])
        return sorted(mails)

    def restore(self, target, *options, codes=(0,)):
        return self.restore_to(target.url, "--json", *options).expect(*codes).json

    def restore_to(self, url, *options, archive=None, password=client.PASSWORD, env=None):
        secret = self.folder / "restore-password"
        secret.write_text(password)
        return self.archive.run("restore", "--to", url, "--password-file", str(secret),
                                "--insecure-plaintext", *options, env=env)

    def target(self, kind):
        target = kind()
        self.addCleanup(target.close)
        return target

    def assert_only_our_commands(self, target):
        ours = {"CAPABILITY", "LOGIN", "ID", "NAMESPACE", "LIST", "SELECT", "UID", "APPEND", "CREATE",
                "SUBSCRIBE", "NOOP", "LOGOUT", "GETQUOTAROOT"}
        self.assertEqual(set(target.executed) - ours, set())
        self.assertNotIn("Injected", target.mailboxes)
        self.assertIn("INBOX", target.mailboxes)

    def test_a_friendly_one_gets_all_and_a_second_time_nothing(self):
        wanted = self.archive_some(250)
        target = self.target(ScriptedTarget)
        self.assertEqual(self.restore(target)["appended"], 250)
        self.assertEqual(target.raws(), wanted)
        self.assertLess(target.executed.count("APPEND"), 10)
        report = self.restore(target)
        self.assertEqual((report["appended"], report["already_there"]), (0, 250))
        self.assertEqual(target.raws(), wanted)

    def test_a_large_mailbox_goes_by_two_sessions(self):
        class Target(ScriptedTarget):
            def on_append(self, session, command):
                self.sessions.add(id(session))
                time.sleep(0.01)
                return super().on_append(session, command)

        wanted = self.archive_some(2300)
        target = self.target(Target)
        target.sessions = set()
        self.assertEqual(self.restore(target, "--verify")["appended"], 2300)
        self.assertEqual((target.raws(), len(target.sessions)), (wanted, 2))
        report = self.restore(target)
        self.assertEqual((report["appended"], report["already_there"]), (0, 2300))
        alone = self.target(Target)
        alone.sessions = set()
        done = self.restore_to(alone.url, "--json", env={"MAILKEEP_CONNECTIONS": "1"}).expect(0)
        self.assertEqual(done.json["appended"], 2300)
        self.assertEqual((alone.raws(), len(alone.sessions)), (wanted, 1))
        held = [message.raw for message in alone.mailboxes["INBOX"]]
        self.assertEqual(held, [_mail(number) for number in range(2300)])

    def test_a_second_session_that_is_not_allowed_is_done_without(self):
        class Target(ScriptedTarget):
            logins = 0

            def on_login(self, session, command):
                self.logins += 1
                return super().on_login(session, command) if self.logins == 1 else b"NO [LIMIT] enough"

        wanted = self.archive_some(1300)
        target = self.target(Target)
        self.assertEqual(self.restore(target)["appended"], 1300)
        self.assertEqual((target.raws(), target.logins), (wanted, 2))

    def test_of_two_sessions_one_that_breaks_costs_nothing(self):
        class Target(ScriptedTarget):
            broken = False

            def on_append(self, session, command):
                self.sessions.setdefault(id(session), len(self.sessions))
                time.sleep(0.01)
                return super().on_append(session, command)

            def judge_message(self, raw):
                if len(self.sessions) == 2 and not self.broken and b"text 9" in raw:
                    self.broken = True
                    raise HangUp

        wanted = self.archive_some(2300)
        target = self.target(Target)
        target.sessions = {}
        self.assertEqual(self.restore(target)["appended"], 2300)
        self.assertTrue(target.broken)
        self.assertEqual(target.raws(), wanted)
        self.assertEqual(self.restore(target)["already_there"], 2300)

    def test_a_mailbox_is_made_for_what_it_was(self):
        class Target(ScriptedTarget):
            capabilities = ScriptedTarget.capabilities + b" CREATE-SPECIAL-USE"

            def refuses_use(self, use):
                return use == "\\Trash"

        source = ScriptedImap()
        source.list_line = lambda name: b'* LIST (%s) "/" "%s"\r\n' % (
            {"Gone": b"\\Trash", "Posted": b"\\Sent"}.get(name, b""), name.encode())
        self.add_account_on(source)
        source.mailboxes = {name: [Message(1, _mail(number))] for number, name in
                            enumerate(("INBOX", "Posted", "Gone", "Other"))}
        self.archive.backup()
        target = self.target(Target)
        self.assertEqual(self.restore(target)["appended"], 4)
        self.assertEqual(target.uses, {"Posted": "\\Sent", "Gone": "", "Other": ""})
        plain = self.target(ScriptedTarget)
        self.assertEqual(self.restore(plain)["appended"], 4)
        self.assertFalse([line for line in plain.said if "USE" in line])

    def test_flags_answered_with_bad_cost_their_messages_only_and_nothing_is_executed(self):
        class Target(ScriptedTarget):
            """As Dovecot does, it takes what follows for commands."""

            def judge_arguments(self, name, flags, date):
                if "$Bad" in flags:
                    raise Refusal("BAD Invalid flag")

        mails = [("INBOX", _mail(n, _INJECTED), {"$Bad"} if n in (7, 20) else set())
                 for n in range(30)]
        self.archive_mails(mails)
        target = self.target(Target)
        report = self.restore(target, codes=(3,))
        self.assertEqual((report["appended"], report["failed"]), (28, 2))
        self.assertEqual(target.raws(), sorted(raw for _, raw, flags in mails if not flags))
        self.assert_only_our_commands(target)

    def test_a_message_refused_for_what_it_holds_costs_itself_only(self):
        class Target(ScriptedTarget):
            def judge_message(self, raw):
                if b"text 33\r\n" in raw:
                    raise Refusal("NO Message contains invalid header")

        wanted = self.archive_some(100)
        target = self.target(Target)
        report = self.restore(target, codes=(3,))
        self.assertEqual((report["appended"], report["failed"]), (99, 1))
        self.assertIn("invalid header", report["mailboxes"][0]["cannot_go"][0]["reason"])
        self.assertEqual(target.raws(), [raw for raw in wanted if b"text 33\r\n" not in raw])

    def test_a_nul_is_replaced_only_when_it_is_allowed(self):
        class Target(ScriptedTarget):
            def judge_message(self, raw):
                if b"\0" in raw:
                    raise Refusal("NO Message contains NUL characters")

        scripted = ScriptedTarget()
        self.add_account_on(scripted)
        scripted.mailboxes["INBOX"] = [Message(1, _mail(1)), Message(2, _mail(2, b"a\0b\0"))]
        for message in scripted.mailboxes["INBOX"]:
            message.date = "01-Jan-2020 10:00:00 +0000"
        self.archive.backup()
        target = self.target(Target)
        report = self.restore(target, codes=(3,))
        self.assertEqual((report["appended"], report["failed"]), (1, 1))
        self.assertIn("--allow-alterations", report["error"])
        report = self.restore(target, "--allow-alterations")
        self.assertEqual((report["appended"], report["already_there"]), (1, 1))
        self.assertIn("NUL", report["mailboxes"][0]["altered"][0]["what"])
        self.assertEqual(target.raws(), [_mail(1), _mail(2, b"a\x80b\x80")])
        self.assertEqual(self.restore(target)["already_there"], 2)

    def test_header_fields_of_8_bit_are_encoded_only_when_it_is_allowed(self):
        class Target(ScriptedTarget):
            def judge_message(self, raw):
                if max(raw.split(b"\r\n\r\n")[0]) > 127:
                    raise Refusal("NO Message contains 8-bit octets in its header")

        head = 'From: "J\u00f6rg" <a@example.org>\r\nSubject: Gr\u00fc\u00dfe'.encode()
        odd = head + b"\r\n" + _mail(2, "\u00e4".encode()).split(b"\r\n", 1)[1]
        self.archive_mails([("INBOX", _mail(1), set()), ("INBOX", odd, set())])
        target = self.target(Target)
        report = self.restore(target, codes=(3,))
        self.assertEqual((report["appended"], report["failed"]), (1, 1))
        self.assertIn("--allow-alterations", report["error"])
        report = self.restore(target, "--allow-alterations", "--verify")
        self.assertEqual((report["appended"], report["already_there"]), (1, 1))
        self.assertIn("RFC 2047", report["mailboxes"][0]["altered"][0]["what"])
        encoded = odd.replace(head, b"From: =?UTF-8?B?SsO2cmc=?= <a@example.org>\r\n"
                                    b"Subject: =?UTF-8?B?R3LDvMOfZQ==?=")
        self.assertEqual(target.raws(), sorted([_mail(1), encoded]))
        self.assertEqual(self.restore(target)["already_there"], 2)

        class Silent(Target):
            """Tells no UIDs, so what was altered is known again by what it became."""

            def keep(self, name, taken):
                super().keep(name, taken)
                return b"OK done"

        silent = self.target(Silent)
        self.assertEqual(self.restore(silent, "--allow-alterations")["appended"], 2)
        self.archive.run("rebuild").expect(0)
        self.assertEqual(self.restore(silent, "--allow-alterations")["already_there"], 2)

    def test_a_large_message_goes_in_pieces_among_small_ones(self):
        mails = [_mail(n, size=3_000_000 if n % 4 == 3 else 10) for n in range(9)]
        self.archive_mails([("INBOX", raw, set()) for raw in mails])
        target = self.target(ScriptedTarget)
        self.assertEqual(self.restore(target)["appended"], 9)
        self.assertEqual(target.raws(), sorted(mails))

    def test_dates_that_are_refused_cost_their_messages_only(self):
        class Target(ScriptedTarget):
            def judge_arguments(self, name, flags, date):
                if "1970" in date and "$Old" in flags:
                    raise Refusal("NO not so old")

        self.archive_mails([("INBOX", _mail(n), {"$Old"} if n == 3 else set()) for n in range(9)])
        target = self.target(Target)
        report = self.restore(target, codes=(3,))
        self.assertEqual((report["appended"], report["failed"]), (8, 1))

    def test_a_name_that_is_refused_becomes_a_plain_one_and_is_the_same_the_next_time(self):
        class Target(ScriptedTarget):
            def refuses_name(self, name):
                return "%" in name or name == "never"

        self.archive_mails([("100%", _mail(1), set()), ("never", _mail(2), set()),
                            ("R&D", _mail(3), set())])
        target = self.target(Target)
        report = self.restore(target, codes=(3,))
        self.assertEqual((report["appended"], report["failed"]), (2, 1))
        self.assertEqual(set(target.mailboxes), {"INBOX", "100_", "R&-D"})
        remarks = {box["name"]: box["remark"] for box in report["mailboxes"]}
        self.assertIn("100%", remarks["100_"])
        report = self.restore(target, codes=(3,))
        self.assertEqual((report["appended"], report["already_there"]), (0, 2))

    def test_a_server_without_cases_gets_its_own_spelling(self):
        class Target(ScriptedTarget):
            def refuses_name(self, name):
                return name.lower() in (box.lower() for box in self.mailboxes)

        self.archive_mails([("trash bin", _mail(1), set())])
        target = self.target(Target)
        target.mailboxes["Trash Bin"] = []
        self.assertEqual(self.restore(target)["appended"], 1)
        self.assertEqual(target.raws("Trash Bin"), [_mail(1)])

    def test_a_server_that_closes_over_one_message_gets_the_others(self):
        class Target(ScriptedTarget):
            def judge_message(self, raw):
                if b"text 5\r\n" in raw:
                    raise HangUp

        wanted = self.archive_some(12)
        target = self.target(Target)
        report = self.restore(target, codes=(3,))
        self.assertEqual((report["appended"], report["failed"]), (11, 1))
        self.assertEqual(target.raws(), [raw for raw in wanted if b"text 5\r\n" not in raw])

    def test_a_server_that_keeps_and_closes_is_not_sent_anything_twice(self):
        class Target(ScriptedTarget):
            def keep(self, name, taken):
                answer = super().keep(name, taken)
                if self.appended % 5 == 0:
                    raise HangUp
                return answer

        wanted = self.archive_some(40)
        target = self.target(Target)
        for _ in range(12):
            report = self.restore(target, codes=(0, 1, 3))
            if report["state"] == "done":
                break
        self.assertEqual(target.raws(), wanted)

    def test_one_that_is_full_says_so_once_and_goes_on_when_there_is_room(self):
        class Target(ScriptedTarget):
            room = 17

            def judge_message(self, raw):
                if self.appended + self.pending >= self.room:
                    raise Refusal("NO [OVERQUOTA] Quota exceeded")
                self.pending += 1

            def on_append(self, session, command):
                self.pending = 0
                return super().on_append(session, command)

        wanted = self.archive_some(40)
        target = self.target(Target)
        report = self.restore(target, codes=(3,))
        self.assertEqual((report["appended"], report["failed"]), (17, 23))
        self.assertEqual(report["error"].count("\n"), 0)
        self.assertIn("full", report["mailboxes"][0]["problem"])
        target.room = 1000
        report = self.restore(target)
        self.assertEqual((report["appended"], report["already_there"]), (23, 17))
        self.assertEqual(target.raws(), wanted)

    def test_the_plan_tells_that_it_does_not_fit(self):
        class Target(ScriptedTarget):
            capabilities = b"IMAP4rev1 QUOTA APPENDLIMIT=5000"

            def on_getquotaroot(self, _session, _command):
                return [b'* QUOTAROOT INBOX ""\r\n* QUOTA "" (STORAGE 7 10)\r\n', b"OK done"]

        self.archive_mails([("INBOX", _mail(1, size=size), set()) for size in (4000, 4000, 9000)])
        report = self.restore(self.target(Target), "--dry-run", codes=(3,))
        self.assertEqual((report["free_bytes"], report["exceeds_quota"], report["append_limit"]),
                         (3072, True, 5000))
        self.assertEqual((report["appended"], report["failed"]), (2, 1))
        self.assertIn("5000", report["mailboxes"][0]["cannot_go"][0]["reason"])

    def test_one_that_alters_messages_is_told_of_and_sent_nothing_twice(self):
        for size in (20, 900):
            class Target(ScriptedTarget):
                def stored(self, raw):
                    return b"X-Scanned: " + b"y" * size + b"\r\n" + raw

            with self.subTest(size=size):
                self.archive = self.new_archive(f"altered{size}")
                self.archive_some(12)
                target = self.target(Target)
                report = self.restore(target, "--verify")
                self.assertEqual((report["appended"], report["mailboxes"][0]["differing"]), (12, 12))
                self.assertIn("octets", report["mailboxes"][0]["altered"][0]["what"])
                report = self.restore(target)
                self.assertEqual((report["appended"], report["already_there"]), (0, 12))

    def test_one_that_lies_about_uids_is_not_believed(self):
        lies = (lambda first, count: "1", lambda first, count: str(first + 1000),
                lambda first, count: f"{first + 1}:{first + count}" if count > 1 else str(first + 1))
        for number, lie in enumerate(lies):
            class Target(ScriptedTarget):
                def told_uids(self, first, count, lie=lie):
                    return lie(first, count)

            with self.subTest(lie=number):
                self.archive = self.new_archive(f"lie{number}")
                wanted = self.archive_some(12)
                target = self.target(Target)
                self.assertEqual(self.restore(target, "--verify")["mailboxes"][0]["identical"], 12)
                report = self.restore(target)
                self.assertEqual((report["appended"], report["already_there"]), (0, 12))
                self.assertEqual(target.raws(), wanted)

    def test_one_that_loses_messages_is_found_out(self):
        class Target(ScriptedTarget):
            def keep(self, name, taken):
                return super().keep(name, taken[:-1])

        self.archive_some(5)
        report = self.restore(self.target(Target), "--verify", codes=(3,))
        self.assertGreater(report["failed"], 0)
        self.assertIn("does not give it back", report["error"])

    def test_flags_it_does_not_keep_are_told(self):
        class Target(ScriptedTarget):
            permanent_flags = b"\\Seen"

        self.archive_mails([("INBOX", _mail(1), {"\\Seen", "\\Draft", "Work"})])
        target = self.target(Target)
        told = [{"what": "without Work, which the server does not keep", "messages": 1},
                {"what": "without \\Draft, which the server does not keep", "messages": 1}]
        self.assertEqual(self.restore(target, "--dry-run")["mailboxes"][0]["altered"], told)
        self.assertEqual(self.restore(target)["mailboxes"][0]["altered"], told)
        self.assertEqual(target.mailboxes["INBOX"][0].flags, "\\Seen")

    def test_one_that_wants_a_pause_gets_it(self):
        class Target(ScriptedTarget):
            has_paused = False

            def judge_message(self, raw):
                if b"text 5\r\n" in raw and not self.has_paused:
                    self.has_paused = True
                    raise Refusal("NO [THROTTLED] Suggested Backoff Time: 1000 milliseconds")

        wanted = self.archive_some(12)
        target = self.target(Target)
        self.assertEqual(self.restore(target)["appended"], 12)
        self.assertTrue(target.has_paused)
        self.assertEqual(target.raws(), wanted)

    def test_one_that_keeps_and_never_answers_is_given_up_and_sent_nothing_twice(self):
        class Target(ScriptedTarget):
            is_silent = True

            def on_append(self, session, command):
                answer = super().on_append(session, command)
                if self.is_silent:
                    self.is_silent = False
                    threading.Event().wait(100)
                return answer

        wanted = self.archive_some(1)
        target = self.target(Target)
        self.assertEqual(self.restore(target)["appended"], 1)
        self.assertEqual(target.raws(), wanted)


if __name__ == "__main__":
    main()
