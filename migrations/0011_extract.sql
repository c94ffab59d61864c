-- Why words of an attachment are not in the search index. README.md tells it.

ALTER TABLE attachments ADD COLUMN trouble TEXT NOT NULL DEFAULT '';
CREATE INDEX attachments_in_trouble ON attachments (trouble) WHERE trouble <> '';
