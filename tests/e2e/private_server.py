# SPDX-License-Identifier: Apache-2.0
"""What the private mail servers of the tests share: a temporary folder, an owner who is never root,
free ports, and an end by the pid of the process that was started."""

import contextlib
import itertools
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PASSWORD = "correct-horse"

_UNPACKED = pathlib.Path(__file__).resolve().parents[2] / "build/servers"


def find_unpacked(name):
    """Where deploy/packages.sh unpacked a server; None where it did not."""
    folder = pathlib.Path(os.environ.get("MAILKEEP_SERVERS", _UNPACKED)) / name
    return folder / "root" if (folder / "complete").exists() else None


def mail_owner():
    """Who owns the mail: nobody for root, else the caller."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        return nobody.pw_uid, nobody.pw_gid
    return os.getuid(), os.getgid()


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def greets(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as peer:
            return peer.recv(16) != b""
    except OSError:
        return False


def guarded(command):
    """Where it can, the kernel ends the server when the test program dies, however it dies."""
    guard = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    return [*guard, *map(str, command)]


def is_ready(process, ports, patience):
    """Whether IMAP and POP3 greet before the process ends and so many seconds are over."""
    deadline = time.monotonic() + patience
    while process.poll() is None and time.monotonic() < deadline:
        if all(greets(ports[name]) for name in ("imap", "pop3")):
            return True
        time.sleep(0.02)
    return False


def end_process(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class UnpackedServer:
    """A server out of packages that are not installed, run from a copy that its owner can read.
    Runs from construction to close(); use it in a `with`. A subclass says which in `name`, which
    of its services listen in `services`, and how it is configured and run."""

    name = ""
    services = ()
    patience = 20

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix=f"mailkeep-{self.name}-"))
        self.owner = mail_owner()
        self._process = None
        self._names = itertools.count(1)
        try:
            self.root.chmod(0o755)
            self.program = self.root / "program"
            shutil.copytree(find_unpacked(self.name), self.program, symlinks=True)
            self.prepare()
            self._start_on_free_ports()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def new_user(self, word="user"):
        """A name nobody has used: an empty account."""
        user = f"{word}{next(self._names)}"
        self.make_user(user)
        return user

    def url(self, scheme, user, host="127.0.0.1"):
        """The account URL as `mailkeep account add` takes it; scheme is one of `services`."""
        return f"{scheme}://{user}@{host}:{self.ports[scheme]}"

    def log(self):
        file = self.root / "log"
        return file.read_text(errors="replace") if file.exists() else "(no log)"

    def own_folder(self, path):
        """A new folder below root that belongs to the owner."""
        folder = self.root / path
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, *self.owner)
        return folder

    def environment(self):
        """Of the server: its libraries are in its own prefix."""
        libraries = self.program / "usr/lib"
        there = [libraries, *libraries.glob("*-linux-gnu")]
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C",
                "LD_LIBRARY_PATH": ":".join(map(str, there))}

    def as_owner(self):
        """For subprocess: who the program runs as, and where."""
        become = {"user": self.owner[0], "group": self.owner[1], "extra_groups": ()} \
            if os.geteuid() == 0 else {}
        return {**become, "cwd": self.root, "env": self.environment()}

    def server_options(self):
        """For subprocess, of the server itself."""
        return self.as_owner()

    def run_tool(self, *command, text=""):
        done = subprocess.run([str(word) for word in command], input=text, text=True,
                              capture_output=True, check=False, **self.as_owner())
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed: {done.stderr}")
        return done.stdout

    def close(self):
        """Ends the server by its pid and removes all it left."""
        if self._process is not None:
            self._stop_process()
        shutil.rmtree(self.root, ignore_errors=True)

    def _start_on_free_ports(self):
        for _ in range(5):
            self.ports = dict(zip(self.services, free_ports(len(self.services))))
            self.configure()
            with open(self.root / "log", "ab") as log:
                # Cyrus ends by kill(0, SIGTERM): without a group of its own it would end whatever
                # the same user runs for other tests, processes of their Dovecot among them.
                self._process = subprocess.Popen(
                    guarded(self.command()), stdin=subprocess.DEVNULL, stdout=log,
                    stderr=log, start_new_session=True, **self.server_options())
            if is_ready(self._process, self.ports, self.patience):
                return
            self._stop_process()
        raise RuntimeError(f"{self.name} does not start:\n{self.log()}")

    def _stop_process(self):
        process, self._process = self._process, None
        end_process(process)
