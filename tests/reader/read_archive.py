# SPDX-License-Identifier: Apache-2.0
"""Restores every message of an archive that is not encrypted, knowing only src/archive/FORMAT.md.

    read_archive.py DATA OUTPUT      writes OUTPUT/<content id>.eml for each message

Written from the document, not from Mailkeep's code, and shares nothing with it: Python's standard
library and the zstd program are enough. It checks what it reads, but does not mend anything.
"""
import base64
import hashlib
import pathlib
import struct
import subprocess
import sys

FRAME_MAGIC, JOURNAL_MAGIC, PACK_MAGIC = (b"\x89" + kind + b"\r\n\x1a\n" for kind in (b"MKF", b"MKJ", b"MKP"))
BLOCK, BLOB, MANIFEST, COMMIT, RECORDS = 1, 2, 3, 7, 10


def require(holds, what):
    if not holds:
        sys.exit(f"read_archive: {what}")


def sha256(octets):
    return hashlib.sha256(octets).digest()


def check_identity(data):
    text = (data / "ARCHIVE").read_bytes()
    lines, seal = text[: text.rindex(b"sha256: ")], text[text.rindex(b"sha256: ") + 8 : -1]
    require(sha256(lines).hex().encode() == seal, "ARCHIVE is damaged")
    values = dict(line.split(": ", 1) for line in lines.decode().splitlines()[1:])
    require(values["format"] == "1", "ARCHIVE has another format")
    require(set(values["features-to-read"].split()) <= {"none", "packs"}, "cannot read " + values["features-to-read"])


def file_header(octets, magic, name):
    require(octets[:8] == magic and sha256(octets[:60])[:4] == octets[60:64], f"{name}: damaged file header")
    return octets[28:44], struct.unpack_from("<Q", octets, 52)[0]


def frames_of(octets, name):
    """(offset, type, raw octets, tag) of each frame, up to the first thing that is none."""
    at = 64
    while at < len(octets):
        header = octets[at : at + 32]
        if len(header) < 32 or header[:8] != FRAME_MAGIC or sha256(header[:28])[:4] != header[28:]:
            return
        kind, flags, _, stored, raw, _ = struct.unpack_from("<BBHIIQ", header, 8)
        payload, tag = octets[at + 32 : at + 32 + stored], octets[at + 32 + stored : at + 48 + stored]
        if len(tag) < 16 or sha256(header + payload)[:16] != tag:
            return
        if flags & 1:
            payload = subprocess.run(["zstd", "-dcq"], input=payload, stdout=subprocess.PIPE, check=True).stdout
        require(len(payload) == raw, f"{name} frame at {at}: not as long as it says")
        yield at, kind, payload, tag
        at += 48 + stored


def varint(octets, at):
    value = shift = 0
    while True:
        value |= (octets[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if octets[at - 1] < 0x80:
            return value, at


def journal_messages(path, limit):
    """Messages of the batches that count: those that fit, numbered on, up to the next file's limit."""
    octets = path.read_bytes()
    if len(octets) <= 64 and not octets.strip(b"\0"):
        return
    uuid, number = file_header(octets, JOURNAL_MAGIC, path.name)
    batch, found = [], []
    blocks = {}
    for at, kind, payload, tag in frames_of(octets, path.name):
        if kind == BLOCK:
            blocks[at] = payload
        if kind != COMMIT:
            batch.append((kind, payload, tag))
            continue
        digest = sha256(uuid + payload[:64] + b"".join(tag for _, _, tag in batch))
        if digest != payload[64:96] or struct.unpack_from("<Q", payload)[0] != number + 1:
            break
        if limit is not None and number + 1 > limit:
            break
        number += 1
        found += [payload for kind, payload, _ in batch if kind == MANIFEST]
        batch = []
    offsets = sorted(blocks)
    for manifest in found:
        for i in range(struct.unpack_from("<I", manifest)[0]):
            content_id, size, frame, offset = struct.unpack_from("<32sQQI", manifest, 4 + 56 * i)
            raw = b""
            while len(raw) < size:
                raw += blocks[frame][offset : offset + size - len(raw)]
                offset, frame = 0, next((o for o in offsets if o > frame), None)
            yield content_id, raw


class Pack:
    def __init__(self, path):
        octets = path.read_bytes()
        require(sha256(octets).hex() == path.stem, f"{path.name}: the name is not the SHA-256 of the file")
        file_header(octets, PACK_MAGIC, path.name)
        self.blobs, self.records, pending = {}, [], 0
        for _, kind, raw, _ in frames_of(octets, path.name):
            if kind == BLOB:
                self.blobs[raw[:32]] = self.blobs.get(raw[:32], b"") + raw[48:]
            elif kind == RECORDS:
                more, at = varint(raw, 0)
                self.records[-1:] = [self.records[-1] + raw[at : at + more]] if more else self.records[-1:]
                pending, at = pending - more, at + more
                while at < len(raw):
                    length, at = varint(raw, at)
                    self.records.append(raw[at : at + length])
                    pending, at = max(0, at + length - len(raw)), at + length
        require(pending == 0, f"{path.name}: a record is cut off")


def rebuilt(record, blobs):
    """A message from its record: recipe, then data."""
    at = 0
    for _ in range(3):  # batch, place, size
        size, at = varint(record, at)
    count, at = varint(record, at)
    ops = []
    for _ in range(count):
        op, at = varint(record, at)
        kind, extra = op & 3, None
        if kind == 2:
            extra, at = record[at : at + 32], at + 32
        elif kind == 3:
            extra, at = varint(record, at)
        ops.append((kind, op >> 2, extra))
    out, text = bytearray(), b""
    for kind, n, extra in ops:
        if kind == 0:
            out += record[at : at + n]
            at += n
        elif kind == 1:
            text, at = base64.b64encode(record[at : at + n]), at + n
        elif kind == 2:
            require(len(blobs[extra]) == n and sha256(blobs[extra]) == extra, f"blob {extra.hex()} is damaged")
            text = base64.b64encode(blobs[extra])
        else:
            run, text = text[:n], text[n:]
            width, end = extra >> 2 or n, b"\n" if extra & 2 else b"\r\n"
            out += end.join(run[i : i + width] for i in range(0, n, width)) + (end if extra & 1 else b"")
    out += record[at:]
    require(len(out) == size, "a message is not as long as its record says")
    return bytes(out)


def messages_of(data):
    """(content id or None when the record alone tells, octets) of every message, some of them twice."""
    check_identity(data)
    packs = [Pack(path) for path in sorted(data.glob("packs/??/*.mkp"))]
    blobs = {key: blob for pack in packs for key, blob in pack.blobs.items()}
    for pack in packs:
        for record in pack.records:
            yield None, rebuilt(record, blobs)
    journals = sorted(data.glob("journal/??????????-??????.mkj"))
    finished = [path for path in journals if path.stat().st_size > 64 or path.read_bytes().strip(b"\0")]
    for path, later in zip(finished, finished[1:] + [None]):
        limit = file_header(later.read_bytes()[:64], JOURNAL_MAGIC, later.name)[1] if later else None
        yield from journal_messages(path, limit)


def main(data, output):
    output.mkdir(parents=True, exist_ok=True)
    for content_id, raw in messages_of(data):
        require(content_id in (None, sha256(raw)), f"message {content_id and content_id.hex()} is damaged")
        (output / f"{sha256(raw).hex()}.eml").write_bytes(raw)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
