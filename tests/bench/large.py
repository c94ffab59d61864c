# SPDX-License-Identifier: Apache-2.0
"""The most memory a backup has that meets one message of 200 MB, over IMAP and POP3, in an archive that
is encrypted and in one that is not. Starts all it needs.

    python3 tests/bench/large.py
    python3 tests/bench/large.py --size 400 --limit 128

Prints seconds until all is durable and verified, seconds until it is indexed, and the most memory in MiB;
ends with 1 when that is above the limit.
"""

import argparse
import base64
import hashlib
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

from imap import PASSWORD, Dovecot, run

_HOST = "127.0.0.4"  # where that Dovecot offers no TLS


def pieces_of_message(mega):
    """One attachment of random octets between two texts. Never whole in memory: a process counts the
    memory of the one that started it as its own."""
    random_ = random.Random(3)
    yield (b"From: sender@example.org\r\nTo: me@example.net\r\nSubject: large\r\nMIME-Version: 1.0\r\n"
           b'Content-Type: multipart/mixed; boundary="=_x"\r\n\r\n'
           b"--=_x\r\nContent-Type: text/plain\r\n\r\nforeword\r\n"
           b"--=_x\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n"
           b'Content-Disposition: attachment; filename="first.zip"\r\n\r\n')
    for _ in range(mega * 1_000_000 // (78 * 1000)):
        octets = base64.b64encode(random_.randbytes(57 * 1000))
        yield b"".join(octets[at:at + 76] + b"\r\n" for at in range(0, len(octets), 76))
    yield b"--=_x\r\nContent-Type: text/plain\r\n\r\nafterword\r\n--=_x--\r\n"


def put(server, user, mega):
    """Octets and SHA-256 of the message."""
    folder = server.home(user) / "Maildir"
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    path = folder / "tmp" / "message"
    with open(path, "wb") as file:
        for piece in pieces_of_message(mega):
            digest.update(piece)
            file.write(piece)
    size = path.stat().st_size
    path.rename(folder / "cur" / f"1780000000.M1.bench,S={size}:2,S")
    server.own_mail(user)
    server.doveadm("index", "-u", user, "*")
    return size, digest.hexdigest()


def backup(options, folder, url, encrypted):
    """Memory in MiB of a backup into a new archive, and the digests of what that holds."""
    keep = [options.binary, "--data", str(folder)]
    env = {"BENCH": PASSWORD}
    if encrypted:
        keep += ["--key-file", f"{folder}.key"]
    run([*keep, "init", *(["--encrypt"] if encrypted else [])], env)
    run([*keep, "account", "add", "bench", url, "--insecure-plaintext", "--password-env", "BENCH"], env)
    to_result, to_end, most = run([*keep, "backup", "--json"], env)
    kind = url.split(":")[0] + (", encrypted" if encrypted else "")
    print(f"{kind:<18}{to_result:8.2f} s, indexed after {to_end:8.2f} s{most:8.0f} MiB", flush=True)
    found = json.loads(subprocess.run([*keep, "search", "afterword", "--json"], check=True,
                                      capture_output=True).stdout)
    return most, [message["id"] for message in found["messages"]]


def bench(options):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mailkeep-bench-", dir=options.folder))
    folder.chmod(0o755)
    worst = 0
    try:
        with Dovecot() as server:
            for scheme in options.schemes:
                for encrypted in (False, True):
                    user = server.new_user()  # POP3 deletes what it has collected
                    size, digest = put(server, user, options.size)
                    print(f"{size / 1e6:.0f} MB over ", end="")
                    url = f"{scheme}://{user}@{_HOST}:{server.ports[scheme]}"
                    place = folder / f"{scheme}{encrypted}"
                    most, found = backup(options, place, url, encrypted)
                    assert found == [digest], found
                    worst = max(worst, most)
                    shutil.rmtree(place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if worst <= options.limit else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--size", type=int, default=200, help="of the message, in MB")
    parser.add_argument("--limit", type=int, default=128, help="MiB")
    parser.add_argument("--schemes", nargs="+", default=["imap", "pop3"])
    parser.add_argument("--binary", default="build/bench/mailkeep")
    parser.add_argument("--folder", help="where the archive is made: on the disk to measure")
    return bench(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
