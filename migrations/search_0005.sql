-- Of which version of reading mail the words are. README.md tells it.

ALTER TABLE applied ADD COLUMN text_version INTEGER NOT NULL DEFAULT 1;
