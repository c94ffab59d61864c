-- The cold tier, what is damaged, and what has expired. README.md tells it table by table.

ALTER TABLE applied ADD COLUMN at INTEGER NOT NULL DEFAULT 0;

CREATE TABLE packs (
    name TEXT PRIMARY KEY,
    messages INTEGER NOT NULL,
    adopted_at INTEGER NOT NULL,
    verified_at INTEGER,
    verified_ok INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE damage (
    content_id BLOB PRIMARY KEY,
    found_at INTEGER NOT NULL,
    what TEXT NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE messages ADD COLUMN missing_since INTEGER;
CREATE INDEX messages_by_missing ON messages (missing_since) WHERE missing_since IS NOT NULL;

ALTER TABLE accounts ADD COLUMN keep TEXT NOT NULL DEFAULT 'forever';
ALTER TABLE accounts ADD COLUMN keep_from TEXT NOT NULL DEFAULT 'ingest';
ALTER TABLE accounts ADD COLUMN keep_mailboxes TEXT NOT NULL DEFAULT '';

CREATE TABLE expired (
    content_id BLOB PRIMARY KEY,
    account_id INTEGER NOT NULL,
    mailbox TEXT NOT NULL,
    rule TEXT NOT NULL,
    at INTEGER NOT NULL,
    batch INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_keys (
    key INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE holds (
    name TEXT PRIMARY KEY,
    account_id INTEGER NOT NULL,
    mailbox TEXT NOT NULL,
    reason TEXT NOT NULL,
    placed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE trash (
    name TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    run_before INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    wall INTEGER NOT NULL,
    boot TEXT NOT NULL,
    uptime INTEGER NOT NULL
) STRICT;
