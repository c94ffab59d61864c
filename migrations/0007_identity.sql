-- How messages that appear are found to be known. README.md tells it table by table.

CREATE INDEX messages_by_size ON messages (size);
ALTER TABLE placements ADD COLUMN object_id TEXT NOT NULL DEFAULT '';
ALTER TABLE placements ADD COLUMN labels TEXT NOT NULL DEFAULT '';
ALTER TABLE flag_changes ADD COLUMN labels TEXT NOT NULL DEFAULT '';
