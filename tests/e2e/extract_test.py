# SPDX-License-Identifier: Apache-2.0
"""The text of attachments: found by its words, and a hostile attachment costs no more than itself."""

import base64
import io
import os
import shutil
import unittest
import zipfile

from suite import ServerTest, main
import client

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _zip(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/") + ".xml", text)
    return packed.getvalue()


def _docx(body):
    return _zip(word__document=f'<w:document xmlns:w="w"><w:body>{body}</w:body></w:document>')


def _xlsx(word, number):
    sheet = f"<worksheet><row><c t='s'><v>0</v></c><c><v>{number}</v></c></row></worksheet>"
    return _zip(xl__sharedStrings=f"<sst><si><t>{word}</t></si></sst>",
                xl__worksheets__sheet1=sheet)


def _odt(word):
    return _zip(content=f'<o:d xmlns:o="o"><o:body><o:p>{word}</o:p></o:body></o:d>')


def _pdf(word):
    page = f"BT /F1 12 Tf 72 720 Td ({word}) Tj ET"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
               " /Resources << /Font << /F1 5 0 R >> >> >>",
               f"<< /Length {len(page)} >>\nstream\n{page}\nendstream",
               "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    octets, table = b"%PDF-1.4\n", b"xref\n0 6\n0000000000 65535 f \n"
    for number, content in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(octets)
        octets += f"{number} 0 obj\n{content}\nendobj\n".encode()
    return (octets + table + b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
            % len(octets))


def _mail(subject, *attachments):
    """Attachments are (name, octets) or (name, octets, type)."""
    lines = [f"Subject: {subject}", "MIME-Version: 1.0",
             "Content-Type: multipart/mixed; boundary=between", "", "--between", "",
             f"foreword{subject}"]
    for name, octets, *kind in attachments:
        lines += ["--between", f"Content-Type: {(kind or ['application/octet-stream'])[0]}",
                  f'Content-Disposition: attachment; filename="{name}"',
                  "Content-Transfer-Encoding: base64", "",
                  base64.encodebytes(octets).decode().replace("\n", "\r\n")]
    return "\r\n".join(lines + ["--between--", ""]).encode()


_BOMB = _docx("<w:p></w:p>" * 3_000_000)


class Extract(ServerTest):

    def archived(self, *mails, backup=(), env=None):
        user = self.server.new_user()
        client.put(self.server, user, [("INBOX", raw, set(), 86400) for raw in mails])
        self.add_account("post", self.server.url("imaps", user)).expect(0)
        self.archive.run("backup", *backup, env=env).expect(0)

    def found(self, query):
        return sorted(message["subject"] for message in self.archive.search(query)["messages"])

    def troubled(self):
        return self.health()["troubled_attachments"]

    @unittest.skipUnless(shutil.which("pdftotext"), "pdftotext is not installed (poppler-utils)")
    def test_words_of_attachments_are_found(self):
        self.archived(
            _mail("one", ("scan.pdf", _pdf("Kilimanjaro"), "application/pdf")),
            _mail("two", ("offer.docx", _docx("<w:p><w:t>Popocatepetl</w:t></w:p>"), _WORD),
                  ("sums.xlsx", _xlsx("Denali", 48151623))),
            _mail("three", ("letter.odt", _odt("Aconcagua")),
                  ("list.csv", "Gipfel;Höhe\r\nGroßglockner;3798".encode("latin-1"), "text/csv"),
                  ("event.ics", b"BEGIN:VEVENT\r\nSUMMARY:Matter\r\n horn\r\nEND:VEVENT\r\n"),
                  ("page.html", b"<style>Elbrus</style><p>Vinson</p>", "text/html")))
        for word, subject in (("kilimanjaro", "one"), ("popocatepetl", "two"), ("denali", "two"),
                              ("48151623", "two"), ("aconcagua", "three"), ("vinson", "three"),
                              ("großglockner", "three"), ("matterhorn", "three"),
                              ("filename:sums", "two"), ("forewordone", "one")):
            self.assertEqual(self.found(word), [subject], word)
        self.assertEqual(self.found("elbrus"), [])
        self.assertEqual(self.found("filename:denali"), [])
        self.assertEqual(self.troubled(), {})
        self.archive.run("verify", "--full").expect(0)
        self.archive.run("rebuild").expect(0)
        self.assertEqual(self.found("kilimanjaro"), ["one"])

    def test_a_bomb_costs_no_more_than_itself(self):
        laughs = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
        laughing = _zip(word__document=f"<!DOCTYPE w [<!ENTITY a0 'ha'>{laughs}]><w><t>&a11;</t></w>")
        self.archived(
            _mail("hostile", ("first.docx", _docx("<w:p><w:t>Lhotse</w:t></w:p>")),
                  ("bomb.docx", _BOMB), ("laughs.docx", laughing), ("cut.docx", _BOMB[:1000]),
                  ("last.docx", _docx("<w:p><w:t>Makalu</w:t></w:p>"))),
            _mail("harmless", ("fine.odt", _odt("Manaslu"))))
        for word in ("lhotse", "makalu", "forewordhostile", "filename:bomb"):
            self.assertEqual(self.found(word), ["hostile"], word)
        self.assertEqual(self.found("manaslu"), ["harmless"])
        self.assertEqual(self.troubled(), {"too_large": 1, "broken": 2})
        told = self.archive.run("status").expect(0).out.decode()
        self.assertIn("2 broken, 1 too_large", told)
        self.archive.run("verify", "--full").expect(0)

    def test_a_pdftotext_that_never_ends_or_is_not_there_costs_the_pdf_only(self):
        fake = os.environ.get("MAILKEEP_FAKE_PDFTOTEXT")
        if not fake:
            self.skipTest("MAILKEEP_FAKE_PDFTOTEXT is not set")
        tools = self.folder / "tools"
        tools.mkdir()
        shutil.copy(fake, tools / "pdftotext")
        self.archived(_mail("endless", ("loop.pdf", b"%PDF-1.4 loop")),
                      _mail("escaped", ("out.pdf", b"%PDF-1.4 escape"), ("a.txt", b"Annapurna")),
                      env={"PATH": str(tools)})
        self.assertEqual(self.troubled(), {"time": 1})
        self.assertEqual(self.found("annapurna"), ["escaped"])
        self.assertEqual(self.found("socket refused"), ["escaped"])
        self.assertEqual(self.found("allowed"), [])
        for file in self.archive.data.glob("search.db*"):
            file.unlink()
        self.archive.run("backup", env={"PATH": "/none"}).expect(0)
        self.assertEqual(self.troubled(), {"no_program": 2})
        self.assertEqual(self.found("annapurna"), ["escaped"])

    def test_it_can_be_switched_off_and_on_again(self):
        self.archived(_mail("one", ("letter.odt", _odt("Aconcagua")), ("bomb.docx", _BOMB)),
                      backup=("--extract", "false"))
        self.assertEqual(self.found("aconcagua"), [])
        self.assertEqual(self.found("filename:letter"), ["one"])
        self.assertEqual(self.troubled(), {})
        self.archive.run("rebuild").expect(0)
        self.assertEqual(self.found("aconcagua"), ["one"])
        self.archive.run("rebuild", env={"MAILKEEP_EXTRACT": "false"}).expect(0)
        self.assertEqual(self.found("aconcagua"), [])

    def test_the_service_reads_attachments_too(self):
        user = self.server.new_user()
        client.put(self.server, user, [
            ("INBOX", _mail("one", ("letter.odt", _odt("Aconcagua"))), set(), 86400)])
        self.add_account("post", self.server.url("imaps", user)).expect(0)
        with self.serving():
            self.archive.run("backup").expect(0)
            self.wait_for_health(lambda health: health["unindexed"] == 0)
            self.assertEqual(self.found("aconcagua"), ["one"])


if __name__ == "__main__":
    main()
