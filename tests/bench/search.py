# SPDX-License-Identifier: Apache-2.0
"""How long Mailkeep, mu and notmuch take until mail is searchable, how large their indexes are, and how
fast they answer, with the same mail in one run. Starts all it needs; peers that are not installed are
left out.

    python3 tests/bench/search.py --size 150M              # some 50,000 messages of lists
    python3 tests/bench/search.py --size 300M --kind mixed # newsletters and attachments besides

The mail stands in a Maildir that Dovecot serves: mu and notmuch read its files, Mailkeep has it in an
archive first, and what is counted is the time its index takes from there. Queries ask for the first 50
hits, newest first; as whole processes, and of Mailkeep through the API with snippets too.
"""

import argparse
import collections
import concurrent.futures
import itertools
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import types
import urllib.parse
from email.utils import parsedate_to_datetime

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import make_mail  # noqa: E402  (after the path)
from dovecot import PASSWORD, Dovecot  # noqa: E402
from imap import run  # noqa: E402

_HOST = "127.0.0.4"  # where that Dovecot offers no TLS
_MAILBOX = 1000  # messages of each


def fill(maildir, size, kind):
    """Returns the number of messages, their octets, and how many of them hold each word."""
    numbers = itertools.count()
    octets_in_all = 0
    words = collections.Counter()

    def write(_path, octets):
        nonlocal octets_in_all
        number = next(numbers)
        octets_in_all += len(octets)
        folder = maildir / (f".box{number // _MAILBOX:04}" if number >= _MAILBOX else "")
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / "cur" / f"{1500000000 + number}.M{number}.bench,S={len(octets)}:2,S").write_bytes(octets)
        if number % 20 == 0:
            _, _, body = octets.partition(b"\r\n\r\n")
            words.update(set(re.findall(r"\b[a-z]{5,12}\b", body[:4000].decode(errors="replace"))))

    make_mail.make(write, size, 1, kind)
    return next(numbers), octets_in_all, words


def size_of(*paths):
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*"))]
    return sum(file.stat().st_size for file in files if file.is_file())


class Mailkeep:
    name = "mailkeep"

    def __init__(self, folder, binary, port, user):
        self.data = folder / "data"
        self.keep = [binary, "--data", str(self.data)]
        run([*self.keep, "init"])
        run([*self.keep, "account", "add", "bench", f"imap://{user}@{_HOST}:{port}",
             "--insecure-plaintext", "--password-env", "BENCH"], {"BENCH": PASSWORD})

    def index(self):
        """Seconds from the end of the run, all being archived by then, to that of the index; memory."""
        to_result, to_end, memory = run([*self.keep, "backup", "--json"])
        return to_end - to_result, memory

    def size(self):
        return size_of(*(self.data / f"search.db{end}" for end in ("", "-wal")
                         if (self.data / f"search.db{end}").exists()))

    def command(self, query):
        return [*self.keep, "search", query, "--limit", "50", "--json"]

    forms = {"word": "{0}", "two words": "{0} {1}", "phrase": '"{2}"', "from": "from:{3}",
             "dates": "{0} after:{5}-01 before:{5}-28", "prefix": "{4}*"}


class Mu:
    name = "mu"

    def __init__(self, folder, maildir):
        self.home = folder / "mu"
        self.home.mkdir()
        self._init = ["mu", "init", f"--muhome={self.home}", f"--maildir={maildir}"]

    def index(self):
        subprocess.run(self._init, check=True, capture_output=True)
        _, seconds, memory = run(["mu", "index", "--quiet", f"--muhome={self.home}"])
        return seconds, memory

    def size(self):
        return size_of(self.home)

    def command(self, query):
        return ["mu", "find", f"--muhome={self.home}", "-n", "50", "--sortfield=date", "--reverse", query]

    forms = {"word": "body:{0}", "two words": "body:{0} and body:{1}", "phrase": '"{2}"',
             "from": "from:{3}", "dates": "body:{0} date:{5}-01..{5}-28", "prefix": "{4}*"}


class Notmuch:
    name = "notmuch"

    def __init__(self, folder, maildir):
        self.home = folder / "notmuch"
        self.home.mkdir()
        config = folder / "notmuch-config"
        config.write_text(f"[database]\npath={self.home}\nmail_root={maildir}\n"
                          "[user]\nname=me\nprimary_email=me@example.org\n[new]\ntags=\n")
        self._config = f"--config={config}"

    def index(self):
        _, seconds, memory = run(["notmuch", self._config, "new", "--quiet"])
        return seconds, memory

    def size(self):
        return size_of(self.home)

    def command(self, query):
        return ["notmuch", self._config, "search", "--limit=50", "--output=messages", query]

    forms = {"word": "{0}", "two words": "{0} and {1}", "phrase": '"{2}"', "from": "from:{3}",
             "dates": "{0} date:{5}-01..{5}-28", "prefix": "{4}*"}


