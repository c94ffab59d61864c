# SPDX-License-Identifier: Apache-2.0
"""A Dovecot of our own on loopback: IMAP, IMAPS, POP3 and POP3S with STARTTLS and STLS, all its
state in one temporary folder, ports chosen at run time. Works as root and as anybody else, leaves
the system's own Dovecot alone and is gone when the program that started it is gone.

Any user name exists and has the password in `PASSWORD`; a test takes a fresh name and so an empty
account. Addresses: 127.0.0.1 has a good certificate, 127.0.0.2 an expired one, 127.0.0.3 one for
another host, 127.0.0.4 offers no TLS at all.
"""

import contextlib
import grp
import itertools
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import time

from certificates import Certificates
from private_server import PASSWORD, end_process, free_ports, guarded, is_ready, mail_owner

SERVICES = ("imap", "imaps", "pop3", "pop3s")

_CONFIG = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/dovecot.log
protocols = imap pop3
listen = 127.0.0.1, 127.0.0.2, 127.0.0.3, 127.0.0.4
verbose_proctitle = yes
{internal}
ssl = yes
ssl_cert = <{root}/tls/good.pem
ssl_key = <{root}/tls/good.key
local 127.0.0.2 {{
  ssl_cert = <{root}/tls/expired.pem
  ssl_key = <{root}/tls/expired.key
}}
local 127.0.0.3 {{
  ssl_cert = <{root}/tls/other_host.pem
  ssl_key = <{root}/tls/other_host.key
}}
local 127.0.0.4 {{
  ssl = no
}}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0 secs
auth_verbose = yes
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={root}/mail/%u
}}
mail_home = {root}/mail/%u
mail_location = maildir:~/Maildir
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = never
mail_max_userip_connections = 1000
namespace inbox {{
  inbox = yes
  separator = /
}}
protocol imap {{
  mail_max_userip_connections = 1000
}}
protocol pop3 {{
  mail_max_userip_connections = 1000
  pop3_no_flag_updates = yes
}}
default_process_limit = 500
default_client_limit = 2000
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
"""

_INTERNAL = """
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
"""


def find_dovecot():
    """The server program, or None where it is not installed."""
    return shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


class Dovecot:
    """Runs from construction to close(); use it in a `with`. Its mail goes with it, unless it is
    given a folder to keep it in, which as root must be one that everybody may enter. `settings`
    come last in the configuration and so win; {root} in them is the server's folder. `files` are
    names and texts of what stands there. `stored` is what the server keeps of the password."""

    def __init__(self, folder=None, settings="", files=(), stored=PASSWORD):
        self._settings = settings
        self._stored = stored
        self._is_kept = folder is not None
        self.root = pathlib.Path(folder or tempfile.mkdtemp(prefix="mailkeep-dovecot-"))
        self._process = None
        self._names = itertools.count(1)
        try:
            self.root.mkdir(exist_ok=True)
            self.root.chmod(0o755)
            shutil.rmtree(self.root / "tls", ignore_errors=True)
            for name, text in files:
                (self.root / name).write_text(text)
            self.certificates = Certificates(self.root / "tls")
            self._owner = mail_owner()
            (self.root / "mail").mkdir(mode=0o755, exist_ok=True)
            os.chown(self.root / "mail", *self._owner)
            self._start_on_free_ports()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def ca_file(self):
        return self.certificates.ca_file

    def new_user(self, word="user"):
        """A name nobody has used: an empty account."""
        return f"{word}{next(self._names)}"

    def url(self, scheme, user, host="127.0.0.1"):
        """The account URL as `mailkeep account add` takes it; scheme is one of SERVICES."""
        return f"{scheme}://{user}@{host}:{self.ports[scheme]}"

    def home(self, user):
        """Where the server keeps the user's mail: <home>/Maildir."""
        return self.root / "mail" / user

    def own_mail(self, user):
        """For a test that wrote Maildirs itself: they become the server's own."""
        owner = "{}:{}".format(*self._owner)
        subprocess.run(["chown", "-R", owner, str(self.home(user))], check=True)

    def save_account(self, user, folder):
        """Copies the account as it stands; wait_for_sessions() first."""
        subprocess.run(["cp", "-a", str(self.home(user)), str(folder)], check=True)

    def reset_account(self, user, folder=None):
        """Puts a saved account in place of the present one; without a folder, an empty one."""
        shutil.rmtree(self.home(user), ignore_errors=True)
        if folder is not None:
            subprocess.run(["cp", "-a", str(folder), str(self.home(user))], check=True)

    def wait_for_sessions(self, user, seconds=10):
        """Returns once no process of the server serves the user any more: what a killed client had
        sent is then either done or dropped."""
        deadline = time.monotonic() + seconds
        mark = f"[{user} ".encode()
        while any(mark in title for title in self._titles()):
            if time.monotonic() > deadline:
                raise RuntimeError(f"Dovecot still serves {user} after {seconds} seconds")
            time.sleep(0.005)

    def set_uid_validity(self, user, mailbox, value):
        self.doveadm("mailbox", "update", "-u", user, "--uid-validity", str(value), mailbox)

    def doveadm(self, *arguments):
        done = subprocess.run(["doveadm", "-c", str(self.root / "dovecot.conf"), *arguments],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"doveadm {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def log(self):
        file = self.root / "dovecot.log"
        return file.read_text(errors="replace") if file.exists() else "(no log)"

    def stop(self):
        """Ends the server; start() begins it again on the same ports."""
        self._stop_process()

    def start(self):
        if not self._is_started():
            raise RuntimeError(f"Dovecot does not start again:\n{self.log()}")

    def close(self):
        """Ends the server by its pid and removes what is not kept."""
        if self._process is not None:
            self._stop_process()
        if not self._is_kept:
            shutil.rmtree(self.root, ignore_errors=True)

    def _start_on_free_ports(self):
        for _ in range(5):
            self.ports = dict(zip(SERVICES, free_ports(len(SERVICES))))
            self._write_config()
            if self._is_started():
                return
            self._stop_process()
        raise RuntimeError(f"Dovecot does not start:\n{self.log()}")

    def _is_started(self):
        self._process = subprocess.Popen(
            self._command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        return is_ready(self._process, self.ports, 10)

    def _command(self):
        return guarded([find_dovecot(), "-F", "-c", self.root / "dovecot.conf"])

    def _stop_process(self):
        process, self._process = self._process, None
        end_process(process)
        process.stderr.close()

    def _titles(self):
        """Titles of the processes below our Dovecot; verbose_proctitle puts the user into them."""
        for entry in os.scandir("/proc"):
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                status = pathlib.Path(entry.path, "stat").read_text()
                if int(status.rsplit(")", 1)[1].split()[1]) == self._process.pid:
                    yield pathlib.Path(entry.path, "cmdline").read_bytes()

    def _write_config(self):
        uid, gid = self._owner
        user, group = pwd.getpwuid(uid).pw_name, grp.getgrgid(gid).gr_name
        internal = "" if os.geteuid() == 0 else _INTERNAL.format(user=user, group=group)
        (self.root / "dovecot.conf").write_text(_CONFIG.format(
            root=self.root, internal=internal, user=user, group=group, password=self._stored,
            **self.ports) + self._settings.replace("{root}", str(self.root)))
