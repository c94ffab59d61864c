# SPDX-License-Identifier: Apache-2.0
"""An authority of our own and the server certificates the tests need, made by the openssl program.

Keys are P-256: made in milliseconds. Nothing here leaves the folder it is given.
"""

import pathlib
import subprocess

_AUTHORITY = """
[ca]
default_ca = own
[own]
database = {folder}/index.txt
serial = {folder}/serial
new_certs_dir = {folder}
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
unique_subject = no
policy = anything
[anything]
commonName = supplied
[server]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = {names}
"""

_VALID = ("20200101000000Z", "20491231235959Z")
_PAST = ("20200101000000Z", "20210101000000Z")


class Certificates:
    """ca.pem, and for each name in `servers` a <name>.pem with its <name>.key."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "index.txt").touch()
        (self.folder / "serial").write_text("1000\n")
        self.ca_file = self.folder / "ca.pem"
        self._openssl("req", "-x509", *self._new_key("ca.key"), "-days", "3650",
                      "-subj", "/CN=Mailkeep test authority", "-out", "ca.pem")
        self._issue("good", "DNS:localhost,IP:127.0.0.1,IP:::1", _VALID)
        self._issue("expired", "DNS:localhost,IP:127.0.0.2", _PAST)
        self._issue("other_host", "DNS:mail.example.org", _VALID)

    def fingerprint(self, name):
        """SHA-256 of the certificate, as `openssl x509 -fingerprint` prints it, without colons."""
        line = self._openssl("x509", "-in", f"{name}.pem", "-noout", "-fingerprint", "-sha256")
        return line.split("=")[1].strip().replace(":", "").lower()

    def _issue(self, name, subject_names, dates):
        config = self.folder / f"{name}.cnf"
        config.write_text(_AUTHORITY.format(folder=self.folder, names=subject_names))
        self._openssl("req", *self._new_key(f"{name}.key"), "-subj", f"/CN={name}",
                      "-out", f"{name}.csr")
        self._openssl("ca", "-batch", "-notext", "-config", str(config), "-extensions", "server",
                      "-startdate", dates[0], "-enddate", dates[1],
                      "-in", f"{name}.csr", "-out", f"{name}.pem")

    @staticmethod
    def _new_key(file):
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", file)

    def _openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], cwd=self.folder, text=True,
                              capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {arguments[0]} failed:\n{done.stderr}")
        return done.stdout
