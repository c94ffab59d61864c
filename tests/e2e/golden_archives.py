# SPDX-License-Identifier: Apache-2.0
"""What an archive contains, in the form in which the golden ones of tests/data/archive tell it."""

import hashlib
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "data/archive"
# Of the encrypted golden archives, which hold made-up mail only.
PASSPHRASE = "a golden passphrase, known to everybody"


def is_encrypted(data):
    return "encryption" in (data / "ARCHIVE").read_text()


def facts(archive):
    """Messages by the SHA-256 of their octets with their size, every placement that is or was, and
    what is on hold."""
    found = archive.search("", "--limit", "1000")["messages"]
    raws = [archive.raw(message["id"]) for message in found]
    placements = _found(found) if is_encrypted(archive.data) else _in_catalog(archive)
    told = {
        "messages": {hashlib.sha256(raw).hexdigest(): len(raw) for raw in raws},
        "placements": sorted(placements, key=lambda p: (
            p["account"], p["mailbox"], p["internal_date"], p["id"]))}
    holds = archive.run("hold", "list", "--json").expect(0).json["items"]
    return {**told, "holds": holds} if holds else told


def _in_catalog(archive):
    placements = []
    for state, told in (("stands", archive.standings), ("gone", archive.departed)):
        for account in archive.account_names():
            for standing, count in told(account).items():
                placements += [{
                    "state": state, "account": account, "mailbox": standing.mailbox,
                    "id": standing.digest, "flags": sorted(standing.flags),
                    "internal_date": standing.date}] * count
    return placements


def _found(messages):
    """For what no SQL of ours can read: the newest placement of each, its date that of the mail."""
    for message in messages:
        yield {"state": "gone" if message["is_gone"] else "stands",
               "internal_date": message["date"],
               **{name: message[name] for name in ("account", "mailbox", "id", "flags")}}
