# SPDX-License-Identifier: Apache-2.0
"""Restore drill: what the archive holds is rebuilt, goes to a server and comes back; nothing but the
drill's own mailbox is touched there."""

import re

import client
import mails
from courier import Courier
from cyrus import Cyrus
from dovecot import PASSWORD, Dovecot
from scripted_server import Message, ScriptedImap
from servers_test import UnpackedServerTest
from suite import ServerTest, main


class DrillTest(ServerTest):
    """Has an archive of some sixty messages."""

    def setUp(self):
        super().setUp()
        self.user = self.server.new_user("source")
        self.add_account("post", self.server.url("imaps", self.user)).expect(0)
        client.put(self.server, self.user, mails.spread(mails.built_in_mails()))
        self.archive.backup()

    def drill(self, *options, code=0):
        return self.archive.run("drill", "--json", *options).expect(code).json

    def drill_at(self, user, *options, code=0):
        secret = self.folder / "target-password"
        secret.write_text(PASSWORD)
        return self.drill("--to", self.server.url("imaps", user), "--password-file", secret,
                          *self.trust(), *options, code=code)

    def proven(self):
        status = self.archive.run("status", "--json").expect(0).json
        return status["health"]["proven"], status["accounts"][0]["proven"]


class Drill(DrillTest):

    def damage(self):
        """In the middle of the journal, in mail and not in what surrounds it."""
        file = max((self.archive.data / "journal").rglob("*.mkj"), key=lambda f: f.stat().st_size)
        octets = bytearray(file.read_bytes())
        middle = len(octets) // 2
        octets[middle:middle + 64] = bytes(64)
        file.write_bytes(octets)

    def test_a_sample_is_rebuilt_and_that_is_remembered(self):
        self.assertEqual(self.proven(), (None, None))
        self.assertIn("never", self.archive.run("status").expect(0).out.decode())
        report = self.drill("--sample", "10")
        self.assertEqual((report["messages"], report["proven"], report["damaged"]),
                         (10, True, []))
        archive, account = self.proven()
        self.assertEqual((archive["messages"], archive["returned_at"], account),
                         (10, None, archive))
        self.assertIn("Last proven restorable: 20",
                      self.archive.run("status").expect(0).out.decode())
        whole = self.drill("--sample", "1000")
        self.assertEqual(whole["messages"], self.archive.standings().total())

    def test_a_sample_goes_to_a_server_and_comes_back(self):
        target = self.server.new_user("target")
        client.put(self.server, target, [("INBOX", b"Subject: mine\r\n\r\n", {"\\Seen"}, 86400),
                                         ("mailkeep-drill-mine", b"Subject: m\r\n\r\n", set(), 0)])
        before = client.standings(self.server, target)
        report = self.drill_at(target, "--sample", "1000")
        self.assertEqual((report["returned"], report["altered"], report["left_behind"]),
                         (report["messages"], [], None))
        self.assertEqual(report["messages"], self.archive.standings().total())
        self.assertEqual(client.standings(self.server, target), before)
        with client.imap(self.server, target) as peer:
            self.assertEqual(set(client.mailboxes(peer)), {"INBOX", "mailkeep-drill-mine"})
        proof = self.proven()[0]
        self.assertIn(target, proof["target"])
        self.assertEqual(proof["returned_at"], proof["at"])
        self.drill("--sample", "5")
        self.assertEqual(self.proven()[0]["returned_at"], proof["returned_at"])

    def test_the_service_does_it_too(self):
        with self.serving():
            self.assertTrue(self.drill("--sample", "5")["proven"])
            target = self.server.new_user("target")
            self.assertEqual(self.drill_at(target, "--sample", "5")["returned"], 5)

    def test_what_cannot_be_rebuilt_is_named(self):
        self.damage()
        report = self.drill("--sample", "1000", code=4)
        self.assertGreater(len(report["damaged"]), 0)
        self.assertFalse(report["proven"])
        self.assertEqual(self.proven(), (None, None))
        self.assertEqual({item["id"] for item in self.health()["damaged_messages"]},
                         {item["message"] for item in report["damaged"]})

    def test_a_damaged_message_costs_an_export_only_itself(self):
        self.damage()
        lost = {item["message"] for item in
                self.drill("--sample", "1000", code=4)["damaged"]}
        output = self.folder / "out"
        report = self.archive.run("export", "--format", "eml", "--output", output,
                                  "--json").expect(4).json
        held = self.archive.standings()
        kept = sum(count for standing, count in held.items() if standing.digest not in lost)
        self.assertEqual((report["messages"], report["failed"]), (kept, held.total() - kept))
        told = (output / "failed.txt").read_text()
        self.assertTrue(all(digest in told for digest in lost))
        self.assertEqual(len(list(output.rglob("*.eml"))), kept)

    def test_a_wrong_password_proves_nothing(self):
        secret = self.folder / "wrong"
        secret.write_text("wrong")
        refused = self.archive.run("drill", "--to", self.server.url("imaps", "nobody"),
                                   "--password-file", secret, *self.trust())
        self.assert_refused(refused, 1, "password")
        self.assertEqual(self.proven(), (None, None))


