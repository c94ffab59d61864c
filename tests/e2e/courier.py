# SPDX-License-Identifier: Apache-2.0
"""A Courier of our own on loopback, with the interface of dovecot.py as far as the tests of several
servers use it. No TLS. Where its authentication daemon listens is compiled in, so courier_front.py
takes the login and then becomes Courier's imapd or pop3d. All mailboxes are below "INBOX."."""

import pathlib
import sys

from private_server import PASSWORD, UnpackedServer


class Courier(UnpackedServer):

    name = "courier"
    services = ("imap", "pop3")
    ca_file = None

    def prepare(self):
        self._front = pathlib.Path(__file__).with_name("courier_front.py")
        self.own_folder("mail")

    def configure(self):
        """All of it is in the environment."""

    def environment(self):
        return {
            **super().environment(), "IMAP_KEYWORDS": "1", "IMAP_ACL": "1", "IMAP_USELOCKS": "1",
            "IMAP_UMASK": "022", "IMAP_IDLE_TIMEOUT": "60", "IMAP_ENHANCEDIDLE": "0",
            "IMAP_MAILBOX_SANITY_CHECK": "1", "IMAP_OBSOLETE_CLIENT": "0",
            "GAM_CLIENT_ID": self.root.name, "IMAP_TRASHFOLDERNAME": "Trash",
            "HEADERFROM": "X-IMAP-Sender",
            # IDLE would make it look for a daemon that is not there, for seconds at a time.
            "IMAP_CAPABILITY": "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT "
                               "THREAD=REFERENCES SORT QUOTA"}

    def command(self):
        return (sys.executable, "-B", self._front, *self.owner, self.program,
                self.root / "mail", PASSWORD, self.ports["imap"], self.ports["pop3"])

    def server_options(self):
        """As the caller: his Python may be out of the owner's reach. It becomes the owner itself."""
        return {"cwd": self.root, "env": self.environment()}

    def make_user(self, user):
        self.own_folder(f"mail/{user}")
        self.run_tool(self.program / "usr/bin/maildirmake.courier", f"mail/{user}/Maildir")
