-- mailkeep.db: what stands where. README.md tells it table by table.

CREATE TABLE applied (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    batch INTEGER NOT NULL,
    catalog BLOB NOT NULL
) STRICT;
INSERT INTO applied VALUES (1, 0, randomblob(16));

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    protocol TEXT NOT NULL,
    security TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    user TEXT NOT NULL,
    ca_file TEXT NOT NULL,
    tls_fingerprint TEXT NOT NULL,
    sealed_password BLOB NOT NULL,
    include TEXT NOT NULL,
    exclude TEXT NOT NULL,
    schedule TEXT NOT NULL,
    delete_policy TEXT NOT NULL,
    is_removed INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE mailboxes (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts,
    mailbox TEXT NOT NULL,
    name TEXT NOT NULL,
    delimiter INTEGER NOT NULL DEFAULT 0,
    attributes TEXT NOT NULL DEFAULT '',
    uid_validity INTEGER NOT NULL DEFAULT 0,
    next_uid INTEGER NOT NULL DEFAULT 1,
    seen_at INTEGER NOT NULL,
    gone_at INTEGER,
    UNIQUE (account_id, mailbox)
) STRICT;

CREATE TABLE messages (
    key INTEGER PRIMARY KEY,
    content_id BLOB NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    file TEXT NOT NULL,
    frame INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    date INTEGER NOT NULL,
    sent_date INTEGER,
    subject TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipients TEXT NOT NULL,
    cc TEXT NOT NULL,
    bcc TEXT NOT NULL,
    message_id TEXT NOT NULL COLLATE NOCASE,
    list_id TEXT NOT NULL
) STRICT;
CREATE INDEX messages_by_date ON messages (date, size);
CREATE INDEX messages_by_message_id ON messages (message_id);

CREATE TABLE attachments (
    message_key INTEGER NOT NULL REFERENCES messages,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (message_key, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE placements (
    id INTEGER PRIMARY KEY,
    mailbox_id INTEGER NOT NULL REFERENCES mailboxes,
    uid_validity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    unique_id TEXT NOT NULL,
    message_key INTEGER NOT NULL REFERENCES messages,
    size INTEGER NOT NULL,
    internal_date INTEGER NOT NULL,
    internal_zone INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    keywords TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    seen_run INTEGER NOT NULL,
    gone_at INTEGER,
    gone_run INTEGER,
    gone_reason TEXT,
    stands_until INTEGER
        CHECK (stands_until IS iif(gone_reason = 'deleted_by_us', NULL, gone_at))
) STRICT;
CREATE UNIQUE INDEX placements_on_server
    ON placements (mailbox_id, uid_validity, uid) WHERE gone_at IS NULL;
CREATE INDEX placements_by_mailbox
    ON placements (mailbox_id, message_key, seen_at, stands_until, flags, size);
CREATE INDEX placements_by_message
    ON placements (message_key, seen_at, stands_until, mailbox_id, flags);

CREATE TABLE flag_changes (
    id INTEGER PRIMARY KEY,
    placement_id INTEGER NOT NULL REFERENCES placements,
    at INTEGER NOT NULL,
    run INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    keywords TEXT NOT NULL
) STRICT;
CREATE INDEX flag_changes_by_placement ON flag_changes (placement_id, at);

CREATE TABLE restored (
    id INTEGER PRIMARY KEY,
    target TEXT NOT NULL,
    mailbox TEXT NOT NULL,
    uid_validity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    content_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    run INTEGER NOT NULL
) STRICT;
CREATE INDEX restored_by_mailbox ON restored (target, mailbox, uid_validity, uid);

CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    started INTEGER NOT NULL,
    finished INTEGER,
    seen INTEGER NOT NULL DEFAULT 0,
    stored INTEGER NOT NULL DEFAULT 0,
    flag_changes INTEGER NOT NULL DEFAULT 0,
    vanished INTEGER NOT NULL DEFAULT 0,
    deleted_from_server INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    appended INTEGER NOT NULL DEFAULT 0,
    already_there INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    hint TEXT NOT NULL DEFAULT '',
    error_code TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX runs_by_account ON runs (account_id, id);

CREATE TABLE users (
    name TEXT PRIMARY KEY,
    password_hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE web_sessions (
    token BLOB PRIMARY KEY,
    user TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    csrf TEXT NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX web_sessions_by_user ON web_sessions (user);
