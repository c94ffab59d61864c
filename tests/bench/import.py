# SPDX-License-Identifier: Apache-2.0
"""How fast mail is imported from files, beside a reader that only digests them, and the most memory it
takes; on one core.

    python3 tests/bench/import.py --size 300M

An mbox and a Maildir of the same mail are imported into an empty archive each, and the mbox once more,
when all of it is there already. Time until the mail is durable, read back and listed is told as the run
says it; the index, which follows before the command ends, is the difference to `all_seconds`.
"""

import argparse
import hashlib
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))
import make_mail  # noqa: E402  (after the path)

_FROM = b"From joe@example.org Tue Jan  2 12:33:01 2018\n"


def fill(folder, size):
    numbers = itertools.count()
    for part in ("cur", "new", "tmp"):
        (folder / "Maildir" / part).mkdir(parents=True)
    with open(folder / "mail.mbox", "wb") as mbox:
        def write(_path, octets):
            octets = octets.replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n"
            number = next(numbers)
            (folder / f"Maildir/cur/{1500000000 + number}.M{number}.bench:2,S").write_bytes(octets)
            mbox.write(_FROM + octets.replace(b"\nFrom ", b"\n>From ") + b"\n")
        make_mail.make(write, size, 1, "mixed")
    return next(numbers), (folder / "mail.mbox").stat().st_size


def timed(command):
    """Seconds, most memory in MiB, and what it printed."""
    begun = time.monotonic()
    core = min(os.sched_getaffinity(0))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          env={**os.environ, "MAILKEEP_EXTRACT": "false"},
                          preexec_fn=lambda: os.sched_setaffinity(0, {core})) as process:
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return time.monotonic() - begun, usage.ru_maxrss / 1024, out


def digested(path):
    begun = time.monotonic()
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return time.monotonic() - begun


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="300M")
    parser.add_argument("--binary", default=str(ROOT / "build/bench/mailkeep"))
    parser.add_argument("--below", help="where the folder is made")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mailkeep-import-", dir=options.below) as name:
        folder = pathlib.Path(name)
        messages, octets = fill(folder, make_mail.size_of(options.size))
        megabytes = octets / 1e6
        print(f"{messages} messages, {megabytes:.0f} MB")
        seconds = digested(folder / "mail.mbox")
        print(f"{'sha256 alone':<16}{megabytes / seconds:8.0f} MB/s")
        worst = 0
        for label, data, path in (("mbox", "a", "mail.mbox"), ("mbox again", "a", "mail.mbox"),
                                  ("Maildir", "b", "Maildir")):
            if not (folder / data).exists():
                subprocess.run([options.binary, "init", "--data", folder / data], check=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            elapsed, memory, out = timed([options.binary, "import", folder / path, "--account", "a",
                                          "--json", "--data", folder / data])
            report = json.loads(out.splitlines()[-1])
            assert report["imported"] + report["already_there"] == messages, report
            worst = max(worst, memory)
            print(f"{label:<16}{megabytes / report['seconds']:8.0f} MB/s {report['seconds']:8.1f} s"
                  f" {elapsed:8.1f} all_seconds {memory:8.0f} MiB")
    return 1 if worst > 128 else 0


if __name__ == "__main__":
    sys.exit(main())
