# SPDX-License-Identifier: Apache-2.0
"""What people look for is found: words of any script, parts of names, and what belongs together; the
mail is written by Python's email package."""

import datetime
from email.message import EmailMessage

import client
from suite import ServerTest, main


def letter(number, subject, text, charset="utf-8", answers=(), attachment=None):
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "Zoë Quincey <zoe@example.org>"
    message["To"] = "bob@example.net"
    message["Date"] = datetime.datetime(2026, 6, 1, 10, number, tzinfo=datetime.timezone.utc)
    message["Message-ID"] = f"<{number}@example.org>"
    if answers:
        message["References"] = " ".join(f"<{one}@example.org>" for one in answers)
    message.set_content(text, charset=charset)
    if attachment:
        message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf",
                               filename=attachment)
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


_MAIL = [
    letter(1, "生日", "祝你生日快乐,身体健康!"),
    letter(2, "東京出張の件", "来週東京タワーへ行きます。", charset="iso-2022-jp"),
    letter(3, "Plan", "How about the museum on Friday?", attachment="Quarterly Report.pdf"),
    letter(4, "Re: Plan", "The museum is closed then.", answers=[3]),
    letter(5, "closed", "So we stay at home.", answers=[3, 4]),
]


class Search(ServerTest):

    def setUp(self):
        super().setUp()
        user = self.server.new_user()
        client.put(self.server, user, [("INBOX", raw, set(), 86400 + number)
                                       for number, raw in enumerate(_MAIL)])
        self.add_account("post", self.server.url("imaps", user)).expect(0)
        self.archive.backup()

    def subjects(self, *arguments):
        answer = self.archive.run(*arguments, "--json").expect(0).json
        return [message["subject"] for message in answer["messages"]]

    def test_words_of_any_script_are_found_within_sentences(self):
        for query, subject in (("快乐", "生日"), ("東京", "東京出張の件"), ("タワー", "東京出張の件"),
                               ("乐", "生日"), ("生日快乐", "生日"), ("ﾀﾜｰ", "東京出張の件")):
            self.assertEqual(self.subjects("search", query), [subject], query)
        self.assertEqual(self.subjects("search", "乐快"), [])

    def test_parts_of_names_are_found(self):
        self.assertEqual(self.subjects("search", "*uarterly* *eport*"), ["Plan"])
        self.assertEqual(self.subjects("search", "filename:*port.p*"), ["Plan"])
        self.assertEqual(len(self.subjects("search", "from:*oe@exam*")), len(_MAIL))
        self.assert_refused(self.archive.run("search", "*ab*"), 2, "3 characters")

    def test_hits_show_their_text_when_asked(self):
        found = self.archive.search("museum", "--snippets")["messages"]
        self.assertEqual(found[0]["snippet"], [{"text": "The ", "is_hit": False},
                                               {"text": "museum", "is_hit": True},
                                               {"text": " is closed then.", "is_hit": False}])
        self.assertIn("How about the [museum] on Friday?",
                      self.archive.run("search", "museum", "--snippets").expect(0).out.decode())
        self.assertEqual(self.archive.search("museum")["messages"][0]["snippet"], [])

    def test_the_best_come_first_when_asked(self):
        self.assertEqual(self.subjects("search", "closed OR 生日", "--sort", "relevance")[-1], "Re: Plan")
        self.assertEqual(self.subjects("search", "closed OR 生日")[-1], "生日")
        self.assertEqual(self.subjects("search", "in:INBOX", "--sort", "relevance"),
                         self.subjects("search", "in:INBOX"))
        self.assert_refused(self.archive.run("search", "closed", "--sort", "size"), 2, "relevance")

    def test_threads_are_the_same_after_a_rebuild(self):
        identity = self.archive.search("stay")["messages"][0]["id"]
        thread = ["Plan", "Re: Plan", "closed"]
        self.assertEqual(self.subjects("thread", identity), thread)
        self.archive.drop_catalog()
        self.archive.run("rebuild").expect(0)
        self.assertEqual(self.subjects("thread", identity[:12]), thread)
        self.assertEqual(self.subjects("search", "快乐"), ["生日"])
        self.assert_refused(self.archive.run("thread", "0" * 64), 1, "no message")

    def test_the_whole_language_is_explained(self):
        told = self.archive.run("search", "--help").expect(0).out.decode()
        for word in ("*part*", "newer_than:30d", "is:gone"):
            self.assertIn(word, told)


if __name__ == "__main__":
    main()
