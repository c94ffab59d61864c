-- What checks in the background found, and when chores were done. README.md tells it table by table.

ALTER TABLE packs ADD COLUMN finding TEXT NOT NULL DEFAULT '';
ALTER TABLE packs ADD COLUMN affected INTEGER NOT NULL DEFAULT 0;

CREATE TABLE chores (
    name TEXT PRIMARY KEY,
    done_at INTEGER NOT NULL,
    problem TEXT NOT NULL
) STRICT, WITHOUT ROWID;
