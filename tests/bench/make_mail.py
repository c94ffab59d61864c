# SPDX-License-Identifier: Apache-2.0
"""Makes mail as three people of one office get it: threads of lists with quotes, HTML newsletters,
and mail with attachments (PDF, JPEG, docx, tables) that is sent to several of them and forwarded
by other programs, which wrap base64 otherwise. The same seed and size give the same octets.

    make_mail.py --size 200M --seed 1 FOLDER      FOLDER/<account>/<mailbox>/<number>.eml
    make_mail.py --size 200M --seed 1 - | tar t   the same as a tar archive on standard output
"""
import argparse
import base64
import io
import itertools
import pathlib
import random
import sys
import tarfile
import zlib

ACCOUNTS = ("ada@office.example", "ben@office.example", "cleo@office.example")
# How programs wrap base64, and how often they do.
WRAPS = ((76, 85), (72, 8), (60, 5), (0, 2))
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Weights by number of messages, not by octets.
KINDS = {
    "mixed": {"thread": 55, "newsletter": 15, "office": 30},
    "lists": {"thread": 1},
    "newsletters": {"newsletter": 1},
    "office": {"office": 1},
}


def pick(rng, weighted):
    values, weights = zip(*weighted)
    return rng.choices(values, weights)[0]


class Language:
    """Words as often as in real text: the n-th has the weight 1/n."""

    def __init__(self, rng):
        onsets = "b c d f g h j k l m n p r s t v w st tr pl ch sh th br".split()
        vowels = "a e i o u ea ou ie".split()
        codas = "|n|r|s|t|l|nd|rt|ng|ck|m".split("|")
        words = {}
        while len(words) < 12000:
            count = 1 if len(words) < 60 else rng.choice((1, 2, 2, 3, 3, 4))
            word = "".join(rng.choice(onsets) + rng.choice(vowels) for _ in range(count))
            words[word + rng.choice(codas)] = True
        self.rng = rng
        self.words = list(words)
        self.weights = list(itertools.accumulate(1 / (n + 2) for n in range(len(words))))
        # What people say again and again.
        self.phrases = [" ".join(self.some(rng.randint(3, 7))) for _ in range(400)]

    def some(self, count):
        return self.rng.choices(self.words, cum_weights=self.weights, k=count)

    def sentence(self):
        parts = self.some(self.rng.randint(4, 14))
        if self.rng.random() < 0.35:
            parts.insert(self.rng.randrange(len(parts)), self.rng.choice(self.phrases))
        return " ".join(parts).capitalize() + self.rng.choice("....?!")

    def paragraph(self, sentences):
        return " ".join(self.sentence() for _ in range(sentences))

    def title(self):
        return " ".join(self.some(self.rng.randint(2, 6))).capitalize()


def wrapped(text, width):
    """Lines of at most that many characters, broken between words."""
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return lines + [line]


def base64_lines(octets, width):
    text = base64.b64encode(octets).decode("ascii")
    if width == 0:
        return [text]
    return [text[at:at + width] for at in range(0, len(text), width)]


