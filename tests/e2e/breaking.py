# SPDX-License-Identifier: Apache-2.0
"""Breaks a route, some command of Mailkeep, once at each of its writes, syncs and server commands, by
an error and by SIGKILL (tests/tools/fault_shim.c says how). After a normal run everything must be as
if nothing had happened, and a further run must find nothing to do.

In the time there is, not every step can be tried by every way: strides are said aloud, and
MAILKEEP_FAULT_SEED says where they begin. MAILKEEP_FAULT_PATIENCE=20 takes twenty times as long.
MAILKEEP_FAULT_STEPS=imap:error:17 runs that one place only.
"""

import collections
import concurrent.futures
import os
import pathlib
import queue
import shutil
import time
import unittest

import mails
from dovecot import PASSWORD
from mailkeep import Mailkeep, Result
from suite import ServerTest

_WORKERS = 2
_FULL_EVERY = 4
_PATIENCE = float(os.environ.get("MAILKEEP_FAULT_PATIENCE", "1"))
_SEED = int(os.environ.get("MAILKEEP_FAULT_SEED", "1"))

Place = collections.namedtuple("Place", "how step")


def shim():
    default = pathlib.Path(__file__).resolve().parents[2] / "build/dev/tests/e2e/libfault_shim.so"
    return pathlib.Path(os.environ.get("MAILKEEP_FAULT_SHIM", default))


class Scene:
    """One worker's account, archive and templates of both; a route says what happens there."""

    uses_server = True  # in the measured command
    most_kills = 24
    most_seconds = 14  # of errors

    def __init__(self, server, folder, user):
        self.server = server
        self.user = user
        self.folder = folder
        self.archive = Mailkeep(folder / "data")
        self.password = folder / "password"
        folder.mkdir()
        self.password.write_text(PASSWORD)
        self.make_archive()
        self.finished = 0
        self.prepare()
        server.wait_for_sessions(user)
        if server.home(user).exists():
            server.save_account(user, folder / "account")
        shutil.copytree(self.archive.data, folder / "template")

    def reset(self):
        if self.uses_server:
            self.server.wait_for_sessions(self.user)
            account = self.folder / "account"
            self.server.reset_account(self.user, account if account.exists() else None)
        shutil.rmtree(self.archive.data, ignore_errors=True)
        shutil.copytree(self.folder / "template", self.archive.data)

    def faulty(self, how, step):
        """The measured command under the shim; its steps are in self.steps()."""
        log = self.folder / "steps"
        log.unlink(missing_ok=True)
        return self.act(env={
            "LD_PRELOAD": str(shim()), "MAILKEEP_FAULT_DATA": str(self.archive.data),
            "MAILKEEP_FAULT_LOG": str(log), "MAILKEEP_FAULT_HOW": how,
            "MAILKEEP_FAULT_AT": str(step)})

    def steps(self):
        log = self.folder / "steps"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line.split(" ", 1)[1].replace(str(self.archive.data), "DATA") for line in lines]

    def add_account(self, scheme, *options):
        url = self.server.url(scheme, self.user)
        self.archive.run("account", "add", "post", url, "--insecure-plaintext", "--password-file",
                         self.password, *options).expect(0)

    def verify(self):
        """In full one time in so many: what a break spoils, it spoils in many places."""
        self.finished += 1
        full = ("--full",) if self.finished % _FULL_EVERY == 0 else ()
        self.archive.run("verify", *full).expect(0)

    # What a route says.

    def make_archive(self):
        self.archive.run("init").expect(0)

    def prepare(self):
        raise NotImplementedError

    def act(self, env=None) -> Result:
        raise NotImplementedError

    def state(self):
        """What must be the same after a broken and a normal run as without the break."""
        raise NotImplementedError

    def check_broken(self):
        """What must hold at once after the break."""

    def check_done(self):
        """What else must hold in the end."""

    def assert_nothing_done(self, result):
        """That a further run found nothing to do."""
        for account in result.json["accounts"]:
            for count in ("new", "flag_changes", "vanished", "deleted_from_server"):
                if account[count] != 0:
                    raise AssertionError(f"a further run has {count} {account[count]}")


def sample(first, count):
    made = list(mails.built_in_mails())
    return made[first:first + count]


