# SPDX-License-Identifier: Apache-2.0
"""The mail of somebody who does not exist: some forty messages in several mailboxes, with a thread,
HTML, attachments and other alphabets. Made here, so it may be shown to anybody."""

import datetime
import email.message
import email.utils
import struct
import zlib

ME = "Mara Lindqvist <mara@example.org>"
IDA = "Ida Lindqvist <ida@example.net>"
JONAS = "Jonas Weber <jonas.weber@example.com>"
CHLOE = "Chloé Dupré <chloe@exemple.fr>"
KENJI = "Kenji Satō <kenji@example.jp>"
SHOP = "Blue Door Books <orders@bluedoor.example>"
LIST = "Harbour Rowing Club <news@rowing.example>"

_START = datetime.datetime(2025, 2, 3, 8, 15, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))


def letters():
    """(mailbox, octets, flags, date in seconds), oldest first."""
    for number, (mailbox, flags, make) in enumerate(_plan()):
        when = _START + datetime.timedelta(days=number * 13, minutes=number * 37)
        message = make()
        message["Date"] = email.utils.format_datetime(when)
        if "Message-ID" not in message:
            message["Message-ID"] = f"<{number:03}.letter@example.org>"
        raw = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
        yield mailbox, raw, set(flags.split()), int(when.timestamp())


def maildrop():
    """What lies in the old POP3 account: octets, oldest first."""
    for number, (subject, text) in enumerate(_OLD_POST):
        message = _text("Parish Archive <archive@parish.example>", ME, subject, text)
        when = _START - datetime.timedelta(days=900 - number * 40)
        message["Date"] = email.utils.format_datetime(when)
        message["Message-ID"] = f"<{number}.old@parish.example>"
        yield message.as_bytes(policy=message.policy.clone(linesep="\r\n")), int(when.timestamp())


def _plan():
    for number, (sender, text) in enumerate(_CABIN):
        yield ("Family/Summer cabin", "\\Seen" if number < 6 else "",
               lambda n=number, s=sender, t=text: _in_thread(n, s, t))
    for sender, subject, text, flags in _INBOX:
        yield "INBOX", flags, lambda a=sender, b=subject, c=text: _text(a, ME, b, c)
    for month in ("March", "April", "May", "June", "July"):
        yield "Newsletters", "\\Seen", lambda m=month: _newsletter(m)
    for number, (title, price) in enumerate(_BOOKS):
        yield "Receipts", "\\Seen", lambda n=number, t=title, p=price: _receipt(n, t, p)
    for subject, text in _SENT:
        yield "Sent", "\\Seen", lambda a=subject, b=text: _text(ME, JONAS, a, b)
    yield "Work & Projects/Brücke", "\\Flagged", _plan_of_the_bridge
    yield "Work & Projects/Brücke", "\\Seen $Forwarded", _figures
    yield "Work & Projects/Brücke", "\\Answered \\Seen", _invitation
    yield "Drafts", "\\Draft \\Seen", lambda: _text(
        ME, CHLOE, "Birthday", "Dear Chloé,\n\nI have not found the words yet.\n")


def _text(sender, to, subject, text):
    message = email.message.EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message.set_content(text)
    return message


def _in_thread(number, sender, text):
    subject = "Cabin in July" if number == 0 else "Re: Cabin in July"
    message = _text(sender, ME if sender != ME else IDA, subject, text)
    message["Message-ID"] = f"<cabin.{number}@example.net>"
    if number:
        message["In-Reply-To"] = f"<cabin.{number - 1}@example.net>"
        message["References"] = " ".join(f"<cabin.{n}@example.net>" for n in range(number))
    return message


def _newsletter(month):
    message = _text(LIST, ME, f"Harbour Rowing Club, {month}",
                    f"The news of {month}: the boats are out, the coffee is hot.\n")
    message["List-Id"] = "Club news <news.rowing.example>"
    message["List-Unsubscribe"] = "<mailto:leave@rowing.example>"
    message.add_alternative(f"""<html><body style="font-family: sans-serif">
<h1 style="color: #14506e">{month} at the harbour</h1>
<p>The boats are <b>out</b>, the coffee is hot &amp; the evenings are long.</p>
<table><tr><th>Tuesday</th><td>18:00 beginners</td></tr>
<tr><th>Saturday</th><td>09:00 across the bay</td></tr></table>
<img src="https://rowing.example/pixel.gif" alt=""><p>Åsa, for the club</p></body></html>
""", subtype="html")
    return message


def _receipt(number, title, price):
    message = _text(SHOP, ME, f"Your order {4100 + number}: {title}",
                    f"Thank you! We have sent you:\n\n  {title}  {price} EUR\n")
    message.add_attachment(_pdf(f"Invoice {4100 + number}: {title}, {price} EUR"),
                           maintype="application", subtype="pdf",
                           filename=f"invoice-{4100 + number}.pdf")
    return message


