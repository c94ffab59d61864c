# SPDX-License-Identifier: Apache-2.0
"""The real program, run as people run it, and what its archive holds, read from outside."""

import collections
import dataclasses
import hashlib
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import tempfile
import time
import urllib.request

_ROOT = pathlib.Path(__file__).resolve().parents[2]

# One message in one mailbox, comparable between server and archive. `date` is INTERNALDATE in
# seconds: a server may show the same instant in another zone.
Standing = collections.namedtuple("Standing", "mailbox digest flags date")


def find_binary():
    return pathlib.Path(os.environ.get("MAILKEEP_BINARY", _ROOT / "build/dev/mailkeep"))


@dataclasses.dataclass
class Result:
    """How a command ended: exit code (negative: the signal), octets out, text told to people."""

    command: str
    code: int
    out: bytes
    told: str

    @property
    def json(self):
        """The one object that --json promises as the last line."""
        return json.loads(self.out.splitlines()[-1])

    def expect(self, *codes):
        if self.code not in codes:
            raise AssertionError(f"{self.command}: exit code {self.code}, expected "
                                 f"{' or '.join(map(str, codes))}\n{self.told}\n"
                                 f"{self.out[-2000:].decode(errors='replace')}")
        return self


class Mailkeep:
    """Commands on one archive."""

    def __init__(self, data):
        self.data = pathlib.Path(data)

    def run(self, *arguments, env=None, stdin=b"", timeout=300, **options):
        command = [str(find_binary()), *map(str, arguments), "--data", str(self.data)]
        done = subprocess.run(command, input=stdin, capture_output=True, check=False,
                              timeout=timeout, env={**_environment(), **(env or {})}, **options)
        return Result(" ".join(command), done.returncode, done.stdout,
                      done.stderr.decode(errors="replace"))

    def backup(self, *names):
        """The JSON of a backup that went well, by account."""
        accounts = self.run("backup", *names, "--json").expect(0).json["accounts"]
        return {account["name"]: account for account in accounts}

    def search(self, query, *options):
        return self.run("search", query, "--json", *options).expect(0).json

    def raw(self, digest):
        return self.run("show", digest, "--raw").expect(0).out

    def standings(self, account=None):
        """Every placement that stands now, as the catalog tells it."""
        with self._catalog() as catalog:
            rows = catalog.execute(_STANDING_SQL).fetchall()
        return collections.Counter(
            Standing(mailbox, digest.hex(), _flags(flags), date // 1000)
            for name, mailbox, digest, flags, date in rows if account in (None, name))

    def exported(self, *selection):
        """SHA-256 of every message the archive gives back, each counted as often as it is given."""
        with tempfile.TemporaryDirectory(prefix="mailkeep-export-") as folder:
            self.run("export", "--format", "eml", "--output", folder + "/out",
                     *selection).expect(0)
            files = pathlib.Path(folder, "out").rglob("*.eml")
            return collections.Counter(hashlib.sha256(f.read_bytes()).hexdigest() for f in files)

    def packs(self):
        """Digest of each file that holds mail or events, by name."""
        return {str(file.relative_to(self.data)): hashlib.sha256(file.read_bytes()).hexdigest()
                for folder in ("journal", "packs") for file in (self.data / folder).rglob("*")
                if file.is_file()}

    def drop_catalog(self):
        for file in self.data.glob("*.db*"):
            file.unlink()

    def _catalog(self):
        return sqlite3.connect(f"file:{self.data}/mailkeep.db?mode=ro", uri=True)


_STANDING_SQL = """
SELECT account.name, mailbox.name, message.content_id, placement.flags, placement.internal_date
"""


def _flags(text):
    return frozenset(text.split())


def _environment():
    """The caller's, without what would change the program's mind."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith("MAILKEEP_") or name == "MAILKEEP_LOG"}
