-- What servers want: a pause of a run. README.md tells it table by table.

ALTER TABLE runs ADD COLUMN paused_until INTEGER;
ALTER TABLE runs ADD COLUMN pause_reason TEXT NOT NULL DEFAULT '';