def _plan_of_the_bridge():
    message = _text(JONAS, ME, "Brücke: neuer Entwurf", "Hallo Mara,\n\nanbei der Entwurf mit dem "
                    "größeren Bogen. Was meinst du?\n\nGrüße\nJonas\n")
    message.add_attachment(_png(96, 48), maintype="image", subtype="png",
                           filename="Brücke, Entwurf 3.png")
    return message


def _figures():
    message = _text(JONAS, ME, "Loads, third try", "The table is attached. Row 4 is the odd one.\n")
    table = "span;load\n" + "".join(f"{n};{n * n * 7.5:.1f}\n" for n in range(1, 9))
    message.add_attachment(table.encode(), maintype="text", subtype="csv", filename="loads.csv")
    return message


def _invitation():
    message = _text(KENJI, ME, "橋の打ち合わせ", "マラさん、\n\n木曜日の十時はいかがですか。\n\n佐藤\n")
    event = ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//demo//EN\r\nBEGIN:VEVENT\r\nUID:1@example.jp"
             "\r\nDTSTART:20260312T090000Z\r\nSUMMARY:Bridge\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    message.add_attachment(event.encode(), maintype="text", subtype="calendar",
                           filename="invite.ics")
    return message


def _pdf(line):
    """One page with one line of text."""
    stream = f"BT /F1 14 Tf 60 760 Td ({line}) Tj ET".encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n" \
        b"startxref\n%d\n%%%%EOF\n" % (len(places) + 1, table, len(places) + 1, len(out))


def _png(width, height):
    """An arch over water."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            bow = height * 0.8 - 0.6 * height * (1 - ((x - width / 2) / (width / 2)) ** 2)
            rows += bytes((0x8C, 0x5A, 0x3C) if abs(y - bow) < 3 else
                          (0x2E, 0x6E, 0x8E) if y > height * 0.8 else (0xDD, 0xEE, 0xF5))

    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) +
            chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b""))


_CABIN = (
    (IDA, "Shall we take the cabin again, the second week of July? The lake should be warm.\n\nIda\n"),
    (ME, "Yes! I bring the boat. Who has the key?\n\nMara\n"),
    (IDA, "> Who has the key?\n\nMormor has it, in the blue tin.\n"),
    (ME, "Then I fetch it on Sunday. Do we need firewood?\n"),
    (IDA, "There is plenty behind the shed. Bring the good coffee.\n"),
    (CHLOE, "Est-ce qu'il y a encore une place pour moi ? J'apporterai des crêpes et du cidre.\n"),
    (ME, "Of course, Chloé! The little room under the roof is yours.\n"),
    (IDA, "Five of us, then. I have told Mormor. Do not forget the mosquito net.\n"),
)

_INBOX = (
    (JONAS, "Lunch on Thursday?", "The new place by the canal has soup.\n", "\\Seen \\Answered"),
    (CHLOE, "Photos de la fête", "Chère Mara,\n\nles photos sont enfin là. À bientôt !\n", "\\Seen"),
    (KENJI, "お元気ですか", "マラさん、お久しぶりです。京都は桜が満開です。\n\n賢治\n", "\\Flagged"),
    ("Алексей Морозов <alexey@example.org>", "Вопрос о мосте",
     "Здравствуйте, Мара!\n\nКогда будет готов чертёж?\n", "\\Seen"),
    ("City Library <library@city.example>", "Due on Friday",
     "\"The Summer Book\" is due on Friday. You may renew it twice.\n", ""),
    (IDA, "Mormor's recipe", "Flour, butter, cardamom, patience. In this order.\n", "\\Flagged \\Seen"),
    ("Dr. Okafor's practice <desk@okafor.example>", "Your appointment",
     "We expect you on the 14th at 9:30. Please bring your card.\n", "\\Seen"),
    (JONAS, "Re: Lunch on Thursday?", "Noon, then. I book the table by the window.\n", ""),
    ("Night train <tickets@nachtzug.example>", "Your ticket Stockholm - Berlin",
     "Carriage 12, berth 31. Boarding from 22:10.\n", ""),
)

_BOOKS = (("The Summer Book", "12.50"), ("Bridges of Europe", "48.00"), ("Knots", "9.90"),
          ("Trains at Night", "21.00"), ("A Field Guide to Clouds", "17.40"))

_SENT = (
    ("Re: Lunch on Thursday?", "Gladly. Noon?\n\nMara\n"),
    ("Minutes of Monday", "We agreed on the larger arch. Kenji checks the loads.\n"),
    ("Holiday", "I am away in the second week of July. Chloé knows where I am, the lake does not.\n"),
)

_OLD_POST = (
    ("The register of 1891", "We have found your great-grandmother on page 112.\n"),
    ("A correction", "It was page 121. We are sorry.\n"),
    ("Copy of the page", "The copy costs 4 EUR; the story behind it is free.\n"),
    ("Opening hours", "From May the reading room is open on Saturdays.\n"),
    ("The other branch", "A cousin of yours has asked for the same page. Shall we pass on a letter?\n"),
)
