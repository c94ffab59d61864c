# SPDX-License-Identifier: Apache-2.0
"""Logging in to a real server by every mechanism, and with tokens that an authority of ours gives
and takes back."""

import base64
import contextlib
import hashlib
import http.server
import json
import pathlib
import re
import ssl
import threading
import urllib.parse

import client
import mails
from cyrus import Cyrus
from dovecot import PASSWORD, Dovecot, find_dovecot
from private_server import find_unpacked
from suite import ArchiveTest, main, skip_or_fail

_OAUTH2 = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {{root}}/oauth2.conf
}}
auth_mechanisms = plain {mechanisms}
"""

_INTROSPECTION = """
introspection_mode = post
introspection_url = {url}/introspect
username_attribute = username
active_attribute = active
active_value = true
"""


class Authority:
    """Gives access tokens for the refresh token it gave last, and tells servers who has one."""

    def __init__(self):
        self.refresh_token = "refresh-0"
        self.valid = {}  # access token -> user
        self.user = None
        self.renewals = []
        self._servers = []
        self.url = f"http://127.0.0.1:{self._serve().server_port}"

    def serve_tls(self, certificates, name):
        """The URL of the same authority over TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.folder / f"{name}.pem",
                                certificates.folder / f"{name}.key")
        return f"https://127.0.0.1:{self._serve(context).server_port}"

    def close(self):
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _serve(self, context=None):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # a client that does not trust us
        self._servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def answer(self, path, form):
        if path == "/introspect":
            user = self.valid.get(form.get("token"))
            return 200, {"active": user is not None, "username": user}
        self.renewals.append(form)
        if form.get("refresh_token") != self.refresh_token:
            return 400, {"error": "invalid_grant"}
        count = len(self.renewals)
        self.refresh_token = f"refresh-{count}"
        self.valid = {f"access-{count}": self.user}
        return 200, {"access_token": f"access-{count}", "token_type": "Bearer",
                     "expires_in": 3600, "refresh_token": self.refresh_token}

    def _handler(self):
        authority = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                status, answer = authority.answer(self.path, dict(urllib.parse.parse_qsl(body)))
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        return Handler


class LoginTest(ArchiveTest):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if find_dovecot() is None:
            skip_or_fail("Dovecot is not installed (apt-get install dovecot-imapd dovecot-pop3d)")

    def serve(self, settings, **options):
        server = Dovecot(settings=settings, **options)
        self.addCleanup(server.close)
        return server

    def fill(self, server, user):
        """Two messages, by a client that is not ours."""
        source = list(mails.built_in_mails())[:2]
        client.put(server, user, [("INBOX", raw, set(), 86400) for raw in source])

    def add(self, server, name, scheme, user, *options, secret=PASSWORD):
        file = self.folder / "secret"
        file.write_text(secret)
        trust = () if "--insecure-plaintext" in options else ("--ca-file", server.ca_file)
        return self.archive.run("account", "add", name, server.url(scheme, user), *trust,
                                "--password-file", file, "--delete-from-server", "never", *options)

    def methods(self, server, user):
        """How the user logged in, of the server's log, in order; put() uses PLAIN or LOGIN."""
        found = re.findall(rf"Login: user=<{user}>, method=([A-Z0-9-]+)", server.log())
        return [method for method in found if method not in ("PLAIN", "LOGIN")]

    def assert_logs_in(self, server, method, *schemes, options=()):
        for scheme in schemes:
            with self.subTest(scheme):
                user = server.new_user()
                self.fill(server, user)
                self.add(server, user, scheme, user, *options).expect(0)
                self.assertEqual(self.archive.backup(user)[user]["new"], 2)
                self.assertEqual(self.methods(server, user), [method])


class BindingCyrus(Cyrus):

    mechanisms = "SCRAM-SHA-256"  # and with it SCRAM-SHA-256-PLUS


