# SPDX-License-Identifier: Apache-2.0
"""Restores every message of an archive that is not encrypted, knowing only src/archive/FORMAT.md.

    read_archive.py DATA OUTPUT      writes OUTPUT/<content id>.eml for each message

It shares nothing with Mailkeep's code: Python's standard library and the zstd program are enough.
It checks what it reads, but does not mend anything.
"""
import base64
import hashlib
import io
import pathlib
import struct
import subprocess
import sys

FRAME, JOURNAL = b"\x89MKF\r\n\x1a\n", b"\x89MKJ\r\n\x1a\n"
BLOCK, BLOB, MANIFEST, COMMIT, RECORDS = 1, 2, 3, 7, 10


def require(holds, what):
    if not holds:
        sys.exit(f"read_archive: {what}")


def sha256(octets):
    return hashlib.sha256(octets).digest()


def varint(stream):
    """The next number of a stream of octets; None at its end."""
    value = shift = 0
    while octet := stream.read(1):
        value, shift = value | (octet[0] & 0x7F) << shift, shift + 7
        if octet[0] < 0x80:
            return value


def check_identity(data):
    lines, seal = (data / "ARCHIVE").read_text().rsplit("sha256: ", 1)
    require(sha256(lines.encode()).hex() == seal.strip(), "ARCHIVE is damaged")
    values = dict(line.split(": ", 1) for line in lines.splitlines()[1:])
    require(values["format"] == "1" and values["features-to-read"] in ("none", "packs"), values)


def file_header(path):
    """The uuid of a journal, and the batch before it."""
    octets = path.read_bytes()[:64]
    require(octets[:8] == JOURNAL and sha256(octets[:60])[:4] == octets[60:], f"{path} is damaged")
    return octets[28:44], struct.unpack_from("<Q", octets, 52)[0]


def frames_of(path):
    """(offset, type, raw octets, tag) of each frame, up to the first thing that is none."""
    octets, at = path.read_bytes(), 64
    while (head := octets[at : at + 32])[:8] == FRAME and sha256(head[:28])[:4] == head[28:]:
        kind, flags, _, stored, raw = struct.unpack_from("<BBHII", head, 8)
        end = at + 32 + stored
        payload, tag = octets[at + 32 : end], octets[end : end + 16]
        if sha256(head + payload)[:16] != tag:
            return
        if flags & 1:
            payload = subprocess.run(["zstd", "-dcq"], input=payload, capture_output=True).stdout
        require(len(payload) == raw, f"{path.name} frame at {at} is not as long as it says")
        yield at, kind, payload, tag
        at = end + 16


def journal_messages(path, limit):
    """Of the batches that count: those that fit, numbered on, up to the next file's limit."""
    (uuid, last), batch = file_header(path), []
    for at, kind, raw, tag in frames_of(path):
        if kind != COMMIT:
            batch.append((at, kind, raw, tag))
            continue
        number = struct.unpack_from("<Q", raw)[0]
        digest = sha256(uuid + raw[:64] + b"".join(tag for *_, tag in batch))
        if digest != raw[64:] or number != last + 1 or number > limit:
            return
        blocks = {at: raw for at, kind, raw, _ in batch if kind == BLOCK}
        following = dict(zip(blocks, list(blocks)[1:]))
        for manifest in (raw for _, kind, raw, _ in batch if kind == MANIFEST):
            for content_id, size, block, begin, _ in struct.iter_unpack("<32sQQII", manifest[4:]):
                message = b""
                while len(message) < size:
                    message += blocks[block][begin : begin + size - len(message)]
                    block, begin = following.get(block), 0
                require(sha256(message) == content_id, f"message {content_id.hex()} is damaged")
                yield message
        batch, last = [], number


def pack_records(path, blobs):
    """The records of all frames, as they go on from one to the next; adds to the blobs by id."""
    require(sha256(path.read_bytes()).hex() == path.stem, f"{path.name} has another SHA-256")
    records = b""
    for _, kind, raw, _ in frames_of(path):
        if kind == BLOB:
            begin = struct.unpack_from("<Q", raw, 40)[0]
            blobs[raw[:32]] = blobs.get(raw[:32], b"")[:begin] + raw[48:]
        elif kind == RECORDS:
            frame = io.BytesIO(raw)
            varint(frame)  # how many octets belong to the record before
            records += frame.read()
    return io.BytesIO(records)


def rebuilt(record, blobs):
    """A message from its record: recipe, then data."""
    _, _, size, count = (varint(record) for _ in range(4))  # batch and place first
    recipe, out, text = [], b"", b""
    for _ in range(count):
        n, kind = divmod(varint(record), 4)
        more = record.read(32) if kind == 2 else varint(record) if kind == 3 else None
        recipe.append((kind, n, more))
    for kind, n, more in recipe:
        if kind == 0:
            out += record.read(n)
        elif kind == 3:
            run, text = text[:n], text[n:]
            width, end = more >> 2 or n, b"\n" if more & 2 else b"\r\n"
            out += end.join(run[i : i + width] for i in range(0, n, width)) + end * (more & 1)
        else:
            body = record.read(n) if kind == 1 else blobs[more]
            require(kind == 1 or sha256(body) == more, "a blob is damaged")
            text = base64.b64encode(body)
    out += record.read()
    require(len(out) == size, "a message is not as long as its record says")
    return out


def messages_of(data):
    """The octets of every message, of some of them twice."""
    check_identity(data)
    blobs = {}
    for records in [pack_records(path, blobs) for path in data.glob("packs/??/*.mkp")]:
        while (length := varint(records)) is not None:
            yield rebuilt(io.BytesIO(records.read(length)), blobs)
    journals = [path for path in sorted(data.glob("journal/??????????-??????.mkj"))
                if path.stat().st_size > 64 or path.read_bytes().strip(b"\0")]
    limits = [file_header(later)[1] for later in journals[1:]] + [float("inf")]
    for path, limit in zip(journals, limits):
        yield from journal_messages(path, limit)


if __name__ == "__main__":
    output = pathlib.Path(sys.argv[2])
    output.mkdir(parents=True, exist_ok=True)
    for message in messages_of(pathlib.Path(sys.argv[1])):
        (output / f"{sha256(message).hex()}.eml").write_bytes(message)
