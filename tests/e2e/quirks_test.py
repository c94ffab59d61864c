# SPDX-License-Identifier: Apache-2.0
"""What servers of well-known providers were seen to do, and that it costs no mail. Each test is named
after the provider and the quirk."""

import datetime
import hashlib

from scripted_server import Message, ScriptedImap, ScriptedPop3
from suite import ArchiveTest, main


def _mail(number):
    return b"Subject: %d\r\n\r\nmail %d\r\n" % (number, number)


def _digests(raws):
    return {hashlib.sha256(raw).hexdigest() for raw in raws}


class _Quirks(ArchiveTest):

    def start(self, kind):
        self.server = kind()
        self.add_account_on(self.server)

    def backup(self, code=0):
        return self.archive.run("backup", "--json").expect(code).json["accounts"][0]

    def assert_holds(self, raws):
        self.assertEqual(self.archive.contents(), _digests(raws))


class Imap(_Quirks):

    def fill(self, count=5, mailbox="INBOX"):
        self.server.mailboxes[mailbox] = [Message(n, _mail(n)) for n in range(1, count + 1)]
        return [m.raw for m in self.server.mailboxes[mailbox]]

    def assert_all_taken(self, kind, count=5):
        """One run has it all, and the next one nothing to do."""
        self.start(kind)
        raws = self.fill(count)
        self.assertEqual((self.backup()["state"], len(self.archive.contents())), ("done", count))
        self.assert_holds(raws)
        again = self.backup()
        self.assertEqual((again["new"], again["flag_changes"], again["vanished"]), (0, 0, 0))

    def test_exchange_answers_ok_without_data_for_a_damaged_item(self):
        class Exchange(ScriptedImap):
            damaged = {3}

            def fetched(self, wanted, with_text):
                return super().fetched([(n, m) for n, m in wanted if not with_text or
                                        m.uid not in self.damaged], with_text)
        self.start(Exchange)
        raws = self.fill()
        report = self.backup(3)
        self.assertEqual((report["state"], report["new"]), ("partial", 4))
        self.assertIn("UID 3", report["error"])
        self.assert_holds(raws[:2] + raws[3:])
        self.server.damaged = set()
        self.assertEqual(self.backup()["new"], 1)
        self.assert_holds(raws)

    def test_exchange_gives_items_in_another_order_and_wrong_sizes(self):
        class Exchange(ScriptedImap):
            def fetch_items(self, message, with_text):
                if with_text:
                    return reversed(super().fetch_items(message, with_text))
                return [b"RFC822.SIZE %d" % (len(message.raw) * 3), b"FLAGS ()",
                        b"UID %d" % message.uid]
        self.assert_all_taken(Exchange)

    def test_exchange_sends_codes_without_ok(self):
        class Exchange(ScriptedImap):
            def selected(self, messages):
                return super().selected(messages) + b"* [COPYUID 14  ]\r\n* [UNSEEN 1]\r\n"
        self.assert_all_taken(Exchange)

    def test_exchange_says_bare_words_when_it_is_unavailable(self):
        class Exchange(ScriptedImap):
            is_unavailable = False

            def on_uid_fetch(self, session, command):
                answer = super().on_uid_fetch(session, command)
                return [b"Server Unavailable. 15\r\n", *answer] if self.is_unavailable else answer
        self.start(Exchange)
        raws = self.fill()
        self.backup()
        self.server.is_unavailable = True
        self.assertEqual(self.backup(3)["state"], "failed")
        self.server.is_unavailable = False
        self.assertEqual(self.backup()["vanished"], 0)
        self.assert_holds(raws)

    def test_gmail_sends_a_code_without_text(self):
        class Gmail(ScriptedImap):
            def selected(self, messages):
                return super().selected(messages) + b"* OK [HIGHESTMODSEQ 77]\r\n"
        self.assert_all_taken(Gmail)

    def test_gmail_has_a_uidnext_far_above_the_last_uid(self):
        class Gmail(ScriptedImap):
            def selected(self, messages):
                return super().selected(messages) + b"* OK [UIDNEXT 4000000000] x\r\n"
        self.assert_all_taken(Gmail)

    def test_yahoo_refuses_a_whole_range_for_one_poisoned_message(self):
        class Yahoo(ScriptedImap):
            def fetched(self, wanted, with_text):
                if with_text and any(m.uid == 4 for _, m in wanted):
                    return b"NO [SERVERBUG] FETCH Server error while fetching messages"
                return super().fetched(wanted, with_text)
        self.start(Yahoo)
        raws = self.fill(9)
        report = self.backup(3)
        self.assertEqual((report["state"], report["new"]), ("partial", 8))
        self.assert_holds(raws[:3] + raws[4:])

    def test_yahoo_calls_the_inbox_by_another_case(self):
        class Yahoo(ScriptedImap):
            def __init__(self):
                super().__init__()
                self.mailboxes = {"Inbox": []}
        self.start(Yahoo)
        raws = self.fill(mailbox="Inbox")
        self.assertEqual(self.backup()["new"], 5)
        self.assert_holds(raws)
        self.assertEqual(self.backup()["new"], 0)

    def test_yahoo_tells_of_a_thousand_messages_at_once(self):
        class Yahoo(ScriptedImap):
            limit = 100

            def fetched(self, wanted, with_text):
                if with_text or len(wanted) <= self.limit:
                    return super().fetched(wanted, with_text)
                last = wanted[-self.limit:]
                told = super().fetched(last, with_text)
                return [*told[:-1], b"OK [MESSAGELIMIT %d %d] x" % (self.limit, last[0][1].uid)]
        self.assert_all_taken(Yahoo, 250)

    def test_courier_numbers_a_message_zero_and_tells_no_uidnext(self):
        class Courier(ScriptedImap):
            def fetch_line(self, number, message, with_text):
                return super().fetch_line(0, message, with_text)
        self.assert_all_taken(Courier)

    def test_netease_opens_nothing_before_it_was_told_a_name(self):
        class NetEase(ScriptedImap):
            capabilities = b"IMAP4rev1 ID"
            knows = False

            def on_id(self, _session, command):
                self.knows = '"name" "mailkeep"' in command
                return [b"* ID NIL\r\n", b"OK"]

            def on_examine(self, session, command):
                if not self.knows:
                    return b"NO SELECT Unsafe Login. Please contact kefu@188.com for help"
                return super().on_examine(session, command)
        self.assert_all_taken(NetEase)

    def test_qq_tells_no_uidvalidity(self):
        class Qq(ScriptedImap):
            def selected(self, messages):
                return b"* %d EXISTS\r\n" % len(messages)
        self.assert_all_taken(Qq)

    def test_mail_ru_writes_sizes_as_floats(self):
        class MailRu(ScriptedImap):
            def fetch_items(self, message, with_text):
                items = super().fetch_items(message, with_text)
                return items if with_text else [*items[:-1], b"RFC822.SIZE 9.3736e+06"]
        self.assert_all_taken(MailRu)

    def test_yandex_repeats_its_farewell_and_leaves_out_a_text(self):
        class Yandex(ScriptedImap):
            has_text = False

            def fetch_items(self, message, with_text):
                items = super().fetch_items(message, with_text)
                return items[:-1] if with_text and message.uid == 2 and not self.has_text else items

            def on_logout(self, _session, _command):
                return [b"* BYE bye\r\n" * 20, b"OK done"]
        self.start(Yandex)
        raws = self.fill()
        self.assertEqual(self.backup(3)["new"], 4)
        self.server.has_text = True
        self.assertEqual(self.backup()["new"], 1)
        self.assert_holds(raws)

    def test_servers_pad_their_lines_with_nuls(self):
        class Padding(ScriptedImap):
            def fetch_line(self, number, message, with_text):
                return b"\0\0\0" + super().fetch_line(number, message, with_text)
        self.assert_all_taken(Padding)

    def test_a_message_is_expunged_while_it_is_fetched(self):
        class Shared(ScriptedImap):
            gone = 3

            def fetched(self, wanted, with_text):
                if not with_text:
                    return super().fetched(wanted, with_text)
                left = [(n - (m.uid > self.gone), m) for n, m in wanted if m.uid != self.gone]
                return [b"* 3 EXPUNGE\r\n", *super().fetched(left, with_text)]
        self.start(Shared)
        raws = self.fill()
        self.assertEqual(self.backup(3)["new"], 4)
        del self.server.mailboxes["INBOX"][2]
        self.assertEqual((self.backup()["new"], self.backup()["vanished"]), (0, 0))
        self.assert_holds(raws[:2] + raws[3:])

    def test_a_mailbox_gets_another_uidvalidity_while_it_is_fetched(self):
        class Renewed(ScriptedImap):
            is_renewed = False

            def fetched(self, wanted, with_text):
                lines = super().fetched(wanted, with_text)
                if with_text and not self.is_renewed:
                    self.is_renewed = True
                    self.uid_validity = 8
                    self.mailboxes["INBOX"].reverse()
                    for uid, message in enumerate(self.mailboxes["INBOX"], 1):
                        message.uid = uid
                    lines[2:2] = [b"* OK [UIDVALIDITY 8] made anew\r\n"]
                return lines
        self.start(Renewed)
        raws = self.fill()
        report = self.backup(3)
        self.assertEqual(report["state"], "failed")
        self.assertIn("UIDVALIDITY", report["error"])
        self.assertEqual(self.backup()["state"], "done")
        self.assert_holds(raws)
        self.assertEqual({(s.digest, n) for s, n in self.archive.standings("post").items()},
                         {(digest, 1) for digest in _digests(raws)})
        again = self.backup()
        self.assertEqual((again["new"], again["vanished"]), (0, 0))

    def test_a_mailbox_is_made_anew_behind_an_open_session(self):
        class Renewed(ScriptedImap):
            is_renewed = False

            def fetched(self, wanted, with_text):
                if with_text and not self.is_renewed:
                    self.is_renewed = True
                    self.uid_validity = 8
                    raws = [m.raw for m in self.mailboxes["INBOX"]]
                    for message, raw in zip(self.mailboxes["INBOX"], reversed(raws)):
                        message.raw = raw
                return super().fetched(wanted, with_text)
        self.start(Renewed)
        raws = self.fill()
        self.assertEqual(self.backup()["state"], "done")
        self.assertEqual(self.backup()["state"], "done")
        self.assert_holds(raws)
        self.assertEqual(self.archive.standings("post").total(), 5)
        again = self.backup()
        self.assertEqual((again["new"], again["vanished"]), (0, 0))

    def test_zimbra_tells_of_more_messages_step_by_step(self):
        class Zimbra(ScriptedImap):
            def selected(self, messages):
                return b"* 1 EXISTS\r\n* 3 EXISTS\r\n" + super().selected(messages)
        self.assert_all_taken(Zimbra)

    def test_a_literal_is_counted_two_octets_too_short(self):
        class Short(ScriptedImap):
            def body(self, message):
                return b"BODY[] {%d}\r\n%s" % (len(message.raw) - 2, message.raw)
        self.start(Short)
        raws = self.fill()
        self.assertEqual(self.backup()["new"], 5)
        self.assert_holds([raw[:-2] for raw in raws])

    def test_a_literal_is_counted_too_long_and_nothing_is_kept_of_it(self):
        class Long(ScriptedImap):
            def body(self, message):
                return b"BODY[] {%d}\r\n%s" % (len(message.raw) + 3, message.raw)
        self.start(Long)
        self.fill()
        self.assertEqual(self.backup(3)["state"], "failed")
        self.assert_holds([])

    def test_quotes_inside_a_quoted_name_are_not_escaped(self):
        class Quoting(ScriptedImap):
            def list_line(self, name):
                return b'* LIST () "/" "%s"\r\n' % name.encode() + \
                    b'* LIST (\\Noselect) "/" "the "old" one"\r\n'
        self.assert_all_taken(Quoting)

    def test_more_messages_are_said_to_exist_than_are_told(self):
        class Lying(ScriptedImap):
            hides = set()

            def fetched(self, wanted, with_text):
                return super().fetched([(n, m) for n, m in wanted if m.uid not in self.hides],
                                       with_text)
        self.start(Lying)
        raws = self.fill()
        self.backup()
        self.server.hides = {2, 3}
        self.assertEqual(self.backup(3)["vanished"], 0)
        self.server.hides = set()
        self.assertEqual((self.backup()["new"], self.archive.standings("post").total()), (0, 5))
        self.assert_holds(raws)

    def test_a_message_is_told_twice_and_another_that_nobody_asked_for(self):
        class Babbling(ScriptedImap):
            def fetched(self, wanted, with_text):
                lines = super().fetched(wanted, with_text)
                if with_text:
                    lines[:0] = [lines[0], self.fetch_line(77, Message(77, b"X: y\r\n\r\n"), True)]
                return lines
        self.assert_all_taken(Babbling)


