-- What the last restores did. README.md tells it.

CREATE TABLE restore_reports (
    run INTEGER PRIMARY KEY,
    report TEXT NOT NULL
) STRICT;
