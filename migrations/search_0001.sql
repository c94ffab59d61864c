-- search.db: the words of every message. Made from the archive again whenever it is missing.

CREATE TABLE applied (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    batch INTEGER NOT NULL,
    catalog BLOB NOT NULL
) STRICT;
INSERT INTO applied VALUES (1, 0, x'');

CREATE VIRTUAL TABLE mail USING fts5(
    subject, sender, recipients, cc, bcc, body, attachments,
    content='', tokenize="unicode61 remove_diacritics 2"
);
