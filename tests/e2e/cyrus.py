# SPDX-License-Identifier: Apache-2.0
"""A Cyrus of our own on loopback, with the interface of dovecot.py as far as the tests of several
servers use it. Its mailbox tree begins with INBOX; names are separated by "/"."""

import grp
import pwd

from certificates import Certificates
from private_server import PASSWORD, UnpackedServer

_IMAPD = """
cyrus_user: {user}
cyrus_group: {group}
configdirectory: {root}/lib
partition-default: {root}/spool
defaultpartition: default
proc_path: {root}/run/proc
mboxname_lockpath: {root}/run/lock
duplicate_db_path: {root}/run/deliver.db
servername: localhost
defaultdomain: localhost
admins: admin
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {root}/lib/sasldb2
sasl_mech_list: {mechanisms}
unixhierarchysep: yes
altnamespace: yes
autocreate_quota: 0
autocreate_post: yes
tls_server_cert: {root}/tls/good.pem
tls_server_key: {root}/tls/good.key
conversations: 1
popminpoll: 0
maxlogins_per_user: 0
"""

_MASTER = """
START {{
  recover cmd="{bin}/ctl_cyrusdb -C {root}/imapd.conf -r"
}}
SERVICES {{
  imap  cmd="{bin}/imapd -C {root}/imapd.conf"    listen="127.0.0.1:{imap}" prefork=0
  imaps cmd="{bin}/imapd -C {root}/imapd.conf -s" listen="127.0.0.1:{imaps}" prefork=0
  pop3  cmd="{bin}/pop3d -C {root}/imapd.conf"    listen="127.0.0.1:{pop3}" prefork=0
  pop3s cmd="{bin}/pop3d -C {root}/imapd.conf -s" listen="127.0.0.1:{pop3s}" prefork=0
}}
EVENTS {{
  checkpoint cmd="{bin}/ctl_cyrusdb -C {root}/imapd.conf -c" period=300
}}
"""


class Cyrus(UnpackedServer):

    name = "cyrus"
    services = ("imap", "imaps", "pop3", "pop3s")
    mechanisms = "PLAIN"  # for SASL; the LOGIN command is taken besides

    @property
    def ca_file(self):
        return self.certificates.ca_file

    def prepare(self):
        self.certificates = Certificates(self.root / "tls")
        (self.root / "tls/good.key").chmod(0o644)
        self._bin = self.program / "usr/lib/cyrus/bin"
        for folder in ("lib", "lib/socket", "lib/proc", "lib/db", "lib/lock", "spool", "run"):
            self.own_folder(folder)

    def configure(self):
        uid, gid = self.owner
        words = dict(root=self.root, bin=self._bin, user=pwd.getpwuid(uid).pw_name,
                     group=grp.getgrgid(gid).gr_name, mechanisms=self.mechanisms, **self.ports)
        (self.root / "imapd.conf").write_text(_IMAPD.format(**words))
        (self.root / "cyrus.conf").write_text(_MASTER.format(**words))

    def command(self):
        return (self._bin / "master", "-C", self.root / "imapd.conf", "-M",
                self.root / "cyrus.conf", "-p", self.root / "run/master.pid")

    def environment(self):
        plugins = self.program.glob("usr/lib/*-linux-gnu/sasl2")
        installed = "/usr/lib/x86_64-linux-gnu/sasl2:/usr/lib/aarch64-linux-gnu/sasl2"
        return {**super().environment(), "SASL_PATH": ":".join([*map(str, plugins), installed])}

    def make_user(self, user):
        self.run_tool(self.program / "usr/sbin/saslpasswd2", "-p", "-c", "-f",
                      self.root / "lib/sasldb2", "-u", "localhost", user, text=PASSWORD)
