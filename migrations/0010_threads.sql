-- Threads: messages that answer each other. README.md tells it. Those there are already wait for it
-- until the search index, which is made anew, comes to them.

ALTER TABLE messages ADD COLUMN refs TEXT;
ALTER TABLE messages ADD COLUMN thread INTEGER;
ALTER TABLE messages ADD COLUMN subject_name BLOB;
CREATE INDEX messages_of_thread ON messages (thread);
CREATE INDEX messages_of_subject ON messages (subject_name) WHERE subject_name IS NOT NULL;

CREATE TABLE threads (
    name BLOB PRIMARY KEY,
    thread INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX names_of_thread ON threads (thread);