class Target(ScriptedImap):
    """Takes what it is given. `wrong` says what it does to that."""

    def __init__(self, wrong=None):
        super().__init__()
        self.wrong = wrong

    def on_create(self, _session, command):
        if self.wrong == "exists":
            return b"NO [ALREADYEXISTS] it is there"
        self.mailboxes[command.split(" ")[1].strip('"')] = []
        return b"OK made"

    def on_select(self, session, command):
        *told, _ = self.on_examine(session, command)
        permanent = b"\\Seen" if self.wrong == "knows few" else b"\\*"
        return [*told, b"* OK [PERMANENTFLAGS (%s)] ok\r\n" % permanent, b"OK [READ-WRITE] done"]

    def on_append(self, session, command):
        name = command.split(" ")[1].strip('"')
        size = int(re.search(r"\{(\d+)\}$", command)[1])
        session.say(b"+ go\r\n")
        raw = session.reader.read(size)
        session.reader.readline()
        if self.wrong == "refuses" and not self.mailboxes[name]:
            self.wrong = None
            return b"NO not this one"
        if self.wrong == "alters":
            raw = raw.replace(b"e", b"x")
        if self.wrong == "closes":
            session.is_over = True
            return b"NO [UNAVAILABLE] later"
        flags = re.search(r'\(([^)]*)\) "', command)
        kept = flags[1] if flags and self.wrong != "forgets" else ""
        if self.wrong == "knows few":
            kept = "\\Seen" if "\\Seen" in kept else ""
        message = Message(len(self.mailboxes[name]) + 1, raw, kept)
        message.date = re.search(r'"([^"]+)" \{', command)[1]
        self.mailboxes[name].append(message)
        return b"OK taken"

    def fetch_items(self, message, with_text):
        return [re.sub(rb'INTERNALDATE "[^"]+"', b'INTERNALDATE "%s"' % message.date.encode(), item)
                for item in super().fetch_items(message, with_text)]

    def on_delete(self, _session, command):
        if self.wrong == "keeps":
            return b"NO it stays"
        del self.mailboxes[command.split(" ")[1].strip('"')]
        return b"OK gone"


class DrillElsewhere:
    """What a Dovecot held goes to a server of another family and comes back, flags and dates too."""

    def test_a_sample_comes_back(self):
        with Dovecot() as source:
            user = source.new_user("source")
            client.put(source, user, mails.spread(mails.built_in_mails()))
            self.add_account("post", source.url("imaps", user), "--ca-file",
                             str(source.ca_file)).expect(0)
            self.archive.backup()
        target = self.server.new_user("target")
        secret = self.folder / "target-password"
        secret.write_text(PASSWORD)
        before = client.standings(self.server, target)
        report = self.archive.run("drill", "--json", "--sample", "1000", "--to",
                                  self.server.url(self.scheme, target), "--password-file", secret,
                                  *self.trust()).expect(0, 3).json
        self.assertEqual((report["damaged"], report["left_behind"]), ([], None))
        self.assertEqual(report["returned"] + len(report["altered"]), report["messages"])
        for line in report["altered"]:
            self.assertRegex(line, self.excused)
        self.assertLess(len(report["altered"]), report["messages"] * 0.2)
        self.assertEqual(client.standings(self.server, target), before)


class DrillAtCyrus(DrillElsewhere, UnpackedServerTest):

    family = Cyrus
    scheme = "imaps"
    excused = "Message contains|as it was sent|INTERNALDATE"


class DrillAtCourier(DrillElsewhere, UnpackedServerTest):

    family = Courier
    scheme = "imap"
    excused = "as it was sent|INTERNALDATE|flags"

    def trust(self):
        return ("--insecure-plaintext",)


class DrillAtHostile(DrillTest):
    """Servers that do not do as they are told; nothing of theirs is lost for it."""

    def drill_with(self, wrong, code, sample="8"):
        target = Target(wrong)
        self.addCleanup(target.close)
        secret = self.folder / "target-password"
        secret.write_text(PASSWORD)
        result = self.archive.run("drill", "--to", target.url, "--insecure-plaintext", "--json",
                                  "--password-file", secret, "--sample", sample).expect(code)
        changed = {line.split(" ")[2].strip('"') for line in target.said
                   if re.match(r"\S+ (CREATE|DELETE|APPEND|RENAME|STORE|SELECT) ", line)}
        self.assertTrue(all(re.fullmatch(r"mailkeep-drill-[0-9a-f]{32}", name)
                            for name in changed), changed)
        self.assertLessEqual(len(changed), 1)
        return result, target

    def test_a_mailbox_that_is_there_is_not_taken_for_its_own(self):
        result, target = self.drill_with("exists", 1)
        self.assertFalse([line for line in target.said if "DELETE" in line or "APPEND" in line])
        self.assertEqual(self.proven(), (None, None))

    def test_a_refused_message_is_named(self):
        result, target = self.drill_with("refuses", 3)
        self.assertEqual(len(result.json["altered"]), 1)
        self.assertEqual(set(target.mailboxes), {"INBOX"})
        self.assertEqual(self.proven(), (None, None))

    def test_altered_messages_are_named(self):
        result, target = self.drill_with("alters", 3)
        self.assertEqual((len(result.json["altered"]), result.json["returned"]), (8, 0))
        self.assertEqual(set(target.mailboxes), {"INBOX"})

    def test_flags_that_are_lost_are_named(self):
        client.put(self.server, self.user,
                   [("INBOX", b"Subject: f\r\n\r\n%d\r\n" % n, {"\\Flagged", "$Label1"}, 86400)
                    for n in range(9)])
        self.archive.backup()
        result, target = self.drill_with("forgets", 3, sample="1000")
        self.assertEqual({"changed its flags" in line for line in result.json["altered"]}, {True})
        self.assertGreaterEqual(len(result.json["altered"]), 9)
        self.assertEqual(self.proven(), (None, None))
        self.drill_with("knows few", 0, sample="1000")

    def test_a_mailbox_that_cannot_be_removed_is_named(self):
        result, target = self.drill_with("keeps", 3)
        self.assertIn(result.json["left_behind"], target.mailboxes)


if __name__ == "__main__":
    main()
