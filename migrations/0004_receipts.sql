-- What was proven before a message was deleted on its server. README.md tells it table by table.

ALTER TABLE placements ADD COLUMN gone_proof TEXT NOT NULL DEFAULT 'none';
