# SPDX-License-Identifier: Apache-2.0
"""How many octets mailkeep, borg, restic and tar|zstd make of the same mail, in one run.

    size.py [--bench build/bench/tests/bench/mailkeep_archive_bench] [--size 300M] [--seed 1]
            [--corpus ../shared/corpus] [FOLDER ...]

Measured are mail of make_mail.py, the list mail of the corpus where there is one, and any further
folders named. Of mailkeep everything in DATA counts, sealed and with a signed log, but the file
"reserve"; there is no catalog and no search index, as the others have none either. Without --bench (or MAILKEEP_BENCH) the program is built in build/bench. borg and
restic are installed with apt where they are missing. Ends with 1 when a size is missed that the
project promises.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import make_mail

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = {"borg": "borgbackup", "restic": "restic", "zstd": "zstd"}


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{done.stdout}")
    return done.stdout


def size_below(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def install_missing():
    missing = [package for program, package in PACKAGES.items() if not shutil.which(program)]
    if missing:
        print(f"installing {', '.join(missing)} with apt")
        run("apt-get", "install", "-y", "--no-install-recommends", *missing)


def build():
    folder = SOURCE / "build" / "bench"
    run("cmake", "-S", SOURCE, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
        "-DMAILKEEP_BENCH=ON", "-DMAILKEEP_TESTS=OFF")
    run("cmake", "--build", folder, "--target", "mailkeep_archive_bench")
    return folder / "tests" / "bench" / "mailkeep_archive_bench"


def mailkeep(bench, mail, place):
    """Without the file "reserve": the same 4 MiB for any archive, given up when the disk is full."""
    run(bench, "ingest", place, mail)
    run(bench, "seal", place, mail)
    for part in ("packs", "journal", "log"):
        print(f"    of it {part:<22}{size_below(place / part):>12}")
    return size_below(place) - (place / "reserve").stat().st_size


def borg(mail, place):
    environment = {**os.environ, "BORG_BASE_DIR": str(place / "home")}
    run("borg", "init", "--encryption", "none", place / "repository", env=environment)
    run("borg", "create", "--compression", "zstd,3", f"{place / 'repository'}::mail", ".", cwd=mail,
        env=environment)
    return size_below(place / "repository")


def restic(mail, place):
    environment = {**os.environ, "RESTIC_PASSWORD": "bench", "RESTIC_CACHE_DIR": str(place / "cache")}
    repository = place / "repository"
    # Format 2 is the one that compresses.
    run("restic", "init", "--repository-version", "2", "--repo", repository, env=environment)
    run("restic", "backup", "--repo", repository, ".", cwd=mail, env=environment)
    return size_below(repository)


def tar(mail, place):
    place.mkdir()
    packed = place / "mail.tar.zst"
    run("sh", "-c", f"tar -c --sort=name . | zstd -3 --long=27 -q -o '{packed}'", cwd=mail)
    return packed.stat().st_size


def list_mail(corpus, folder):
    """The list mail of the corpus as a server would give it: a message a file, line ends CRLF. The
    mail of SpamAssassin, from the lists of 2002, stands in two folders."""
    number = 0
    paths = [path for place in (corpus / "lists", corpus / "charset" / "spamassassin-public")
             for path in place.rglob("*") if path.is_file()]
    for path in sorted(paths):
        octets = path.read_bytes()
        name = path.name
        if name.endswith(".zst"):
            octets = subprocess.run(["zstd", "-dcq", str(path)], check=True, capture_output=True).stdout
            name = name.removesuffix(".zst")
        if name.endswith(".eml"):
            messages = [octets]
        elif name.endswith(".mbox"):
            messages = re.split(rb"(?m)^From [^\n]*\n", octets)[1:]
        else:
            continue
        mailbox = folder / path.parent.name / name.split(".")[0]
        mailbox.mkdir(parents=True, exist_ok=True)
        for message in messages:
            number += 1
            (mailbox / f"{number:07}.eml").write_bytes(re.sub(rb"\r?\n", b"\r\n", message))
    return number > 0


def measure(title, bench, mail, work):
    raw = size_below(mail)
    count = sum(1 for path in mail.rglob("*") if path.is_file())
    print(f"\n{title}: {count} messages, {raw} octets")
    sizes = {}
    for name, make in (("mailkeep", lambda place: mailkeep(bench, mail, place)),
                       ("borg zstd,3", lambda place: borg(mail, place)),
                       ("restic", lambda place: restic(mail, place)),
                       ("tar | zstd -3 --long=27", lambda place: tar(mail, place))):
        place = work / re.sub(r"\W", "", title + name)
        if name.startswith(("borg", "restic")):
            place.mkdir()
        sizes[name] = make(place)
        shutil.rmtree(place)
        print(f"  {name:<26}{sizes[name]:>14}  {sizes[name] / raw:7.2%}"
              f"  mailkeep is {1 - sizes['mailkeep'] / sizes[name]:6.1%} smaller", flush=True)
    return raw, sizes


def missed(holds, promise):
    print(f"  {'holds ' if holds else 'MISSED'}: {promise}")
    return not holds


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default=os.environ.get("MAILKEEP_BENCH"))
    parser.add_argument("--size", type=make_mail.size_of, default="300M")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=pathlib.Path, default=pathlib.Path(
        os.environ.get("MAILKEEP_CORPUS") or SOURCE / ".." / "shared" / "corpus"))
    parser.add_argument("folders", nargs="*", type=pathlib.Path, metavar="FOLDER")
    options = parser.parse_args()
    install_missing()
    bench = pathlib.Path(options.bench).resolve() if options.bench else build()
    misses = 0
    with tempfile.TemporaryDirectory(prefix="mailkeep-size-") as name:
        work = pathlib.Path(name)
        mail = work / "mail"
        make_mail.make(make_mail.written_to_folder(mail), options.size, options.seed, "mixed")
        _, sizes = measure(f"make_mail.py, seed {options.seed}", bench, mail, work)
        for other in ("borg zstd,3", "restic"):
            misses += missed(sizes["mailkeep"] <= 0.6 * sizes[other], f"40 % smaller than {other}")
        misses += missed(sizes["mailkeep"] < sizes["tar | zstd -3 --long=27"], "smaller than tar")
        lists = work / "lists"
        if list_mail(options.corpus, lists):
            raw, sizes = measure("list mail of the corpus", bench, lists, work)
            misses += missed(sizes["mailkeep"] <= 0.21 * raw, "21 % of raw")
        for folder in options.folders:
            measure(str(folder), bench, folder.resolve(), work)
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
