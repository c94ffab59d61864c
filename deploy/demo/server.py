# SPDX-License-Identifier: Apache-2.0
"""The demo's private mail server: Dovecot on loopback with the letters of letters.py.

    python3 deploy/demo/server.py STATE

Keeps its mail in STATE/server and says in STATE/server.env how to reach it, once it is ready. Runs
until it is told to end (SIGTERM, SIGINT) or the process that started it is gone.
"""

import fcntl
import pathlib
import shlex
import signal
import sys

_ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(_ROOT / "tests/e2e"))  # the demo's server is the one the tests use

import client  # noqa: E402
import letters  # noqa: E402
from dovecot import PASSWORD, Dovecot  # noqa: E402

IMAP_USER = "mara"
POP3_USER = "mara-old"


def fill(server):
    """From the start: an earlier attempt may have been cut short."""
    for user in (IMAP_USER, POP3_USER):
        server.reset_account(user)
    client.put(server, IMAP_USER, letters.letters())
    client.put(server, POP3_USER,
               [("INBOX", raw, set(), date) for raw, date in letters.maildrop()])


def describe(server, password_file):
    return {
        "DEMO_IMAP_URL": server.url("imaps", IMAP_USER),
        "DEMO_POP3_URL": server.url("pop3s", POP3_USER),
        "DEMO_CA_FILE": str(server.ca_file),
        "DEMO_PASSWORD_FILE": str(password_file),
    }


def main(state):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    state.mkdir(parents=True, exist_ok=True)
    lock = open(state / "lock", "w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(f"another demo runs in {state}; end it first")
    filled = state / "filled"
    password_file = state / "password"
    password_file.write_text(PASSWORD)
    with Dovecot(folder=state / "server") as server:
        if not filled.exists():
            fill(server)
            filled.touch()
        lines = [f"{name}={shlex.quote(value)}\n"
                 for name, value in describe(server, password_file).items()]
        new = state / "server.env.new"
        new.write_text("".join(lines))
        new.replace(state / "server.env")
        try:
            signal.pause()
        except KeyboardInterrupt:
            pass
        finally:
            (state / "server.env").unlink(missing_ok=True)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).absolute())
