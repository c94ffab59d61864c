# SPDX-License-Identifier: Apache-2.0
"""Attachments that are no MIME parts are found, listed and given like others; protection is told."""

import base64
import binascii
import email.message
import struct

import client
from suite import ServerTest, main

_CONTENT = bytes(range(256))


def uuencoded(name, octets):
    lines = [binascii.b2a_uu(octets[at:at + 45]) for at in range(0, len(octets), 45)]
    return b"begin 644 %s\n" % name + b"".join(lines) + b"`\nend\n"


def winmail(name, octets):
    def attribute(identifier, data):
        return b"\2" + struct.pack("<II", identifier, len(data)) + data + b"\0\0"
    return (struct.pack("<IH", 0x223E9F78, 1) + attribute(0x00069002, bytes(14)) +
            attribute(0x00018010, name + b"\0") + attribute(0x0006800F, octets))


def in_text():
    text = b"Please see the file.\n" + uuencoded(b"uuzebra.bin", _CONTENT) + b"Thank you.\n"
    return b"Subject: old\r\n\r\n" + text.replace(b"\n", b"\r\n")


def in_winmail():
    message = email.message.EmailMessage()
    message["Subject"] = "outlook"
    message.set_content("Please see the file.")
    message.add_attachment(winmail(b"tnefzebra.bin", _CONTENT), "application", "ms-tnef",
                           filename="winmail.dat")
    return message.as_bytes(policy=message.policy.clone(linesep="\r\n"))


def signed():
    return (b"Subject: signed\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nwords\r\n"
            b"--b\r\nContent-Type: application/pgp-signature\r\n\r\n" + base64.b64encode(b"x") +
            b"\r\n--b--\r\n")


class Understood(ServerTest):

    def setUp(self):
        super().setUp()
        user = self.server.new_user()
        mails = [in_text(), in_winmail(), signed()]
        client.put(self.server, user,
                   [("INBOX", octets, set(), 86400 + number) for number, octets in enumerate(mails)])
        self.add_account("post", self.server.url("imaps", user)).expect(0)
        self.archive.backup()

    def only(self, query):
        found = self.archive.search(query)["messages"]
        self.assertEqual(len(found), 1, query)
        return found[0]["id"]

    def test_files_in_text_and_winmail_are_attachments(self):
        for subject, name, number in (("old", "uuzebra.bin", 2), ("outlook", "tnefzebra.bin", 3)):
            message = self.only(f"subject:{subject} has:attachment")
            self.assertEqual(self.only(name), message)
            shown = self.archive.run("show", message, "--json").expect(0).json
            part = shown["parts"][number - 1]
            self.assertEqual((part["number"], part["file_name"], part["size"]),
                             (number, name, len(_CONTENT)))
            self.assertEqual(
                self.archive.run("show", message, "--part", str(number)).expect(0).out, _CONTENT)
            self.assertNotIn("begin 644", shown["text"])

    def test_protection_is_told(self):
        message = self.only("subject:signed")
        shown = self.archive.run("show", message, "--json").expect(0).json
        self.assertEqual(shown["protection"], "signed (PGP)")
        self.assertIn("signed (PGP)", self.archive.run("show", message).expect(0).out.decode())


if __name__ == "__main__":
    main()
