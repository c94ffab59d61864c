# SPDX-License-Identifier: Apache-2.0
"""Lines to a server that are cut after so many octets from the client, or from the server: passed on until
then, and then both ends are closed, answers on their way with them."""

import contextlib
import socket
import threading
import time


class CuttingLine:
    """Each connection is cut after `octets` of what the client sends. Use it in a `with`; `port` is on
    loopback."""

    def __init__(self, port, octets):
        self._to, self._octets = port, octets
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.sent = 0  # of the longest connection
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near = self._listener.accept()[0]
                far = socket.create_connection(("127.0.0.1", self._to))
                threading.Thread(target=self._answers, args=(far, near), daemon=True).start()
                threading.Thread(target=self._requests, args=(near, far), daemon=True).start()

    def _requests(self, near, far):
        sent = 0
        with contextlib.suppress(OSError):
            while sent < self._octets and (piece := near.recv(min(4096, self._octets - sent))):
                far.sendall(piece)
                sent += len(piece)
        self.sent = max(self.sent, sent)
        _close(near, far)

    def _answers(self, far, near):
        with contextlib.suppress(OSError):
            while piece := far.recv(65536):
                near.sendall(piece)
        _close(near, far)


class FallingLine(CuttingLine):
    """Each connection, or the first `falls` of them, is cut after `octets` of what the server sends;
    `passed` has what came of each."""

    def __init__(self, port, octets, falls=1 << 40):
        super().__init__(port, 1 << 40)
        self._most, self._falls, self.passed = octets, falls, []

    def _answers(self, far, near):
        passed = 0
        most = self._most if len(self.passed) < self._falls else 1 << 40
        with contextlib.suppress(OSError):
            while passed < most and (piece := far.recv(min(65536, most - passed))):
                near.sendall(piece)
                passed += len(piece)
        self.passed.append(passed)
        # What was passed on is to arrive, however busy the client is: before it closes its end, a close of
        # ours would be a reset.
        with contextlib.suppress(OSError):
            near.shutdown(socket.SHUT_WR)
        until = time.monotonic() + 20
        while near.fileno() != -1 and time.monotonic() < until:
            time.sleep(0.01)
        _close(near, far)


def _close(*ends):
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
