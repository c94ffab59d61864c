# SPDX-License-Identifier: Apache-2.0
"""How fast an archive of 1,000,000 messages answers, and how much memory `serve` has at most. Starts
all it needs; ends with 1 when a query takes more than 100 ms or the service more than 256 MiB.

    python3 tests/bench/million.py
    python3 tests/bench/million.py --messages 50000 --keep /tmp/small     # made there, or found there

fill_archive.cpp makes the mail and hands it to what a backup and the service hand theirs to. All is
asked through the API, the first 50 hits with an exact total up to 10,000, as the page asks.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import types
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from serve_test import Browser, Service  # noqa: E402  (after the path)
from search import median_and_p95  # noqa: E402

_MOST_MS = 100
_MOST_MIB = 256
_PAGE = 500
_THEN = "2025-03-01T00:00:00Z"  # between two runs of fill_archive

# What is written in the table, and the query.
_SEARCHES = {
    "everything": "",
    "word nearly all have": "{common}",
    "word of a third": "{frequent}",
    "rare word": "{rare}",
    "two words": "{common} {frequent}",
    "rare and common word": "{rare} {common}",
    "phrase": '"{common} {frequent}"',
    "beginning of a word": "{rare:.4}*",
    "one word but not another": "{frequent} -{rare}",
    "rare word but no common one": "{rare} -{common}",
    "common word but no other": "{frequent} -{common}",
    "one of two words": "{rare} OR {sender}",
    "from:": "from:{sender}",
    "from: word of all bodies": "from:{common}",
    "subject:": "subject:{frequent}",
    "*part*": "*{rare:.3}*",
    "*part* of a sender": "from:*{sender}*",
    "word and *part*": "{frequent} *{rare:.3}*",
    "year": "on:2012",
    "month": "after:2008-03 before:2008-04",
    "word in a month": "{frequent} after:2008-03 before:2008-04",
    "rare word in a month": "{rare} after:2008-03 before:2008-04",
    "large mailbox": "in:INBOX",
    "small mailbox": 'in:"Lists/box-39"',
    "word in large mailbox": "{frequent} in:INBOX",
    "word in small mailbox": '{common} in:"Lists/box-39"',
    "account": "account:first",
    "unread": "is:unread",
    "word, flagged": "{frequent} is:flagged",
    "gone": "is:gone",
    "with attachment": "has:attachment",
    "word, with attachment": "{frequent} has:attachment",
    "type:": "type:bin",
    "type: there is none of": "type:pdf",
    "larger:": "larger:1500",
    "larger: there is none of": "larger:1M",
    "message-id:": "message-id:12345@mail.example.org",
    "list:": "list:box-3.example.org",
    "list: there is none of": "list:nowhere",
}


def search_path(query, **parameters):
    return "/messages?" + urllib.parse.urlencode({"q": query, "limit": 50, **parameters})


def size_of(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def fill(options, data):
    """What fill_archive printed, and says again when the archive is there already."""
    notes = data / "filled.json"
    if notes.exists():
        return json.loads(notes.read_text())
    keep = [options.binary, "--data", str(data)]
    subprocess.run([*keep, "init"], check=True, capture_output=True)
    for name in ("first", "second"):
        subprocess.run([*keep, "account", "add", name, f"imap://{name}@127.0.0.1:1", "--insecure-plaintext",
                        "--password-env", "BENCH", "--schedule", "manual"], check=True, capture_output=True,
                       env={**os.environ, "BENCH": "secret"})
    printed = subprocess.run([options.filler, str(data), str(options.messages)], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
    said = dict(line.split() for line in printed.splitlines())
    print(f"{options.messages} messages archived in {said['archived']} s, indexed in {said['indexed']} s")
    print(f"mailkeep.db {(data / 'mailkeep.db').stat().st_size / 1e6:.0f} MB, "
          f"search.db {(data / 'search.db').stat().st_size / 1e6:.0f} MB, all {size_of(data) / 1e6:.0f} MB")
    notes.write_text(json.dumps(said))
    return said


class Table:
    """Times of what was asked, and whether any was too long."""

    def __init__(self, browser, repetitions):
        self._browser = browser
        self._repetitions = repetitions
        self.slowest = 0
        print(f"{'':<32}{'median':>9}{'p95':>9}{'max':>9}   hits")

    def get(self, path):
        """Milliseconds, and the answer."""
        begun = time.monotonic()
        status, _, octets = self._browser.ask("GET", "/api/v1" + path)
        spent = (time.monotonic() - begun) * 1000
        if status != 200:
            raise RuntimeError(f"{path}: {status} {octets.decode()}")
        return spent, json.loads(octets)

    def line(self, name, times, hits=""):
        median, p95 = median_and_p95(times)
        self.slowest = max(self.slowest, *times)
        late = "  <-- too long" if max(times) > _MOST_MS else ""
        print(f"{name:<32}{median:9.1f}{p95:9.1f}{max(times):9.1f}   {hits}{late}", flush=True)

    def ask(self, name, path):
        asked = [self.get(path) for _ in range(self._repetitions)]
        answer = asked[0][1]
        hits = answer.get("total", len(answer.get("items", "")))
        self.line(name, [spent for spent, _ in asked],
                  f"{hits}{'' if answer.get('total_is_exact', True) else '+'}")
        return answer

    def page_through(self, name, path):
        times, hits, cursor = [], 0, None
        while True:
            spent, answer = self.get(path + f"&limit={_PAGE}" + (f"&cursor={cursor}" if cursor else ""))
            times.append(spent)
            hits += len(answer["items"])
            cursor = answer["next"]
            if not cursor:
                return self.line(name, times, hits)


def ask_all(table, words):
    for name, form in _SEARCHES.items():
        answer = table.ask(name, search_path(form.format(**words)))
        if name == "rare word":
            some = answer["items"][0]["id"]
    table.ask("word, with snippets", search_path(words["frequent"], snippets="true"))
    table.ask("addresses", f"/addresses?limit=8&q={words['sender'][:3]}")
    table.ask("one message", f"/messages/{some}")
    table.ask("its thread", f"/messages/{some}/thread")
    table.ask("mailboxes", "/mailboxes")
    table.ask("stats", "/stats")
    table.ask("mailboxes then", f"/mailboxes?as_of={_THEN}")
    table.ask("everything then", search_path("", as_of=_THEN))
    table.ask("large mailbox then", search_path("in:INBOX", as_of=_THEN))
    table.ask("small mailbox then", search_path('in:"Lists/box-39"', as_of=_THEN))
    table.ask("word then", search_path(words["frequent"], as_of=_THEN))
    table.ask("word, unread then", search_path(words["frequent"] + " is:unread", as_of=_THEN))
    table.page_through("all pages of everything", "/messages?q=")
    table.page_through("all pages of a word", f"/messages?q={words['frequent']}")
    table.page_through("all pages of a mailbox", "/messages?q=in:INBOX")


def peak_of(process):
    lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def bench(options):
    os.environ["MAILKEEP_BINARY"] = options.binary
    folder = pathlib.Path(options.keep or tempfile.mkdtemp(prefix="mailkeep-bench-", dir=options.folder))
    data = folder / "data"
    try:
        words = fill(options, data)
        begun = time.monotonic()
        service = Service(types.SimpleNamespace(data=data))
        print(f"serve answers after {time.monotonic() - begun:.2f} s")
        try:
            browser = Browser(service)
            enter(browser, service)
            table = Table(browser, options.repetitions)
            ask_all(table, words)
            peak = peak_of(service.process)
        finally:
            service.close()
        print(f"slowest {table.slowest:.1f} ms, serve {peak:.0f} MiB at most")
        return 0 if table.slowest <= _MOST_MS and peak <= _MOST_MIB else 1
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


def enter(browser, service):
    someone = {"user": "bench", "password": "a long enough one"}
    if service.setup_code:
        browser.enter("/setup", {"code": service.setup_code, **someone}, 201)
    else:
        browser.enter("/session", someone, 200)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--binary", default="build/bench/mailkeep")
    parser.add_argument("--filler", default="build/bench/tests/bench/mailkeep_fill_archive")
    parser.add_argument("--repetitions", type=int, default=20)
    parser.add_argument("--folder", help="where the archive is made: on the disk to measure")
    parser.add_argument("--keep", help="a folder that stays, and is measured again when it is there")
    sys.exit(bench(parser.parse_args()))


if __name__ == "__main__":
    main()