def words_to_ask(words, maildir):
    """A common word, a rarer one, a phrase, a sender, a beginning and a month, of the mail itself."""
    ranked = [word for word, _ in words.most_common()]
    common, rare = ranked[len(ranked) // 20], ranked[len(ranked) // 3]
    files = sorted((maildir / "cur").iterdir())
    some = files[len(files) // 2].read_bytes()
    head, _, body = some.partition(b"\r\n\r\n")
    phrase = next(iter(re.findall(r"\b[a-z]+ [a-z]+ [a-z]+\b", body.decode(errors="replace"))))
    sender = re.search(rb"^From: .*?([a-z]+)@", head, re.M)[1].decode()
    month = parsedate_to_datetime(re.search(rb"^Date: (.*?)\r", head, re.M)[1].decode()).strftime("%Y-%m")
    return common, rare, phrase, sender, common[:4], month


def median_and_p95(times):
    ordered = sorted(times)
    return statistics.median(ordered), ordered[int(len(ordered) * 0.95)]


def time_process(command, repetitions):
    times = []
    for _ in range(repetitions):
        begun = time.monotonic()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        times.append((time.monotonic() - begun) * 1000)
    return median_and_p95(times)


def time_api(service, browser, query, repetitions, snippets):
    path = "/api/v1/messages?" + urllib.parse.urlencode(
        {"q": query, "limit": 50, **({"snippets": "true"} if snippets else {})})
    times = []
    for _ in range(repetitions):
        begun = time.monotonic()
        status, _, octets = browser.ask("GET", path)
        times.append((time.monotonic() - begun) * 1000)
        if status != 200:
            raise RuntimeError(octets.decode())
    return median_and_p95(times)


def ask_all(peers, asked, repetitions):
    print(f"{'first 50 hits, whole process':<32}" + "".join(f"{peer.name:>22}" for peer in peers))
    for form in Mailkeep.forms:
        cells = []
        for peer in peers:
            median, p95 = time_process(peer.command(peer.forms[form].format(*asked)), repetitions)
            cells.append(f"{median:9.1f} {p95:7.1f} ms ")
        print(f"  {form:<30}" + "".join(f"{cell:>22}" for cell in cells), flush=True)


def ask_api(mailkeep, asked, repetitions):
    from serve_test import Browser, Service
    service = Service(types.SimpleNamespace(data=mailkeep.data))
    try:
        browser = Browser(service)
        browser.enter("/setup", {"code": service.setup_code, "user": "bench",
                                 "password": "a long enough one"}, 201)
        print(f"{'first 50 hits, API':<32}{'plain':>22}{'with snippets':>22}")
        for form, text in mailkeep.forms.items():
            cells = []
            for snippets in (False, True):
                median, p95 = time_api(service, browser, text.format(*asked), repetitions, snippets)
                cells.append(f"{median:9.1f} {p95:7.1f} ms ")
            print(f"  {form:<30}" + "".join(f"{cell:>22}" for cell in cells), flush=True)
    finally:
        service.close()


def bench(options):
    os.environ["MAILKEEP_BINARY"] = options.binary
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mailkeep-bench-", dir=options.folder))
    folder.chmod(0o755)
    try:
        with Dovecot() as server:
            user = server.new_user()
            maildir = server.home(user) / "Maildir"
            # In a process of its own: what this one holds would be counted as memory of those it starts.
            with concurrent.futures.ProcessPoolExecutor(1) as pool:
                count, octets, words = pool.submit(fill, maildir, options.size, options.kind).result()
            server.own_mail(user)
            server.doveadm("index", "-u", user, "*")
            print(f"{count} messages, {octets / 1e6:.0f} MB ({options.kind})")
            mailkeep = Mailkeep(folder, options.binary, server.ports["imap"], user)
            peers = [mailkeep]
            peers += [Mu(folder, maildir)] if shutil.which("mu") else []
            peers += [Notmuch(folder, maildir)] if shutil.which("notmuch") else []
            first = None
            for peer in peers:
                seconds, memory = peer.index()
                first = first or seconds
                print(f"searchable: {peer.name:<20}{seconds:9.1f} s {seconds / first:7.2f} x mailkeep"
                      f"{peer.size() / 1e6:9.0f} MB of index{memory:8.0f} MiB", flush=True)
            asked = words_to_ask(words, maildir)
            ask_all(peers, asked, options.repetitions)
            ask_api(mailkeep, asked, options.repetitions)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--size", type=make_mail.size_of, default="60M", help="octets of mail")
    parser.add_argument("--kind", choices=make_mail.KINDS, default="lists")
    parser.add_argument("--binary", default="build/bench/mailkeep")
    parser.add_argument("--repetitions", type=int, default=20)
    parser.add_argument("--folder", help="where archive and indexes are made: on the disk to measure")
    bench(parser.parse_args())


if __name__ == "__main__":
    main()