class Breaking(ServerTest):
    """A test case with break_everywhere(route)."""

    # A kill leaves the kernel alive, so nothing is lost by a disk of memory but the wait for it.
    below = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

    def setUp(self):
        super().setUp()
        if not shim().is_file():
            raise unittest.SkipTest(f"{shim()} is not there (sanitizer builds have none)")

    def break_everywhere(self, route):
        scenes = [route(self.server, self.folder / f"worker{n}", self.server.new_user(route.name))
                  for n in range(_WORKERS)]
        self.wanted, self.steps, seconds = self._undisturbed(scenes)
        places = self._places(route, len(self.steps), seconds)
        free = queue.SimpleQueue()
        for scene in scenes:
            free.put(scene)

        def attempt(place):
            scene = free.get()
            try:
                return self._attempt(scene, place)
            finally:
                free.put(scene)

        with concurrent.futures.ThreadPoolExecutor(_WORKERS) as pool:
            outcomes = list(pool.map(attempt, places))
        self._report(route.name, places, outcomes)

    def _undisturbed(self, scenes):
        """End state, steps and seconds of a run nobody disturbs; the same in every scene."""
        ends = []
        for scene in scenes:
            scene.reset()
            started = time.monotonic()
            scene.faulty("error", 0).expect(0)
            steps = scene.steps()
            self._finish(scene, scene.state())
            seconds = time.monotonic() - started
            ends.append(scene.state())
        for end in ends[1:]:
            self.assertEqual(end, ends[0], "two undisturbed runs differ")
        self.assertGreater(len(steps), 20, "the shim saw hardly anything: is it loaded?")
        return ends[0], steps, seconds

    @staticmethod
    def _places(route, count, seconds):
        chosen = os.environ.get("MAILKEEP_FAULT_STEPS")
        if chosen:
            name, how, step = chosen.split(":")
            return [Place(how, int(step))] if name == route.name else []
        stride = max(1, round(count * seconds / _WORKERS / (route.most_seconds * _PATIENCE)))
        errors = [Place("error", step) for step in range(1 + _SEED % stride, count + 1, stride)]
        kills = min(count, round(route.most_kills * _PATIENCE))
        killed = [Place(("kill", "tear")[n % 2], 1 + n * count // kills) for n in range(kills)]
        print(f"\n  MAILKEEP_FAULT_SEED={_SEED}; "
              f"{count} steps, {seconds:.2f} s each; {len(errors)} errors"
              f"{f' (every {stride}th step)' if stride > 1 else ''}, {len(killed)} kills",
              flush=True)
        return errors + killed

    def _attempt(self, scene, place):
        """What is wrong after a break at the place; None when nothing is."""
        scene.reset()
        broken = scene.faulty(place.how, place.step)
        try:
            if scene.uses_server:
                scene.server.wait_for_sessions(scene.user)
            self._check_ending(place, broken)
            scene.check_broken()
            if broken.code == 0:
                self._same(scene.state(), "the broken run said done, and it was not")
            again = scene.act()
            if again.code != 0:
                raise AssertionError(f"the normal run after it: exit code {again.code}: "
                                     f"{again.told.strip()}")
            self._finish(scene, self.wanted)
        except AssertionError as wrong:
            return f"{wrong}\n    the broken run: exit code {broken.code}, {broken.told.strip()}"
        return None

    @staticmethod
    def _check_ending(place, broken):
        if place.how != "error":
            if broken.code not in (-9, 0):
                raise AssertionError(f"exit code {broken.code} instead of a kill")
        elif broken.code not in (0, 1, 3):
            raise AssertionError(f"exit code {broken.code} after an error")
        elif broken.code == 1 and not broken.told.strip():
            raise AssertionError("failed without a word")

    def _finish(self, scene, wanted):
        """A finished scene: the wanted state, an archive without fault, nothing more to do."""
        self._same(scene.state(), "not the undisturbed state", wanted)
        scene.check_done()
        scene.verify()
        before = scene.archive.packs()
        scene.assert_nothing_done(scene.act().expect(0))
        if scene.archive.packs() != before:
            raise AssertionError("a further run has changed the journal")
        self._same(scene.state(), "a further run has changed something", wanted)

    def _same(self, state, what, wanted=None):
        wanted = self.wanted if wanted is None else wanted
        for number, (found, expected) in enumerate(zip(state, wanted)):
            if found != expected:
                raise AssertionError(f"{what} (part {number}): too much {found - expected}, "
                                     f"missing {expected - found}")

    def _report(self, name, places, outcomes):
        wrong = [(place, outcome) for place, outcome in zip(places, outcomes) if outcome]
        text = "\n".join(
            f"  {name}:{place.how}:{place.step} ({self.steps[place.step - 1]}): {outcome}"
            for place, outcome in wrong[:12])
        self.assertFalse(wrong, f"{len(wrong)} of {len(places)} places:\n{text}")