class BoundToTheChannel(LoginTest):
    """Dovecot 2.3 binds nothing; Cyrus 3.6 takes tls-unique only, which comes after tls-exporter."""

    def setUp(self):
        super().setUp()
        if find_unpacked(Cyrus.name) is None:
            skip_or_fail("there is no Cyrus (MAILKEEP_SERVERS)")
        self.server = BindingCyrus()
        self.addCleanup(self.server.close)

    def turned_away(self, scheme, code, secret=PASSWORD):
        """The mechanisms that were, until the login was over."""
        user = self.server.new_user()
        self.add(self.server, user, scheme, user, secret=secret).expect(0)
        tried = self.archive.run("account", "test", user, "--log-level", "info").expect(code)
        return re.findall(r"login_turned_away mechanism=(\S+)", tried.told)

    def test_a_login_is_bound_to_the_tls_channel_where_that_is_offered(self):
        for scheme in ("imaps", "pop3s"):
            with self.subTest(scheme):
                self.assertEqual(self.turned_away(scheme, 0), ["SCRAM-SHA-256-PLUS"])

    def test_a_wrong_password_is_shown_for_each_binding_and_for_nothing_less(self):
        for scheme in ("imaps", "pop3s"):
            with self.subTest(scheme):
                self.assertEqual(self.turned_away(scheme, 1, secret="not the one"),
                                 ["SCRAM-SHA-256-PLUS"])


class Passwords(LoginTest):

    def test_scram_sha_256_is_taken_where_it_is_offered(self):
        server = self.serve("auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256\n")
        self.assert_logs_in(server, "SCRAM-SHA-256", "imaps", "imap", "pop3s", "pop3")

    def test_scram_sha_1_is_better_than_a_password_in_the_clear(self):
        server = self.serve("auth_mechanisms = plain login cram-md5 scram-sha-1\n")
        self.assert_logs_in(server, "SCRAM-SHA-1", "imaps", "pop3s")

    def test_cram_md5_is_taken_without_tls(self):
        server = self.serve("auth_mechanisms = plain login cram-md5\n")
        self.assert_logs_in(server, "CRAM-MD5", "imap", "pop3", options=("--insecure-plaintext",))

    def test_apop_is_taken_when_it_is_asked_for(self):
        server = self.serve("auth_mechanisms = plain login apop\n")
        self.assert_logs_in(server, "APOP", "pop3s", options=("--auth", "apop"))

    def test_a_wrong_password_is_refused_once(self):
        server = self.serve("auth_mechanisms = plain login scram-sha-1 scram-sha-256\n")
        for scheme in ("imaps", "pop3s"):
            with self.subTest(scheme):
                user = server.new_user()
                self.add(server, user, scheme, user, secret="not the one").expect(0)
                self.assert_refused(self.archive.run("account", "test", user), 1, "password")
                self.assertEqual(server.log().count(f"user=<{user}>, method="), 1)

    def test_a_server_with_nothing_to_check_scram_with_gets_the_password_under_tls(self):
        digest = base64.b64encode(hashlib.sha256(PASSWORD.encode()).digest()).decode()
        server = self.serve("auth_mechanisms = plain scram-sha-256\n",
                            stored="{SHA256}" + digest)
        user = server.new_user()
        for scheme in ("imaps", "pop3s"):
            with self.subTest(scheme):
                name = f"{user}-{scheme}"
                self.add(server, name, scheme, user).expect(0)
                self.archive.run("account", "test", name).expect(0)


