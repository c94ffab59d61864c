-- When restoring was tried last and went well. README.md tells it.

CREATE TABLE restore_proofs (
    account_id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    returned_at INTEGER,
    target TEXT NOT NULL
) STRICT;
