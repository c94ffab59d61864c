-- What is known of a large catalog without looking through it: how much came into each
-- mailbox on each day, how far keys may be from their dates, and the few rows that are asked for among many. README.md tells it table by table.

CREATE INDEX flag_changes_by_time ON flag_changes (at);
CREATE INDEX placements_by_time ON placements (seen_at, message_key);
CREATE INDEX placements_by_end ON placements (stands_until) WHERE stands_until IS NOT NULL;

CREATE VIEW mailbox_steps (placement_id, mailbox_id, at, messages, unread, size) AS
    SELECT p.id, p.mailbox_id, p.seen_at, 1,
        coalesce((SELECT c.flags FROM flag_changes AS c WHERE c.placement_id = p.id ORDER BY c.id LIMIT 1), p.flags) & 1 = 0,
        p.size
    FROM placements AS p
    UNION ALL
    SELECT p.id, p.mailbox_id, c.at, 0,
        (coalesce((SELECT n.flags FROM flag_changes AS n WHERE n.placement_id = p.id AND n.id > c.id ORDER BY n.id LIMIT 1),
            p.flags) & 1 = 0) - (c.flags & 1 = 0),
        0
    FROM flag_changes AS c JOIN placements AS p ON p.id = c.placement_id
    UNION ALL
    SELECT p.id, p.mailbox_id, p.stands_until, -1, -(p.flags & 1 = 0), -p.size
    FROM placements AS p WHERE p.stands_until IS NOT NULL;

CREATE TABLE mailbox_days (
    mailbox_id INTEGER NOT NULL REFERENCES mailboxes,
    day INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    unread INTEGER NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (mailbox_id, day)
) STRICT, WITHOUT ROWID;
INSERT INTO mailbox_days
    SELECT mailbox_id, at / 86400000, sum(messages), sum(unread), sum(size) FROM mailbox_steps GROUP BY 1, 2;

-- What comes is counted by whoever puts it in (src/catalog/counts.cpp), what changes or goes by these.
-- A change of flags is told to flag_changes first, which is no step yet, and then to the placement.
CREATE TRIGGER placement_changes BEFORE UPDATE OF stands_until, flags, size ON placements BEGIN
    INSERT INTO mailbox_days
        SELECT mailbox_id, at / 86400000, -sum(messages), -sum(unread), -sum(size) FROM mailbox_steps
        WHERE placement_id = OLD.id GROUP BY 1, 2
        ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, unread = unread + excluded.unread,
            size = size + excluded.size;
END;
CREATE TRIGGER placement_changed AFTER UPDATE OF stands_until, flags, size ON placements BEGIN
    INSERT INTO mailbox_days
        SELECT mailbox_id, at / 86400000, sum(messages), sum(unread), sum(size) FROM mailbox_steps
        WHERE placement_id = NEW.id GROUP BY 1, 2
        ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, unread = unread + excluded.unread,
            size = size + excluded.size;
END;
CREATE TRIGGER placement_goes BEFORE DELETE ON placements BEGIN
    INSERT INTO mailbox_days
        SELECT mailbox_id, at / 86400000, -sum(messages), -sum(unread), -sum(size) FROM mailbox_steps
        WHERE placement_id = OLD.id GROUP BY 1, 2
        ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, unread = unread + excluded.unread,
            size = size + excluded.size;
    DELETE FROM flag_changes WHERE placement_id = OLD.id;
END;

CREATE TABLE message_counts (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    messages INTEGER NOT NULL,
    size INTEGER NOT NULL,
    most_moved INTEGER NOT NULL,
    most_ahead INTEGER NOT NULL
) STRICT;
INSERT INTO message_counts
    SELECT 1, count(*), coalesce(sum(size), 0), coalesce(max(key - date / 60000 * 64), 0),
        coalesce((SELECT max(m.date - p.seen_at) FROM placements AS p JOIN messages AS m ON m.key = p.message_key), 0)
    FROM messages;

CREATE TRIGGER message_removed AFTER DELETE ON messages BEGIN
    UPDATE message_counts SET messages = messages - 1, size = size - OLD.size;
END;
CREATE TRIGGER message_found AFTER UPDATE OF message_key ON placements
    WHEN (SELECT date FROM messages WHERE key = NEW.message_key) - NEW.seen_at > (SELECT most_ahead FROM message_counts) BEGIN
    UPDATE message_counts
        SET most_ahead = (SELECT date FROM messages WHERE key = NEW.message_key) - NEW.seen_at;
END;

CREATE INDEX placements_unread ON placements (message_key, seen_at, stands_until, flags) WHERE flags & 1 = 0;
CREATE INDEX placements_answered ON placements (message_key, seen_at, stands_until, flags) WHERE flags & 2 <> 0;
CREATE INDEX placements_flagged ON placements (message_key, seen_at, stands_until, flags) WHERE flags & 4 <> 0;
CREATE INDEX placements_gone ON placements (message_key, seen_at, stands_until) WHERE stands_until IS NOT NULL;
CREATE INDEX attachments_by_type
    ON attachments (lower(substr(name, length(rtrim(name, replace(name, '.', ''))) + 1)), message_key, name);
CREATE INDEX messages_of_list ON messages (list_id) WHERE list_id <> '';