class Tokens(LoginTest):

    def setUp(self):
        super().setUp()
        self.authority = Authority()
        self.addCleanup(self.authority.close)

    def serve_tokens(self, mechanisms):
        introspection = _INTROSPECTION.format(url=self.authority.url)
        return self.serve(_OAUTH2.format(mechanisms=mechanisms),
                          files=[("oauth2.conf", introspection)])

    def add_with_tokens(self, server, name, scheme, user, secret="refresh-0", url=None):
        self.authority.user = user
        self.fill(server, user)
        self.add(server, name, scheme, user, "--auth", "oauth", "--oauth-client-id", "mailkeep-test",
                 "--oauth-token-url", (url or self.authority.url) + "/token", secret=secret).expect(0)

    def assert_tells_no_token(self, *results):
        told = "".join(result.told + result.out.decode() for result in results)
        self.assertNotRegex(told, r"(refresh|access)-\d")

    def test_tokens_log_in_by_every_mechanism_and_protocol(self):
        for mechanisms, method in (("xoauth2 oauthbearer", "OAUTHBEARER"), ("xoauth2", "XOAUTH2")):
            server = self.serve_tokens(mechanisms)
            for scheme in ("imaps", "pop3s"):
                with self.subTest(f"{method} {scheme}"):
                    user = server.new_user()
                    name = f"{method}-{scheme}"
                    self.add_with_tokens(server, name, scheme, user, self.authority.refresh_token)
                    self.assertEqual(self.archive.backup(name)[name]["new"], 2)
                    self.assertEqual(self.methods(server, user), [method])
        self.assertEqual(len(self.authority.renewals), 4)

    def test_a_token_that_was_taken_back_is_renewed_once_and_kept_through_a_rebuild(self):
        server = self.serve_tokens("xoauth2")
        for scheme in ("imaps", "pop3s"):
            with self.subTest(scheme):
                user = server.new_user()
                self.authority.renewals.clear()
                self.add_with_tokens(server, scheme, scheme, user, self.authority.refresh_token)
                self.archive.backup(scheme)
                self.archive.backup(scheme)
                self.assertEqual(len(self.authority.renewals), 1, "a good token was renewed")
                self.authority.valid.clear()
                self.archive.drop_catalog()
                self.archive.run("rebuild").expect(0)
                self.assertEqual(self.archive.backup(scheme)[scheme]["state"], "done")
                self.assertEqual(len(self.authority.renewals), 2)
                first, second = self.authority.renewals
                self.assertEqual(second["refresh_token"], "refresh-1", "the renewed one was lost")
                self.assertEqual(second["client_id"], "mailkeep-test")

    def test_consent_that_has_ended_stops_the_account_with_a_hint(self):
        server = self.serve_tokens("xoauth2 oauthbearer")
        user = server.new_user()
        self.add_with_tokens(server, "post", "imaps", user, "refresh-of-old")
        refused = self.archive.run("account", "test", "post")
        self.assert_refused(refused, 1, "invalid_grant", "account set")
        run = self.archive.run("backup", "--json").expect(3)
        self.assertIn("invalid_grant", run.json["accounts"][0]["error"])
        self.assert_tells_no_token(refused, run)

    def test_a_token_that_the_server_does_not_take_is_told_without_it(self):
        server = self.serve_tokens("xoauth2 oauthbearer")
        for scheme in ("imaps", "pop3s"):
            with self.subTest(scheme):
                user = server.new_user()
                self.add(server, scheme, scheme, user, "--auth", "oauth",
                         secret='{"access_token": "access-77"}').expect(0)
                refused = self.archive.run("account", "test", scheme)
                self.assert_refused(refused, 1, "access token", "invalid_token", "account set")
                self.assert_tells_no_token(refused)

    def test_the_authority_must_show_a_certificate_that_the_account_trusts(self):
        server = self.serve_tokens("xoauth2 oauthbearer")
        user = server.new_user()
        certificates = server.certificates
        self.add_with_tokens(server, "good", "imaps", user,
                             url=self.authority.serve_tls(certificates, "good"))
        self.archive.run("account", "test", "good").expect(0)
        self.add_with_tokens(server, "bad", "imaps", user,
                             url=self.authority.serve_tls(certificates, "other_host"))
        refused = self.archive.run("account", "test", "bad")
        self.assert_refused(refused, 1, "certificate")
        self.assertEqual(len(self.authority.renewals), 1)

    def test_tokens_are_nowhere_to_be_read(self):
        server = self.serve_tokens("xoauth2 oauthbearer")
        user = server.new_user()
        self.add_with_tokens(server, "post", "imaps", user)
        shown = [self.archive.run("account", "show", "post", "--json").expect(0),
                 self.archive.run("backup", "--json").expect(0)]
        self.assertEqual(shown[0].json["auth"], "oauth")
        self.assertEqual(shown[0].json["oauth_client_id"], "mailkeep-test")
        self.assert_tells_no_token(*shown)
        for file in pathlib.Path(self.archive.data).rglob("*"):
            with contextlib.suppress(OSError):
                if file.is_file():
                    self.assertNotRegex(file.read_bytes(), rb"(refresh|access)-\d", str(file))


if __name__ == "__main__":
    main()
