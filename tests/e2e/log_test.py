# SPDX-License-Identifier: Apache-2.0
"""The tamper-evident log: proofs that a shell script checks without Mailkeep, time stamps of an
authority made with `openssl ts`, and tampering that shows."""

import contextlib
import datetime
import hashlib
import http.server
import os
import pathlib
import re
import shutil
import subprocess
import threading
import unittest

import client
import mails
from suite import ServerTest, main

_TEXT = pathlib.Path(__file__).resolve().parents[2] / "src/archive/LOG.md"

_CONFIGURATION = """
[ca]
default_ca = authority
[authority]
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = any
[any]
commonName = supplied
[stamps]
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = desk
[desk]
serial = {folder}/stamps
crypto_device = builtin
signer_cert = {folder}/desk.pem
signer_key = {folder}/desk.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
"""


def _openssl(*arguments, **options):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True,
                          **options).stdout


class Authority:
    """A time stamping authority: `openssl ts` behind a small HTTP server on loopback."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        (self.folder / "index").touch()
        (self.folder / "serial").write_text("01")
        (self.folder / "stamps").write_text("01")
        (self.folder / "conf").write_text(_CONFIGURATION.format(folder=self.folder))
        self.ca_file = self.folder / "ca.pem"
        _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj",
                 "/CN=Test authority", "-keyout", self.folder / "ca.key", "-out", self.ca_file)
        self.certify(-1, 30)
        self.answer = self.stamp

    def certify(self, first_day, last_day):
        """Another certificate, valid from one day to the other, counted from now."""
        now = datetime.datetime.now(datetime.timezone.utc)
        first, last = ((now + datetime.timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")
                       for days in (first_day, last_day))
        _openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN=Time stamps {first_day}",
                 "-keyout", self.folder / "desk.key", "-out", self.folder / "desk.csr")
        _openssl("ca", "-config", self.folder / "conf", "-batch", "-notext", "-in",
                 self.folder / "desk.csr", "-cert", self.ca_file, "-keyfile",
                 self.folder / "ca.key", "-extensions", "stamps", "-startdate", first, "-enddate",
                 last, "-out", self.folder / "desk.pem")

    def stamp(self, query):
        (self.folder / "query").write_bytes(query)
        _openssl("ts", "-reply", "-config", self.folder / "conf", "-queryfile",
                 self.folder / "query", "-out", self.folder / "reply")
        return 200, (self.folder / "reply").read_bytes()

    @contextlib.contextmanager
    def serving(self):
        authority = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                assert self.headers["Content-Type"] == "application/timestamp-query"
                query = self.rfile.read(int(self.headers["Content-Length"]))
                status, body = authority.answer(query)
                self.send_response(status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        with http.server.HTTPServer(("127.0.0.1", 0), Handler) as desk:
            thread = threading.Thread(target=desk.serve_forever)
            thread.start()
            try:
                yield f"http://127.0.0.1:{desk.server_port}/stamp"
            finally:
                desk.shutdown()
                thread.join()


class LogCase(ServerTest):
    """Has an archive with a few messages, signed, and the script of LOG.md."""

    def setUp(self):
        super().setUp()
        self.user = self.server.new_user()
        self.add_account("post", self.server.url("imaps", self.user)).expect(0)
        self.raws = list(mails.built_in_mails())[:12]
        self.deliver(self.raws[:7])
        self.script = self.folder / "check-proof.sh"
        self.script.write_text(re.search(r"```sh\n(.*?)```", _TEXT.read_text(), re.S)[1])
        self.key = self.folder / "public-key.pem"
        shutil.copy(self.log / "public-key.pem", self.key)

    @property
    def log(self):
        return self.archive.data / "log"

    def deliver(self, raws):
        client.put(self.server, self.user, mails.spread(raws))
        self.archive.backup()

    def check(self, proof, *arguments):
        """Runs the script of LOG.md, without Mailkeep and with little else in reach."""
        return subprocess.run(["sh", self.script, proof, self.key, *arguments], check=False,
                              capture_output=True, text=True, env={"PATH": os.environ["PATH"]})

    def message_of(self, digest):
        path = self.folder / "message.eml"
        path.write_bytes(self.archive.raw(digest))
        return path

    def prove(self, digest):
        path = self.folder / f"{digest[:8]}.proof"
        self.archive.run("prove", digest, "--output", path).expect(0)
        return path

    def verdict(self, code, *options):
        return self.archive.run("log", "verify", "--json", *options).expect(code).json


class Log(LogCase):

    def test_the_script_finds_every_message_proven(self):
        self.deliver(self.raws[7:])
        for digest in self.archive.contents():
            done = self.check(self.prove(digest), self.message_of(digest))
            self.assertEqual((done.returncode, done.stderr), (0, ""), done)
            self.assertIn(f"PROVEN: message {digest} stands in the log of mailkeep/", done.stdout)

    def test_the_proof_goes_to_standard_output_too(self):
        digest = min(self.archive.contents())
        text = self.archive.run("prove", digest[:12]).expect(0).out.decode()
        self.assertEqual(text, self.prove(digest).read_text())
        told = self.archive.run("prove", digest, "--json").expect(0).json
        self.assertEqual((told["id"], told["proof"]), (digest, text))

    def test_the_script_believes_no_proof_that_was_tampered_with(self):
        digest, other = sorted(self.archive.contents())[:2]
        whole = self.prove(digest)
        text = whole.read_text()
        forged = self.folder / "forged.proof"
        number = re.compile(r"^(index|size) (\d+)$", re.M)
        path = re.compile(r"^path (.)", re.M)
        for place, change in enumerate([
                text.replace(digest, other),
                text.replace(f"message {digest}\n", f"message {other}\n", 1),
                number.sub(lambda match: f"{match[1]} {int(match[2]) + 1}", text, count=1),
                number.sub(lambda match: f"{match[1]} {int(match[2]) + 1}", text),
                path.sub(lambda match: f"path {(int(match[1], 16) + 1) % 16:x}", text, count=1),
                re.sub(r"^path .*\n", "", text, count=1, flags=re.M),
                re.sub(r"^(path .*\n)", r"\1\1", text, count=1, flags=re.M),
                text.replace("covers batch ", "covers batch 1"),
                re.sub(r"^time 20", "time 19", text, flags=re.M)]):
            self.assertNotEqual(change, text, place)
            forged.write_text(change)
            done = self.check(forged, self.message_of(digest))
            self.assertEqual(done.returncode, 1, f"{place}: {done}")
            self.assertIn("NOT PROVEN", done.stderr)
        self.assertIn("not the message", self.check(whole, self.message_of(other)).stderr)
        _openssl("genpkey", "-algorithm", "ed25519", "-out", self.folder / "key")
        _openssl("pkey", "-in", self.folder / "key", "-pubout", "-out", self.key)
        self.assertIn("not signed by this key", self.check(whole).stderr)

    def test_a_message_nobody_knows_has_no_proof(self):
        self.assert_refused(self.archive.run("prove", "0" * 64), 1, "not in the log")
        self.assert_refused(self.archive.run("prove", "0" * 8), 1, "no message")

    def test_the_list_grows_with_every_run_that_finds_something(self):
        before = self.archive.run("log", "list", "--json").expect(0).json["checkpoints"]
        self.archive.backup()
        self.assertEqual(self.archive.run("log", "list", "--json").expect(0).json["checkpoints"],
                         before)
        self.deliver(self.raws[7:])
        after = self.archive.run("log", "list", "--json").expect(0).json["checkpoints"]
        self.assertEqual(after[:-1], before)
        self.assertGreater(after[-1]["size"], before[-1]["size"])
        self.assertEqual(self.verdict(0)["entries"], after[-1]["size"])
        self.archive.run("verify").expect(0)

    def test_an_entry_that_was_changed_shows(self):
        tile = next((self.log / "tile/0").rglob("*.p/*"))
        octets = bytearray(tile.read_bytes())
        octets[40] ^= 1
        tile.write_bytes(octets)
        self.assertIn("are not those that checkpoint", self.verdict(4)["damaged"][0]["what"])
        told = self.archive.run("verify", "--json").expect(4).json
        self.assertIn("log entries", told["damaged"][0]["object"])

    def test_an_older_copy_put_back_shows(self):
        older = self.folder / "older"
        shutil.copytree(self.archive.data, older)
        self.deliver(self.raws[7:])
        kept = self.folder / "kept"
        shutil.copy(self.log / "checkpoint", kept)
        self.verdict(0, "--checkpoint", kept)
        shutil.copytree(self.log, self.folder / "log")
        shutil.rmtree(self.archive.data)
        shutil.copytree(older, self.archive.data)
        # All of it: only the copy kept elsewhere can tell.
        self.verdict(0)
        self.assertIn("older copy", self.verdict(4, "--checkpoint", kept)["damaged"][0]["what"])
        # The archive, but not the log.
        shutil.rmtree(self.log)
        shutil.copytree(self.folder / "log", self.log)
        self.assertIn("older copy", self.verdict(4)["damaged"][0]["what"])

    def test_a_log_that_cannot_grow_stops_no_backup(self):
        (self.archive.data / "keys/log.key").unlink()
        client.put(self.server, self.user, mails.spread(self.raws[7:]))
        self.assertEqual(self.archive.backup()["post"]["state"], "done")
        self.assertIn("keys/log.key", self.verdict(0)["notes"][0]["object"])
        self.archive.run("verify", "--full").expect(0)


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
class Stamps(LogCase):

    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder / "authority")

    def stamp(self, url, ca_file=None):
        return self.archive.run("log", "stamp", "--tsa", url, "--ca-file",
                                ca_file or self.authority.ca_file)

    def test_a_stamp_is_kept_and_goes_with_the_proof(self):
        with self.authority.serving() as url:
            self.stamp(url).expect(0)
            self.assert_refused(self.stamp(url), 1, "already")
        self.verdict(0)
        listed = self.archive.run("log", "list", "--json").expect(0).json["checkpoints"]
        self.assertIsNotNone(listed[-1]["stamped_at"])
        digest = min(self.archive.contents())
        proof = self.prove(digest)
        done = self.check(proof, self.message_of(digest), self.authority.ca_file)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        self.assertIn(", stamped ", done.stdout)
        other = Authority(self.folder / "other")
        self.assertIn("time stamp does not hold",
                      self.check(proof, self.message_of(digest), other.ca_file).stderr)

    def test_an_authority_that_is_down_leaves_the_log_as_it_is(self):
        with self.authority.serving() as url:
            pass
        before = hashlib.sha256((self.log / "checkpoint").read_bytes()).digest()
        self.assert_refused(self.stamp(url), 1, "cannot reach")
        self.assertEqual(hashlib.sha256((self.log / "checkpoint").read_bytes()).digest(), before)
        self.verdict(0)
        self.deliver(self.raws[7:])
        with self.authority.serving() as url:
            self.stamp(url).expect(0)
        self.verdict(0)

    def test_an_expired_certificate_is_told(self):
        self.authority.certify(-3, -1)
        with self.authority.serving() as url:
            self.assert_refused(self.stamp(url), 1, "expired")
        self.assertFalse((self.log / "stamps").exists())
        self.verdict(0)

    def test_answers_that_hold_nothing_are_refused(self):
        answers = [((500, b""), "500"), ((200, b"<html>"), "no time stamp response"),
                   ((200, self.authority.stamp(_query(b"another"))[1]), "mismatch")]
        with self.authority.serving() as url:
            for answer, word in answers:
                self.authority.answer = lambda _, answer=answer: answer
                self.assert_refused(self.stamp(url), 1, word)
        other = Authority(self.folder / "other")
        with self.authority.serving() as url:
            self.authority.answer = self.authority.stamp
            self.assert_refused(self.stamp(url, other.ca_file), 1, "does not hold")
        self.assert_refused(self.stamp("ftp://127.0.0.1/"), 2, "http")
        self.assertFalse((self.log / "stamps").exists())

    def test_a_checkpoint_rolled_back_behind_its_stamp_shows(self):
        older = {name: (self.log / name).read_bytes()
                 for name in ("checkpoint", "checkpoints/000000")}
        self.deliver(self.raws[7:])
        with self.authority.serving() as url:
            self.stamp(url).expect(0)
        for name, octets in older.items():
            (self.log / name).write_bytes(octets)
        self.assertIn("rolled back", self.verdict(4)["damaged"][0]["what"])


def _query(octets):
    """A request to stamp something else."""
    return _openssl("ts", "-query", "-digest", hashlib.sha256(octets).hexdigest(), "-sha256",
                    "-cert")


if __name__ == "__main__":
    main()
