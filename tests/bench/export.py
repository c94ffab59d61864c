# SPDX-License-Identifier: Apache-2.0
"""How fast mail leaves the archive, by form, and the most memory that takes. Starts all it needs.

    python3 tests/bench/export.py
    python3 tests/bench/export.py --messages 40000 --mean 20000 --limit 128

What is one file goes through a pipe to nowhere, a tree into --folder. Prints MB of mail for each second of
processor time, in all threads together, and by the clock. Ends with 1 when memory is above the limit.
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

from imap import PASSWORD, Dovecot, fill, run

_HOST = "127.0.0.4"  # where that Dovecot offers no TLS
_FORMS = (("mbox", "all.mbox"), ("mbox", "all.mbox.zst"), ("mbox", "all.tar"), ("eml", "all.tar"),
          ("eml", "all.tar.zst"), ("eml", "all.zip"), ("eml", "tree"), ("maildir", "tree"),
          ("maildir", "all.tar"), ("attachments", "all.tar"))


def measured(command):
    """Seconds by the clock and of processor time, MiB at most, and what it said."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return (time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said)


def make_archive(options, folder):
    data = folder / "data"
    keep = [options.binary, "--data", str(data)]
    env = {"BENCH": PASSWORD}
    with Dovecot() as server:
        user = server.new_user()
        fill(server.home(user), options.messages, options.mailboxes, options.mean)
        server.own_mail(user)
        url = f"imap://{user}@{_HOST}:{server.ports['imap']}"
        run([*keep, "init"], env)
        run([*keep, "account", "add", "bench", url, "--insecure-plaintext", "--password-env",
             "BENCH"], env)
        run([*keep, "backup"], env)
    if options.sealed:
        run([*keep, "seal"], env)
    return keep


def bench(options):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mailkeep-bench-", dir=options.folder))
    folder.chmod(0o755)
    worst = 0
    try:
        keep = make_archive(options, folder)
        place = folder / "out"
        for form, name in _FORMS:
            place.mkdir()
            output = place / name
            if "." in name:  # a name tells the packing: what is behind it may be a pipe
                os.mkfifo(output)
                drain = subprocess.Popen(["cat", str(output)], stdout=subprocess.DEVNULL)
            clock, processor, most, said = measured(
                [*keep, "export", "--format", form, "--output", str(output), "--json"])
            if "." in name:
                drain.wait()
            report = json.loads(said.splitlines()[-1])
            mega = report["bytes"] / 1e6
            print(f"{form:<12}{name:<14}{mega:8.0f} MB{mega / processor:8.0f} MB/s processor"
                  f"{mega / clock:8.0f} MB/s{most:8.0f} MiB", flush=True)
            worst = max(worst, most)
            shutil.rmtree(place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if worst <= options.limit else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--mailboxes", type=int, default=20)
    parser.add_argument("--mean", type=int, default=20_000, help="octets of a message")
    parser.add_argument("--sealed", action="store_true", help="from packs, not from journals")
    parser.add_argument("--limit", type=int, default=128, help="MiB")
    parser.add_argument("--binary", default="build/bench/mailkeep")
    parser.add_argument("--folder", help="where the archive is made: on the disk to measure")
    return bench(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
