-- How mailboxes are followed, what a server does not give, and losses too great to be believed.
-- README.md tells it table by table.

CREATE TABLE followed (
    mailbox_id INTEGER PRIMARY KEY REFERENCES mailboxes,
    uid_validity INTEGER NOT NULL,
    uid_next INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    mod_seq INTEGER,
    full_at INTEGER NOT NULL
) STRICT;

CREATE TABLE quarantine (
    mailbox_id INTEGER NOT NULL REFERENCES mailboxes,
    uid INTEGER NOT NULL,
    uid_validity INTEGER NOT NULL,
    reason TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (mailbox_id, uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE completeness (
    mailbox_id INTEGER PRIMARY KEY REFERENCES mailboxes,
    at INTEGER NOT NULL,
    on_server INTEGER NOT NULL,
    archived INTEGER NOT NULL,
    quarantined INTEGER NOT NULL,
    to_come INTEGER NOT NULL
) STRICT;

CREATE TABLE losses (
    account_id INTEGER NOT NULL,
    mailbox TEXT NOT NULL,
    name TEXT NOT NULL,
    lost INTEGER NOT NULL,
    held INTEGER NOT NULL,
    found_at INTEGER NOT NULL,
    accepted_at INTEGER,
    PRIMARY KEY (account_id, mailbox)
) STRICT, WITHOUT ROWID;
