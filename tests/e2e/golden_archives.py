# SPDX-License-Identifier: Apache-2.0
"""What an archive contains, in the form in which the golden ones of tests/data/archive tell it."""

import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "data/archive"
# Of the encrypted golden archives, which hold made-up mail only.
PASSPHRASE = "a golden passphrase, known to everybody"


def facts(archive):
    """Messages by id with their size, and every placement that is or was."""
    placements = []
    for state, told in (("stands", archive.standings), ("gone", archive.departed)):
        for account in archive.account_names():
            for standing, count in told(account).items():
                placements += [{
                    "state": state, "account": account, "mailbox": standing.mailbox,
                    "id": standing.digest, "flags": sorted(standing.flags),
                    "internal_date": standing.date}] * count
    placements.sort(key=lambda p: (p["account"], p["mailbox"], p["internal_date"], p["id"]))
    messages = {digest: len(archive.raw(digest)) for digest in archive.contents()}
    return {"messages": messages, "placements": placements}
