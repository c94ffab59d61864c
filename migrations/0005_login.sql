-- How an account logs in. README.md tells it table by table.

ALTER TABLE accounts ADD COLUMN auth TEXT NOT NULL DEFAULT 'auto';
ALTER TABLE accounts ADD COLUMN oauth_client_id TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN oauth_token_url TEXT NOT NULL DEFAULT '';
