-- What servers want and say of themselves: a pause of a run, names of mailboxes. README.md tells it table by table.

ALTER TABLE runs ADD COLUMN paused_until INTEGER;
ALTER TABLE runs ADD COLUMN pause_reason TEXT NOT NULL DEFAULT '';

ALTER TABLE mailboxes ADD COLUMN object_id TEXT NOT NULL DEFAULT '';

CREATE TABLE mailbox_names (
    mailbox_id INTEGER NOT NULL,
    until INTEGER NOT NULL,
    mailbox TEXT NOT NULL,
    name TEXT NOT NULL,
    delimiter INTEGER NOT NULL
) STRICT;

CREATE INDEX mailbox_names_by_mailbox ON mailbox_names (mailbox_id, until);
