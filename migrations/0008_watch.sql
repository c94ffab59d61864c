-- Mailboxes that a service follows besides its schedule, and what POP3 servers ask for. README.md tells it table by table.

ALTER TABLE accounts ADD COLUMN watch TEXT NOT NULL DEFAULT 'INBOX
';

CREATE TABLE watches (
    account_id INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    since INTEGER,
    next_try INTEGER,
    problem TEXT NOT NULL
) STRICT;

CREATE TABLE maildrops (
    account_id INTEGER PRIMARY KEY,
    login_delay INTEGER NOT NULL,
    expires_after INTEGER
) STRICT;
