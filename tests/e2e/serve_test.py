# SPDX-License-Identifier: Apache-2.0
"""The service: scheduler, REST API and page, and commands while it runs."""

import collections
import http.client
import io
import json
import re
import signal
import socket
import subprocess
import threading
import time

import client
import mails
from dovecot import PASSWORD
from export_test import tar_tree, unzstd, zip_tree
from mailkeep import find_binary
from suite import ServerTest, main

_PASSPHRASE = "a long enough one"


class Service:
    """`mailkeep serve` on a free port; close() ends it by SIGTERM and wants exit code 0."""

    def __init__(self, archive):
        self.process = subprocess.Popen(
            [str(find_binary()), "serve", "--listen", "127.0.0.1:0", "--json", "--data",
             str(archive.data)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.log = []
        self._reader = threading.Thread(target=self._read_log)
        self._reader.start()
        announced = self.process.stdout.readline()
        if not announced:
            self.process.wait()
            self._reader.join()
            raise AssertionError("serve does not start:\n" + "".join(self.log))
        said = json.loads(announced)
        self.url, self.setup_code = said["url"], said["setup_code"]
        self.port = int(re.search(r":(\d+)/", self.url)[1])

    def _read_log(self):
        for line in self.process.stderr:
            self.log.append(line)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self._reader.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return code


class Browser:
    """A client of the REST API with its cookie and CSRF token."""

    def __init__(self, service):
        self.port = service.port
        self.cookie = self.csrf = None

    def ask(self, method, path, body=None, header=None):
        """Status, header fields and octets."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        fields = {**({"Cookie": self.cookie} if self.cookie else {}),
                  **({"X-CSRF-Token": self.csrf} if self.csrf and method != "GET" else {}),
                  **({"Content-Type": "application/json"} if body is not None else {}),
                  **(header or {})}
        payload = None if body is None else json.dumps(body)
        try:
            connection.request(method, path, payload, fields)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def json(self, method, path, body=None, status=200):
        got, header, octets = self.ask(method, "/api/v1" + path, body)
        if got != status:
            raise AssertionError(f"{method} {path}: {got} {octets.decode()}")
        return json.loads(octets) if octets else None

    def enter(self, path, body, status):
        got, header, octets = self.ask("POST", "/api/v1" + path, body)
        if got != status:
            raise AssertionError(f"POST {path}: {got} {octets.decode()}")
        self.cookie = header["Set-Cookie"].split(";")[0]
        self.csrf = json.loads(octets)["csrf"]
        return header["Set-Cookie"]

    def wait_for_run(self, run):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = self.json("GET", f"/runs/{run}")
            if found["state"] != "running":
                return found
            time.sleep(0.05)
        raise AssertionError(f"run {run} does not end")


class Serve(ServerTest):

    def setUp(self):
        super().setUp()
        self.user = self.server.new_user()
        self.source = list(mails.built_in_mails())[:24]
        client.put(self.server, self.user, mails.spread(self.source))
        self.held = client.standings(self.server, self.user)

    def serve(self):
        service = Service(self.archive)
        self.addCleanup(service.close)
        return service

    def signed_in(self, service):
        browser = Browser(service)
        browser.enter("/setup", {"code": service.setup_code, "user": "anna",
                                 "password": _PASSPHRASE}, 201)
        return browser

    def new_account(self, *options, name="post"):
        self.add_account(name, self.server.url("imaps", self.user), "--schedule", "manual",
                         *options).expect(0)

    def test_the_first_user_is_made_with_the_code_and_only_once(self):
        service = self.serve()
        browser = Browser(service)
        self.assertEqual(browser.json("GET", "/session"), {"needs_setup": True})
        wrong = {"code": "0000", "user": "anna", "password": _PASSPHRASE}
        self.assertEqual(browser.ask("POST", "/api/v1/setup", wrong)[0], 401)
        cookie = browser.enter("/setup", {**wrong, "code": service.setup_code}, 201)
        self.assertIn("HttpOnly", cookie)
        self.assertIn("SameSite=Strict", cookie)
        self.assertEqual(browser.json("GET", "/session")["user"], "anna")
        again = {**wrong, "code": service.setup_code, "user": "eve"}
        self.assertIn(Browser(service).ask("POST", "/api/v1/setup", again)[0], (401, 409))
        self.assertEqual(service.close(), 0)
        self.assertEqual(self.serve().setup_code, "")

    def test_nobody_enters_without_signing_in(self):
        service = self.serve()
        self.signed_in(service)
        stranger = Browser(service)
        for method, path in (("GET", "/accounts"), ("GET", "/messages"), ("GET", "/runs"),
                             ("GET", "/mailboxes"), ("GET", "/events"), ("GET", "/stats"),
                             ("POST", "/restores"), ("POST", "/accounts")):
            status, header, octets = stranger.ask(method, "/api/v1" + path,
                                                  {} if method == "POST" else None)
            self.assertEqual(status, 401, path)
            self.assertEqual(header["Content-Type"], "application/problem+json")
            self.assertEqual(json.loads(octets)["status"], 401)
        wrong = {"user": "anna", "password": "not this one"}
        self.assertEqual(stranger.ask("POST", "/api/v1/session", wrong)[0], 401)
        stranger.enter("/session", {"user": "anna", "password": _PASSPHRASE}, 200)
        self.assertEqual(stranger.json("GET", "/accounts")["items"], [])
        self.assertEqual(stranger.ask("DELETE", "/api/v1/session")[0], 204)
        self.assertEqual(stranger.ask("GET", "/api/v1/accounts")[0], 401)

    def test_a_write_needs_the_csrf_token_and_the_own_site(self):
        self.new_account()
        service = self.serve()
        browser = self.signed_in(service)
        account = browser.json("GET", "/accounts")["items"][0]["id"]
        path = f"/api/v1/accounts/{account}/backup"
        self.assertEqual(browser.ask("POST", path, header={"X-CSRF-Token": "no"})[0], 403)
        foreign = {"Origin": "https://elsewhere.example"}
        self.assertEqual(browser.ask("POST", path, header=foreign)[0], 403)
        rebound = {"Host": "elsewhere.example"}
        self.assertEqual(browser.ask("GET", "/api/v1/accounts", header=rebound)[0], 421)

    def test_an_account_is_added_tested_and_backed_up_over_rest(self):
        service = self.serve()
        browser = self.signed_in(service)
        account = {"name": "post", "url": self.server.url("imaps", self.user),
                   "ca_file": str(self.server.ca_file), "password": PASSWORD, "schedule": "manual"}
        made = browser.json("POST", "/accounts", account, 201)
        self.assertNotIn(PASSWORD, json.dumps(made))
        offers = browser.json("POST", f"/accounts/{made['id']}/test")
        self.assertIn("R&D", offers["mailboxes"])
        run = browser.json("POST", f"/accounts/{made['id']}/backup", status=202)["id"]
        outcome = browser.wait_for_run(run)
        self.assertEqual((outcome["state"], outcome["counts"]["new"]), ("done", self.held.total()))
        self.assertEqual(self.archive.standings(), self.held)
        self.assertEqual({box["name"]: box["messages"]
                          for box in browser.json("GET", "/mailboxes")["items"]},
                         {name: sum(n for s, n in self.held.items() if s.mailbox == name)
                          for name in {s.mailbox for s in self.held}})

    def test_messages_are_listed_page_by_page_and_read(self):
        self.new_account()
        self.archive.backup()
        browser = self.signed_in(self.serve())
        seen, cursor = [], ""
        while cursor is not None:
            page = browser.json("GET", f"/messages?limit=7&cursor={cursor}")
            self.assertLessEqual(len(page["items"]), 7)
            seen += [item["id"] for item in page["items"]]
            cursor = page["next"]
        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual(set(seen), {standing.digest for standing in self.held})
        found = browser.json("GET", "/messages?q=zanzibar10")
        self.assertEqual((found["total"], len(found["items"])), (1, 1))
        digest = found["items"][0]["id"]
        self.assertIn("zanzibar10", browser.json("GET", f"/messages/{digest}")["text"])
        status, header, octets = browser.ask("GET", f"/api/v1/messages/{digest}/raw")
        self.assertEqual((status, client.digest_of(octets)), (200, digest))
        self.assertIn("attachment", header["Content-Disposition"])
        with_file = browser.json("GET", "/messages?q=has:attachment")["items"][0]["id"]
        parts = browser.json("GET", f"/messages/{with_file}")["parts"]
        number = next(part["number"] for part in parts if part["is_attachment"])
        status, header, octets = browser.ask("GET",
                                             f"/api/v1/messages/{with_file}/parts/{number}")
        self.assertEqual((status, len(octets)), (200, 3000))
        self.assertEqual(browser.ask("GET", "/api/v1/messages?q=from:(")[0], 400)
        self.assertEqual(browser.ask("GET", "/api/v1/messages/" + "0" * 64)[0], 404)

    def test_a_restore_runs_over_rest(self):
        self.new_account()
        self.archive.backup()
        browser = self.signed_in(self.serve())
        target = self.server.new_user("target")
        wanted = {"url": self.server.url("imaps", target), "ca_file": str(self.server.ca_file),
                  "password": PASSWORD}
        plan = browser.json("POST", "/restores", {**wanted, "dry_run": True}, 202)["id"]
        browser.wait_for_run(plan)
        mailboxes = browser.json("GET", f"/runs/{plan}/restore")["mailboxes"]
        self.assertEqual({box["name"]: box["to_append"] for box in mailboxes},
                         collections.Counter(s.mailbox for s in self.held.elements()))
        self.assertEqual(client.standings(self.server, target).total(), 0)
        self.assertEqual(browser.ask("GET", "/api/v1/runs/999/restore")[0], 404)
        run = browser.json("POST", "/restores", wanted, 202)["id"]
        outcome = browser.wait_for_run(run)
        self.assertEqual((outcome["state"], outcome["counts"]["appended"]),
                         ("done", self.held.total()))
        self.assertEqual(client.standings(self.server, target), self.held)

    def test_the_report_of_a_restore_is_there_when_the_service_begins_again(self):
        self.new_account()
        self.archive.backup()
        service = self.serve()
        browser = self.signed_in(service)
        wanted = {"url": self.server.url("imaps", self.server.new_user("target")),
                  "ca_file": str(self.server.ca_file), "password": PASSWORD}
        run = browser.json("POST", "/restores", wanted, 202)["id"]
        browser.wait_for_run(run)
        report = browser.json("GET", f"/runs/{run}/restore")
        self.assertEqual(sum(box["appended"] for box in report["mailboxes"]), self.held.total())
        self.assertEqual(service.close(), 0)
        browser.port = self.serve().port
        self.assertEqual(browser.json("GET", f"/runs/{run}/restore"), report)

    def test_mail_is_downloaded_as_files(self):
        self.new_account()
        self.archive.backup()
        browser = self.signed_in(self.serve())
        for kind in ("eml", "mbox", "maildir", "attachments"):
            output = self.folder / f"{kind}.zip"
            self.archive.run("export", "--format", kind, "--output", output).expect(0)
            status, header, octets = browser.ask("GET", f"/api/v1/exports?format={kind}")
            self.assertEqual((status, header["Content-Type"], header["Transfer-Encoding"]),
                             (200, "application/zip", "chunked"))
            self.assertRegex(header["Content-Disposition"], r'filename="mail-[-\d]+\.zip"')
            self.assertEqual(zip_tree(io.BytesIO(octets)), zip_tree(output))
        _, _, packed = browser.ask("GET", "/api/v1/exports?format=maildir&packing=tar.zst")
        self.assertEqual(tar_tree(unzstd(packed)), zip_tree(self.folder / "maildir.zip"))
        _, _, single = browser.ask("GET", "/api/v1/exports?format=mbox&packing=mbox&mailbox=R%26D")
        self.assertEqual(single, self.archive.run("export", "--format", "mbox", "--output", "-",
                                                  "--mailbox", "R&D").expect(0).out)
        self.assertGreater(single.count(b"From MAILER-DAEMON"), 0)
        for query, status in (("format=pst", 400), ("packing=rar", 400), ("packing=/", 400),
                              ("format=eml&packing=mbox", 400), ("q=is:nothing", 400),
                              ("account=nobody", 404), ("as_of=soon", 400)):
            self.assertEqual(browser.ask("GET", f"/api/v1/exports?{query}")[0], status, query)

    def test_the_progress_of_a_run_is_told_as_events(self):
        self.new_account()
        service = self.serve()
        browser = self.signed_in(service)
        account = browser.json("GET", "/accounts")["items"][0]["id"]
        feed = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
        self.addCleanup(feed.close)
        feed.request("GET", "/api/v1/events", headers={"Cookie": browser.cookie})
        answer = feed.getresponse()
        self.assertEqual(answer.headers["Content-Type"], "text/event-stream")
        run = browser.json("POST", f"/accounts/{account}/backup", status=202)["id"]
        told = b""
        while not re.search(rb'"id":\s*%d\b.*"done"' % run, told):
            line = answer.readline()
            self.assertTrue(line, "the feed ended: " + told.decode())
            told += line

    def test_commands_work_while_the_service_runs(self):
        service = self.serve()
        self.new_account()
        self.assertEqual(self.archive.backup()["post"]["new"], self.held.total())
        deadline = time.monotonic() + 30
        while self.archive.search("zanzibar10")["total"] == 0 and time.monotonic() < deadline:
            time.sleep(0.2)
        self.assertEqual(self.archive.search("zanzibar10")["total"], 1)
        self.archive.run("status").expect(0)
        self.archive.run("mailboxes").expect(0)
        self.archive.run("verify", "--full").expect(0)
        self.archive.run("account", "set", "post", "--schedule", "@every 1h").expect(0)
        self.assertEqual(self.archive.exported(), self.exported_wanted())
        target = self.server.new_user("target")
        self.restore_to(self.server.url("imaps", target)).expect(0)
        self.assertEqual(client.standings(self.server, target), self.held)
        self.assert_refused(self.archive.run("rebuild"), 5, "serve")
        self.assert_refused(self.archive.run("backup", "nobody"), 1, "nobody")
        refused = self.archive.run("no-such-command")
        self.assertEqual(refused.code, 2, refused.told)
        self.archive.run("user", "add", "anna", "--password-stdin",
                         stdin=_PASSPHRASE.encode()).expect(0)
        Browser(service).enter("/session", {"user": "anna", "password": _PASSPHRASE}, 200)
        self.assertEqual(service.close(), 0)

    def exported_wanted(self):
        return {digest: sum(n for s, n in self.held.items() if s.digest == digest)
                for digest in {s.digest for s in self.held}}

    def test_the_scheduler_runs_what_is_due_by_itself(self):
        self.add_account("post", self.server.url("imaps", self.user), "--schedule",
                         "@every 1s").expect(0)
        service = self.serve()
        deadline = time.monotonic() + 30
        while self.archive.standings() != self.held and time.monotonic() < deadline:
            time.sleep(0.2)
        self.assertEqual(self.archive.standings(), self.held)
        client.put(self.server, self.user, [("INBOX", b"Subject: late\r\n\r\nx\r\n", set(), 9)])
        while self.archive.search("late")["total"] == 0 and time.monotonic() < deadline:
            time.sleep(0.2)
        self.assertEqual(self.archive.search("late")["total"], 1)
        self.assertEqual(service.close(), 0)

    def test_health_and_page_are_there_for_everybody(self):
        browser = Browser(self.serve())
        self.assertEqual(browser.ask("GET", "/healthz")[0], 200)
        self.assertEqual(browser.ask("GET", "/readyz")[0], 200)
        self.assertEqual(json.loads(browser.ask("GET", "/api/v1/openapi.json")[2])["openapi"][:3],
                         "3.1")
        status, header, _ = browser.ask("GET", "/")
        self.assertIn(status, (200, 404))  # a build without the page says so
        self.assertIn("default-src 'self'", header["Content-Security-Policy"])

    def test_nonsense_does_not_trouble_the_service(self):
        service = self.serve()
        for octets in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET / HTTP/1.1\r\n" * 400,
                       b"POST /api/v1/session HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
                       b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"\0" * 5000):
            with socket.create_connection(("127.0.0.1", service.port), 10) as peer:
                peer.settimeout(10)
                try:
                    peer.sendall(octets)
                    peer.shutdown(socket.SHUT_WR)
                    while peer.recv(65536):
                        pass
                except (ConnectionError, TimeoutError):
                    pass
        self.assertEqual(Browser(service).ask("GET", "/healthz")[0], 200)
        self.assertEqual(service.close(), 0)

    def test_an_idle_connection_does_not_keep_others_out(self):
        service = self.serve()
        idle = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(60)]
        try:
            self.assertEqual(Browser(service).ask("GET", "/healthz")[0], 200)
        finally:
            for connection in idle:
                connection.close()

    def test_a_port_that_is_taken_is_said(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            result = self.archive.run("serve", "--listen", f"127.0.0.1:{port}", timeout=20)
            self.assert_refused(result, 1, str(port))

    def test_two_services_on_one_archive_are_one_too_many(self):
        self.serve()
        result = self.archive.run("serve", "--listen", "127.0.0.1:0", timeout=20)
        self.assert_refused(result, 5, "use")

    def test_a_killed_service_leaves_an_archive_that_works(self):
        self.new_account()
        service = self.serve()
        self.archive.backup()
        service.process.kill()
        service.process.wait()
        self.assertEqual(self.archive.backup()["post"]["new"], 0)
        self.assertEqual(self.archive.standings(), self.held)
        self.archive.run("verify", "--full").expect(0)


if __name__ == "__main__":
    main()
