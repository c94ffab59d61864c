# SPDX-License-Identifier: Apache-2.0
"""A line that is longer than loopback: passes octets on, each half a round trip after it came. Runs in
a process of its own, so that what is measured does not share its interpreter.

    with DelayedLine(host, port, milliseconds=50) as line: ... line.port, at the same host ...
"""

import asyncio
import contextlib
import subprocess
import sys

_PIECE = 1 << 16
_PIECES_ON_THE_WAY = 256  # a window of 16 MiB, as wide links have


class DelayedLine:
    """Runs from construction to close(); use it in a `with`."""

    def __init__(self, host, port, milliseconds):
        self._process = subprocess.Popen(
            [sys.executable, "-B", __file__, host, str(port), str(milliseconds)],
            stdout=subprocess.PIPE, text=True)
        self.port = int(self._process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()


async def _take(reader, queue, seconds):
    clock = asyncio.get_running_loop().time
    with contextlib.suppress(ConnectionError):
        while octets := await reader.read(_PIECE):
            await queue.put((clock() + seconds, octets))
    await queue.put((clock() + seconds, b""))


async def _give(queue, writer):
    clock = asyncio.get_running_loop().time
    with contextlib.suppress(ConnectionError):
        while True:
            due, octets = await queue.get()
            if due > clock():
                await asyncio.sleep(due - clock())
            if not octets:
                writer.write_eof()
                return
            writer.write(octets)
            await writer.drain()


async def _one_way(reader, writer, seconds):
    queue = asyncio.Queue(_PIECES_ON_THE_WAY)
    await asyncio.gather(_take(reader, queue, seconds), _give(queue, writer))


async def _serve(host, port, seconds):
    async def connect(reader, writer):
        with contextlib.suppress(OSError):
            there_reader, there_writer = await asyncio.open_connection(host, port)
            await asyncio.gather(_one_way(reader, there_writer, seconds),
                                 _one_way(there_reader, writer, seconds))
            there_writer.close()
        writer.close()
    server = await asyncio.start_server(connect, host, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) / 2000))
