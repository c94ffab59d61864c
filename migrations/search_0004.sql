-- How the text of each message begins, for what is shown of it beside a hit. README.md tells it.

CREATE TABLE texts (
    key INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    is_whole INTEGER NOT NULL
) STRICT;
