-- Words of scripts without spaces between them are found: a tokenizer of our own. The index cannot be
-- read out, so it waits for every message again: one that names no catalog is taken for empty.

DROP TABLE mail;
CREATE VIRTUAL TABLE mail USING fts5(
    subject, sender, recipients, cc, bcc, body, attachments,
    content='', tokenize='mailkeep'
);

-- Any three characters that follow each other, without case and accents, of what is short.
CREATE VIRTUAL TABLE parts USING fts5(
    subject, sender, recipients, cc, bcc, attachments,
    content='', tokenize='trigram'
);

UPDATE applied SET catalog = x'';
