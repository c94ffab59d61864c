-- Messages whose words are still to come. README.md tells it.

CREATE TABLE pending (
    key INTEGER PRIMARY KEY
) STRICT;