class Attachments:
    """Files as they lie on the disks of an office. Some come again and again."""

    def __init__(self, rng, language):
        self.rng = rng
        self.language = language
        self.known = []

    def one(self):
        if self.known and self.rng.random() < 0.35:
            # What was sent lately is what is sent again.
            back = min(int(self.rng.expovariate(0.05)), len(self.known) - 1)
            return self.known[-1 - back]
        make = pick(self.rng, ((self.pdf, 40), (self.jpeg, 25), (self.docx, 20), (self.table, 15)))
        size = min(max(int(self.rng.lognormvariate(11.6, 1.3)), 300), 25_000_000)
        self.known.append(make(size))
        return self.known[-1]

    def pdf(self, size):
        """Objects and a table of places in plain text, streams that are compressed already."""
        out = io.BytesIO(b"")
        out.write(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
        places = []
        while out.tell() < size:
            places.append(out.tell())
            stream = self.rng.randbytes(min(self.rng.randint(800, 30000), size))
            out.write(b"%d 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n"
                      % (len(places), len(stream)))
            out.write(stream + b"\nendstream\nendobj\n")
            for _ in range(self.rng.randint(1, 6)):
                places.append(out.tell())
                out.write(b"%d 0 obj\n<< /Type /Page /Parent 3 0 R /Resources << /Font << /F1 9 0 R "
                          b">> >> /MediaBox [0 0 595 842] /Contents %d 0 R >>\nendobj\n"
                          % (len(places), len(places) - 1))
        table = b"".join(b"%010d 00000 n \n" % place for place in places)
        out.write(b"xref\n0 %d\n" % len(places) + table + b"trailer\n%%EOF\n")
        return ("application/pdf", ".pdf", out.getvalue())

    def jpeg(self, size):
        head = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x01\x00H\x00H\x00\x00" + bytes(range(128))
        return ("image/jpeg", ".jpg", head + self.rng.randbytes(size) + b"\xff\xd9")

    def docx(self, size):
        """Members of a zip: real deflate of text, and pictures."""
        out = bytearray()
        while len(out) < size:
            name = b"word/" + self.rng.choice((b"document.xml", b"styles.xml", b"media/image.png"))
            if name.endswith(b"png"):
                member = self.rng.randbytes(self.rng.randint(2000, 40000))
            else:
                text = self.language.paragraph(self.rng.randint(20, 120))
                member = zlib.compress(text.replace(" ", "</w:t><w:t>").encode())
            out += b"PK\x03\x04\x14\x00\x08\x00\x08\x00" + self.rng.randbytes(16)
            out += len(name).to_bytes(4, "little") + name + member
        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        return (kind, ".docx", bytes(out))

    def table(self, size):
        """Numbers with names: compresses well."""
        names = self.language.some(40)
        rows = []
        length = 0
        for number in itertools.count():
            row = f"{number};{self.rng.choice(names)};{self.rng.randint(0, 99999) / 100};EUR\r\n"
            rows.append(row)
            length += len(row)
            if length >= size:
                return ("text/csv", ".csv", "".join(rows).encode())


class Office:
    """Everybody who writes, and the clock."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.language = Language(self.rng)
        self.attachments = Attachments(self.rng, self.language)
        self.minutes = 0
        self.lists = [self.make_list() for _ in range(6)]
        self.senders = [self.make_sender() for _ in range(12)]
        self.people = [self.make_person() for _ in range(60)]

    def token(self, size):
        return base64.urlsafe_b64encode(self.rng.randbytes(size)).decode("ascii").rstrip("=")

    def base64_token(self, size):
        return base64.b64encode(self.rng.randbytes(size)).decode("ascii")

    def make_person(self):
        first, last = (word.capitalize() for word in self.language.some(2))
        domain = self.rng.choice(("mail", "post", "corp", "uni")) + ".example"
        signature = ["-- ", f"{first} {last}", self.language.title(), f"http://{last}.{domain}/"]
        return {"name": f"{first} {last}", "address": f"{first}.{last}@{domain}".lower(),
                "domain": domain, "signature": signature if self.rng.random() < 0.6 else [],
                "agent": self.rng.choice(("Mozilla/5.0 Thunderbird/102.4", "Apple Mail (2.3445)",
                                          "Microsoft Outlook 16.0", "Mutt/2.2.9"))}

    def make_list(self):
        return {"name": self.language.some(1)[0] + "-users", "threads": []}

    def make_sender(self):
        """A newsletter looks the same every week."""
        style = "".join(f".{word}{{margin:{self.rng.randint(0, 40)}px;color:#{self.rng.randrange(1 << 24):06x};"
                        f"font:{self.rng.randint(10, 30)}px/1.4 Arial,sans-serif}}\r\n"
                        for word in self.language.some(self.rng.randint(40, 160)))
        return {"person": self.make_person(), "style": style, "coding": self.rng.choice(
            ("quoted-printable", "quoted-printable", "base64", "8bit"))}

    def date(self):
        self.minutes += self.rng.randint(1, 9)
        day, minute = divmod(self.minutes, 1440)
        return (f"{DAYS[day % 7]}, {day % 28 + 1} {MONTHS[day // 28 % 12]} {2019 + day // 336} "
                f"{minute // 60:02}:{minute % 60:02}:{self.rng.randrange(60):02} +0000")

    def envelope(self, author, to, date):
        """What servers on the way put on top of a message."""
        name = author["domain"]
        return [f"Return-Path: <{author['address']}>", f"Delivered-To: {to}",
                f"Received: from mx1.{name} (mx1.{name} [192.0.2.{self.rng.randint(1, 254)}])",
                f"\tby mail.office.example (Postfix) with ESMTPS id {self.token(8)}",
                f"\tfor <{to}>; {date}",
                f"Received: by mx1.{name} with SMTP id {self.token(10).lower()};", f"\t{date}",
                f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={name};",
                "\ts=mail; h=from:to:subject:date:message-id;", f"\tbh={self.base64_token(32)};",
                *(f"\t{line}" for line in wrapped_token("b=" + self.base64_token(256), 70))]

    def head(self, author, to, subject, date, more=()):
        return [f"Date: {date}", f"From: {author['name']} <{author['address']}>", f"To: {to}",
                f"Subject: {subject}", f"Message-ID: <{self.token(16)}@{author['domain']}>",
                f"User-Agent: {author['agent']}", "MIME-Version: 1.0", *more]

    def thread(self):
        """One message of a list: to everybody who reads it."""
        rng = self.rng
        group = rng.choice(self.lists)
        if not group["threads"] or rng.random() < 0.25:
            group["threads"].append({"subject": self.language.title(), "posts": []})
        talk = group["threads"][-1 - min(int(rng.expovariate(0.4)), len(group["threads"]) - 1)]
        author = rng.choice(self.people)
        body = []
        if talk["posts"]:
            body += self.quote(talk["posts"][-1 - rng.randrange(min(3, len(talk["posts"])))])
        for _ in range(rng.randint(1, 4)):
            body += wrapped(self.language.paragraph(rng.randint(1, 6)), 72) + [""]
        body += author["signature"]
        talk["posts"].append((author, body))
        to = f"{group['name']}@lists.example"
        more = [f"List-Id: <{group['name']}.lists.example>", f"List-Post: <mailto:{to}>",
                f"List-Unsubscribe: <https://lists.example/listinfo/{group['name']}>",
                f"Sender: {group['name']}-bounces@lists.example", "Precedence: list",
                "Content-Type: text/plain; charset=us-ascii", ""]
        subject = ("Re: " if len(talk["posts"]) > 1 else "") + f"[{group['name']}] {talk['subject']}"
        date = self.date()
        footer = ["_" * 47, f"{group['name']} mailing list", to,
                  f"https://lists.example/listinfo/{group['name']}"]
        lines = self.head(author, to, subject, date, more) + body + footer
        readers = rng.sample(ACCOUNTS, rng.choice((1, 1, 2)))
        return [(reader, f"Lists.{group['name']}", self.envelope(author, reader, date) + lines)
                for reader in readers]

    def quote(self, post):
        author, lines = post
        kept = lines if self.rng.random() < 0.5 else lines[:self.rng.randint(3, 25)]
        return [f"On some day {author['name']} wrote:", *("> " + line for line in kept), ""]

    def newsletter(self):
        rng = self.rng
        sender = rng.choice(self.senders)
        blocks = "".join(
            f'<tr><td class="item"><a href="https://click.{sender["person"]["domain"]}/t/'
            f'{self.token(48)}"><img src="https://cdn.{sender["person"]["domain"]}/{self.token(9)}.png"'
            f' width="280" alt=""></a><h2>{self.language.title()}</h2><p>'
            f"{self.language.paragraph(rng.randint(2, 8))}</p></td></tr>\r\n"
            for _ in range(rng.randint(4, 20)))
        html = (f"<!DOCTYPE html><html><head><style>\r\n{sender['style']}</style></head><body>"
                f'<table role="presentation" width="600">\r\n{blocks}</table></body></html>\r\n')
        date = self.date()
        to = rng.choice(ACCOUNTS)
        more = [f"Content-Transfer-Encoding: {sender['coding']}",
                "Content-Type: text/html; charset=utf-8", ""]
        lines = self.head(sender["person"], to, self.language.title(), date, more)
        return [(to, "Newsletters", self.envelope(sender["person"], to, date) + lines
                 + encoded_text(html, sender["coding"]))]

    def office(self):
        """Mail of a colleague to some of us, often with files; each gets a copy of his own."""
        rng = self.rng
        sender = rng.choice(ACCOUNTS) if rng.random() < 0.25 else None
        author = rng.choice(self.people)
        if sender:
            author = {**author, "address": sender, "domain": "office.example"}
        text = wrapped(self.language.paragraph(rng.randint(1, 8)), 72) + [""] + author["signature"]
        files = [self.attachments.one() for _ in range(rng.choice((0, 0, 0, 1, 1, 2)))]
        date = self.date()
        to = rng.sample(ACCOUNTS, rng.choice((1, 1, 1, 1, 1, 2, 3)))
        boundary = "=_" + self.token(18)
        lines = self.head(author, ", ".join(to), self.language.title(), date,
                          [f'Content-Type: multipart/mixed; boundary="{boundary}"', ""])
        lines += [f"--{boundary}", "Content-Type: text/plain; charset=us-ascii", "", *text, ""]
        width = pick(rng, WRAPS)
        for kind, suffix, octets in files:
            name = self.language.title().replace(" ", "_") + suffix
            lines += [f"--{boundary}", f'Content-Type: {kind}; name="{name}"',
                      "Content-Transfer-Encoding: base64",
                      f'Content-Disposition: attachment; filename="{name}"', "",
                      *base64_lines(octets, width), ""]
        lines += [f"--{boundary}--"]
        copies = [(reader, "INBOX", self.envelope(author, reader, date) + lines) for reader in to]
        return copies + ([(sender, "Sent", lines)] if sender else [])

    def messages(self, kinds):
        while True:
            copies = getattr(self, pick(self.rng, kinds.items()))()
            # Some clients and imports store bare line feeds.
            line_end = "\n" if self.rng.random() < 0.05 else "\r\n"
            for account, mailbox, lines in copies:
                yield account, mailbox, (line_end.join(lines) + line_end).encode()


def wrapped_token(text, width):
    return [text[at:at + width] for at in range(0, len(text), width)]


def encoded_text(html, coding):
    if coding == "base64":
        return base64_lines(html.encode(), 76)
    if coding == "8bit":
        return html.split("\r\n")
    lines = []
    for line in html.replace("=", "=3D").split("\r\n"):
        while len(line) > 75:
            cut = 75 - (2 if "=" in line[73:75] else 0)
            lines.append(line[:cut] + "=")
            line = line[cut:]
        lines.append(line)
    return lines


def size_of(text):
    units = {"K": 10**3, "M": 10**6, "G": 10**9}
    return int(text[:-1]) * units[text[-1]] if text[-1] in units else int(text)


def written_to_folder(folder):
    def write(path, octets):
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(octets)
    return write


def written_to_tar(archive):
    def write(path, octets):
        member = tarfile.TarInfo(path)
        member.size = len(octets)
        archive.addfile(member, io.BytesIO(octets))
    return write


def make(write, size, seed, kind):
    written = 0
    numbers = itertools.count(1)
    for account, mailbox, octets in Office(seed).messages(KINDS[kind]):
        write(f"{account}/{mailbox}/{next(numbers):07}.eml", octets)
        written += len(octets)
        if written >= size:
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=size_of, default="100M", help="octets of mail: 500K, 200M, 2G")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=KINDS, default="mixed")
    parser.add_argument("folder", help='"-": a tar archive on standard output')
    options = parser.parse_args()
    if options.folder == "-":
        with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as archive:
            make(written_to_tar(archive), options.size, options.seed, options.kind)
    else:
        make(written_to_folder(pathlib.Path(options.folder)), options.size, options.seed, options.kind)


if __name__ == "__main__":
    main()
