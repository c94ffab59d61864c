# SPDX-License-Identifier: Apache-2.0
"""Takes the login for a private Courier and then becomes its imapd or courierpop3d, on the same
connection. Run by courier.py: courier_front.py UID GID PROGRAM MAIL PASSWORD IMAP-PORT POP3-PORT"""

import os
import pathlib
import pwd
import re
import selectors
import signal
import socket
import sys

_program, _mail, _password = pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4]), sys.argv[5]


def _read_line():
    """Octet by octet: what a client sends ahead is for the server that comes after us."""
    line = b""
    while not line.endswith(b"\n"):
        try:
            octet = os.read(0, 1)
        except ConnectionResetError:
            octet = b""
        if not octet:
            sys.exit(0)
        line += octet
    return line.strip().decode("utf-8", "replace")


def _say(line):
    os.write(1, f"{line}\r\n".encode())


def _become(user, program, **surroundings):
    os.chdir(_mail / user)
    os.environ.update(AUTHENTICATED=user, AUTHADDR=user, HOME=str(_mail / user),
                      TCPREMOTEIP="127.0.0.1", TCPREMOTEPORT="1", **surroundings)
    os.execv(_program / program, [program, "Maildir"])


def _knows(user, password):
    return password == _password and "/" not in user and (_mail / user / "Maildir").is_dir()


def _serve_imap():
    capabilities = f"CAPABILITY {os.environ['IMAP_CAPABILITY']}"
    _say(f"* OK [{capabilities}] Courier-IMAP ready")
    while True:
        tag, _, command = _read_line().partition(" ")
        login = re.fullmatch(r'LOGIN "?([^" ]*)"? "?([^" ]*)"?', command, re.I)
        if login and _knows(*login.groups()):
            _become(login[1], "usr/bin/imapd", IMAPLOGINTAG=tag)
        elif login:
            _say(f"{tag} NO Login failed.")
        elif command.upper() == "CAPABILITY":
            _say(f"* {capabilities}")
            _say(f"{tag} OK CAPABILITY completed")
        elif command.upper() == "LOGOUT":
            _say("* BYE Courier-IMAP server shutting down")
            _say(f"{tag} OK LOGOUT completed")
            return
        else:
            _say(f"{tag} NO Error in IMAP command received by server.")


def _serve_pop3():
    user = ""
    _say("+OK Hello there.")
    while True:
        verb, _, argument = _read_line().partition(" ")
        if verb.upper() == "USER":
            user = argument
            _say("+OK Password required.")
        elif verb.upper() == "PASS" and _knows(user, argument):
            _become(user, "usr/lib/courier/courier/courierpop3d")
        elif verb.upper() == "CAPA":
            os.write(1, b"+OK Here's what I can do:\r\nTOP\r\nUSER\r\nLOGIN-DELAY 10\r\n"
                        b"PIPELINING\r\nUIDL\r\n.\r\n")
        elif verb.upper() == "QUIT":
            _say("+OK Better luck next time.")
            return
        else:
            _say("-ERR Login failed.")


def _listen(port):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(port)))
    listener.listen(50)
    return listener


def _listen_for_fam():
    """Courier's library for watching files tries for seconds to reach its daemon. Here it reaches
    one that hangs up at once."""
    user = pwd.getpwuid(os.geteuid()).pw_name
    name = f"/tmp/fam-{user}-{os.environ['GAM_CLIENT_ID']}".encode()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(b"\0" + name.ljust(107, b"\0"))
    listener.listen(50)
    return listener


def _become_owner():
    if os.geteuid() == 0:
        os.setgroups(())
        os.setgid(int(sys.argv[2]))
        os.setuid(int(sys.argv[1]))


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    selector = selectors.DefaultSelector()
    for port, serve in zip(sys.argv[6:], (_serve_imap, _serve_pop3)):
        selector.register(_listen(port), selectors.EVENT_READ, serve)
    _become_owner()
    selector.register(_listen_for_fam(), selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            peer, _ = key.fileobj.accept()
            if key.data and os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.dup2(peer.fileno(), 0)
                os.dup2(peer.fileno(), 1)
                selector.close()
                key.data()
                os._exit(0)
            peer.close()


if __name__ == "__main__":
    main()
