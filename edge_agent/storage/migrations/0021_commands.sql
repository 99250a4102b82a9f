-- What the office asked and what became of it, kept so that the same command is never run twice.
-- result is NULL while it runs.
CREATE TABLE command (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    begun_at_ms INTEGER NOT NULL,
    result TEXT,
    detail TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE INDEX command_by_age ON command (begun_at_ms);

-- Collections that are pulled from the start once more although their version is in force.
CREATE TABLE resync (
    collection TEXT PRIMARY KEY,
    begun INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