class Pop3(_Quirks):

    def fill(self, count=5):
        self.server.maildrop = {f"id{n}": _mail(n) for n in range(1, count + 1)}
        return list(self.server.maildrop.values())

    def assert_all_taken(self, kind):
        self.start(kind)
        raws = self.fill()
        report = self.backup()
        self.assertEqual((report["new"], report["deleted_from_server"]), (5, 5))
        self.assert_holds(raws)
        self.assertEqual(self.server.maildrop, {})

    def test_listings_with_ok_and_many_spaces(self):
        class Spacing(ScriptedPop3):
            def uidl_line(self, number, name):
                return f"+OK  {number}    {name}"
        self.assert_all_taken(Spacing)

    def test_sizes_are_those_of_another_store(self):
        class Exchange2000(ScriptedPop3):
            def size_of(self, raw):
                return len(raw) // 2
        self.assert_all_taken(Exchange2000)

    def test_mailmax_announces_attachments_it_does_not_send(self):
        class MailMax(ScriptedPop3):
            def size_of(self, raw):
                return 100_000 if raw == _mail(3) else len(raw)
        self.start(MailMax)
        raws = self.fill()
        report = self.backup(3)
        self.assertEqual((report["state"], report["deleted_from_server"]), ("partial", 4))
        self.assert_holds(raws)
        self.assertEqual(list(self.server.maildrop), ["id3"])

    def test_texts_end_with_a_bare_line_feed(self):
        class LineFeeds(ScriptedPop3):
            def text(self, raw):
                return super().text(raw).replace(b"\r\n", b"\n")
        self.start(LineFeeds)
        raws = self.fill()
        self.assertEqual(self.backup()["deleted_from_server"], 5)
        self.assert_holds([raw.replace(b"\r\n", b"\n") for raw in raws])

    def test_a_server_in_trouble_reports_an_empty_maildrop(self):
        class Troubled(ScriptedPop3):
            is_in_trouble = False

            def ids(self):
                return [] if self.is_in_trouble else super().ids()
        self.start(Troubled)
        self.archive.run("account", "set", "post", "--delete-from-server", "never").expect(0)
        raws = self.fill()
        self.backup()
        self.server.is_in_trouble = True
        self.assertEqual(self.backup()["deleted_from_server"], 0)
        self.server.is_in_trouble = False
        self.backup()
        self.assert_holds(raws)
        self.assertEqual(len(self.server.maildrop), 5)

    def test_a_server_is_moved_and_all_unique_ids_are_new(self):
        class Moved(ScriptedPop3):
            def on_capa(self, _argument, _marked):
                return self.table(["TOP", "UIDL", "PIPELINING"])

            def on_top(self, argument, _marked):
                raw = self.maildrop[self.ids()[int(argument.split()[0]) - 1]]
                return self.text(raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        self.start(Moved)
        self.archive.run("account", "set", "post", "--delete-from-server", "never").expect(0)
        raws = self.fill()
        self.backup()
        self.server.maildrop = {f"new{n}": raw for n, raw in enumerate(raws)}
        self.server.said.clear()
        report = self.backup()
        self.assertEqual((report["new"], report["vanished"]), (0, 0))
        self.assertEqual([line for line in self.server.said if line.startswith("RETR")], [])
        self.assert_holds(raws)
        self.archive.run("account", "set", "post", "--delete-from-server", "archived").expect(0)
        self.assertEqual(self.backup()["deleted_from_server"], 5)
        self.assertEqual(self.server.maildrop, {})

    def test_a_maildrop_in_use_is_tried_again_later(self):
        class InUse(ScriptedPop3):
            def on_pass(self, _argument, _marked):
                return b"-ERR [IN-USE] do you have another POP session running?\r\n"
        self.start(InUse)
        self.archive.run("account", "set", "post", "--schedule", "@every 12h").expect(0)
        report = self.backup(3)
        self.assertEqual(report["state"], "failed")
        self.assertIn("do you have another POP session", report["error"])
        shown = self.archive.run("account", "show", "post", "--json").expect(0).json
        self.assertLess(self.seconds_until_next_run(shown), 16 * 60)

    def test_a_server_wants_a_pause_between_logins_and_deletes_by_itself(self):
        class Ruled(ScriptedPop3):
            def on_capa(self, _argument, _marked):
                return self.table(["UIDL", "LOGIN-DELAY 7200 USER", "EXPIRE 0"])
        self.start(Ruled)
        self.archive.run("account", "set", "post", "--schedule", "@every 1m",
                         "--delete-from-server", "30d").expect(0)
        self.fill()
        self.backup()
        shown = self.archive.run("account", "show", "post", "--json").expect(0).json
        self.assertEqual(shown["maildrop"], {"login_delay": 7200, "expires_after_days": 0})
        self.assertGreater(self.seconds_until_next_run(shown), 7100)
        self.assertIn("the server itself deletes mail once it was retrieved",
                      self.archive.run("status").expect(0).out.decode())

    def seconds_until_next_run(self, account):
        moments = [datetime.datetime.fromisoformat(moment.replace("Z", "+00:00"))
                   for moment in (account["last_run"]["started"], account["next_run"])]
        return (moments[1] - moments[0]).total_seconds()

    def test_another_message_comes_under_a_used_unique_id(self):
        self.start(ScriptedPop3)
        self.archive.run("account", "set", "post", "--delete-from-server", "never").expect(0)
        raws = self.fill(2)
        self.backup()
        self.server.maildrop["id2"] = _mail(99)
        self.archive.run("account", "set", "post", "--delete-from-server", "archived").expect(0)
        self.backup()
        self.assert_holds([*raws, _mail(99)])
        self.assertEqual(self.server.maildrop, {})


if __name__ == "__main__":
    main()
