# SPDX-License-Identifier: Apache-2.0
"""The real program, run as people run it, and what its archive holds, read from outside."""

import collections
import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile

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
    """Commands on one archive; key_file opens an encrypted one."""

    def __init__(self, data, key_file=None):
        self.data = pathlib.Path(data)
        self._key = {"MAILKEEP_KEY_FILE": str(key_file)} if key_file else {}

    def run(self, *arguments, env=None, stdin=b"", timeout=300, **options):
        command = [str(find_binary()), *map(str, arguments), "--data", str(self.data)]
        surroundings = {**_environment(), **self._key, **(env or {})}
        done = subprocess.run(command, input=stdin, capture_output=True, check=False,
                              timeout=timeout, env=surroundings, **options)
        return Result(" ".join(command), done.returncode, done.stdout,
                      done.stderr.decode(errors="replace"))

    def backup(self, *names):
        """The JSON of a backup that went well, by account."""
        accounts = self.run("backup", *names, "--json").expect(0).json["accounts"]
        return {account["name"]: account for account in accounts}

    def search(self, query, *options):
        return self.run("search", query, "--json", *options).expect(0).json

    def mailboxes(self):
        """The JSON of the mailboxes, without what a rebuild forgets and the next run knows again."""
        listed = self.run("mailboxes", "--json").expect(0).json
        for mailbox in listed["items"]:
            del mailbox["completeness"]
        return listed

    def raw(self, digest):
        return self.run("show", digest, "--raw").expect(0).out

    def standings(self, account=None):
        """Every placement that stands now, as a multiset of Standing."""
        return self._placements("placements.stands_until IS NULL", account)

    def departed(self, account=None):
        """Every placement that is on its server no more."""
        return self._placements("placements.gone_at IS NOT NULL", account)

    def account_names(self):
        """Of all accounts that ever were."""
        return sorted(row[0] for row in self._ask("SELECT name FROM accounts"))

    def contents(self):
        """The ids of all messages the catalog knows; `verify --full` proves that they are whole."""
        return {row[0].hex() for row in self._ask("SELECT content_id FROM messages")}

    def stored_octets(self):
        """How much the catalog says is stored, each message once."""
        return self._ask("SELECT coalesce(sum(size), 0) FROM messages")[0][0]

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

    def _placements(self, condition, account):
        rows = self._ask(f"""
            SELECT accounts.name, mailboxes.name, messages.content_id, placements.flags,
                   placements.keywords, placements.internal_date
            FROM placements JOIN mailboxes ON mailboxes.id = mailbox_id
                 JOIN accounts ON accounts.id = account_id
                 JOIN messages ON messages.key = message_key
            WHERE {condition}""")
        return collections.Counter(
            Standing(mailbox, digest.hex(), _flags(bits, keywords), date // 1000)
            for name, mailbox, digest, bits, keywords, date in rows if account in (None, name))

    def _ask(self, sql):
        """A copy is asked: a reader of the real file would leave its -wal and -shm behind."""
        with tempfile.TemporaryDirectory(prefix="mailkeep-ask-") as folder:
            for file in self.data.glob("mailkeep.db*"):
                shutil.copy(file, folder)
            with contextlib.closing(sqlite3.connect(f"{folder}/mailkeep.db")) as catalog:
                return catalog.execute(sql).fetchall()


# In the order of the bits, migrations/README.md.
_SYSTEM_FLAGS = ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")


def _flags(bits, keywords):
    system = {flag for bit, flag in enumerate(_SYSTEM_FLAGS) if bits >> bit & 1}
    return frozenset(system | set(keywords.split()))


def _environment():
    """The caller's, without what would change the program's mind."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith("MAILKEEP_") or name == "MAILKEEP_LOG"}
